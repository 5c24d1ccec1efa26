//! Masked numbers: neither the caller nor whom the number leads to is told the other's number.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use callplan::{Number, Site};
use sip::{Message, Name};

use super::{Check, limit::user_of, seen::Seen};

/// What is known of masked calls.
#[derive(Debug, Default)]
pub(super) struct Masked {
    /// Our numbers that mask, each with the outside numbers that it leads to; all as digits alone.
    numbers: BTreeMap<String, Vec<String>>,
    /// Who called one of them.
    callers: BTreeSet<String>,
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
        let masked = site.numbers.iter().filter(|number| number.shown.mask);
        let numbers = masked.map(|number| (digits(&number.e164.to_string()), leads_to(number))).collect();
        Self { numbers, ..Self::default() }
    }
}

impl Check {
    /// A call comes for a masked number: its caller is not told where that leads.
    pub(super) fn masked_call_came(&mut self, seen: Seen<'_>) {
        let Some(secrets) = self.masked.numbers.get(&called(seen.message)) else { return };
        self.masked.unsaid.insert(seen.call_id(), secrets.clone());
        self.masked.callers.extend(user_of(seen.message, Name::From).map(|user| digits(&user)));
        self.masked.callers.remove("");
    }

    /// A call leaves: whom a masked number leads to is not told who calls.
    pub(super) fn call_left(&mut self, seen: Seen<'_>) {
        let called = called(seen.message);
        if self.masked.numbers.values().flatten().any(|target| *target == called) {
            self.masked.unsaid.insert(seen.call_id(), self.masked.callers.iter().cloned().collect());
        }
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

fn called(message: &Message) -> String {
    user_of(message, Name::To).map_or_else(String::new, |user| digits(&user))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
