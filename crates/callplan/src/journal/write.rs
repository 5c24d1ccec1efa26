//! How a journal is written. What a tag stands for never changes: old records are read for years.
//!
//! | tag | then |
//! |---|---|
//! | 1 | the civil time of the next event |
//! | 2 | a course: who calls, what is called, what chance is drawn from |
//! | 3 | an outside fact, for the next event |
//! | 4 | how far the caller is vouched for, for the next event |
//! | 5 | a phone that is lent, and who has signed in at it |
//! | 16 to 30 | an event, and how long after the last |
//! | 64 to 127 | a question in three bits, the answer in three more or behind, and about whom |

use std::time::Duration;

use clock::Wall;

use super::ink::{put, put_signed};
use crate::{
    E164, HoursId, ListId, Mood, PersonId, PersonState, PhoneId, Tally, Telling,
    queue::{Exit, StopWhy},
    step::{ByHand, Caller, Entry, Event, Facts, Told, Word},
};

pub(super) const CLOCK: u8 = 1;
pub(super) const COURSE: u8 = 2;
pub(super) const TOLD: u8 = 3;
pub(super) const ATTEST: u8 = 4;
pub(super) const DESK: u8 = 5;
pub(super) const EVENT: u8 = 16;
pub(super) const HEARD: u8 = 64;

/// Answers that stand in their tag; this one says that they stand behind it.
pub(super) const BEHIND: u8 = 7;

/// Of whom a question is; its number stands in the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Asked {
    Contacts = 0,
    Calls = 1,
    State = 2,
    Blocked = 3,
    Listed = 4,
    Held = 5,
    Pointer = 6,
    Tally = 7,
}

impl Asked {
    pub(super) const ALL: [Self; 8] = [
        Self::Contacts,
        Self::Calls,
        Self::State,
        Self::Blocked,
        Self::Listed,
        Self::Held,
        Self::Pointer,
        Self::Tally,
    ];
}

/// The number of a mood.
pub(super) const fn of_mood(mood: Mood) -> u8 {
    match mood {
        Mood::Available => 0,
        Mood::Away => 1,
        Mood::DoNotDisturb => 2,
    }
}

/// Writes at the end of a journal.
pub(super) struct Pen<'a>(&'a mut Vec<u8>);

impl<'a> Pen<'a> {
    pub(super) const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn clock(&mut self, wall: Wall) {
        self.0.push(CLOCK);
        put_signed(self.0, wall.unix_micros());
    }

    pub(super) fn course(&mut self, facts: &Facts) {
        self.0.push(COURSE);
        let (kind, value) = match facts.caller {
            Caller::Withheld => (0, 0),
            Caller::Number(number) => (1, number.digits()),
            Caller::Phone(phone) => (2, phone.0.into()),
        };
        self.0.push(kind);
        put(self.0, value);
        self.entry(facts.entry);
        put(self.0, facts.chance);
    }

    fn entry(&mut self, entry: Entry) {
        let (kind, id) = match entry {
            Entry::Number(number) => (0, number.0),
            Entry::Person(person) => (1, person.0),
            Entry::Phone(phone) => (2, phone.0),
            Entry::CallBack(phone) => (3, phone.0),
            Entry::Group(group) => (4, group.0),
            Entry::Queue(queue) => (5, queue.0),
            Entry::Mailbox(mailbox) => (6, mailbox.0),
            Entry::Plan(plan) => (7, plan.0),
        };
        self.0.push(kind);
        put(self.0, id.into());
    }

    /// All outside facts that are known by now.
    pub(super) fn told(&mut self, told: &Told) {
        super::tellings(told).into_iter().for_each(|telling| self.telling(telling));
        if let Some(attest) = told.attest() {
            self.0.extend([ATTEST, attest as u8]);
        }
    }

    fn telling(&mut self, telling: Telling) {
        self.0.extend([TOLD, telling.fact() as u8]);
        put(self.0, telling.value());
        if let Telling::LastAgent(Some((_, at))) | Telling::LastTexter(Some((_, at))) = telling {
            put_signed(self.0, at.unix_micros());
        }
    }

    pub(super) fn event(&mut self, since: Duration, event: Event) {
        let (kind, value) = match event {
            Event::Enter => (0, None),
            Event::Ringing(target) => (1, Some(target.0)),
            Event::Answered(target) => (2, Some(target.0)),
            Event::Busy(target) => (3, Some(target.0)),
            Event::Declined(target) => (4, Some(target.0)),
            Event::Unreachable(target) => (5, Some(target.0)),
            Event::SentOn { target, .. } => (6, Some(target.0)),
            Event::Key(key) => (7, Some(key.into())),
            Event::KeyOf { target, .. } => (8, Some(target.0)),
            Event::PlayDone => (9, None),
            Event::RecordDone { left } => (10, Some(left.into())),
            Event::TimerFired(timer) => (11, Some(timer as u32)),
            Event::Told(fact) => (12, Some(fact as u32)),
            Event::Line(word) => (13, Some(word_of(word))),
            Event::CallerLeft => (14, None),
        };
        self.0.push(EVENT + kind);
        put(self.0, u64::try_from(since.as_micros()).unwrap_or(u64::MAX));
        if let Some(value) = value {
            put(self.0, value.into());
        }
        match event {
            Event::SentOn { to, .. } => self.entry(to),
            Event::KeyOf { key, .. } => put(self.0, u32::from(key).into()),
            Event::Line(word) => self.word(word),
            Event::Enter
            | Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::TimerFired(_)
            | Event::Told(_)
            | Event::CallerLeft => {}
        }
    }

