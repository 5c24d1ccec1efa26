//! What legs outside cost, as the calls that have them meet it: prices of the newest version, bounds of the newest too.

use std::{fmt, sync::Arc};

use callplan::{
    E164,
    money::{Amount, Day, Way},
};
use clock::Key;
use store::LegRecord;

use super::{Core, Due};
use crate::{
    leg::Leg,
    shared::ledger::{Paid, Tab},
};

/// Why a number outside is not called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unpaid {
    /// What its payer may spend is limited, and nobody knows what it costs.
    NoPrice(Arc<str>),
    /// Its payer has too little left of what they may spend today: what they may.
    Spent(Arc<str>, Amount),
    /// Its payer has as many legs outside as they may: how many that is.
    TooMany(Arc<str>, u16),
}

impl fmt::Display for Unpaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrice(payer) => {
                write!(f, "it has no price, and what {payer} may spend is limited")
            }
            Self::Spent(payer, bound) => {
                write!(f, "too little is left of the {bound} that {payer} may spend a day")
            }
            Self::TooMany(payer, max) => {
                write!(f, "{payer} may have {max} calls outside at once, sent on or handed on")
            }
        }
    }
}

impl Core {
    /// Reserves what a call to `to` costs at least; no tab if it costs nobody anything.
    ///
    /// # Errors
    /// It is not to be called.
    pub(crate) fn open_tab(&mut self, payer: Option<&Arc<str>>, to: E164) -> Result<Option<Tab>, Unpaid> {
        let (today, bound) = (self.today(), payer.and_then(|payer| self.bound_of(payer)));
        let rated = self.site.money.as_ref();
        let price = rated.and_then(|money| money.deck.price(Way::Out, to, today));
        let Some(price) = price else {
            return match payer.filter(|_| bound.is_some() && rated.is_some()) {
                Some(payer) => Err(Unpaid::NoPrice(payer.clone())),
                None => Ok(None),
            };
        };
        let tab = self.ledger.open(price.row.rate, payer.cloned(), bound, today);
        match (tab, payer, bound) {
            (Some(tab), Some(payer), _) => {
                self.keep_ahead(payer, bound);
                Ok(Some(tab))
            }
            (Some(tab), None, _) => Ok(Some(tab)),
            (None, Some(payer), Some(bound)) => Err(Unpaid::Spent(payer.clone(), bound)),
            (None, _, _) => Ok(None),
        }
    }

    /// The leg of a tab was never answered.
    pub(crate) fn close_tab(&mut self, tab: &Tab) {
        self.ledger.close(tab);
    }

    /// The leg of a tab was answered: it costs from now on.
    pub(crate) fn begin_tab(&mut self, leg: Key<Leg>, tab: Tab) {
        if let Some(at) = self.ledger.begin(leg, tab, self.now.mono) {
            self.wheel.insert(at, Due::Paid(leg));
        }
    }

    /// A call that came in to a number of ours was answered.
    pub(crate) fn begin_inbound(&mut self, leg: Key<Leg>, called: E164) {
        let today = self.today();
        let Some(price) = self.site.price_in(called, today) else { return };
        if let Some(tab) = self.ledger.open(price.row.rate, None, None, today) {
            self.begin_tab(leg, tab);
        }
    }

    /// Pays for what a leg is about to begin; false if nothing is left to pay it with.
    pub(crate) fn pay_on(&mut self, leg: Key<Leg>) -> bool {
        let Some(payer) = self.ledger.payer(leg).cloned() else { return true };
        let (today, bound) = (self.today(), self.bound_of(&payer));
        let paid = self.ledger.extend(leg, bound, self.now.mono, today);
        self.keep_ahead(&payer, bound);
        if let Paid::Until(at) = paid {
            self.wheel.insert(at, Due::Paid(leg));
        }
        paid != Paid::Out
    }

    /// A leg has ended, if it has not before: notes in its record what it cost, and that whoever was on it talks no
    /// more.
    pub(crate) fn settle(&mut self, leg: Key<Leg>, record: &mut LegRecord) {
        self.end_talk(leg);
        let Some(charge) = self.ledger.settle(leg, self.now.mono) else { return };
        if let Some(row) = self.ledger.keep(&charge.payer) {
            self.store(row);
        }
        record.charge = Some(charge);
    }

    /// The day of the site's calendar.
    pub(crate) fn today(&self) -> Day {
        self.site.day(self.now.wall)
    }

    /// What a person may spend a day, by the newest version.
    fn bound_of(&self, person: &str) -> Option<Amount> {
        self.site.person(person).and_then(|person| self.site[person].per_day)
    }

    fn keep_ahead(&mut self, payer: &Arc<str>, bound: Option<Amount>) {
        if let Some(row) = self.ledger.keep_ahead(payer, bound) {
            self.store(row);
        }
    }
}
