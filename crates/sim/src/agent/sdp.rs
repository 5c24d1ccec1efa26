//! What a party says about media: one audio line, its formats and keys (RFC 4566, RFC 3264).

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use bytes::BytesMut;
use sip::{Message, Status, flow::Flow, message::respond_to, transaction::ServerKey};

use super::Agent;

/// A party's side of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Description {
    /// Session id of its `o=` line.
    origin: u64,
    address: IpAddr,
    port: u16,
    version: u32,
    hold: Hold,
    /// What it said before the change under way.
    before: Hold,
    speaks: Formats,
}

/// Formats for sound by their numbers (RFC 3551 §6), the preferred one first: PCMU and PCMA unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formats {
    numbers: [u8; Self::MAX],
    count: usize,
}

impl Formats {
    /// Most that a party speaks.
    const MAX: usize = 4;

    /// Reads `9 0`.
    pub fn read<'w>(words: impl IntoIterator<Item = &'w str>) -> Option<Self> {
        let numbers: Option<Vec<u8>> = words.into_iter().map(|number| number.parse().ok()).collect();
        Self::of(&numbers?)
    }

    /// Those of these numbers, if there are some and not too many.
    pub fn of(numbers: &[u8]) -> Option<Self> {
        let mut formats = Self { numbers: [0; Self::MAX], count: numbers.len() };
        formats.numbers.get_mut(..numbers.len()).filter(|own| !own.is_empty())?.copy_from_slice(numbers);
        Some(formats)
    }

    fn numbers(&self) -> &[u8] {
        &self.numbers[..self.count]
    }
}

impl Default for Formats {
    fn default() -> Self {
        Self { numbers: [0, 8, 0, 0], count: 2 }
    }
}

/// How a party says that it holds the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// It does not.
    #[default]
    No,
    /// `a=sendonly`.
    SendOnly,
    /// `a=inactive`.
    Inactive,
    /// `c=0.0.0.0`, as before RFC 3264.
    Zero,
}

impl Agent {
    /// What it says first on a new line.
    pub(super) fn describes(&self, port: u16) -> Description {
        let own = self.persona.contact.ip();
        let [a, b, c, d, ..] = self.persona.seed;
        let address = match own {
            IpAddr::V4(own) if self.skill.hears_ipv6 => {
                let [.., last] = own.octets();
                Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()).into()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => own,
        };
        // Long enough that nobody says it by chance.
        let origin = (1 << 48) + u64::from(u32::from_be_bytes([a, b, c, d])) * 100_000 + u64::from(port);
        Description::new(origin, address, port, self.skill.speaks)
    }

    /// Whether a message offers sound in formats that this party all lacks.
    pub(super) fn speaks_nothing_of(&self, message: &Message) -> bool {
        let offered = formats_of(message);
        !offered.is_empty() && !self.skill.speaks.numbers().iter().any(|own| offered.contains(own))
    }

    /// Refuses an offer of such formats, and says which it has (RFC 3261 §21.4.26).
    pub(super) fn refuse_formats(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        let (tag, said, status) = (self.token(), self.describes(9).text(), Status::NOT_ACCEPTABLE_HERE);
        let mut buffer = BytesMut::new();
        let bytes = respond_to(&mut buffer, request, flow.remote, status, Some(&tag))
            .body("application/sdp", said.as_bytes())
            .end();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
    }
}

/// The numbers on the audio line of a message, none without one.
fn formats_of(message: &Message) -> Vec<u8> {
    let body = message.body();
    let body = String::from_utf8_lossy(&body);
    let line = body.lines().find(|line| line.starts_with("m=audio ")).unwrap_or_default();
    line.split(' ').skip(3).filter_map(|number| number.trim().parse().ok()).collect()
}

impl Description {
    const fn new(origin: u64, address: IpAddr, port: u16, speaks: Formats) -> Self {
        Self { origin, address, port, version: 1, hold: Hold::No, before: Hold::No, speaks }
    }

    /// From here on it has these formats.
    pub(super) const fn speaks(&mut self, formats: Formats) {
        self.speaks = formats;
    }

    /// What it said at first.
    pub(super) const fn first(self) -> Self {
        Self { version: 1, hold: Hold::No, before: Hold::No, ..self }
    }

    /// What another early dialog of the same INVITE says.
    pub(super) const fn of_fork(self, fork: u8) -> Self {
        Self { port: self.port + 100 * fork as u16, ..self }
    }

    /// The next version: on hold if it was not, back if it was.
    pub(super) fn turn(&mut self) {
        self.hold(if self.hold == Hold::No { Hold::SendOnly } else { Hold::No });
    }

    /// The next version: held so, or not.
    pub(super) const fn hold(&mut self, hold: Hold) {
        self.version += 1;
        (self.before, self.hold) = (self.hold, hold);
    }

    /// What was last said stands, though it was refused.
    pub(super) const fn take_back(&mut self) {
        self.hold = self.before;
    }

    /// Its offer: all that it speaks.
    pub(super) fn text(&self) -> String {
        self.written(self.port, self.speaks.numbers())
    }

    /// Its answer to what a message offers, or its offer where that has none. Of an offer of nothing that it speaks it
    /// takes nothing (RFC 3264 §6).
    pub(super) fn answer_to(&self, message: &Message) -> String {
        let offered = formats_of(message);
        if offered.is_empty() {
            return self.text();
        }
        let own = self.speaks.numbers();
        let common: Vec<u8> = own.iter().copied().filter(|number| offered.contains(number)).collect();
        if common.is_empty() { self.written(0, own) } else { self.written(self.port, &common) }
    }

    fn written(&self, port: u16, formats: &[u8]) -> String {
        let Self { origin, address, version, hold, .. } = self;
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        let (way, connection) = match hold {
            Hold::No => ("sendrecv", *address),
            Hold::SendOnly => ("sendonly", *address),
            Hold::Inactive => ("inactive", *address),
            Hold::Zero => ("sendrecv", IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        };
        let mut numbers = String::new();
        formats.iter().for_each(|number| {
            let _ = write!(numbers, " {number}");
        });
        format!(
            "v=0\r\no=- {origin} {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {connection}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP{numbers} 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
             a={way}\r\n"
        )
    }
}
