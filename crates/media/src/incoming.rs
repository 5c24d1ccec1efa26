//! What a party sends: who speaks, what is missing (RFC 3550 §6.4.1, A.1).
//!
//! Knows the numbers of packets and nothing of their payload.

use clock::Instant;

use crate::rtp::Header;

/// A leap ahead of more packets than this is a new count, not a loss (RFC 3550 A.1, MAX_DROPOUT).
const LEAP_MAX: u16 = 3000;

/// A packet later than this many is of an old count (RFC 3550 A.1, MAX_MISORDER).
const LATE_MAX: u16 = 100;

/// How a packet stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The newest so far.
    Next,
    /// Overtaken by others, or a second copy.
    Late,
    /// The first of a speaker, or of a new count.
    Restarted,
    /// Of somebody who has not shown two packets in a row yet.
    Stranger,
}

/// The receiving side of one stream.
///
/// A second speaker is believed once two of its packets came in a row with none of the present one between
/// them: a forged packet slipped in never takes a stream over (RELIABILITY M2), a gateway that really
/// changes its SSRC loses one packet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incoming {
    speaker: Option<Speaker>,
    stranger: Option<(u32, u16)>,
    /// Missing from counts that ended.
    lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Speaker {
    ssrc: u32,
    first: u32,
    /// Highest sequence number, with the number of wraps above it.
    highest: u32,
    received: u32,
}

impl Incoming {
    /// Takes note of one packet.
    pub fn hear(&mut self, header: &Header) -> Heard {
        let Some(speaker) = &mut self.speaker else { return self.restart(header) };
        if speaker.ssrc != header.ssrc {
            let in_a_row = self.stranger == Some((header.ssrc, header.sequence));
            if in_a_row {
                return self.restart(header);
            }
            self.stranger = Some((header.ssrc, header.sequence.wrapping_add(1)));
            return Heard::Stranger;
        }
        self.stranger = None;
        let ahead = header.sequence.wrapping_sub(speaker.highest as u16);
        if ahead == 0 || ahead > u16::MAX - LATE_MAX {
            speaker.received += 1;
            return Heard::Late;
        }
        if ahead > LEAP_MAX {
            return self.restart(header);
        }
        speaker.received += 1;
        speaker.highest = speaker.highest.wrapping_add(u32::from(ahead));
        Heard::Next
    }

    /// Who speaks.
    pub fn ssrc(&self) -> Option<u32> {
        self.speaker.map(|speaker| speaker.ssrc)
    }

    /// The wraps that belong above `sequence`, a number close to the newest.
    pub fn extend(&self, sequence: u16) -> u32 {
        let highest = self.speaker.map_or(0, |speaker| speaker.highest);
        let ahead = sequence.wrapping_sub(highest as u16).cast_signed();
        highest.wrapping_add_signed(i32::from(ahead))
    }

    /// Packets that should have come and did not.
    pub fn lost(&self) -> u64 {
        self.lost + self.speaker.map_or(0, |speaker| speaker.missing())
    }

    fn restart(&mut self, header: &Header) -> Heard {
        let first = u32::from(header.sequence);
        self.lost = self.lost();
        self.stranger = None;
        self.speaker = Some(Speaker { ssrc: header.ssrc, first, highest: first, received: 1 });
        Heard::Restarted
    }
}

impl Speaker {
    fn missing(&self) -> u64 {
        let expected = self.highest.wrapping_sub(self.first).wrapping_add(1);
        u64::from(expected.saturating_sub(self.received))
    }
}

/// Packets a party may send a second: five times what 10 ms packets are, with room for a burst after a stall.
const RATE_MAX: u16 = 500;

/// How many more packets a party may send within this second; a flood ends here, not at the other party.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    second: u64,
    used: u16,
}

impl Allowance {
    /// Uses one; `false` if none is left.
    pub fn take(&mut self, now: Instant) -> bool {
        let second = now.as_micros() / 1_000_000;
        if self.second != second {
            *self = Self { second, used: 0 };
        }
        let left = self.used < RATE_MAX;
        self.used += u16::from(left);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc }
    }

    fn hear(incoming: &mut Incoming, ssrc: u32, numbers: &[u16]) -> Vec<Heard> {
        numbers.iter().map(|number| incoming.hear(&packet(ssrc, *number))).collect()
    }

    #[test]
    fn gaps_are_counted_across_the_wrap_and_late_packets_fill_them() {
        let mut incoming = Incoming::default();
        hear(&mut incoming, 1, &[65533, 65535, 1, 2]);
        assert_eq!(incoming.lost(), 2);
        assert_eq!(hear(&mut incoming, 1, &[65534]), [Heard::Late]);
        assert_eq!(incoming.lost(), 1);
        assert_eq!(incoming.extend(3), 0x1_0003);
        assert_eq!(incoming.extend(65535), 0xffff);
    }

    #[test]
    fn a_leap_is_a_new_count_not_a_loss() {
        let mut incoming = Incoming::default();
        assert_eq!(
            hear(&mut incoming, 1, &[10, 11, 20000]),
            [Heard::Restarted, Heard::Next, Heard::Restarted]
        );
        assert_eq!(incoming.lost(), 0);
    }

    #[test]
    fn a_forged_packet_between_real_ones_never_takes_over() {
        let mut incoming = Incoming::default();
        hear(&mut incoming, 1, &[10]);
        for number in 11..50 {
            assert_eq!(incoming.hear(&packet(666, number)), Heard::Stranger);
            assert_eq!(incoming.hear(&packet(1, number)), Heard::Next);
        }
    }

    #[test]
    fn a_new_speaker_is_believed_at_its_second_packet() {
        let mut incoming = Incoming::default();
        hear(&mut incoming, 1, &[10]);
        assert_eq!(
            hear(&mut incoming, 2, &[700, 701, 702]),
            [Heard::Stranger, Heard::Restarted, Heard::Next]
        );
        assert_eq!(incoming.ssrc(), Some(2));
    }
}
