//! What calls cost, as their records tell it: each leg outside by its price and the time from its answer to its end, on
//! the account of somebody who had so much left; and what the switch keeps of accounts is never behind.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::{
    E164, Site,
    money::{Amount, Day, Money, Way},
};
use clock::Instant;
use store::{Charge, Direction, LegRecord, Record};

use super::Check;

/// Begins the names of the values that the switch keeps of what people spent.
const PREFIX: &str = "spent:";

/// What is known of who spends what.
#[derive(Debug, Default)]
pub(super) struct Purses {
    site: Option<Arc<Site>>,
    /// By person, on the day on which they last spent something.
    spent: BTreeMap<Arc<str>, (Day, Amount)>,
}

impl Purses {
    pub(super) fn of(site: &Arc<Site>) -> Self {
        Self { site: Some(site.clone()), spent: BTreeMap::new() }
    }
}

impl Check {
    /// A record says what its legs cost.
    pub(super) fn judge_charges(&mut self, now: Instant, record: &Record) {
        let Some(site) = self.purses.site.clone() else { return };
        let Some(money) = &site.money else { return };
        for leg in &record.legs {
            let is_ours = self.legs.get(&leg.sip_call_id).is_none_or(|leg| leg.is_ours);
            if let Some(why) = mischarged(&site, money, record, leg, is_ours) {
                let call = record.call.0;
                self.violate(now, format!("call {call}: {} {}: {why}", leg.party, leg.sip_call_id));
            }
            let paid = leg.charge.as_ref().filter(|charge| !charge.payer.is_empty());
            if let (Some(charge), Some(end)) = (paid, record.end) {
                self.spends(now, &site, charge, site.day(end.at));
            }
        }
    }

    fn spends(&mut self, now: Instant, site: &Site, charge: &Charge, day: Day) {
        let spent = self.purses.spent.entry(charge.payer.clone()).or_insert((day, Amount::ZERO));
        if spent.0 != day {
            *spent = (day, Amount::ZERO);
        }
        spent.1 = spent.1.plus(Amount::from_billionths(charge.billionths));
        let spent = spent.1;
        let bound = site.person(&charge.payer).and_then(|person| site[person].per_day);
        if let Some(bound) = bound.filter(|bound| spent > *bound) {
            self.violate(now, format!("{} spent {spent} of the {bound} of a day", charge.payer));
        }
    }

    /// The switch keeps a value: what it keeps of an account is no less than what records say was spent by then.
    pub(super) fn judge_kept(&mut self, now: Instant, name: &str, value: &[u8]) {
        let Some(person) = name.strip_prefix(PREFIX) else { return };
        let kept = str::from_utf8(value).ok().and_then(|text| text.split_once(' '));
        let kept = kept.and_then(|(day, amount)| Some((day.parse::<Day>().ok()?, Amount::parse(amount)?)));
        let Some((day, kept)) = kept else {
            return self.violate(now, format!("what {person} spent is kept as {value:?}"));
        };
        let spent = self.purses.spent.get(person).filter(|spent| spent.0 == day);
        if let Some((_, spent)) = spent.copied().filter(|(_, spent)| *spent > kept) {
            self.violate(now, format!("{person} spent {spent}, and {kept} is kept of it"));
        }
    }
}

/// What is wrong with the charge of a leg; nothing for most. Of a leg that came to us, and was handed to this call by
/// another, the record does not say which number it called.
fn mischarged(site: &Site, money: &Money, record: &Record, leg: &LegRecord, is_ours: bool) -> Option<String> {
    let answered = leg.answered_ms.filter(|_| leg.party.starts_with("trunk:"));
    let Some(answered) = answered else {
        return leg.charge.as_ref().map(|_| "it costs something, and nobody outside answered".to_owned());
    };
    let is_caller = leg.sip_call_id == record.began.sip_call_id;
    let (way, number) = match record.began.direction {
        Direction::Inbound if is_caller => (Way::In, &record.began.to),
        Direction::Inbound | Direction::Outbound | Direction::Internal if is_ours => (Way::Out, &leg.number),
        Direction::Inbound | Direction::Outbound | Direction::Internal | Direction::Rehearsal => return None,
    };
    let price =
        E164::parse(number).and_then(|number| money.deck.price(way, number, site.day(record.began.at)));
    // The other call's record has what somebody cost who was handed over.
    let price = price.filter(|_| record.cause != "transferred")?;
    let Some(charge) = &leg.charge else {
        // Whoever helps and calls back costs nobody anything.
        return (way == Way::Out).then(|| "it has a price, and costs nothing".to_owned());
    };
    // A call in which help was called goes on when nothing is left of what its payer may spend.
    let is_help = |leg: &LegRecord| site.emergency.numbers.iter().any(|number| **number == *leg.number);
    let is_bound = site.person(&charge.payer).is_some_and(|person| site[person].per_day.is_some());
    let is_cut = !is_bound || !record.legs.iter().any(is_help);
    let lasted = Duration::from_millis(leg.ended_ms.saturating_sub(answered).into());
    let increment = Duration::from_secs(price.row.rate.next.into());
    let least = price.row.rate.cost(lasted.saturating_sub(increment));
    let most = price.row.rate.cost(lasted + increment);
    let cost = Amount::from_billionths(charge.billionths);
    ((is_cut && cost < least) || cost > most).then(|| format!("it costs {cost} for {lasted:?}"))
}
