//! The price of a number, by the deck.

use std::{fmt, sync::Arc, time::Duration};

use jiff::civil::Date;

use crate::{
    E164, Site,
    money::{Amount, Currency, Kind, Price, Way},
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
