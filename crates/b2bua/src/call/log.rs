//! What a call leaves behind of its course: events of 16 bytes, no text.
//!
//! The story of a call is recomputed from its facts and these events with the plan version it ran on.

use std::sync::Arc;

use clock::Instant;
use smallvec::SmallVec;

/// Most events kept; what comes later is counted in the last one.
pub const EVENTS_MAX: usize = 64;

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
    /// A target answered.
    Answered = 4,
    /// A target refused; value: status.
    Refused = 5,
    /// A target was stopped by us.
    Stopped = 6,
    /// The caller was answered.
    CallerAnswered = 7,
    /// A key was pressed; value: the key.
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
    /// More events than are kept.
    Spilled = 16,
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
    events: SmallVec<[Event; 8]>,
    spilled: u64,
}

impl Log {
    /// An empty log of a call that began now.
    pub fn new(began: Instant) -> Self {
        Self { began, events: SmallVec::new(), spilled: 0 }
    }

    /// Milliseconds since the call arrived.
    pub fn at_ms(&self, now: Instant) -> u32 {
        u32::try_from(now.since(self.began).as_millis()).unwrap_or(u32::MAX)
    }

    /// Adds an event, or counts it when the log is full.
    pub fn note(&mut self, now: Instant, kind: Kind, detail: u8, target: u16, value: u64) {
        let event = Event { at_ms: self.at_ms(now), kind: kind as u8, detail, target, value };
        if self.events.len() < EVENTS_MAX - 1 {
            self.events.push(event);
        } else {
            self.spilled += 1;
        }
    }

    /// The events in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// As kept in the record: big-endian, one event after the other.
    pub fn bytes(&self) -> Arc<[u8]> {
        let spilled = Event {
            at_ms: self.events.last().map_or(0, |last| last.at_ms),
            kind: Kind::Spilled as u8,
            detail: 0,
            target: 0,
            value: self.spilled,
        };
        let last = (self.spilled > 0).then_some(&spilled);
        self.events.iter().chain(last).flat_map(Event::bytes).collect()
    }
}

impl Event {
    fn bytes(&self) -> [u8; EVENT_BYTES] {
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

    #[test]
    fn a_log_reads_back_and_tells_what_it_had_to_leave_out() {
        let mut log = Log::new(Instant::ZERO);
        for number in 0..70 {
            log.note(Instant::ZERO + Duration::from_millis(number), Kind::Key, 0, 3, number);
        }
        let read: Vec<_> = Event::read_all(&log.bytes()).collect();
        assert_eq!(read.len(), EVENTS_MAX);
        assert_eq!(read[..63], *log.events());
        assert_eq!((read[63].kind, read[63].value), (Kind::Spilled as u8, 7));
    }
}
