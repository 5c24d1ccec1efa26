//! What the legs of a call from and to outside cost: of one that is explained, and of one that was.

use std::{fmt, sync::Arc, time::Duration};

use jiff::civil::Date;

use super::{Explanation, Finish, Question, RingEnd, Seen, price::quote, words};
use crate::{
    DialId, E164, PersonId, Site,
    money::{Amount, Currency, Way},
    step::{Caller, Entry, Outcome, Target},
};

/// The talk that is assumed of a call whose length nobody knows.
const MINUTE: Duration = Duration::from_secs(60);

/// What a call costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In what.
    pub currency: Currency,
    /// The file of the deck.
    pub file: Arc<str>,
    /// The leg from outside if it has a price, then those to outside in the order in which they ring.
    pub legs: Vec<CostLeg>,
    /// What those cost together that have a price.
    pub total: Amount,
    /// How long they are assumed to talk; nothing where nobody talks.
    pub talk: Duration,
}

/// What one leg costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLeg {
    /// The number by which it is rated: that of ours which was called, or that outside.
    pub number: E164,
    /// Which way it goes.
    pub way: Way,
    /// What it is, in a word: `call`, `forward`, `ana's mobile`.
    pub what: String,
    /// The rule whose trunks are tried in order, of one to outside.
    pub rule: Option<DialId>,
    /// For how long it is answered, the talk with it; `None` if nobody picks up.
    pub lasts: Option<Duration>,
    /// Whether whoever picks up takes the call.
    pub is_taken: bool,
    /// What it costs, nothing if nobody picks up; `None` if the deck does not say.
    pub cost: Option<Amount>,
}

/// The legs of a call, as far as they cost anything.
pub(crate) struct Course {
    pub(crate) caller: Caller,
    pub(crate) entry: Entry,
    /// The day of the site's calendar.
    pub(crate) on: Date,
    /// When the caller was answered, counted from the call's arrival.
    pub(crate) answered: Option<Duration>,
    /// When the plan was over.
    pub(crate) over: Duration,
    /// Whether somebody talks with them from then on.
    pub(crate) talks: bool,
    /// Numbers outside that rang.
    pub(crate) out: Vec<Out>,
}

/// A number outside that rang.
pub(crate) struct Out {
    pub(crate) to: E164,
    pub(crate) rule: DialId,
    pub(crate) by: Option<PersonId>,
    /// When somebody picked up, and when that was over; they may take the call then.
    pub(crate) picked_up: Option<(Duration, Duration)>,
    pub(crate) is_taken: bool,
}

impl Cost {
    /// Whether a leg that was answered has no price, so that it costs more than is said.
    pub fn is_open(&self) -> bool {
        self.legs.iter().any(|leg| leg.cost.is_none())
    }
}

impl Course {
    /// What it costs if they talk for so long; `None` where nothing is rated.
    pub(crate) fn cost(&self, site: &Site, talk: Duration) -> Option<Cost> {
        let money = site.money.as_ref()?;
        let talk = if self.talks { talk } else { Duration::ZERO };
        let called = match (self.caller, self.entry) {
            (Caller::Number(_) | Caller::Withheld, Entry::Number(number)) => Some(site[number].e164),
            (Caller::Number(_) | Caller::Withheld | Caller::Phone(_), _) => None,
        };
        let call = called.and_then(|number| {
            let price = site.price_in(number, self.on)?;
            let lasts = self.answered.map(|at| self.over.saturating_sub(at) + talk);
            let cost = lasts.map_or(Amount::ZERO, |lasts| price.row.rate.cost(lasts));
            let (way, what, is_taken) = (Way::In, "call".to_owned(), lasts.is_some());
            Some(CostLeg { number, way, what, rule: None, lasts, is_taken, cost: Some(cost) })
        });
        let legs: Vec<_> =
            call.into_iter().chain(self.out.iter().map(|it| self.leg(site, it, talk))).collect();
        let total = legs.iter().filter_map(|leg| leg.cost).fold(Amount::ZERO, Amount::plus);
        Some(Cost { currency: money.currency, file: money.file.clone(), legs, total, talk })
    }

