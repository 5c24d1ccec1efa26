//! Reminders, as the store is told of them: each rings when it is due and not before, on phones of whoever asked for it.
//!
//! | what stands in the store | what is owed |
//! |---|---|
//! | an entry that is due | another in its place, or none: it rings, or rang often enough |
//! | one that rings, of somebody whose phone is registered | an INVITE to a phone of theirs |

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use callplan::{PhoneId, Site};
use clock::{Instant, Wall};
use sip::{Method, Name};

use super::{Check, SLACK, duty::Duty, limit::user_of, seen::Seen};

/// Begins the names of the rows that say when somebody is reminded.
pub(crate) const REMINDERS: &str = "reminders:";
/// Who calls to remind.
const CALLER: &str = "reminder";
/// A phone whose connection breaks is tried on its next for so long.
const WAYS: Duration = Duration::from_secs(40);
/// So late one may ring after a start.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

/// A process that has just begun rings nobody for so long.
const SETTLES: Duration = Duration::from_secs(5);

/// When a reminder rings next, in microseconds, and how often it rang.
pub(super) type Entry = (i64, u8);

/// When who is reminded.
#[derive(Debug, Default)]
pub(super) struct Reminded {
    /// The clock on the wall at the beginning.
    began: Wall,
    /// Whose a phone is, or was since the process began, by side.
    owners: BTreeMap<usize, Owned>,
    of: BTreeMap<Arc<str>, Vec<Entry>>,
    /// Since when whose phones may be rung.
    rings: BTreeMap<Arc<str>, Instant>,
    /// When whose phone was rung last.
    rung: BTreeMap<Arc<str>, Instant>,
    /// Phones that are registered and can be reached.
    reached: BTreeSet<Arc<str>>,
    /// When a process ended last.
    pub(super) died: Option<Instant>,
}

/// A phone, and who has it, or had it since the process began.
#[derive(Debug)]
struct Owned {
    phone: Arc<str>,
    people: Vec<Arc<str>>,
}

impl Owned {
    fn nobodys(phone: &Arc<str>) -> Self {
        Self { phone: phone.clone(), people: Vec::new() }
    }
}

impl Reminded {
    pub(super) fn of(site: &Site, began: Wall) -> Self {
        let mut reminded = Self { began, ..Self::default() };
        reminded.begins(site);
        reminded
    }

    /// A process begins: everybody has their phones, or those where they have signed in.
    pub(super) fn begins(&mut self, site: &Site) {
        let owners = (0..site.phones.len()).filter_map(|side| {
            let phone = &site[PhoneId::from(side)];
            let people = vec![site[phone.person?].name.clone()];
            Some((side, Owned { phone: phone.name.clone(), people }))
        });
        self.owners = owners.collect();
    }

    /// A reminder that rings may go on to ring this phone for somebody else.
    pub(super) fn changes_hands(&mut self, site: &Site, phone: PhoneId) {
        let person = site[phone].person.map(|person| site[person].name.clone());
        let owned = self.owners.entry(phone.index()).or_insert_with(|| Owned::nobodys(&site[phone].name));
        // Nobody is one more to be in doubt about.
        owned.people.push(person.unwrap_or_default());
    }

    pub(super) fn loads(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        self.of.clear();
        self.of.extend(values.iter().filter_map(|(name, value)| read(name, value)));
    }

    /// Whether this phone is among those that can be rung.
    pub(super) fn is_reached(&self, phone: usize, reached: &BTreeSet<Arc<str>>) -> bool {
        self.owners.get(&phone).is_some_and(|owned| reached.contains(&owned.phone))
    }

    /// When one is due, in the run's time.
    fn due(&self, at: i64) -> Instant {
        let micros = u64::try_from(at - self.began.unix_micros()).unwrap_or(0);
        Instant::ZERO + Duration::from_micros(micros)
    }
}

impl Check {
    /// A process begins with these: each that is still to ring does.
    pub(super) fn reminds_again(&mut self, now: Instant) {
        let of = self.reminded.of.clone();
        for (person, entry) in
            of.iter().flat_map(|(person, all)| all.iter().map(move |entry| (person, entry)))
        {
            self.owe_reminder(now + SETTLES, person, *entry);
        }
    }

    /// These phones are registered, and their flows stand.
    pub(crate) fn reaches(&mut self, phones: BTreeSet<Arc<str>>) {
        self.reminded.reached = phones;
    }

    fn owe_reminder(&mut self, earliest: Instant, person: &Arc<str>, entry: Entry) {
        let due = self.reminded.due(entry.0).max(earliest);
        self.owe(due + SLACK, Duty::Remind(person.clone(), entry));
    }

    /// By now it has rung: another entry is in its place, or none.
    pub(super) fn judge_reminded(&mut self, at: Instant, person: &Arc<str>, entry: Entry) {
        if self.reminded.of.get(person).is_some_and(|all| all.contains(&entry)) {
            self.violate(at, format!("{person} is not reminded"));
        }
    }

    /// By now a phone of theirs has been rung.
    pub(super) fn judge_rung(&mut self, at: Instant, person: &Arc<str>, since: Instant) {
        if self.reminded.rung.get(person).is_none_or(|rung| *rung < since) {
            self.violate(at, format!("{person} is to be reminded, and no phone of theirs is rung"));
        }
    }

    /// The store is told when somebody is reminded: what stands there once more has just rung.
    pub(super) fn reminds(&mut self, now: Instant, name: &str, value: &[u8]) {
        let Some((person, reminders)) = read(name, value) else { return };
        let before = self.reminded.of.insert(person.clone(), reminders.clone()).unwrap_or_default();
        let is_new = |entry: &&Entry| !before.contains(entry);
        reminders.iter().filter(is_new).for_each(|entry| self.owe_reminder(now, &person, *entry));
        let rings = |(at, tries): &&Entry| {
            !reminders.contains(&(*at, *tries))
                && reminders.iter().filter(is_new).any(|(_, it)| *it == tries + 1)
        };
        let Some((at, _)) = before.iter().find(rings) else { return };
        self.happened.reminders += 1;
        self.reminded.rings.insert(person.clone(), now);
        let Reminded { owners, reached, .. } = &self.reminded;
        // One that changed hands may be theirs, or not.
        if owners.values().any(|it| it.people[..] == [person.clone()] && reached.contains(&it.phone)) {
            self.owe(now + SLACK, Duty::RingReminder(person.clone(), now));
        }
        let due = self.reminded.due(*at);
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
        let people = self.reminded.owners.get(&seen.side).map_or(Vec::new(), |owned| owned.people.clone());
        let since = people.iter().filter_map(|person| self.reminded.rings.get(person)).max().copied();
        self.reminded.rung.extend(people.into_iter().map(|person| (person, seen.now)));
        if since.is_none_or(|since| seen.now > since + WAYS) {
            self.violate(seen.now, format!("{}: nobody is to be reminded here and now", message.call_id()));
        }
    }
}

/// Whether a call reminds somebody, so that no limit of theirs stops it.
pub(super) fn is_reminder(message: &sip::Message) -> bool {
    user_of(message, Name::From).as_deref() == Some(CALLER)
}

fn read(name: &str, value: &[u8]) -> Option<(Arc<str>, Vec<Entry>)> {
    let person = name.strip_prefix(REMINDERS)?;
    let entry = |text: &str| {
        let (at, tries) = text.split_once('/')?;
        Some((at.parse().ok()?, tries.parse().ok()?))
    };
    Some((person.into(), String::from_utf8_lossy(value).split_whitespace().filter_map(entry).collect()))
}
