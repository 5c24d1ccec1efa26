//! What calls cost: amounts of money, the price of a second, and the deck that says which price is whose.
//!
//! Knows numbers and days; must never know calls, people or who pays. Nothing here is a fraction: amounts are whole
//! billionths, so that what many seconds cost adds up to the last digit.

mod amount;
mod deck;
mod rate;

use std::{fmt, sync::Arc};

pub use amount::Amount;
pub use deck::{Deck, Kind, Price, Row, Way};
pub use rate::Rate;

use crate::{E164, Site};

/// A day of a site's calendar.
pub type Day = jiff::civil::Date;

/// `[money]`: what a site's calls are rated by.
#[derive(Clone, Debug)]
pub struct Money {
    /// In what it counts.
    pub currency: Currency,
    /// What calls cost.
    pub deck: Arc<Deck>,
    /// The file of the deck, relative to the config directory.
    pub file: Arc<str>,
}

impl Site {
    /// The price of a call that comes in to a number on this day, by the type that the config gives it.
    pub fn price_in(&self, called: E164, on: Day) -> Option<Price> {
        let deck = &self.money.as_ref()?.deck;
        match self.number(called) {
            Some(own) => deck.price_of_kind(Way::In, called, self[own].kind, on),
            None => deck.price(Way::In, called, on),
        }
    }
}

/// A currency by its three letters (ISO 4217). Only printed: nothing is ever exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads three capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).expect("three ASCII letters"))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::parse("USD").unwrap().to_string(), "USD");
        for bad in ["usd", "US", "USDX", "U$D", "€", ""] {
            assert_eq!(Currency::parse(bad), None, "{bad}");
        }
    }
}
