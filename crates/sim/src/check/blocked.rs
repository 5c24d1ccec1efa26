//! Callers whom people have blocked, as the store is told: none of them rings that person, over restarts too.

use std::{collections::BTreeMap, sync::Arc};

use callplan::{PhoneId, Site};
use clock::Instant;
use sip::{Message, Method, Name};

use super::{Check, limit::user_of, seen::Seen};

/// Begins the names of the rows that say whom a person has blocked.
const PREFIX: &str = "blocked:";

/// Who has blocked whom.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Whose a phone is, by side.
    owners: BTreeMap<usize, Arc<str>>,
    numbers: BTreeMap<Arc<str>, Vec<String>>,
}

impl Blocks {
    pub(super) fn of(site: &Site) -> Self {
        let mut blocks = Self::default();
        blocks.begins(site);
        blocks
    }

    /// A process begins: everybody has their phones, or those where they have signed in.
    pub(super) fn begins(&mut self, site: &Site) {
        let owner = |side: usize| site[PhoneId::from(side)].person.map(|person| site[person].name.clone());
        let owners = (0..site.phones.len()).filter_map(|side| Some((side, owner(side)?)));
        self.owners = owners.collect();
    }

    /// Calls that began before may ring this phone for somebody else.
    pub(super) fn changes_hands(&mut self, phone: PhoneId) {
        self.owners.remove(&phone.index());
    }

    pub(super) fn loads(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        self.numbers.clear();
        self.numbers.extend(values.iter().filter_map(|(name, value)| read(name, value)));
    }

    fn has(&self, side: usize, caller: &str) -> bool {
        let numbers = self.owners.get(&side).and_then(|person| self.numbers.get(person));
        numbers.is_some_and(|numbers| numbers.iter().any(|number| number == caller))
    }
}

impl Check {
    /// The store is told whom somebody has blocked.
    pub(super) fn blocks(&mut self, name: &str, value: &[u8]) {
        let Some((person, numbers)) = read(name, value) else { return };
        self.happened.blocks += u64::from(!numbers.is_empty());
        self.blocked.numbers.insert(person, numbers);
    }

    /// A phone is rung. Whoever helps calls back past everything, and whoever is called for somebody by a click is no
    /// caller.
    pub(super) fn judge_blocked(&mut self, seen: Seen<'_>) {
        let is_first = *seen.message.method() == Method::Invite
            && seen.message.is_request()
            && seen.message.to_tag().is_none();
        if !is_first || self.legs.contains_key(seen.message.call_id()) {
            return;
        }
        let caller = user_of(seen.message, Name::From).filter(|caller| self.blocked.has(seen.side, caller));
        if let Some(caller) = caller.filter(|_| !self.is_exempt(seen.now, seen.side, seen.message)) {
            let what = format!("{}: {caller} rings somebody who has blocked it", seen.message.call_id());
            self.violate(seen.now, what);
        }
    }

    fn is_exempt(&self, now: Instant, side: usize, message: &Message) -> bool {
        self.limits.is_asked_for(side, now) || self.limits.is_call_back(now, side, message)
    }
}

fn read(name: &str, value: &[u8]) -> Option<(Arc<str>, Vec<String>)> {
    let person = name.strip_prefix(PREFIX)?;
    let numbers = String::from_utf8_lossy(value).split_whitespace().map(str::to_owned).collect();
    Some((person.into(), numbers))
}
