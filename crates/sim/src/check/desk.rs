//! Who has signed in at whose phone, as the store is told: it rings for them and nobody else, over restarts too.
//!
//! A phone that changes hands is in doubt until the process ends: calls that began before keep whom it belonged to then,
//! and nobody sees on the wire which call a leg is of.

use std::{collections::BTreeMap, sync::Arc};

use callplan::Site;
use clock::Instant;
use sip::{Method, Name};

use super::{Check, limit::user_of, seen::Seen};

/// Begins the names of the rows that say where a person has signed in.
const PREFIX: &str = "desk:";

/// Who has signed in where, both by name.
#[derive(Debug, Default)]
pub(super) struct Desks {
    site: Option<Arc<Site>>,
    of: BTreeMap<Arc<str>, Arc<str>>,
}

impl Desks {
    pub(super) fn of(site: &Arc<Site>) -> Self {
        Self { site: Some(site.clone()), of: BTreeMap::new() }
    }

    fn set(&mut self, person: Arc<str>, phone: Arc<str>) -> Option<Arc<str>> {
        if phone.is_empty() { self.of.remove(&person) } else { self.of.insert(person, phone) }
    }

    fn lent(&self) -> Option<Site> {
        let site = self.site.as_ref()?;
        let pairs =
            self.of.iter().filter_map(|(person, phone)| Some((site.phone(phone)?, site.person(person)?)));
        Some(site.lent(&pairs.collect::<Vec<_>>()))
    }
}

impl Check {
    /// The site as it is while people are where they have signed in.
    pub(crate) fn lent(&self) -> Option<Site> {
        self.desks.lent()
    }

    /// The store is told where somebody has signed in.
    pub(super) fn sits(&mut self, name: &str, value: &[u8]) {
        let Some((person, phone)) = read(name, value) else { return };
        self.happened.sign_ins += u64::from(!phone.is_empty());
        let left = self.desks.set(person, phone.clone());
        let Some(site) = self.desks.lent() else { return };
        for phone in left.iter().chain([&phone]).filter_map(|phone| site.phone(phone)) {
            self.limits.changes_hands(&site, phone);
            self.blocked.changes_hands(phone);
            self.reminded.changes_hands(&site, phone);
        }
    }

    /// A process begins, and with it everybody is where the store has them.
    pub(super) fn sit_down(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        self.desks.of.clear();
        for (person, phone) in values.iter().filter_map(|(name, value)| read(name, value)) {
            self.desks.set(person, phone);
        }
        let Some(site) = self.desks.lent() else { return };
        self.limits.begins(&site);
        self.blocked.begins(&site);
        self.reminded.begins(&site);
    }

    /// A phone is rung for whoever has it.
    pub(super) fn judge_desk(&mut self, seen: Seen<'_>) {
        let message = seen.message;
        let is_first =
            *message.method() == Method::Invite && message.is_request() && message.to_tag().is_none();
        // A second device of a phone stands in no config.
        let is_phone = self.limits.is_phone(seen.side);
        if !is_first || self.legs.contains_key(message.call_id()) || !is_phone {
            return;
        }
        let called = user_of(message, Name::To).unwrap_or_default();
        if !self.limits.is_shown_as(seen.side, &called) {
            let what = format!("{}: it rings for {called} at a phone of somebody else", message.call_id());
            self.violate(seen.now, what);
        }
    }

    /// At the end everybody is where the store has them: who is said to have signed in, by phones.
    pub(super) fn judge_seats<'a>(
        &mut self,
        now: Instant,
        seats: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    ) {
        let seated: Vec<_> =
            seats.filter_map(|(phone, person)| Some((person?.to_owned(), phone.to_owned()))).collect();
        let mut kept: Vec<_> =
            self.desks.of.iter().map(|(who, at)| (who.to_string(), at.to_string())).collect();
        kept.retain(|pair| !seated.contains(pair));
        let is_kept =
            |(who, at): &&(String, String)| self.desks.of.get(&**who).is_some_and(|own| **own == **at);
        let forgotten =
            kept.iter().map(|(who, at)| format!("{who} has signed in at {at}, and the switch forgot"));
        let invented = seated.iter().filter(|seat| !is_kept(seat));
        let invented =
            invented.map(|(who, at)| format!("{who} sits at {at}, and the store knows nothing of it"));
        let wrong: Vec<_> = forgotten.chain(invented).collect();
        wrong.into_iter().for_each(|what| self.violate(now, what));
    }
}

fn read(name: &str, value: &[u8]) -> Option<(Arc<str>, Arc<str>)> {
    Some((name.strip_prefix(PREFIX)?.into(), String::from_utf8_lossy(value).into()))
}
