//! RTCP from one party made fit for the other (RFC 3550 §6, §7.2).
//!
//! Reports are passed on as by a translator: names, sequence numbers and timestamps are brought from one
//! side's numbering into the other's, so that loss, jitter and round trip are those from phone to phone.
//! Everything else in a compound packet is replaced by our own CNAME: descriptions name people and
//! addresses, a goodbye ends only the speaker's stream and not ours, feedback was settled with us alone.

use crate::{convert::ClockMap, incoming::Incoming, outgoing::Outgoing, rtp::Datagram};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;

/// Header and SSRC of the sender.
const HEAD_LEN: usize = 8;
/// What a sender report says of its own stream.
const SENDER_LEN: usize = 20;
/// One report block.
const BLOCK_LEN: usize = 24;

/// Both sides of a bridge, as far as reports of one party to the other go.
#[derive(Clone, Copy, Debug)]
pub struct Bridge<'a> {
    /// What the reporting party hears from us.
    pub reporter_hears: &'a Outgoing,
    /// What the other party sends.
    pub other_says: &'a Incoming,
    /// What the other party hears from us.
    pub other_hears: &'a Outgoing,
    /// The reporting party's timestamps by the other's clock.
    pub clock: &'a ClockMap,
}

/// Whether a datagram is a compound packet whose lengths fit (RFC 3550 A.2).
pub fn is_sound(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(len) = packet_len(rest) {
        let (packet, after) = rest.split_at(len);
        // Only the last may be padded, and a report comes first.
        if packet[0] & 0x20 != 0 && !after.is_empty() {
            return false;
        }
        rest = after;
    }
    rest.is_empty() && matches!(bytes.get(1), Some(&(SENDER_REPORT | RECEIVER_REPORT)))
}

/// Rewrites a sound compound packet for the other party; `false` if there is nothing in it for that party.
pub fn translate(datagram: &mut Datagram, bridge: &Bridge<'_>) -> bool {
    let Some(len) = packet_len(datagram.bytes()) else { return false };
    let report = &mut datagram.bytes_mut()[..len];
    let is_sender = report[1] == SENDER_REPORT;
    let blocks_at = HEAD_LEN + if is_sender { SENDER_LEN } else { 0 };
    let count = usize::from(report[0] & 0x1f);
    if len < blocks_at + count * BLOCK_LEN {
        return false;
    }
    if is_sender {
        let speaker = word(report, 4);
        let theirs = bridge.clock.translate(speaker, word(report, 16));
        let Some(timestamp) = bridge.other_hears.translate_timestamp(speaker, theirs) else {
            return false;
        };
        set_word(report, 16, timestamp);
    }
    set_word(report, 4, bridge.other_hears.ssrc());
    // Of what the reporter heard, only our stream to it means anything to the other side.
    let block = (0..count)
        .map(|index| blocks_at + index * BLOCK_LEN)
        .find(|at| word(report, *at) == bridge.reporter_hears.ssrc())
        .filter(|at| restore(&mut report[*at..*at + BLOCK_LEN], bridge));
    if !is_sender && block.is_none() {
        return false;
    }
    if let Some(at) = block {
        report.copy_within(at..at + BLOCK_LEN, blocks_at);
    }
    let len = blocks_at + if block.is_some() { BLOCK_LEN } else { 0 };
    head(report, u8::from(block.is_some()), report[1], len);
    describe(datagram, len, bridge.other_hears.ssrc());
    true
}

/// Brings a block about our stream to the reporter into the numbers of the speaker behind it.
fn restore(block: &mut [u8], bridge: &Bridge<'_>) -> bool {
    let Some(speaker) = bridge.other_says.ssrc() else { return false };
    let Some(sequence) = bridge.reporter_hears.restore_sequence(speaker, word(block, 8) as u16) else {
        return false;
    };
    set_word(block, 0, speaker);
    set_word(block, 8, bridge.other_says.extend(sequence));
    true
}

/// Puts our CNAME behind the report: a name of no meaning that lasts as long as the stream (RFC 7022 §4.2).
fn describe(datagram: &mut Datagram, at: usize, ssrc: u32) {
    const ITEM: usize = 2 + 8;
    // The items end with a zero and are filled up to a whole word (RFC 3550 §6.5).
    const LEN: usize = HEAD_LEN + (ITEM + 1).next_multiple_of(4);
    datagram.resize(at + LEN);
    let packet = &mut datagram.bytes_mut()[at..];
    packet.fill(0);
    head(packet, 1, DESCRIPTION, LEN);
    set_word(packet, 4, ssrc);
    packet[8..10].copy_from_slice(&[1, 8]);
    for (index, digit) in packet[10..18].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(ssrc >> (28 - 4 * index) & 0xf) as usize];
    }
}

/// Length of the packet at the front, if its header is sound and it is all there.
fn packet_len(bytes: &[u8]) -> Option<usize> {
    let head = bytes.first_chunk::<4>()?;
    let len = 4 * (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1);
    (head[0] >> 6 == 2 && len >= HEAD_LEN.min(len) && len <= bytes.len()).then_some(len)
}

fn head(packet: &mut [u8], count: u8, kind: u8, len: usize) {
    packet[0] = 0x80 | count;
    packet[1] = kind;
    packet[2..4].copy_from_slice(&((len / 4 - 1) as u16).to_be_bytes());
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn set_word(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_be_bytes());
}
