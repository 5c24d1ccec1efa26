//! What calls cost, and what people may spend on them.

use super::Whole;
use crate::{
    finding::Code,
    model::{ClassId, DialRule, E164, Pattern, Person},
    money::{Amount, Deck, Money, Rate, Way},
    number::{Areas, Numbering},
    parse::Findings,
    resolve::route,
};

const HOUR_S: u64 = 3600;

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
        let dearest = self.dearest(&money.deck);
        let hour = |person: &Person| {
            let dearest = person.allow.iter().map(|class| dearest[class.index()]).max().unwrap_or_default();
            let all = dearest.times(person.calls_max.into());
            person.per_day.map_or(all, |per_day| all.min(per_day))
        };
        let exposed = self.site.people.iter().map(|person| (hour(person), person));
        let Some((most, person)) =
            exposed.rev().max_by_key(|(hour, _)| *hour).filter(|(hour, _)| *hour > max)
        else {
            return;
        };
        let message = format!(
            "{} could spend {most} {} within an hour, in {} calls at once",
            person.name, money.currency, person.calls_max
        );
        let mend = format!("limit it: per_day = \"{max}\"; or take classes from their `allow`");
        found.report(Code::TooExposed, place, message, mend);
    }

    /// What the dearest hour of each class costs, by the rows that its rules lead to and the rows for what its rules
    /// name.
    fn dearest(&self, deck: &Deck) -> Vec<Amount> {
        let mut dearest = vec![Amount::ZERO; self.site.classes.len()];
        for rule in &self.site.dial {
            let prefixes = rule.to.iter().flat_map(|to| named_by(*to));
            let rows = prefixes.flat_map(|prefix| deck.rows_of(Way::Out, prefix));
            let hours = rows.map(|row| hour_of(&row.rate));
            let class = &mut dearest[rule.class.index()];
            *class = hours.fold(*class, Amount::max);
        }
        for row in deck.rows(Way::Out) {
            let classes: Vec<ClassId> = match sample(row.prefix) {
                Some(number) => {
                    route(self.site, number).map(|rule| self.site[rule].class).into_iter().collect()
                }
                None => self.site.dial.iter().map(|rule| rule.class).collect(),
            };
            for class in classes {
                let class = &mut dearest[class.index()];
                *class = (*class).max(hour_of(&row.rate));
            }
        }
        dearest
    }
}

/// An hour of one line: a call that lasts, or one behind the other, each for its first increment.
fn hour_of(rate: &Rate) -> Amount {
    let lasting = rate.cost(std::time::Duration::from_secs(HOUR_S));
    let short = rate.cost_of(0).times(HOUR_S / u64::from(rate.first));
    lasting.max(short)
}

/// A number that begins with these digits, filled with such as any network has; none stands for all.
fn sample(prefix: u64) -> Option<E164> {
    let digits = prefix.to_string();
    let number = if digits.len() < 11 { format!("{digits:2<11}") } else { digits };
    E164::from_digits(&number).filter(|_| prefix != 0)
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
