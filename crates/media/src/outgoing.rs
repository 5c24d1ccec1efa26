//! What a party hears: one stream for the life of its leg, whatever feeds it (RFC 3550 §5.1, §7.1).
//!
//! SSRC, sequence and timestamp run on without a jump when the other leg gives way to a prompt, a tone or
//! another leg. Knows numbers and time, nothing of payloads.

use std::time::Duration;

use clock::{Chance, Instant};

use crate::rtp::Header;

/// A timestamp further ahead than the clock by this much is a leap, not a pause.
const LEAP_MAX: Duration = Duration::from_secs(2);

/// Milliseconds taken for the length of a packet whose length is not known.
const FRAME_MS: u32 = 20;

/// The sending side of one stream.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing {
    ssrc: u32,
    /// Of the newest packet sent.
    sequence: u16,
    /// The highest sent, and when it first was; `None` before the first packet.
    timestamp: u32,
    at: Option<Instant>,
    splice: Option<Splice>,
}

/// How the numbers of a relayed stream become ours.
#[derive(Clone, Copy, Debug)]
struct Splice {
    /// The speaker we follow.
    ssrc: u32,
    sequence_shift: u16,
    timestamp_shift: u32,
    /// The speaker's first packet here: what came before belongs to another splice.
    first: u16,
    /// The speaker's newest timestamp.
    newest: u32,
}

/// What a packet of ours is stamped with, beside our SSRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// One more than the packet before, or as many as the speaker skipped.
    pub sequence: u16,
    /// As the clock went.
    pub timestamp: u32,
    /// Something new begins.
    pub marker: bool,
}

impl Numbers {
    /// The whole header.
    pub fn header(self, ssrc: u32, payload_type: u8) -> Header {
        let Self { sequence, timestamp, marker } = self;
        Header { marker, payload_type, sequence, timestamp, ssrc }
    }
}

/// What a relayed packet is, as far as its timestamp goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound: the timestamp follows the clock, at this many units a millisecond.
    Audio {
        /// Clock rate in kHz.
        khz: u32,
    },
    /// A key: the timestamp is that of its beginning (RFC 4733 §2.3), by the clock of the sound around it.
    Event {
        /// Clock rate in kHz.
        khz: u32,
    },
}

impl Outgoing {
    /// A stream with unguessable beginnings (RFC 3550 §5.1, §8.1).
    pub fn new(chance: &mut Chance) -> Self {
        // The first sequence number stays in the lower half, so that SRTP's roll-over count starts at zero.
        let sequence = chance.u32() as u16 >> 1;
        Self { ssrc: chance.u32(), sequence, timestamp: chance.u32(), at: None, splice: None }
    }

    /// Our name in what the party hears.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Something else feeds the stream from here on.
    pub fn cut(&mut self) {
        self.splice = None;
    }

    /// Stamps a packet we made, so many milliseconds long by a clock of `khz`. A `fresh` one catches up with the clock,
    /// others follow seamlessly.
    pub fn generate(&mut self, now: Instant, ms: u32, khz: u32, fresh: bool) -> Numbers {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = match fresh {
            true => self.resume(now, khz),
            false => self.timestamp.wrapping_add(ms * khz),
        };
        self.at = Some(now);
        self.splice = None;
        Numbers { sequence: self.sequence, timestamp: self.timestamp, marker: fresh }
    }

    /// Stamps a relayed packet; `None` if it belongs before the point where we began to follow its
    /// speaker. `restarted` tells that the speaker's own numbers leapt.
    pub fn follow(&mut self, now: Instant, theirs: &Header, kind: Kind, restarted: bool) -> Option<Numbers> {
        let mut marker = theirs.marker;
        let mut splice = match self.splice.filter(|splice| splice.ssrc == theirs.ssrc && !restarted) {
            Some(splice) => splice,
            None => {
                marker = true;
                self.join(now, theirs, kind)
            }
        };
        if theirs.sequence.wrapping_sub(splice.first).cast_signed() < 0 {
            return None;
        }
        let sequence = theirs.sequence.wrapping_add(splice.sequence_shift);
        let newest = sequence.wrapping_sub(self.sequence).cast_signed() > 0;
        if newest {
            if let Kind::Audio { khz } = kind
                && self.leaps(now, splice.newest, theirs.timestamp, khz)
            {
                splice.timestamp_shift = self.resume(now, khz).wrapping_sub(theirs.timestamp);
                marker = true;
            }
            splice.newest = theirs.timestamp;
        }
        let timestamp = theirs.timestamp.wrapping_add(splice.timestamp_shift);
        if newest {
            self.sequence = sequence;
            if self.at.is_none() || timestamp.wrapping_sub(self.timestamp).cast_signed() > 0 {
                (self.timestamp, self.at) = (timestamp, Some(now));
            }
            // The distance stays well below half the circle, or old and new could not be told apart.
            if theirs.sequence.wrapping_sub(splice.first) > u16::MAX / 4 {
                splice.first = theirs.sequence.wrapping_sub(u16::MAX / 8);
            }
        }
        self.splice = Some(splice);
        Some(Numbers { sequence, timestamp, marker })
    }

    /// Translates a timestamp of the speaker we follow; `None` if we follow another or nobody.
    pub fn translate_timestamp(&self, ssrc: u32, theirs: u32) -> Option<u32> {
        let splice = self.splice.filter(|splice| splice.ssrc == ssrc)?;
        Some(theirs.wrapping_add(splice.timestamp_shift))
    }

    /// Takes one of our sequence numbers back to that of the speaker we follow.
    pub fn restore_sequence(&self, ssrc: u32, ours: u16) -> Option<u16> {
        let splice = self.splice.filter(|splice| splice.ssrc == ssrc)?;
        Some(ours.wrapping_sub(splice.sequence_shift))
    }

