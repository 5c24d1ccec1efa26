//! Hosts in URIs and Vias (RFC 3261 §25.1, with the IPv6 grammar that RFC 5954 mends).

use std::{
    fmt::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use memchr::memchr;

use crate::{
    decimal,
    grammar::{self, Class},
};

/// A host: a name to look up or an address.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// A name, as written; compare without case.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, written in brackets.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads `host` or `host:port`; `None` when malformed.
    pub fn parse_with_port(text: &'a str) -> Option<(Self, Option<u16>)> {
        match Self::first(text)? {
            (host, "") => Some((host, None)),
            (host, rest) => match port(rest.strip_prefix(':')?)? {
                (port, "") => Some((host, Some(port))),
                (_, _) => None,
            },
        }
    }

    /// Cuts the host off that `text` starts with.
    pub(crate) fn first(text: &'a str) -> Option<(Self, &'a str)> {
        if let Some(inner) = text.strip_prefix('[') {
            let end = memchr(b']', inner.as_bytes())?;
            return Some((Self::V6(inner[..end].parse().ok()?), &inner[end + 1..]));
        }
        let (name, rest) = text.split_at(grammar::span(text.as_bytes(), Class::HostName));
        Some((Self::named(name)?, rest))
    }

    fn named(name: &'a str) -> Option<Self> {
        let first = name.bytes().next()?;
        if first.is_ascii_digit()
            && let Ok(address) = name.parse()
        {
            return Some(Self::V4(address));
        }
        Some(Self::Name(name))
    }

    /// Writes it in lower case, an IPv6 address in brackets: equal hosts come out as equal text.
    pub fn push_lower(&self, text: &mut String) {
        let start = text.len();
        let written = match self {
            Self::Name(name) => text.write_str(name),
            Self::V4(address) => decimal::address(text, (*address).into()),
            Self::V6(_) => write!(text, "{self}"),
        };
        written.expect("a string takes everything");
        text[start..].make_ascii_lowercase();
    }

    /// The address, when it is one.
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }
}

/// Cuts the port off that `text` starts with.
pub(crate) fn port(text: &str) -> Option<(u16, &str)> {
    let (number, length) = grammar::digits(text);
    let port = u16::try_from(number).ok().filter(|_| length > 0)?;
    Some((port, &text[length..]))
}

/// Names are the same in any case (RFC 3261 §19.1.4).
impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::V4(a), Self::V4(b)) => a == b,
            (Self::V6(a), Self::V6(b)) => a == b,
            (Self::Name(_) | Self::V4(_) | Self::V6(_), _) => false,
        }
    }
}

impl Eq for Host<'_> {}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}
