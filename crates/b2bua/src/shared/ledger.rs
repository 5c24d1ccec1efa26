//! What people spend outside, kept like a purse: a leg is let out only if what it costs at least is left of what its
//! person may spend that day, it pays for each increment before that begins, and what it did not use comes back when
//! it ends. So nobody ever spends more than they may, however many calls they have at once.
//!
//! ```text
//!   open ── answered ──> begin ── extend ── extend ── … ──> settle
//!     └── not answered ──> close          └── nothing left: the call is cut
//! ```
//!
//! Accounts are kept by name, so that they outlive versions of the site; a day of the site's calendar begins with
//! nothing spent. What was reserved is written ahead, so that a killed process has spent it.

#[cfg(test)]
mod attacks;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::money::{Amount, Day, Rate};
use clock::{Instant, Key};
use store::Charge;

use crate::leg::Leg;

/// Begins the names of the values that the store keeps of what people spent.
const PREFIX: &str = "spent:";
/// How long before an increment begins it is paid for, or the call cut: a BYE has to come to the carrier in time.
const AHEAD: Duration = Duration::from_millis(500);
/// What is written ahead is a part of the bound that may be spent, so that a bound costs so many rows.
const ROWS_A_BOUND: u64 = 64;

/// Every account that was used of late, and every leg outside that costs something.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    accounts: BTreeMap<Arc<str>, Account>,
    meters: BTreeMap<Key<Leg>, Meter>,
}

/// What a leg outside costs, and who pays it.
#[derive(Debug)]
pub(crate) struct Tab {
    rate: Rate,
    /// The person; nobody for calls that come in, and for those that the site itself sends on.
    payer: Option<Arc<str>>,
    /// Increments behind the first that are paid for.
    increments: u64,
    /// The day on which it last reserved something, and how much on that day.
    day: Day,
    held: Amount,
}

/// The tab of a leg that was answered.
#[derive(Debug)]
struct Meter {
    tab: Tab,
    since: Instant,
}

/// One person on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Account {
    day: Day,
    /// By legs that have ended.
    spent: Amount,
    /// By those that have not.
    held: Amount,
    /// What the store holds of it.
    kept: Amount,
}

/// What became of a leg whose time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paid {
    /// It goes on, and is to be looked at again then.
    Until(Instant),
    /// It costs nothing more, or has ended.
    Whole,
    /// Nothing is left to pay it with.
    Out,
}

impl Ledger {
    /// Reserves what a leg costs at least; `None` if its payer has not so much left.
    pub(crate) fn open(
        &mut self,
        rate: Rate,
        payer: Option<Arc<str>>,
        bound: Option<Amount>,
        today: Day,
    ) -> Option<Tab> {
        let first = rate.cost_of(0);
        let mut day = today;
        if let Some(payer) = &payer {
            let account = of(&mut self.accounts, payer, today);
            if !account.reserve(first, bound) {
                return None;
            }
            day = account.day;
        }
        Some(Tab { rate, payer, increments: 0, day, held: first })
    }

    /// A leg was never answered, and costs nothing.
    pub(crate) fn close(&mut self, tab: &Tab) {
        self.give_back(tab, Amount::ZERO);
    }

    /// A leg was answered; when it is to be looked at, if ever.
    pub(crate) fn begin(&mut self, leg: Key<Leg>, tab: Tab, now: Instant) -> Option<Instant> {
        let meter = Meter { tab, since: now };
        let ends = meter.ends();
        self.meters.insert(leg, meter);
        ends
    }

    /// Pays for the next increment of a leg if that is about to begin.
    pub(crate) fn extend(&mut self, leg: Key<Leg>, bound: Option<Amount>, now: Instant, today: Day) -> Paid {
        let Self { accounts, meters } = self;
        let Some(meter) = meters.get_mut(&leg) else { return Paid::Whole };
        let Some(payer) = meter.tab.payer.clone() else { return Paid::Whole };
        let account = of(accounts, &payer, today);
        while let Some(ends) = meter.ends() {
            if ends > now {
                return Paid::Until(ends);
            }
            let next = meter.tab.next();
            if !account.reserve(next, bound) {
                return Paid::Out;
            }
            meter.tab.hold(next, account.day);
        }
        Paid::Whole
    }

    /// A leg has ended: what it cost, and who paid.
    pub(crate) fn settle(&mut self, leg: Key<Leg>, now: Instant) -> Option<Charge> {
        let meter = self.meters.remove(&leg)?;
        let cost = meter.cost(now);
        self.give_back(&meter.tab, cost);
        let payer = meter.tab.payer.unwrap_or_else(|| "".into());
        Some(Charge { billionths: cost.billionths(), payer })
    }

    /// What a leg that goes on has cost so far.
    pub(crate) fn so_far(&self, leg: Key<Leg>, now: Instant) -> Option<Amount> {
        self.meters.get(&leg).map(|meter| meter.cost(now))
    }

    /// Who pays a leg that was answered.
    pub(crate) fn payer(&self, leg: Key<Leg>) -> Option<&Arc<str>> {
        self.meters.get(&leg)?.tab.payer.as_ref()
    }

    /// What a person has spent or reserved on a day.
    pub(crate) fn used(&self, person: &str, today: Day) -> Amount {
        let account = self.accounts.get(person).filter(|account| account.day == today);
        account.map_or(Amount::ZERO, Account::used)
    }

