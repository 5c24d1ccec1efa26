//! Reminders, as the store is told of them: each rings when it is due and not before, on phones of whoever asked for it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::{PhoneId, Site};
use clock::{Instant, Wall};
use sip::{Method, Name};

use super::{Check, SLACK, limit::user_of, seen::Seen};

/// Begins the names of the rows that say when somebody is reminded.
const PREFIX: &str = "reminders:";
/// Who calls to remind.
const CALLER: &str = "reminder";
/// A phone whose connection breaks is tried on its next for so long.
const WAYS: Duration = Duration::from_secs(40);
/// So late one may ring after a start.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

/// When a reminder rings next, in microseconds, and how often it rang.
type Entry = (i64, u8);

/// When who is reminded.
#[derive(Debug, Default)]
pub(super) struct Reminded {
    /// The clock on the wall at the beginning.
    began: Wall,
    /// Whose a phone is, or was since the process began, by side.
    owners: BTreeMap<usize, Vec<Arc<str>>>,
    of: BTreeMap<Arc<str>, Vec<Entry>>,
    /// Since when whose phones may be rung.
    rings: BTreeMap<Arc<str>, Instant>,
    /// When a process ended last.
    pub(super) died: Option<Instant>,
}

impl Reminded {
    pub(super) fn of(site: &Site, began: Wall) -> Self {
        let mut reminded = Self { began, ..Self::default() };
        reminded.begins(site);
        reminded
    }

    /// A process begins: everybody has their phones, or those where they have signed in.
    pub(super) fn begins(&mut self, site: &Site) {
        let owners = site.phones.iter().enumerate();
        let owners = owners.filter_map(|(side, phone)| Some((side, site[phone.person?].name.clone())));
        self.owners = owners.map(|(side, person)| (side, vec![person])).collect();
    }

    /// A reminder that rings may go on to ring this phone for somebody else.
    pub(super) fn changes_hands(&mut self, site: &Site, phone: PhoneId) {
        let person = site[phone].person.map(|person| site[person].name.clone());
        self.owners.entry(phone.index()).or_default().extend(person);
    }

    pub(super) fn loads(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        self.of.clear();
        self.of.extend(values.iter().filter_map(|(name, value)| read(name, value)));
    }
}

impl Check {
    /// The store is told when somebody is reminded: what stands there once more has just rung.
    pub(super) fn reminds(&mut self, now: Instant, name: &str, value: &[u8]) {
        let Some((person, reminders)) = read(name, value) else { return };
        let before = self.reminded.of.insert(person.clone(), reminders.clone()).unwrap_or_default();
        let is_new = |entry: &&Entry| !before.contains(entry);
        let rings = |(at, tries): &&Entry| {
            !reminders.contains(&(*at, *tries))
                && reminders.iter().filter(is_new).any(|(_, it)| *it == tries + 1)
        };
        let Some((at, _)) = before.iter().find(rings) else { return };
        self.happened.reminders += 1;
        self.reminded.rings.insert(person.clone(), now);
        let due = Duration::from_micros(u64::try_from(at - self.reminded.began.unix_micros()).unwrap_or(0));
        let due = Instant::ZERO + due;
        let may_be_late = self.reminded.died.is_some_and(|died| due < died + LATE_MAX);
        let latest = due + if may_be_late { LATE_MAX } else { SLACK };
        if now < due || now > latest {
            self.violate(now, format!("{person} is reminded at another time than asked for"));
        }
    }

    /// A phone is rung to remind somebody.
    pub(super) fn judge_reminder(&mut self, seen: Seen<'_>) {
        let message = seen.message;
        let is_first =
            *message.method() == Method::Invite && message.is_request() && message.to_tag().is_none();
        if !is_first || self.legs.contains_key(message.call_id()) || !is_reminder(message) {
            return;
        }
        self.limits.originates(seen.now, [PhoneId::from(seen.side)]);
        let owners = self.reminded.owners.get(&seen.side);
        let since = owners.into_iter().flatten().filter_map(|person| self.reminded.rings.get(person)).max();
        if since.is_none_or(|since| seen.now > *since + WAYS) {
            self.violate(seen.now, format!("{}: nobody is to be reminded here and now", message.call_id()));
        }
    }
}

/// Whether a call reminds somebody, so that no limit of theirs stops it.
pub(super) fn is_reminder(message: &sip::Message) -> bool {
    user_of(message, Name::From).as_deref() == Some(CALLER)
}

fn read(name: &str, value: &[u8]) -> Option<(Arc<str>, Vec<Entry>)> {
    let person = name.strip_prefix(PREFIX)?;
    let entry = |text: &str| {
        let (at, tries) = text.split_once('/')?;
        Some((at.parse().ok()?, tries.parse().ok()?))
    };
    Some((person.into(), String::from_utf8_lossy(value).split_whitespace().filter_map(entry).collect()))
}
