//! The RTP header, read and written where it lies (RFC 3550 §5.1).
//!
//! Knows one packet at a time and nothing of the stream it belongs to.

use std::ops::Range;

/// Bytes of a header without contributing sources or extension.
pub const HEADER_LEN: usize = 12;

/// Longest datagram taken; anything longer is no voice.
pub const DATAGRAM_MAX: usize = 2048;

/// The fields of a header that a sender chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Begin of a talk-spurt (RFC 3551 §4.1).
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Rises by one a packet.
    pub sequence: u16,
    /// When the first sample was taken, in units of the codec's clock.
    pub timestamp: u32,
    /// Names the sender.
    pub ssrc: u32,
}

impl Header {
    /// Writes the twelve bytes: version 2, no padding, no extension, no contributing source.
    pub fn write(&self, bytes: &mut [u8; HEADER_LEN]) {
        bytes[0] = 0x80;
        bytes[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// A well-formed packet: its header, and where its payload lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What the header says.
    pub header: Header,
    /// Where the payload lies, after contributing sources and extension, without padding.
    pub payload: Range<usize>,
}

impl Packet {
    /// Reads one datagram; `None` if it is no RTP of version 2 or its lengths don't fit.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (fixed, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut start = HEADER_LEN + 4 * usize::from(fixed[0] & 0x0f);
        if fixed[0] & 0x10 != 0 {
            let extension = rest.get(start - HEADER_LEN..)?.first_chunk::<4>()?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        let mut end = bytes.len();
        if fixed[0] & 0x20 != 0 {
            let padding = usize::from(*bytes.last()?);
            end = end.checked_sub(padding).filter(|_| padding > 0)?;
        }
        (start <= end).then(|| Self { header: Self::header(fixed), payload: start..end })
    }

    fn header(fixed: &[u8; HEADER_LEN]) -> Header {
        Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        }
    }
}

/// Whether a datagram on a port shared by both is RTCP: payload types 64 to 95 are never RTP there
/// (RFC 5761 §4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|second| (192..=223).contains(second))
}

/// A buffer of one datagram, read into and sent from in place.
#[derive(Debug)]
pub struct Datagram {
    buffer: Box<[u8; DATAGRAM_MAX]>,
    len: usize,
}

impl Datagram {
    /// An empty one.
    pub fn new() -> Self {
        Self { buffer: Box::new([0; DATAGRAM_MAX]), len: 0 }
    }

    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// What it holds, to change.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.len]
    }

    /// Room for the longest datagram; follow with [`resize`](Self::resize).
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[..]
    }

    /// Says how much of the room is in use; at most [`DATAGRAM_MAX`].
    pub fn resize(&mut self, len: usize) {
        self.len = len.min(DATAGRAM_MAX);
    }

    /// Holds these bytes, cut at [`DATAGRAM_MAX`].
    pub fn fill(&mut self, bytes: &[u8]) {
        self.resize(bytes.len());
        self.buffer[..self.len].copy_from_slice(&bytes[..self.len]);
    }

    /// Gives the packet that lies here another header. Contributing sources, extension and padding go:
    /// they were settled with the other party, and may name people.
    pub fn restamp(&mut self, packet: &Packet, header: &Header) {
        if packet.payload.start != HEADER_LEN {
            self.buffer.copy_within(packet.payload.clone(), HEADER_LEN);
        }
        self.resize(HEADER_LEN + packet.payload.len());
        self.stamp(header);
    }

    /// Makes this a packet of `len` payload bytes, which the caller writes into the returned room.
    pub fn compose(&mut self, header: &Header, len: usize) -> &mut [u8] {
        self.resize(HEADER_LEN + len);
        self.stamp(header);
        &mut self.buffer[HEADER_LEN..self.len]
    }

    fn stamp(&mut self, header: &Header) {
        header.write(self.buffer.first_chunk_mut().expect("the buffer is longer than a header"));
    }
}

impl Default for Datagram {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header =
        Header { marker: true, payload_type: 8, sequence: 65535, timestamp: 0xdead_beef, ssrc: 7 };

    fn packet(first: u8, tail: &[u8]) -> Vec<u8> {
        let mut bytes = [0; HEADER_LEN];
        HEADER.write(&mut bytes);
        bytes[0] = first;
        [&bytes, tail].concat()
    }

    #[test]
    fn a_written_header_reads_back() {
        let read = Packet::parse(&packet(0x80, b"abc")).unwrap();
        assert_eq!(read, Packet { header: HEADER, payload: 12..15 });
    }

    #[test]
    fn sources_extension_and_padding_are_no_payload() {
        let tail = [&[1; 8][..], &[0, 0, 0, 1, 9, 9, 9, 9], b"voice", &[0, 0, 3]].concat();
        let bytes = packet(0xb2, &tail);
        let read = Packet::parse(&bytes).unwrap();
        assert_eq!(&bytes[read.payload.clone()], b"voice");

        let mut datagram = Datagram::new();
        datagram.fill(&bytes);
        datagram.restamp(&read, &HEADER);
        assert_eq!(datagram.bytes(), packet(0x80, b"voice"));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for (first, tail) in [
            (0x40, &b"version 1"[..]),
            (0x81, b"abc"),              // a source cut short
            (0x90, b"ab"),               // an extension cut short
            (0x90, &[0, 0, 0, 2, 1]),    // an extension longer than the packet
            (0xa0, &[9, 0]),             // padding of none
            (0xa0, &[9, 200]),           // padding longer than the packet
            (0xa1, &[1, 1, 1, 1, 9, 3]), // padding that eats a source
        ] {
            assert_eq!(Packet::parse(&packet(first, tail)), None, "{first:x} {tail:?}");
        }
        assert_eq!(Packet::parse(&[0x80; 11]), None);
        assert_eq!(Packet::parse(&[]), None);
    }
}
