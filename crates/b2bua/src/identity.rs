//! How the switch names itself: Via, Contact, tags and Call-IDs.
//!
//! Every leg has one token. It is the tag of our side of the dialog and the user part of our Contact, and
//! it holds the leg's key, so an in-dialog request finds its leg without a table. The random half makes it
//! unguessable; nothing of the other leg is in it (RFC 5853 §3.1, topology hiding).

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use clock::{Chance, Key};
use sip::{
    flow::{Flow, Transport},
    transaction::Branch,
};

use crate::leg::Leg;

/// Value of `Allow`: what a dialog of ours takes.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

/// Value of `Supported`: extensions of its registrar (RFC 3327, RFC 5626); calls have none.
pub const SUPPORTED: &str = "path, outbound";

/// A socket of ours and the name it goes by outside.
#[derive(Clone, Debug)]
pub struct Listener {
    /// How bytes travel on it.
    pub transport: Transport,
    /// Where it is bound.
    pub local: SocketAddr,
    /// What peers are told in Via and Contact.
    pub advertised: SocketAddr,
}

/// The names of one switch.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Every socket listened on; UDP first.
    pub listeners: Vec<Listener>,
    /// Value of `User-Agent` and `Server`; short, since refusals must stay small (RELIABILITY P8).
    pub agent: Box<str>,
}

impl Identity {
    /// The address that the peer of this flow is told.
    pub fn advertised(&self, flow: Flow) -> SocketAddr {
        let of_transport = || self.listeners.iter().filter(|listener| listener.transport == flow.transport);
        of_transport()
            .find(|listener| listener.local == flow.local)
            .or_else(|| of_transport().next())
            .map_or(flow.local, |listener| listener.advertised)
    }

    /// The listener that requests to this transport leave from.
    pub fn listener(&self, transport: Transport) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.transport == transport)
    }

    /// Whether `address` is one of ours, as bound or as advertised.
    pub fn is_ours(&self, address: SocketAddr) -> bool {
        self.listeners.iter().any(|listener| listener.local == address || listener.advertised == address)
    }

    /// Whether `ip` is this machine, as far as the sockets tell: one that is bound to all addresses is on
    /// loopback too.
    pub fn is_here(&self, ip: IpAddr) -> bool {
        let is_at = |listener: &Listener| {
            let local = listener.local.ip();
            local == ip || listener.advertised.ip() == ip || (local.is_unspecified() && ip.is_loopback())
        };
        self.listeners.iter().any(is_at)
    }

    /// Our Via on this flow (RFC 3261 §18.1.1), asking for the source port (RFC 3581).
    pub fn via(&self, flow: Flow, branch: Branch) -> Via {
        Via { transport: flow.transport, sent_by: self.advertised(flow), branch }
    }

    /// Our Contact on this flow.
    pub fn contact<'a>(&self, flow: Flow, token: &'a str) -> Contact<'a> {
        Contact { user: token, host: self.advertised(flow), transport: flow.transport }
    }
}

/// A Via of ours.
#[derive(Clone, Copy, Debug)]
pub struct Via {
    transport: Transport,
    sent_by: SocketAddr,
    branch: Branch,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {};branch={};rport", self.transport, self.sent_by, self.branch)
    }
}

/// A Contact of ours.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    user: &'a str,
    host: SocketAddr,
    transport: Transport,
}

impl fmt::Display for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<sip:{}@{}", self.user, self.host)?;
        if self.transport != Transport::Udp {
            write!(f, ";transport={}", self.transport.as_param())?;
        }
        f.write_str(">")
    }
}

/// A token for the leg that will live under `key`.
pub(crate) fn leg_token(key: Key<Leg>, chance: &mut Chance) -> Box<str> {
    let mut random = [0; 16];
    chance.token(&mut random);
    format!("{:x}.{}", key.raw(), ascii(&random)).into()
}

/// The key inside a token of ours; whether the leg lives and owns the token is the caller's to check.
pub(crate) fn leg_of_token(token: &str) -> Option<Key<Leg>> {
    let (key, _) = token.split_once('.')?;
    u64::from_str_radix(key, 16).ok().map(Key::from_raw)
}

/// A fresh Call-ID: 100 bits of chance, no host name (RFC 3261 §8.1.1.4 asks for uniqueness only).
pub(crate) fn call_id(chance: &mut Chance) -> Box<str> {
    let mut random = [0; 20];
    chance.token(&mut random);
    ascii(&random).into()
}

fn ascii(token: &[u8]) -> &str {
    str::from_utf8(token).expect("base32 letters are ASCII")
}
