//! What a call costs, by the deck: the price of a number, and what an explained call comes to.

use std::{fmt, sync::Arc, time::Duration};

use jiff::civil::Date;

use super::{Explanation, Finish, Question, Seen, words};
use crate::{
    E164, Site,
    money::{Amount, Currency, Kind, Price, Way},
    step::{Caller, Entry, Target},
};

/// The length of talk for which a call is priced whose length nobody knows.
const MINUTE: Duration = Duration::from_secs(60);

/// The price of one number on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Which number.
    pub number: E164,
    /// Inbound for a number of ours, outbound for any other.
    pub way: Way,
    /// On which day of the site's calendar.
    pub on: Date,
    /// What it costs; `None` if the deck does not say.
    pub price: Option<Price>,
    /// In what.
    pub currency: Currency,
    /// The file of the deck.
    pub file: Arc<str>,
}

/// What calls with `number` cost on a day; `None` if the site rates nothing.
pub fn quote(site: &Site, number: E164, on: Date) -> Option<Quote> {
    let money = site.money.as_ref()?;
    let (way, price) = match site.number(number) {
        Some(_) => (Way::In, site.price_in(number, on)),
        None => (Way::Out, money.deck.price(Way::Out, number, on)),
    };
    Some(Quote { number, way, on, price, currency: money.currency, file: money.file.clone() })
}

impl Quote {
    /// What a call costs that is talked on for so long.
    pub fn cost(&self, talk: Duration) -> Option<Amount> {
        self.price.map(|price| price.row.rate.cost(talk))
    }

    /// The price in one line.
    pub(super) fn line(&self) -> String {
        let Some(Price { row, .. }) = self.price else {
            return format!("cost  unknown: {} has no price for {}", self.file, self.number);
        };
        let cost = row.rate.cost(MINUTE);
        format!("cost  {cost} {} for a minute: {} at {}:{}", self.currency, named(&row), self.file, row.line)
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Out => "outbound",
            Way::In => "inbound, a number of ours",
        };
        writeln!(f, "call    {}   {way}   {}", self.number, self.on)?;
        let Some(Price { row, until }) = self.price else {
            return writeln!(f, "price   none: no row of {} is for it", self.file);
        };
        let rate = row.rate;
        writeln!(f, "row     {}:{}   {}", self.file, row.line, named(&row))?;
        write!(f, "price   {} {} a minute", rate.per_minute, self.currency)?;
        if rate.connect_fee > Amount::ZERO {
            write!(f, ", and {} for the answer", rate.connect_fee)?;
        }
        writeln!(f, "; {} s at least, then in steps of {} s", rate.first, rate.next)?;
        let valid = row.valid_from.map(|from| format!("from {from}"));
        let until = until.map(|until| format!("until another row holds on {until}"));
        let valid: Vec<_> = valid.into_iter().chain(until).collect();
        if !valid.is_empty() {
            writeln!(f, "holds   {}", valid.join(", "))?;
        }
        Ok(())
    }
}

fn named(row: &crate::money::Row) -> String {
    let prefix = match row.prefix {
        0 => "any number".to_owned(),
        prefix => format!("prefix {prefix}"),
    };
    let kind = match row.kind {
        Kind::Any => return prefix,
        Kind::Local => "local",
        Kind::Of(kind) => kind.word(),
    };
    format!("{prefix}, {kind}")
}

/// What an explained call costs: its leg from outside for as long as it was answered, and the leg to a number outside
/// that takes it, of whose talk a minute is assumed. Nothing where no leg has a price.
pub(super) fn footing(site: &Site, question: &Question, explained: &Explanation) -> Option<String> {
    let on = site.day(question.at);
    let answered = explained.timeline.iter().find_map(|event| match event.what {
        Seen::Answered | Seen::Bridged(_) => Some(event.at),
        Seen::RangStart(_)
        | Seen::RangStop(..)
        | Seen::Screened(_)
        | Seen::Played(_)
        | Seen::Said(_)
        | Seen::Ringback(_)
        | Seen::Recording(_)
        | Seen::Recorded { .. }
        | Seen::Ended(_) => None,
    });
    let talk = if let Some(Finish::Bridged(_)) = explained.end { MINUTE } else { Duration::ZERO };
    let called = match (question.caller, question.entry) {
        (Caller::Number(_) | Caller::Withheld, Entry::Number(number)) => Some(site[number].e164),
        (Caller::Number(_) | Caller::Withheld | Caller::Phone(_), _) => None,
    };
    let call = called.zip(answered).map(|(number, at)| (number, "call", explained.lasts - at + talk));
    let forward = match explained.end {
        Some(Finish::Bridged(who @ Target::Number { to, .. })) => {
            let asked = asked(explained).filter(|(own, _)| *own == who).last();
            Some((to, "forward", talk + asked.map_or(Duration::ZERO, |(_, lasted)| lasted)))
        }
        Some(Finish::Bridged(Target::Phone(_) | Target::Agent(_)) | Finish::Ended(_)) | None => None,
    };
    let in_vain = asked(explained).filter(|(who, _)| explained.end != Some(Finish::Bridged(*who)));
    let in_vain = in_vain.filter_map(|(who, lasted)| match who {
        Target::Number { to, .. } => Some((to, "picked up in vain", lasted)),
        Target::Phone(_) | Target::Agent(_) => None,
    });
    let costs = call.into_iter().chain(forward).chain(in_vain).filter_map(|(number, what, lasted)| {
        let cost = quote(site, number, on)?.cost(lasted)?;
        Some(format!("{cost} {what}"))
    });
    let costs: Vec<_> = costs.collect();
    let assumed = if talk.is_zero() { String::new() } else { format!("   of {} of talk", words::time(talk)) };
    (!costs.is_empty()).then(|| format!("cost  {}{assumed}", costs.join(" + ")))
}

/// Who picked up and was asked, and how long that took: their carriers count it as a call.
fn asked(explained: &Explanation) -> impl Iterator<Item = (Target, Duration)> {
    explained.timeline.iter().filter_map(|event| {
        let Seen::Screened(who) = event.what else { return None };
        let mut later = explained.timeline.iter().skip_while(|other| other.at < event.at);
        let over = later.find(|other| matches!(other.what, Seen::RangStop(own, _) if own == who));
        Some((who, over.map_or(explained.lasts, |over| over.at) - event.at))
    })
}
