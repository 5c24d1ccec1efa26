//! What a call leaves behind of its course: events of 16 bytes, no text.
//!
//! The story of a call is recomputed from its facts and these events with the plan version it ran on. A
//! call seldom has more than a dozen; one that hunts through a large group has hundreds, and none is lost. Only
//! a caller who plays with a menu for hours gets to the bound: then the middle goes, never how it ended.

use std::{collections::VecDeque, sync::Arc};

use callplan::{PersonId, PhoneId, Who, step::NotRung};
use clock::Instant;
use smallvec::SmallVec;

/// Most events kept of the beginning: 64 KB.
const FIRST_MAX: usize = 4032;

/// Most events kept of the end, once there are more.
const LAST_MAX: usize = 63;

/// Bytes of one event.
pub const EVENT_BYTES: usize = 16;

/// What happened, as written in an event's fifth byte. Numbers are never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The plan was entered or moved on to a node; value: node.
    Node = 1,
    /// A target was started; value: party number within its kind, detail: 0 phone, 1 trunk.
    Started = 2,
    /// A target rings.
    Rang = 3,
    /// A target answered; detail: 1 if somebody else took the call for it.
    Answered = 4,
    /// A target refused; value: status.
    Refused = 5,
    /// A target was stopped by us.
    Stopped = 6,
    /// The caller was answered.
    CallerAnswered = 7,
    /// A key was pressed; value: the key, detail: 1 by a target that is asked.
    Key = 8,
    /// A prompt began; value: its number.
    Played = 9,
    /// A recording began.
    Recording = 10,
    /// A recording ended; value: milliseconds.
    Recorded = 11,
    /// Caller and target talk.
    Bridged = 12,
    /// A party hung up; detail: 0 caller, 1 callee, 2 switch.
    HungUp = 13,
    /// A plan timer fired; value: which.
    Timer = 14,
    /// The answer of a target crossed our CANCEL.
    AnswerTooLate = 15,
    /// Here events are left out; value: how many.
    LeftOut = 16,
    /// An outside fact was told; detail: which, value: as [`callplan::Telling::value`] has it, or how far vouched for.
    Told = 17,
    /// A party transfers the other; detail: 0 blind, 1 attended.
    Transfer = 20,
    /// Somebody took the place of the one who transferred; value: the other call's number, if there was one.
    Transferred = 21,
    /// Nothing came of a transfer; detail: 0 the old call stands, 1 who made it is rung; value: status, or the slot
    /// where nobody came.
    TransferFailed = 22,
    /// A phone took the place of a party; detail: 0 of one who talked, 1 in a slot; value: the slot.
    Replaced = 23,
    /// The caller waits in a slot; value: which.
    Parked = 24,
    /// A target sent the call on to a group, a mailbox or a number of ours; detail: 0 it goes there, 1 it does not;
    /// value: the first node of the plan there.
    SentOn = 25,
    /// Somebody is not rung who has blocked the caller; value: the person or the phone, detail: 0 person, 1 phone.
    Blocked = 30,
    /// Somebody of a step is not rung; value: the person or the phone, with their calls in the upper half where they
    /// are busy, detail: 0 person, 1 phone, target: why ([`Event::not_rung`]). Of blocked callers there is the kind above.
    NotRung = 31,
    /// Whoever picked up is asked whether they take the call.
    Screened = 32,
    /// It is a member's turn to be rung; target: the person, detail: 0 for how long they were idle, 1 for calls they
    /// answered, 2 for how long they talked, 3 by chance; value: milliseconds or calls, all ones if never.
    Turn = 40,
    /// A layer of a step was looked at; detail: which, value: 0 it names somebody, 1 nobody, 2 too long ago, 3 nobody
    /// told in time. Who of those that it names is not rung for another reason rings nowhere after it.
    Layer = 50,
    /// A schedule was asked that is held by hand; target: which, counted as in the config, detail: 0 closed, 1 open;
    /// value: since when, in microseconds of the Unix epoch, as the store's last hold of it has it; 0 if unknown.
    Held = 60,
    /// The call rehearses: a target outside would now ring, and does not; detail: 0 a number, 1 a short one, 2 an agent,
    /// value: its digits, or which agent.
    WouldRing = 61,
}

/// One event: milliseconds after arrival, kind, detail, target and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, after the call's arrival.
    pub at_ms: u32,
    /// What.
    pub kind: u8,
    /// A small fact about it.
    pub detail: u8,
    /// The target of the plan it is about, 0 if none.
    pub target: u16,
    /// A number about it.
    pub value: u64,
}

/// The log of one call.
#[derive(Debug)]
pub struct Log {
    began: Instant,
    first: SmallVec<[Event; 8]>,
    /// Empty until the first are full.
    last: VecDeque<Event>,
    left_out: u64,
}

impl Log {
    /// An empty log of a call that began now.
    pub fn new(began: Instant) -> Self {
        Self { began, first: SmallVec::new(), last: VecDeque::new(), left_out: 0 }
    }

    /// Milliseconds since the call arrived.
    pub fn at_ms(&self, now: Instant) -> u32 {
        u32::try_from(now.since(self.began).as_millis()).unwrap_or(u32::MAX)
    }

