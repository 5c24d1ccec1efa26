//! The sound of a call: a packet every 20 ms, and what the other side says.

use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, UdpSocket},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

use clock::{Chance, Instant};
use media::{
    codec::{coder::SOUND_MAX, resample::RATE},
    convert::{Ear, Mouth},
    rtp::{Datagram, HEADER_LEN, Header, Packet},
};

use super::sdp::Party;

/// Keys of the other side that are kept.
const PRESSED_MAX: usize = 64;

/// Keys of a telephone, in the order of their events (RFC 4733 §3.2).
pub(super) const KEYS: &str = "0123456789*#ABCD";

/// Sound in a packet.
const PACKET: Duration = Duration::from_millis(20);

/// Samples in a packet at 8 kHz.
const SAMPLES: usize = 160;

/// Packets of one key, and of the pause after it: 100 ms each (RFC 4733 §2.5.1.2 asks for 40 ms at least).
const KEY_PACKETS: u16 = 5;

/// The end of a key is sent so often, as one of them may get lost (RFC 4733 §2.5.1.4).
const KEY_ENDS: u16 = 3;

/// Longest recording a script may ask for: an hour.
const HEARD_MAX: usize = 3_600 * 8_000;

/// The media side of one call.
#[derive(Debug)]
pub(super) struct Voice {
    socket: UdpSocket,
    party: Option<Party>,
    mouth: Option<Mouth>,
    ear: Option<Ear>,
    header: Header,
    due: Instant,
    speech: VecDeque<i16>,
    keys: VecDeque<u8>,
    key: Option<Key>,
    heard: Vec<i16>,
    /// Keys that the other side pressed, and when the last of them began.
    pressed: String,
    key_heard: Option<u32>,
    datagram: Datagram,
}

/// A key being sent.
#[derive(Clone, Copy, Debug)]
struct Key {
    event: u8,
    /// When it went down, in samples.
    timestamp: u32,
    /// Packets sent of it, pause included.
    sent: u16,
}

