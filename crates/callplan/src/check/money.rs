//! What calls cost, and what people may spend on them.

use jiff::civil::Date;

use super::Whole;
use crate::{
    exposure::exposures,
    finding::Code,
    model::{DialRule, Pattern, Person},
    money::{Deck, Money, Way},
    number::{Areas, Numbering},
    parse::Findings,
};

impl Whole<'_, '_> {
    /// Reports bounds of spending that nothing could be held against, dial rules that nobody could use, and people
    /// who could spend too much.
    pub(super) fn money(&self, found: &mut Findings) {
        let Some(money) = &self.site.money else {
            let place = self.spending.cap.or(self.spending.exposure);
            if let Some(place) = place.filter(|_| !self.spending.is_rated) {
                let message = "this limits what calls may cost, and nothing says what they cost";
                let mend = "write [money] currency = \"USD\" and deck = \"rates/2026.csv\"";
                found.report(Code::LimitWithoutDeck, place, message, mend);
            }
            return;
        };
        self.unpriced(&money.deck, found);
        self.exposed(money, found);
    }

    /// Whoever may spend so much only can't call numbers without a price.
    fn unpriced(&self, deck: &Deck, found: &mut Findings) {
        let dials = |rule: &DialRule| {
            let is_bound = |person: &&Person| person.per_day.is_some() && person.allow.contains(&rule.class);
            self.site.people.iter().find(is_bound)
        };
        for (index, rule) in self.site.dial.iter().enumerate() {
            let Some(person) = dials(rule).filter(|_| !rule.to.iter().any(|to| is_priced(deck, *to))) else {
                continue;
            };
            let message = format!(
                "no number of dial rule `{}` has a price, so {} can't call there: what they may spend is limited",
                rule.name, person.name
            );
            let mend = "give the deck a row for these numbers, or for `any`";
            found.report(Code::NoPrice, self.names.dial.place(index), message, mend);
        }
    }

    /// The most that somebody could spend within an hour, by the price of every prefix they may call.
    fn exposed(&self, money: &Money, found: &mut Findings) {
        let limits = &self.site.limits;
        let Some((max, place)) = limits.max_exposure_per_hour.zip(self.spending.exposure) else { return };
        // Whatever the deck says of days that are past or to come.
        let Some(exposures) = exposures(self.site, Date::MIN) else { return };
        let exposed = exposures.iter().rev().max_by_key(|it| it.per_hour).filter(|it| it.per_hour > max);
        let Some(exposure) = exposed else { return };
        let (most, person) = (exposure.per_hour, &self.site[exposure.person]);
        let message = format!(
            "{} could spend {most} {} within an hour: {} calls at once, {} begun; `ringplan exposure` says by what",
            person.name, money.currency, exposure.calls, exposure.begins
        );
        let mend = format!("limit it: per_day = \"{max}\"; or take classes from their `allow`");
        found.report(Code::TooExposed, place, message, mend);
    }
}

/// Whether any number of a pattern may have a price. Those of a kind are spread over all countries.
fn is_priced(deck: &Deck, to: Pattern) -> bool {
    let prefixes = named_by(to);
    prefixes.is_empty() || prefixes.into_iter().any(|prefix| deck.prices_any(Way::Out, prefix))
}

/// What the numbers of a pattern begin with, where that says which they are.
fn named_by(to: Pattern) -> Vec<u64> {
    match to {
        Pattern::Prefix(prefix) => vec![prefix],
        Pattern::Country(country) => Numbering::of(country).map_or_else(Vec::new, |row| {
            let within = |area: String| format!("{}{area}", row.code).parse().ok();
            match row.areas {
                Areas::Only(areas) => areas.iter().map(u16::to_string).filter_map(within).collect(),
                Areas::All | Areas::Rest => within(String::new()).into_iter().collect(),
            }
        }),
        Pattern::Any | Pattern::Kind(_) | Pattern::Shorts | Pattern::Short(_) => Vec::new(),
    }
}