    /// Adds an event; where there are too many, one of the middle goes.
    pub fn note(&mut self, now: Instant, kind: Kind, detail: u8, target: u16, value: u64) {
        let event = Event { at_ms: self.at_ms(now), kind: kind as u8, detail, target, value };
        if self.first.len() < FIRST_MAX {
            return self.first.push(event);
        }
        if self.last.len() == LAST_MAX {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(event);
    }

    /// The events in order.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let gap = Event {
            at_ms: self.first.last().map_or(0, |event| event.at_ms),
            kind: Kind::LeftOut as u8,
            detail: 0,
            target: 0,
            value: self.left_out,
        };
        let gap = (self.left_out > 0).then_some(gap);
        self.first.iter().copied().chain(gap).chain(self.last.iter().copied())
    }

    /// As kept in the record: big-endian, one event after the other.
    pub fn bytes(&self) -> Arc<[u8]> {
        self.events().flat_map(|event| event.bytes()).collect()
    }
}

/// Why somebody is not rung, as written: which reason, and how many calls they have.
pub(super) const fn of_not_rung(why: NotRung) -> Option<(u32, u16)> {
    Some(match why {
        NotRung::Busy(calls) => (0, calls),
        NotRung::NotRegistered => (1, 0),
        NotRung::Away => (2, 0),
        NotRung::DoNotDisturb => (3, 0),
        NotRung::Forwards => (4, 0),
        NotRung::Caller => (5, 0),
        NotRung::LegsMax => (6, 0),
        NotRung::Sender => (7, 0),
        NotRung::Blocked(_) => return None,
    })
}

impl Event {
    /// Who is not rung by this event, and why; `None` for any other. Whom they have blocked is the caller.
    pub fn not_rung(&self) -> Option<(Who, Option<NotRung>)> {
        let id = u32::try_from(self.value & u64::from(u32::MAX)).ok()?;
        let who = if self.detail == 0 { Who::Person(PersonId(id)) } else { Who::Phone(PhoneId(id)) };
        if self.kind == Kind::Blocked as u8 {
            return Some((who, None));
        }
        let calls = u16::try_from(self.value >> 32).unwrap_or(u16::MAX);
        let why = match self.target {
            0 => NotRung::Busy(calls),
            1 => NotRung::NotRegistered,
            2 => NotRung::Away,
            3 => NotRung::DoNotDisturb,
            4 => NotRung::Forwards,
            5 => NotRung::Caller,
            6 => NotRung::LegsMax,
            7 => NotRung::Sender,
            _ => return None,
        };
        (self.kind == Kind::NotRung as u8).then_some((who, Some(why)))
    }

    fn bytes(self) -> [u8; EVENT_BYTES] {
        let mut bytes = [0; EVENT_BYTES];
        bytes[..4].copy_from_slice(&self.at_ms.to_be_bytes());
        bytes[4] = self.kind;
        bytes[5] = self.detail;
        bytes[6..8].copy_from_slice(&self.target.to_be_bytes());
        bytes[8..].copy_from_slice(&self.value.to_be_bytes());
        bytes
    }

    /// Reads the events of a record; a broken tail is left out.
    pub fn read_all(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let (events, _) = bytes.as_chunks::<EVENT_BYTES>();
        events.iter().map(|event| Self {
            at_ms: u32::from_be_bytes([event[0], event[1], event[2], event[3]]),
            kind: event[4],
            detail: event[5],
            target: u16::from_be_bytes([event[6], event[7]]),
            value: u64::from_be_bytes([
                event[8], event[9], event[10], event[11], event[12], event[13], event[14], event[15],
            ]),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A log of this many keys, read back.
    fn read(keys: u64) -> Vec<Event> {
        let mut log = Log::new(Instant::ZERO);
        for number in 0..keys {
            log.note(Instant::ZERO + Duration::from_millis(number), Kind::Key, 0, 3, number);
        }
        let read: Vec<_> = Event::read_all(&log.bytes()).collect();
        assert!(read.iter().copied().eq(log.events()));
        read
    }

    #[test]
    fn a_log_of_hundreds_of_events_loses_none() {
        for many in [0, 1, 64, 65, 4095] {
            let values: Vec<_> = read(many).iter().map(|event| event.value).collect();
            assert_eq!(values, (0..many).collect::<Vec<_>>());
        }
    }

    #[test]
    fn why_somebody_is_not_rung_is_read_as_it_was_written() {
        let all = [
            NotRung::Busy(3),
            NotRung::NotRegistered,
            NotRung::Away,
            NotRung::DoNotDisturb,
            NotRung::Forwards,
            NotRung::Caller,
            NotRung::LegsMax,
            NotRung::Sender,
        ];
        for why in all {
            let (reason, calls) = of_not_rung(why).unwrap();
            let value = u64::from(calls) << 32 | 7;
            let event =
                Event { at_ms: 0, kind: Kind::NotRung as u8, detail: 1, target: reason as u16, value };
            assert_eq!(event.not_rung(), Some((Who::Phone(PhoneId(7)), Some(why))));
        }
        let key = Event { at_ms: 0, kind: Kind::Key as u8, detail: 0, target: 0, value: 0 };
        assert_eq!(key.not_rung(), None);
    }

    #[test]
    fn beyond_its_bound_a_log_keeps_how_the_call_began_and_ended() {
        let read = read(1_000_000);
        assert_eq!(read.len(), 4096);
        assert_eq!(read[4031].value, 4031);
        assert_eq!((read[4032].kind, read[4032].value), (Kind::LeftOut as u8, 1_000_000 - 4095));
        assert_eq!(read[4095].value, 999_999);
    }
}