    fn join(&self, now: Instant, theirs: &Header, kind: Kind) -> Splice {
        let khz = match kind {
            Kind::Audio { khz } | Kind::Event { khz } => khz,
        };
        Splice {
            ssrc: theirs.ssrc,
            sequence_shift: self.sequence.wrapping_add(1).wrapping_sub(theirs.sequence),
            timestamp_shift: self.resume(now, khz).wrapping_sub(theirs.timestamp),
            first: theirs.sequence,
            newest: theirs.timestamp,
        }
    }

    /// Where the timestamp stands if the stream goes on now: as far as the clock went, at least a frame.
    fn resume(&self, now: Instant, khz: u32) -> u32 {
        let passed = self.at.map_or(Duration::ZERO, |at| now.since(at));
        let units = passed.as_micros() as u64 * u64::from(khz) / 1000;
        self.timestamp.wrapping_add((units as u32).max(FRAME_MS * khz))
    }

    fn leaps(&self, now: Instant, before: u32, after: u32, khz: u32) -> bool {
        let passed = self.at.map_or(Duration::ZERO, |at| now.since(at)) + LEAP_MAX;
        let limit = passed.as_millis().saturating_mul(u128::from(khz));
        let ahead = after.wrapping_sub(before);
        ahead.cast_signed() < 0 || u128::from(ahead) > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIO: Kind = Kind::Audio { khz: 8 };

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1000)
    }

    fn theirs(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc }
    }

    fn outgoing() -> Outgoing {
        Outgoing::new(&mut Chance::from_seed([1; 32]))
    }

    /// Goal: a leg hears one stream through prompt, peer, another peer and prompt again.
    #[test]
    fn numbers_run_on_through_every_change_of_feed() {
        let mut out = outgoing();
        let prompt = out.generate(at(0), 20, 8, true);
        let next = out.generate(at(20), 20, 8, false);
        let peer = out.follow(at(60), &theirs(9, 65535, 1), AUDIO, false).unwrap();
        let after = out.follow(at(80), &theirs(9, 0, 161), AUDIO, false).unwrap();
        let other = out.follow(at(100), &theirs(4, 400, 4_000_000_000), AUDIO, false).unwrap();
        let again = out.generate(at(1100), 20, 8, true);

        let all = [prompt, next, peer, after, other, again];
        let steps: Vec<_> = all
            .windows(2)
            .map(|pair| {
                assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
                (pair[1].timestamp.wrapping_sub(pair[0].timestamp), pair[1].marker)
            })
            .collect();
        assert_eq!(steps, [(160, false), (320, true), (160, false), (160, true), (8000, true)]);
    }

    #[test]
    fn losses_and_swaps_of_the_speaker_stay_visible() {
        let mut out = outgoing();
        let mut relayed = |sequence: u16| {
            let header = theirs(9, sequence, u32::from(sequence) * 160);
            out.follow(at(20 * u64::from(sequence)), &header, AUDIO, false).map(|h| (h.sequence, h.timestamp))
        };
        let (sequence, timestamp) = relayed(100).unwrap();
        assert_eq!(relayed(103), Some((sequence + 3, timestamp + 480)));
        assert_eq!(relayed(102), Some((sequence + 2, timestamp + 320)));
        assert_eq!(relayed(104), Some((sequence + 4, timestamp + 640)));
        assert_eq!(relayed(99), None, "it belongs before our joining in");
    }

    #[test]
    fn a_leap_of_the_speakers_clock_is_evened_out() {
        let mut out = outgoing();
        let first = out.follow(at(0), &theirs(9, 1, 1000), AUDIO, false).unwrap();
        let pause = out.follow(at(5000), &theirs(9, 2, 41_000), AUDIO, false).unwrap();
        assert_eq!(pause.timestamp.wrapping_sub(first.timestamp), 40_000, "a pause is no leap");
        let ahead = out.follow(at(5020), &theirs(9, 3, 900_000), AUDIO, false).unwrap();
        assert_eq!(ahead.timestamp.wrapping_sub(pause.timestamp), 160);
        let back = out.follow(at(5040), &theirs(9, 4, 12), AUDIO, false).unwrap();
        assert_eq!(back.timestamp.wrapping_sub(ahead.timestamp), 160);
        assert!(ahead.marker && back.marker);
    }

    #[test]
    fn a_key_keeps_the_time_of_its_beginning() {
        let mut out = outgoing();
        let audio = out.follow(at(0), &theirs(9, 1, 1000), AUDIO, false).unwrap();
        let held: Vec<_> = (2..400)
            .map(|n| {
                out.follow(at(20 * u64::from(n)), &theirs(9, n, 1160), Kind::Event { khz: 8 }, false).unwrap()
            })
            .collect();
        assert!(held.iter().all(|event| event.timestamp == audio.timestamp.wrapping_add(160)));
        let after = out.follow(at(8000), &theirs(9, 400, 65_000), AUDIO, false).unwrap();
        assert_eq!(after.timestamp.wrapping_sub(audio.timestamp), 64_000);
    }

    #[test]
    fn a_long_call_never_loses_its_splice() {
        let mut out = outgoing();
        let mut before = None;
        for n in 0..200_000u32 {
            let header = theirs(9, n as u16, n * 160);
            let sent = out.follow(at(20 * u64::from(n)), &header, AUDIO, false).unwrap();
            if let Some(before) = before.replace(sent.sequence) {
                assert_eq!(sent.sequence, u16::wrapping_add(before, 1));
            }
        }
    }
}
