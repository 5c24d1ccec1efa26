//! Trunks: how a carrier is reached, known and told apart.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use super::{AgentId, Identity, Session};

/// A trunk to a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Name in the config.
    pub name: Arc<str>,
    /// Whether it registers or is known by address.
    pub profile: Profile,
    /// Host name or address of the carrier, without brackets.
    pub host: Arc<str>,
    /// Port, if not the transport's own.
    pub port: Option<u16>,
    /// Further servers of the carrier, tried after the first; a trunk that registers does so with each.
    pub others: Vec<Host>,
    /// What all requests to the carrier go through (RFC 3261 §8.1.2).
    pub outbound_proxy: Option<Host>,
    /// What carries its requests; `None` leaves it to the records of the host (RFC 3263 §4.1), else UDP.
    pub transport: Option<Transport>,
    /// How often its servers are asked whether they are there, by OPTIONS; `None` for never.
    pub ping: Option<Duration>,
    /// User name and authentication name; always there when it registers.
    pub user: Option<Arc<str>>,
    /// Password; always there when it registers.
    pub secret: Option<Secret>,
    /// The only realms that its secret answers in; none where they are learned from the carrier.
    pub realms: Vec<Arc<str>>,
    /// Calls at once, both ways together.
    pub channels: u16,
    /// Addresses its requests come from, besides those the host resolves to.
    pub from: Vec<Net>,
    /// Where an INVITE says which number was called.
    pub called: CalledFrom,
    /// How numbers are written on this trunk, both ways.
    pub format: Format,
    /// What sends a call on to the next trunk.
    pub fail_over: FailOver,
    /// Whether media passes through us.
    pub media: MediaMode,
    /// Whether it may send our calls on to another number.
    pub redirects: Redirects,
    /// Whether it may transfer whom it talks with.
    pub transfers: Transfers,
    /// How sessions with it are kept.
    pub session: Session,
    /// What it is believed and told about who calls.
    pub identity: Identity,
    /// The agent that is reached by it, if it is no carrier's.
    pub agent: Option<AgentId>,
}

/// A host of a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Name or address, without brackets.
    pub name: Arc<str>,
    /// Port, if not the transport's own.
    pub port: Option<u16>,
}

/// How a trunk is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `generic-register`: we register with the carrier (RFC 3261 §10).
    Register,
    /// `generic-address`: both sides know the other's address.
    Address,
}

/// What carries SIP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    #[default]
    Udp,
    /// TCP.
    Tcp,
    /// TLS.
    Tls,
}

impl Transport {
    /// The word of the config: `udp`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        })
    }
}

/// A password. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps `password`.
    pub const fn new(password: Arc<str>) -> Self {
        Self(password)
    }

    /// The password, for computing a digest and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A network by address and prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net {
    /// Its address; bits beyond the prefix are zero.
    pub address: IpAddr,
    /// Leading bits that count.
    pub bits: u8,
}

impl Net {
    /// Reads `198.51.100.0/24`, `2001:db8::/32` or a single address. Bits beyond the prefix are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let (value, width) = Self::value(address);
        let bits = bits.map_or(u8::try_from(width).ok(), |bits| bits.parse().ok())?;
        let host = width.checked_sub(bits.into())?;
        (value == 0 || value.trailing_zeros() >= host).then_some(Self { address, bits })
    }

    /// Whether `address` lies in it. A mapped IPv4 address (`::ffff:a.b.c.d`) counts as IPv4.
    pub fn contains(self, address: IpAddr) -> bool {
        let (own, width) = Self::value(self.address);
        let (asked, asked_width) = Self::value(address.to_canonical());
        let host = width - u32::from(self.bits);
        width == asked_width && (own ^ asked).checked_shr(host).unwrap_or(0) == 0
    }

    fn value(address: IpAddr) -> (u128, u32) {
        match address {
            IpAddr::V4(v4) => (v4.to_bits().into(), 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        }
    }
}

/// Where an INVITE says which number was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CalledFrom {
    /// The request-URI.
    #[default]
    RequestUri,
    /// The To header.
    To,
    /// P-Called-Party-ID (RFC 7315 §4.2).
    PCalledPartyId,
    /// Diversion (RFC 5806): the number that diverted to us.
    Diversion,
}

/// How a trunk writes numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// `+12025550100`.
    #[default]
    E164,
    /// As dialled inside the country, with its trunk prefix.
    National,
    /// `0012025550100`.
    DoubleZero,
}

/// What sends a call on to the next trunk. Busy, not found and declined never do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailOver {
    /// No answer of any kind in time, or the transport failed.
    pub timeout: bool,
    /// Final statuses, sorted.
    pub statuses: Vec<u16>,
}

impl Default for FailOver {
    /// Silence, 408 and the 5xx that speak of the server rather than the callee.
    fn default() -> Self {
        Self { timeout: true, statuses: vec![408, 500, 502, 503, 504] }
    }
}

/// What becomes of a call that the carrier sends on to another number (RFC 3261 §21.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redirects {
    /// `refuse`: it counts as one that could not be reached.
    #[default]
    Refuse,
    /// `follow`: it goes there, as far as whoever called may dial that number.
    Follow,
}

/// What becomes of a REFER of the carrier (RFC 3515).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transfers {
    /// `refuse`: the call stays as it is.
    #[default]
    Refuse,
    /// `follow`: whoever stays gets a number of ours, or what it could have dialled itself.
    Follow,
}

/// Whether media passes through us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MediaMode {
    /// Through our ports.
    #[default]
    Relay,
    /// SDP is passed on where both sides of a call allow it.
    Direct,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_no_bits_beyond_its_prefix() {
        for good in ["198.51.100.0/24", "0.0.0.0/0", "192.0.2.1", "2001:db8::/32", "::/0", "::1"] {
            assert!(Net::parse(good).is_some(), "{good}");
        }
        for bad in ["198.51.100.7/24", "198.51.100.0/33", "2001:db8::/129", "10/8", "", "/8", "host/8"] {
            assert_eq!(Net::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        let net = Net::parse("198.51.100.0/24").unwrap();
        assert!(net.contains("198.51.100.255".parse().unwrap()));
        assert!(net.contains("::ffff:198.51.100.1".parse().unwrap()));
        assert!(!net.contains("198.51.101.0".parse().unwrap()));
        assert!(!net.contains("::1".parse().unwrap()));
        assert!(Net::parse("0.0.0.0/0").unwrap().contains("203.0.113.9".parse().unwrap()));
        assert!(!Net::parse("192.0.2.1").unwrap().contains("192.0.2.2".parse().unwrap()));
    }
}
