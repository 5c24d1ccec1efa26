//! Keys as named telephone events (RFC 4733 §2): read from a party, and written for test calls.
//!
//! A press comes as many packets with one timestamp, the last of them thrice. Whatever of them is lost,
//! doubled or late, it is one press.

use crate::{control::Key, convert::Clocks, rtp::Header};

/// Bytes of an event payload (RFC 4733 §2.3).
pub const EVENT_LEN: usize = 4;

/// Keys by event number (RFC 4733 §3.2, table 3).
const KEYS: [Key; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// A press longer than a duration can say goes on in another segment (RFC 4733 §2.5.1.3). The last packets
/// of a segment may be lost: within this much of its end the next one still belongs to it.
const SEGMENT_SLACK: u32 = 8000;

/// One event packet's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Event number; 0 to 15 are keys.
    pub number: u8,
    /// The key is up again.
    pub end: bool,
    /// -dBm0, 0 to 63.
    pub volume: u8,
    /// Timestamp units since the beginning.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; `None` if it is too short. What follows the first event is not read.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [number, flags, duration @ ..] = payload.first_chunk::<EVENT_LEN>()?;
        Some(Self {
            number: *number,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes(*duration),
        })
    }

    /// The payload.
    pub fn write(&self) -> [u8; EVENT_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        [self.number, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }

    /// The key, if it is one.
    pub fn key(&self) -> Option<Key> {
        KEYS.get(usize::from(self.number)).copied()
    }
}

/// How long an event has lasted, counted by another clock. One that is longer than can be said has lasted as long as can.
pub fn change_clock(payload: &mut [u8], clocks: Clocks) {
    if let Some(mut event) = Event::parse(payload) {
        let units = u32::from(event.duration) * clocks.to_khz / clocks.from_khz;
        event.duration = u16::try_from(units).unwrap_or(u16::MAX);
        payload[..EVENT_LEN].copy_from_slice(&event.write());
    }
}

/// The event number of a key; `None` if it is none.
pub fn number_of(key: Key) -> Option<u8> {
    let found = KEYS.iter().position(|known| *known == key.to_ascii_uppercase())?;
    Some(found as u8)
}

/// Turns the event packets of one party into presses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presses {
    newest: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    number: u8,
    duration: u16,
    ended: bool,
}

impl Presses {
    /// Takes one event packet; the key if it is the first seen of a press.
    pub fn take(&mut self, header: &Header, event: &Event) -> Option<Key> {
        let key = event.key()?;
        let Some(press) = self.newest.as_mut().filter(|press| press.ssrc == header.ssrc) else {
            self.begin(header, event);
            return Some(key);
        };
        let ahead = header.timestamp.wrapping_sub(press.timestamp);
        if ahead.cast_signed() < 0 {
            return None;
        }
        if ahead == 0 {
            press.ended |= event.end;
            press.duration = press.duration.max(event.duration);
            return None;
        }
        let goes_on = press.is_continued_by(ahead, event);
        self.begin(header, event);
        (!goes_on).then_some(key)
    }

    fn begin(&mut self, header: &Header, event: &Event) {
        self.newest = Some(Press {
            ssrc: header.ssrc,
            timestamp: header.timestamp,
            number: event.number,
            duration: event.duration,
            ended: event.end,
        });
    }
}

impl Press {
    /// Whether an event that begins `ahead` units later is the next segment of this press.
    fn is_continued_by(&self, ahead: u32, event: &Event) -> bool {
        let longest = u32::from(u16::MAX);
        let nearly_full = u32::from(self.duration) + SEGMENT_SLACK >= longest;
        !self.ended && self.number == event.number && nearly_full && ahead <= longest
    }
}

/// A press to be sent: 50 packets a second, the last thrice (RFC 4733 §2.5.1.4).
#[derive(Clone, Debug)]
pub struct Sending {
    number: u8,
    packets: u16,
    sent: u16,
}

/// Timestamp units of a packet of 20 ms at 8 kHz.
const UNITS: u16 = 160;

/// Copies of the last packet.
const ENDS: u16 = 3;

impl Sending {
    /// A press of a key for about `ms` milliseconds, at most 8 s; `None` if there is no such key.
    pub fn new(key: Key, ms: u16) -> Option<Self> {
        Some(Self { number: number_of(key)?, packets: (ms.min(8000) / 20).max(1), sent: 0 })
    }
}

/// The payloads, each due 20 ms after the one before, and whether it bears the marker.
impl Iterator for Sending {
    type Item = (Event, bool);

    fn next(&mut self) -> Option<(Event, bool)> {
        if self.sent == self.packets + ENDS {
            return None;
        }
        let duration = (self.sent + 1).min(self.packets) * UNITS;
        let event = Event { number: self.number, end: self.sent >= self.packets, volume: 10, duration };
        self.sent += 1;
        Some((event, self.sent == 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(timestamp: u32) -> Header {
        Header { marker: false, payload_type: 101, sequence: 0, timestamp, ssrc: 1 }
    }

    /// The packets of a press that began at `timestamp`.
    fn packets(key: Key, timestamp: u32, ms: u16) -> Vec<(Header, Event)> {
        Sending::new(key, ms).unwrap().map(|(event, _)| (header(timestamp), event)).collect()
    }

    fn heard(packets: &[(Header, Event)]) -> String {
        let mut presses = Presses::default();
        packets.iter().filter_map(|(header, event)| presses.take(header, event)).collect()
    }

    #[test]
    fn an_event_reads_as_written() {
        let event = Event { number: 11, end: true, volume: 10, duration: 0x1234 };
        assert_eq!(event.write(), [11, 0x8a, 0x12, 0x34]);
        assert_eq!(Event::parse(&event.write()), Some(event));
        assert_eq!(Event::parse(&[1, 2, 3]), None);
    }

    /// Goal: RELIABILITY M3. Method: every subset of the packets of three presses.
    #[test]
    fn whatever_is_lost_of_a_press_it_is_one_key() {
        let presses = [packets('1', 0, 40), packets('1', 960, 40), packets('#', 1920, 40)];
        let count = presses[0].len();
        for lost in 0..(1u32 << count) - 1 {
            let kept = presses.iter().flatten().enumerate();
            let kept: Vec<_> = kept.filter(|(i, _)| lost >> (i % count) & 1 == 0).map(|(_, p)| *p).collect();
            assert_eq!(heard(&kept), "11#", "lost {lost:b}");
        }
    }

    #[test]
    fn doubled_and_late_packets_are_no_second_press() {
        let first = packets('5', 8000, 100);
        let second = packets('6', 16_000, 100);
        let late = first.last().copied().unwrap();
        let doubled: Vec<_> = first.iter().chain(&first).chain(&second).copied().chain([late]).collect();
        assert_eq!(heard(&doubled), "56");
    }

    #[test]
    fn a_press_in_segments_is_one_press() {
        let segment =
            |timestamp, duration, end| (header(timestamp), Event { number: 3, end, volume: 0, duration });
        let long = [
            segment(0, 160, false),
            segment(0, 64_000, false),
            segment(65_535, 160, false),
            segment(65_535, 1600, true),
            segment(80_000, 160, false),
        ];
        assert_eq!(heard(&long), "33");
    }

    #[test]
    fn what_is_no_key_is_not_heard() {
        let flash = Event { number: 16, end: false, volume: 0, duration: 160 };
        assert_eq!(heard(&[(header(0), flash)]), "");
        assert_eq!(Sending::new('x', 100).map(|_| ()), None);
    }
}