    pub(super) fn desk(&mut self, phone: PhoneId, person: PersonId) {
        self.0.push(DESK);
        put(self.0, phone.0.into());
        put(self.0, person.0.into());
    }

    /// What stands behind the kind of a word.
    fn word(&mut self, word: Word) {
        match word {
            Word::Waits | Word::Home => {}
            Word::Ring(person) | Word::Join(person) => put(self.0, person.0.into()),
            Word::Stop(person, why) => {
                put(self.0, person.0.into());
                self.0.push(match why {
                    StopWhy::Timeout => 0,
                    StopWhy::AnsweredElsewhere => 1,
                    StopWhy::CallerLeft => 2,
                    StopWhy::SignedOut => 3,
                });
            }
            Word::Leave(exit) => self.0.push(match exit {
                Exit::Full => 0,
                Exit::Waited => 1,
                Exit::Unstaffed => 2,
                Exit::Closed => 3,
            }),
            Word::Say { position, wait } => {
                put(self.0, position.into());
                let wait = wait.map(|wait| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX - 1));
                put(self.0, wait.map_or(0, |micros| micros.saturating_add(1)));
            }
            Word::Offer(key) => put(self.0, u32::from(key).into()),
        }
    }

    fn heard(&mut self, asked: Asked, small: u8, id: u32) {
        self.0.push(HEARD | (asked as u8) << 3 | small);
        put(self.0, id.into());
    }

    /// A count: in its tag where it is small.
    fn count(&mut self, asked: Asked, id: u32, count: u64) {
        match u8::try_from(count) {
            Ok(small) if small < BEHIND => self.heard(asked, small, id),
            Ok(_) | Err(_) => {
                self.heard(asked, BEHIND, id);
                put(self.0, count);
            }
        }
    }

    pub(super) fn contacts(&mut self, phone: PhoneId, contacts: u8) {
        self.count(Asked::Contacts, phone.0, contacts.into());
    }

    pub(super) fn calls(&mut self, person: PersonId, calls: u16) {
        self.count(Asked::Calls, person.0, calls.into());
    }

    pub(super) fn pointer(&mut self, group: crate::GroupId, at: u32) {
        self.count(Asked::Pointer, group.0, at.into());
    }

    pub(super) fn state(&mut self, person: PersonId, state: PersonState) {
        if state.before == Mood::Available && state.forward.is_none() {
            return self.heard(Asked::State, of_mood(state.mood), person.0);
        }
        self.heard(Asked::State, BEHIND, person.0);
        self.0.push(of_mood(state.mood) | of_mood(state.before) << 2);
        put(self.0, state.forward.map_or(0, E164::digits));
    }

    pub(super) fn blocked(&mut self, person: PersonId, number: E164, yes: bool, is_caller: bool) {
        self.of_number(Asked::Blocked, person.0, (number, is_caller), yes);
    }

    pub(super) fn listed(&mut self, list: ListId, number: E164, yes: bool, is_caller: bool) {
        self.of_number(Asked::Listed, list.0, (number, is_caller), yes);
    }

    /// Something of a number, which is hardly ever another than the caller's.
    fn of_number(&mut self, asked: Asked, id: u32, (number, is_caller): (E164, bool), yes: bool) {
        let other = if is_caller { 0 } else { 2 };
        self.heard(asked, u8::from(yes) | other, id);
        if !is_caller {
            put(self.0, number.digits());
        }
    }

    /// Left to itself, closed, open; or closed and open with the end behind.
    pub(super) fn held(&mut self, hours: HoursId, held: Option<ByHand>, now: Wall) {
        let until = held.and_then(|held| held.until);
        let ends = if until.is_some() { 2 } else { 0 };
        self.heard(Asked::Held, held.map_or(0, |held| 1 + u8::from(held.is_open) + ends), hours.0);
        if let Some(until) = until {
            put_signed(self.0, until.unix_micros().wrapping_sub(now.unix_micros()));
        }
    }

    pub(super) fn tally(&mut self, person: PersonId, tally: Tally, now: Wall) {
        if tally == Tally::default() {
            return self.heard(Asked::Tally, 0, person.0);
        }
        let small = if tally.ended.is_some() { BEHIND } else { BEHIND - 1 };
        self.heard(Asked::Tally, small, person.0);
        if let Some(ended) = tally.ended {
            put_signed(self.0, ended.unix_micros().wrapping_sub(now.unix_micros()));
        }
        put(self.0, tally.calls.into());
        put(self.0, u64::try_from(tally.talk.as_micros()).unwrap_or(u64::MAX));
    }
}

const fn word_of(word: Word) -> u32 {
    match word {
        Word::Waits => 0,
        Word::Ring(_) => 1,
        Word::Stop(..) => 2,
        Word::Join(_) => 3,
        Word::Leave(_) => 4,
        Word::Say { .. } => 5,
        Word::Offer(_) => 6,
        Word::Home => 7,
    }
}