    fn leg(&self, site: &Site, out: &Out, talk: Duration) -> CostLeg {
        let lasts = out.picked_up.map(|(since, until)| {
            until.saturating_sub(since) + if out.is_taken { talk } else { Duration::ZERO }
        });
        let cost = match lasts {
            Some(lasts) => quote(site, out.to, self.on).and_then(|quote| quote.cost(lasts)),
            None => Some(Amount::ZERO),
        };
        let what = out.by.map_or_else(
            || "forward".to_owned(),
            |by| {
                let is_mobile = site[by].mobile == Some(out.to);
                format!("{}'s {}", site[by].name, if is_mobile { "mobile" } else { "forward" })
            },
        );
        let (number, rule, is_taken) = (out.to, Some(out.rule), out.is_taken);
        CostLeg { number, way: Way::Out, what, rule, lasts, is_taken, cost }
    }
}

/// What an explained call costs of whose talk a minute is assumed.
pub(super) fn of(site: &Site, question: &Question, explained: &Explanation) -> Option<Cost> {
    site.money.as_ref()?;
    course(site, question, explained).cost(site, MINUTE)
}

/// The legs of an explained call.
pub(crate) fn course(site: &Site, question: &Question, explained: &Explanation) -> Course {
    let seen = |is: &dyn Fn(Seen) -> bool| explained.timeline.iter().find(|event| is(event.what));
    let out = explained.rung.iter().filter_map(|rung| {
        let Target::Number { to, rule, by } = rung.who else { return None };
        let is_taken = rung.end == Some(RingEnd::Said(Outcome::Answered))
            && explained.end == Some(Finish::Bridged(rung.who))
            && rung.until == explained.lasts;
        let asked = explained.timeline.iter().find(|event| {
            event.what == Seen::Screened(rung.who) && (rung.from..=rung.until).contains(&event.at)
        });
        let since = asked.map(|event| event.at).or(is_taken.then_some(rung.until));
        let picked_up = since.map(|since| (since, rung.until));
        Some(Out { to, rule, by, picked_up, is_taken })
    });
    Course {
        caller: question.caller,
        entry: question.entry,
        on: site.day(question.at),
        answered: seen(&|what| matches!(what, Seen::Answered | Seen::Bridged(_))).map(|event| event.at),
        over: explained.lasts,
        talks: matches!(explained.end, Some(Finish::Bridged(_))),
        out: out.collect(),
    }
}

impl fmt::Display for Cost {
    /// In one line: what each leg costs that is answered, all together, and which rang in vain.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |leg: &CostLeg| {
            let cost = leg.cost.map_or_else(|| "?".to_owned(), |cost| cost.to_string());
            format!("{cost} {}{}", leg.what, if leg.is_taken { "" } else { ", picked up in vain" })
        };
        let (answered, in_vain): (Vec<_>, Vec<_>) = self.legs.iter().partition(|leg| leg.lasts.is_some());
        let parts: Vec<_> = answered.iter().map(|leg| part(leg)).collect();
        write!(f, "cost  ")?;
        if !parts.is_empty() {
            write!(f, "{} = ", parts.join(" + "))?;
        }
        write!(f, "{} {}", self.total, self.currency)?;
        if !self.talk.is_zero() {
            write!(f, "   of {} of talk", words::time(self.talk))?;
        }
        for leg in self.legs.iter().filter(|leg| leg.cost.is_none()) {
            write!(f, "   ({} has no price for {})", self.file, leg.number)?;
        }
        let in_vain: Vec<_> =
            in_vain.iter().filter(|leg| leg.way == Way::Out).map(|leg| &*leg.what).collect();
        if !in_vain.is_empty() {
            write!(f, "   (rung in vain, at no cost: {})", in_vain.join(", "))?;
        }
        Ok(())
    }
}
