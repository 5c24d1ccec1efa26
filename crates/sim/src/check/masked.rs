//! Masked calls: neither the caller nor whom a masked number leads to is told the other's number, and no phone of a
//! masked person is told a number outside, whichever way the call comes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use callplan::{GroupId, Number, Site, Who};
use sip::{Message, Name};

use super::{Check, limit::user_of, seen::Seen};

/// What is known of masked calls.
#[derive(Debug, Default)]
pub(super) struct Masked {
    /// Our numbers that mask, each with the outside numbers that it leads to; all as digits alone.
    numbers: BTreeMap<String, Vec<String>>,
    /// Phones of masked people, by side.
    phones: BTreeSet<usize>,
    /// Who called from outside.
    callers: BTreeSet<String>,
    /// Who of them called one of those numbers.
    hidden: BTreeSet<String>,
    /// What may not be said on a leg, by its Call-ID.
    unsaid: BTreeMap<Arc<str>, Vec<String>>,
}

impl Masked {
    pub(super) fn of(site: &Site) -> Self {
        let leads_to = |number: &Number| {
            let nodes = site.nodes.iter().filter(|node| node.plan == number.plan);
            let forwards = nodes.filter_map(|node| node.act.forward());
            forwards.map(|forward| digits(&forward.to.to_string())).collect()
        };
        let masked = site.numbers.iter().filter(|number| masks(site, number));
        let numbers = masked.map(|number| (digits(&number.e164.to_string()), leads_to(number))).collect();
        let is_masked = |index: &usize| site.phones[*index].person.is_some_and(|person| site[person].mask);
        let phones = (0..site.phones.len()).filter(is_masked).collect();
        Self { numbers, phones, ..Self::default() }
    }

    /// Whether the party of this leg, on this side, is not to be named to everybody.
    pub(super) fn hides(&self, call_id: &str, side: usize) -> bool {
        self.unsaid.contains_key(call_id) || self.phones.contains(&side)
    }
}

/// Whether a call to a number is masked before it goes on from there: by itself, by its plan, by whom that rings.
fn masks(site: &Site, number: &Number) -> bool {
    let of_group = |group: GroupId| site[group].shown.mask;
    let mut rung =
        site.nodes.iter().filter(|node| node.plan == number.plan).filter_map(|node| node.act.ring());
    let is_rung = rung.any(|ring| match ring.who {
        Who::Person(person) => site[person].mask,
        Who::Group(group) => of_group(group),
        Who::Phone(phone) => site[phone].person.is_some_and(|person| site[person].mask),
        Who::Rota(rota) | Who::OnCall(rota) => site[rota].people.iter().any(|person| site[*person].mask),
        // Whom layers name nobody knows beforehand.
        Who::Agent(_) => false,
        Who::First(_) => site.people.iter().any(|person| person.mask),
    });
    number.shown.mask || site[number.plan].mask || is_rung
}

impl Check {
    /// A call comes from outside; for a masked number: its caller is not told where that leads.
    pub(super) fn masked_call_came(&mut self, seen: Seen<'_>) {
        if !self.limits.is_carrier(seen.side) {
            return;
        }
        let caller =
            user_of(seen.message, Name::From).map(|user| digits(&user)).filter(|user| !user.is_empty());
        self.masked.callers.extend(caller.clone());
        let Some(secrets) = self.masked.numbers.get(&called(seen.message)) else { return };
        self.masked.unsaid.insert(seen.call_id(), secrets.clone());
        self.masked.hidden.extend(caller);
    }

    /// A call leaves: whom a masked number leads to is not told who calls, and no phone of a masked person.
    pub(super) fn call_left(&mut self, seen: Seen<'_>) {
        let called = called(seen.message);
        let masked = &mut self.masked;
        let unsaid = if masked.phones.contains(&seen.side) {
            &masked.callers
        } else if masked.numbers.values().flatten().any(|target| *target == called) {
            &masked.hidden
        } else {
            return;
        };
        masked.unsaid.insert(seen.call_id(), unsaid.iter().cloned().collect());
    }

    /// Nothing that leaves on a masked leg says what it may not. The Request-URI is the party's own.
    pub(super) fn judge_masked(&mut self, seen: Seen<'_>) {
        let Some(unsaid) = self.masked.unsaid.get(seen.message.call_id()) else { return };
        let text = String::from_utf8_lossy(seen.message.raw());
        let told = text.split_once('\n').map_or("", |(_, rest)| rest);
        if let Some(secret) = unsaid.iter().find(|secret| told.contains(&***secret)) {
            let what = format!("{}: a masked call is told of {secret}", seen.message.call_id());
            self.violate(seen.now, what);
        }
    }
}

pub(super) fn called(message: &Message) -> String {
    user_of(message, Name::To).map_or_else(String::new, |user| digits(&user))
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