    /// What the store has to keep of a person, if that is more than it holds: some more at once, so that not every
    /// increment is a row.
    pub(crate) fn keep_ahead(&mut self, person: &Arc<str>, bound: Option<Amount>) -> Option<store::Request> {
        let account = self.accounts.get_mut(person)?;
        let step = bound.map_or(0, |bound| bound.billionths() / ROWS_A_BOUND);
        let ahead = account.used().plus(Amount::from_billionths(step));
        (account.used() > account.kept).then(|| account.keep(person, ahead))
    }

    /// What the store has to keep of a person, exactly.
    pub(crate) fn keep(&mut self, person: &Arc<str>) -> Option<store::Request> {
        let account = self.accounts.get_mut(person)?;
        let used = account.used();
        (used != account.kept).then(|| account.keep(person, used))
    }

    /// Whether no leg outside costs anything, and nothing is reserved for one.
    pub(crate) fn is_idle(&self) -> bool {
        self.meters.is_empty() && self.accounts.values().all(|account| account.held == Amount::ZERO)
    }

    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let account = |value: &[u8]| {
            let (day, spent) = str::from_utf8(value).ok()?.split_once(' ')?;
            let (day, spent) = (day.parse().ok()?, Amount::parse(spent)?);
            Some(Account { day, spent, held: Amount::ZERO, kept: spent })
        };
        let accounts = values
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.into(), account(value)?)));
        self.accounts.extend(accounts);
    }

    /// Counts anew what is reserved, from the tabs of legs that were not answered and the legs that there are: after
    /// a fault nobody knows how far anything got.
    pub(crate) fn recount<'t>(
        &mut self,
        open: impl Iterator<Item = &'t Tab>,
        is_there: impl Fn(Key<Leg>) -> bool,
    ) {
        self.meters.retain(|leg, _| is_there(*leg));
        let Self { accounts, meters } = self;
        for account in accounts.values_mut() {
            (account.held, account.kept) = (Amount::ZERO, Amount::ZERO);
        }
        let mut hold = |tab: &Tab| {
            let account = tab.payer.as_ref().and_then(|payer| accounts.get_mut(payer));
            if let Some(account) = account.filter(|account| account.day == tab.day) {
                account.held = account.held.plus(tab.held);
            }
        };
        open.for_each(&mut hold);
        meters.values().for_each(|meter| hold(&meter.tab));
    }

    /// What a tab held goes back, but for what it cost. What it held on days before is past.
    fn give_back(&mut self, tab: &Tab, cost: Amount) {
        let account = tab.payer.as_ref().and_then(|payer| self.accounts.get_mut(payer));
        let Some(account) = account.filter(|account| account.day == tab.day) else { return };
        let unused = tab.paid().less(cost).unwrap_or_default().min(tab.held);
        account.held = account.held.less(tab.held).unwrap_or_default();
        account.spent = account.spent.plus(tab.held.less(unused).unwrap_or_default());
    }
}

/// The account of a person, on that day. A clock that is set back over midnight gives nobody a second day.
fn of<'a>(accounts: &'a mut BTreeMap<Arc<str>, Account>, person: &Arc<str>, today: Day) -> &'a mut Account {
    let fresh = Account { day: today, spent: Amount::ZERO, held: Amount::ZERO, kept: Amount::ZERO };
    let account = accounts.entry(person.clone()).or_insert(fresh);
    if account.day != today && account.day.yesterday().ok() != Some(today) {
        *account = fresh;
    }
    account
}

impl Account {
    fn used(&self) -> Amount {
        self.spent.plus(self.held)
    }

    /// Takes so much more, if that is within the bound.
    fn reserve(&mut self, amount: Amount, bound: Option<Amount>) -> bool {
        let is_free = amount == Amount::ZERO;
        let is_within = is_free || bound.is_none_or(|bound| self.used().plus(amount) <= bound);
        if is_within {
            self.held = self.held.plus(amount);
        }
        is_within
    }

    fn keep(&mut self, person: &str, amount: Amount) -> store::Request {
        self.kept = amount;
        let value = format!("{} {amount}", self.day);
        store::Request::Put(None, format!("{PREFIX}{person}").into(), value.as_bytes().into())
    }
}

impl Tab {
    /// All that it has paid.
    fn paid(&self) -> Amount {
        self.rate.cost_of(self.increments)
    }

    /// What one increment more costs.
    fn next(&self) -> Amount {
        self.rate.cost_of(self.increments.saturating_add(1)).less(self.paid()).unwrap_or_default()
    }

    fn hold(&mut self, next: Amount, today: Day) {
        self.increments = self.increments.saturating_add(1);
        self.held = if self.day == today { self.held.plus(next) } else { next };
        self.day = today;
    }
}

impl Meter {
    /// When the next increment has to be paid for; never if nobody pays, or a longer call costs no more.
    fn ends(&self) -> Option<Instant> {
        let is_watched = self.tab.payer.is_some() && self.tab.rate.grows();
        is_watched.then(|| self.since + self.tab.rate.paid_for(self.tab.increments).saturating_sub(AHEAD))
    }

    /// What it has cost. Who pays ahead never pays more than that: a call that is cut, or may not be, ends where it
    /// was paid for.
    fn cost(&self, now: Instant) -> Amount {
        let cost = self.tab.rate.cost(now.since(self.since));
        if self.tab.payer.is_some() { cost.min(self.tab.paid()) } else { cost }
    }
}

#[cfg(test)]
mod tests;