impl Voice {
    /// A call's media on a free port of the machine.
    pub(super) fn open(local: std::net::IpAddr, chance: &mut Chance) -> io::Result<Self> {
        let socket = UdpSocket::bind((local, 0))?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            party: None,
            mouth: None,
            ear: None,
            header: Header {
                marker: true,
                payload_type: 0,
                sequence: chance.u32() as u16,
                timestamp: chance.u32(),
                ssrc: chance.u32(),
            },
            due: Instant::ZERO,
            speech: VecDeque::new(),
            keys: VecDeque::new(),
            key: None,
            heard: Vec::new(),
            pressed: String::new(),
            key_heard: None,
            datagram: Datagram::new(),
        })
    }

    /// Where the other side is to send.
    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The other side said where it is.
    pub(super) fn aim(&mut self, party: Party, now: Instant) {
        if self.party.is_none() {
            self.due = now;
        }
        if self.party.is_none_or(|before| before.codec != party.codec) {
            (self.mouth, self.ear) = (Some(Mouth::new(party.codec)), Some(Ear::new(party.codec)));
        }
        self.party = Some(party);
    }

    /// Says `samples` after what is still to be said.
    pub(super) fn say(&mut self, samples: &[i16]) {
        self.speech.extend(samples);
    }

    /// Presses a key after those still to be pressed; what is no key of a telephone is ignored.
    pub(super) fn press(&mut self, key: char) {
        let event = KEYS.find(key.to_ascii_uppercase());
        self.keys.extend(event.and_then(|event| u8::try_from(event).ok()));
    }

    /// Whether everything has been said and pressed.
    pub(super) fn is_done(&self) -> bool {
        self.speech.is_empty() && self.keys.is_empty() && self.key.is_none()
    }

    /// What was heard so far, 8 kHz mono.
    pub(super) fn heard(&self) -> &[i16] {
        &self.heard
    }

    /// When the next packet is to be sent.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.party.is_some().then_some(self.due)
    }

    /// Sends what is due and hears what came.
    pub(super) fn turn(&mut self, now: Instant) {
        while self.party.is_some() && self.due <= now {
            self.send(now);
            self.due += PACKET;
        }
        while let Ok(len) = self.socket.recv(self.datagram.room()) {
            self.datagram.resize(len);
            self.hear(now);
        }
    }

    fn send(&mut self, now: Instant) {
        let Some(party) = self.party else { return };
        if self.key.is_none()
            && let Some(event) = self.keys.pop_front()
        {
            self.key = Some(Key { event, timestamp: self.header.timestamp, sent: 0 });
        }
        match (self.key, party.keys) {
            (Some(key), Some(payload_type)) => self.send_key(key, payload_type),
            // No keys were agreed on: nothing can be pressed.
            (Some(_), None) => self.key = None,
            (None, _) => self.send_speech(party, now),
        }
        self.header.sequence = self.header.sequence.wrapping_add(1);
        let passed = 20 * party.codec.clock_khz();
        self.header.timestamp = self.header.timestamp.wrapping_add(passed);
        self.header.marker = false;
        let _ = self.socket.send_to(self.datagram.bytes(), party.address);
    }

    fn send_speech(&mut self, party: Party, now: Instant) {
        let Some(mouth) = &mut self.mouth else { return };
        let header = Header { payload_type: party.payload_type, ..self.header };
        let sound: [i16; SAMPLES] = std::array::from_fn(|_| self.speech.pop_front().unwrap_or(0));
        let len = mouth.speak(now, &sound, RATE, &mut self.datagram.room()[HEADER_LEN..]);
        self.datagram.compose(&header, len.unwrap_or(0));
    }

    /// One packet of an event: begin, go on, three ends, then the pause as repeated ends.
    fn send_key(&mut self, key: Key, payload_type: u8) {
        let sent = key.sent + 1;
        let end = if sent >= KEY_PACKETS { 0x80 } else { 0 };
        let lasted = sent.min(KEY_PACKETS) * SAMPLES as u16;
        let header = Header { payload_type, timestamp: key.timestamp, marker: sent == 1, ..self.header };
        let payload = self.datagram.compose(&header, 4);
        payload[..2].copy_from_slice(&[key.event, end | 10]);
        payload[2..].copy_from_slice(&lasted.to_be_bytes());
        self.key = (sent < KEY_PACKETS + KEY_ENDS).then_some(Key { sent, ..key });
    }

    fn hear(&mut self, now: Instant) {
        let Some(party) = self.party else { return };
        let bytes = self.datagram.bytes();
        let Some(packet) = Packet::parse(bytes) else { return };
        if Some(packet.header.payload_type) == party.keys {
            let event = bytes[packet.payload].first().copied();
            return self.hear_key(event, packet.header.timestamp);
        }
        if packet.header.payload_type != party.payload_type {
            return;
        }
        let Some(ear) = &mut self.ear else { return };
        let (mut sound, mut narrow) = ([0; SOUND_MAX], [0; SOUND_MAX]);
        let Some(count) = ear.hear(now, &bytes[packet.payload], &mut sound) else { return };
        let count = ear.narrow(&sound[..count], &mut narrow);
        if self.heard.len() < HEARD_MAX {
            self.heard.extend_from_slice(&narrow[..count]);
        }
    }
}

impl Voice {
    /// A key of the other side: every packet of one press has the time of its beginning (RFC 4733 §2.5.1.2).
    fn hear_key(&mut self, event: Option<u8>, began: u32) {
        if self.key_heard == Some(began) || self.pressed.len() >= PRESSED_MAX {
            return;
        }
        self.key_heard = Some(began);
        self.pressed.extend(event.and_then(|event| KEYS.chars().nth(event.into())));
    }

    /// The keys that the other side pressed so far.
    pub(super) fn pressed(&self) -> &str {
        &self.pressed
    }
}

impl AsFd for Voice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
