//! What a party says about media: one audio line, G.711 and keys (RFC 4566, RFC 3264).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Agent;

/// A party's side of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Description {
    address: IpAddr,
    port: u16,
    version: u32,
    hold: Hold,
    /// What it said before the change under way.
    before: Hold,
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

/// Where media goes of those who want it over IPv6.
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));

impl Agent {
    /// What it says first on a new line.
    pub(super) fn describes(&self, port: u16) -> Description {
        let own = self.persona.contact.ip();
        Description::new(if self.skill.hears_ipv6 { IPV6 } else { own }, port)
    }
}

impl Description {
    pub(super) const fn new(address: IpAddr, port: u16) -> Self {
        Self { address, port, version: 1, hold: Hold::No, before: Hold::No }
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

    pub(super) fn text(&self) -> String {
        let Self { address, port, version, hold, .. } = self;
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        let (way, connection) = match hold {
            Hold::No => ("sendrecv", *address),
            Hold::SendOnly => ("sendonly", *address),
            Hold::Inactive => ("inactive", *address),
            Hold::Zero => ("sendrecv", IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        };
        format!(
            "v=0\r\no=- 1 {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {connection}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
             a={way}\r\n"
        )
    }
}
