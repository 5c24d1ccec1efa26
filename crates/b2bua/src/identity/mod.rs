//! How the switch names itself: Via, Contact, tags and Call-IDs.
//!
//! Every leg has one token. It is the tag of our side of the dialog and the user part of our Contact, and
//! it holds the leg's key, so an in-dialog request finds its leg without a table. The random half makes it
//! unguessable; nothing of the other leg is in it (RFC 5853 §3.1, topology hiding).
//!
//! Who calls is read in `heard` and written in `told`, by this rule. What a trunk is believed and told is said by the lists
//! `believe` and `send` of its `identity` in the config; without them it is believed in `p-asserted-identity` and `name`, and
//! told `p-asserted-identity` and `privacy`. Whatever is masked on its way (`mask = "both"`) is told to nobody on the other
//! side: there From is our own number, and nothing stands beside it.
//!
//! | header | of a trunk that is believed in it | of one that is not | of a phone | to a phone | to a trunk that is told it | to one that is not |
//! |---|---|---|---|---|---|---|
//! | From | the number, if nothing better names one; the display name with `name` | the number, no name | not believed: its credentials say who it is | who calls, label first | `from`: who calls, or the account; our label with `name` | the same without the name |
//! | P-Asserted-Identity | who calls, before all else | not read | not read | no; a new partner during a call, yes | the number shown, of a private caller too | no |
//! | P-Preferred-Identity | refused by the config | not read | not read | no | the number shown, unless it is asserted; of a private caller if it is ours | no |
//! | Remote-Party-ID | who calls, where nothing is asserted; its `privacy` is heeded | not read | not read | no | the number shown, unless it is private | no |
//! | Privacy | heeded | heeded | heeded | no: a private caller has no number there | `id` for a private caller | no, but beside what is asserted |
//! | Diversion | 8 entries, private ones without their number | not read | not read | those with a number | of a call sent on: our number, then what it brought | no |
//! | History-Info | 8 entries, private ones without their number | not read | not read | no | of a call sent on: what it brought, our number, where it goes | no |
//! | User-to-User | 512 bytes, unread | dropped | 512 bytes, unread | what came | what came | no |
//! | Identity | judged into `caller.attest`, and kept | judged as well: it proves itself | not read | no | what came with the number shown; else ours (RFC 8588) | no |

pub(crate) mod heard;
pub(crate) mod location;
pub(crate) mod told;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use clock::{Chance, Key};
use sip::{
    decimal,
    flow::{Flow, Transport},
    transaction::Branch,
};

use crate::{leg::Leg, reach::is_private};

macro_rules! on_a_dialog {
    () => {
        "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER"
    };
}

/// Value of `Allow`: what a dialog of ours takes.
pub const ALLOW: &str = on_a_dialog!();

/// The same for whoever asks outside of dialogs.
pub const ALLOW_OUTSIDE: &str = concat!(on_a_dialog!(), ", REGISTER, SUBSCRIBE");

/// Value of `Supported` for extensions of the registrar (RFC 3327, RFC 5626); those of calls follow from the rules
/// of the party.
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

/// A network that this machine is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Our address there.
    pub address: IpAddr,
    /// How many bits of it name the network.
    pub bits: u8,
}

impl Network {
    /// Whether `peer` is in it too.
    fn holds(&self, peer: IpAddr) -> bool {
        let apart = match (self.address, peer.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        apart >= u32::from(self.bits)
    }
}

/// How we are seen from outside of a NAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Our address.
    pub ip: IpAddr,
    /// The port that our datagrams come from, where somebody told.
    pub port: Option<u16>,
}

/// The names of one switch.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Every socket listened on; UDP first.
    pub listeners: Vec<Listener>,
    /// Our address as a carrier outside sees it, where the operator leaves it to us to find that out.
    pub outside: Option<Outside>,
    /// Where the operator says how we are seen: the networks whose hosts reach us as we are, and may not the other way.
    pub neighbours: Vec<Network>,
    /// Value of `User-Agent` and `Server`; short, since refusals must stay small (RELIABILITY P8).
    pub agent: Box<str>,
}

impl Identity {
    /// The address that the peer of this flow is told: to one outside a private address says nothing, so it is
    /// told how we are seen from there. Of a stream that is the host alone; its port is one of the moment.
    pub fn advertised(&self, flow: Flow) -> SocketAddr {
        let own = self.own(flow);
        if let Some(here) = self.beside(flow.remote.ip()) {
            return SocketAddr::new(here, own.port());
        }
        let Some(outside) = self.outside_for(own.ip(), flow.remote.ip()) else { return own };
        let port = outside.port.filter(|_| !flow.transport.is_reliable());
        SocketAddr::new(outside.ip, port.unwrap_or(own.port()))
    }

    /// Our address in the network that `peer` is in too.
    pub fn beside(&self, peer: IpAddr) -> Option<IpAddr> {
        self.neighbours.iter().find(|network| network.holds(peer)).map(|network| network.address)
    }

    /// How we are seen from `peer`, if it would not get anywhere with `own`.
    pub fn outside_for(&self, own: IpAddr, peer: IpAddr) -> Option<Outside> {
        let fits =
            |outside: &Outside| is_private(own) && !is_private(peer) && outside.ip.is_ipv4() == own.is_ipv4();
        self.outside.filter(fits)
    }

    /// The address that fits this flow: that of the socket it came in by; for a connection of
    /// ours that of a socket where one like it would be accepted; where nothing listens for its like, it is
    /// the connection's own port at our address.
    fn own(&self, flow: Flow) -> SocketAddr {
        let family = || self.listeners.iter().filter(|it| it.local.is_ipv4() == flow.remote.is_ipv4());
        let like = || family().filter(|listener| listener.transport == flow.transport);
        let listener = like().find(|listener| listener.local == flow.local).or_else(|| like().next());
        match (listener, family().next()) {
            (Some(listener), _) => listener.advertised,
            (None, Some(other)) => SocketAddr::new(other.advertised.ip(), flow.local.port()),
            (None, None) => flow.local,
        }
    }

    /// The listener that requests to this transport leave from.
    pub fn listener(&self, transport: Transport) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.transport == transport)
    }

    /// Whether `address` is one of ours, as bound or as advertised.
    pub fn is_ours(&self, address: SocketAddr) -> bool {
        let is_it = |listener: &Listener| listener.local == address || listener.advertised == address;
        let is_seen = |outside: Outside| outside.ip == address.ip() && outside.port == Some(address.port());
        let is_bound = || self.listeners.iter().any(|listener| listener.local.port() == address.port());
        let is_beside = self.neighbours.iter().any(|network| network.address == address.ip());
        self.outside.is_some_and(is_seen) || self.listeners.iter().any(is_it) || is_beside && is_bound()
    }

    /// Whether `ip` is this machine, as far as the sockets tell: one that is bound to all addresses is on
    /// loopback too.
    pub fn is_here(&self, ip: IpAddr) -> bool {
        let is_at = |listener: &Listener| {
            let local = listener.local.ip();
            local == ip || listener.advertised.ip() == ip || (local.is_unspecified() && ip.is_loopback())
        };
        self.listeners.iter().any(is_at) || self.neighbours.iter().any(|network| network.address == ip)
    }

    /// Our Via on this flow (RFC 3261 §18.1.1), asking for the source port (RFC 3581).
    pub fn via(&self, flow: Flow, branch: Branch) -> Via {
        Via { transport: flow.transport, sent_by: self.advertised(flow), branch }
    }

    /// Our Contact on this flow. Who is reached by a `sips` URI is told one (RFC 3261 §8.1.1.8, §12.1.1).
    pub fn contact<'a>(&self, flow: Flow, token: &'a str, is_sips: bool) -> Contact<'a> {
        Contact { user: token, host: self.advertised(flow), transport: flow.transport, is_sips }
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
        f.write_str("SIP/2.0/")?;
        f.write_str(self.transport.as_str())?;
        f.write_str(" ")?;
        decimal::endpoint(f, self.sent_by)?;
        f.write_str(";branch=")?;
        self.branch.fmt(f)?;
        f.write_str(";rport")
    }
}

/// A Contact of ours.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    user: &'a str,
    host: SocketAddr,
    transport: Transport,
    is_sips: bool,
}

impl fmt::Display for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sips && self.transport.is_secure() {
            // The scheme says it all: `transport=tls` beside it is deprecated (RFC 3261 §26.2.2).
            return write!(f, "<sips:{}@{}>", self.user, self.host);
        }
        f.write_str("<sip:")?;
        f.write_str(self.user)?;
        f.write_str("@")?;
        decimal::endpoint(f, self.host)?;
        if self.transport != Transport::Udp {
            f.write_str(";transport=")?;
            f.write_str(self.transport.as_param())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        let listener = |transport, local: &str, advertised: &str| Listener {
            transport,
            local: local.parse().unwrap(),
            advertised: advertised.parse().unwrap(),
        };
        let listeners = vec![
            listener(Transport::Udp, "0.0.0.0:5060", "203.0.113.5:5060"),
            listener(Transport::Udp, "[::]:5060", "[2001:db8::5]:5060"),
            listener(Transport::Tcp, "[::]:5060", "[2001:db8::5]:5060"),
            listener(Transport::Tcp, "0.0.0.0:5060", "203.0.113.5:5060"),
            listener(Transport::Tls, "0.0.0.0:5061", "203.0.113.5:5061"),
        ];
        Identity { listeners, outside: None, neighbours: Vec::new(), agent: "test".into() }
    }

    fn flow(transport: Transport, local: &str, remote: &str) -> Flow {
        Flow { transport, local: local.parse().unwrap(), remote: remote.parse().unwrap(), connection: 1 }
    }

    #[test]
    fn every_transport_and_family_is_told_its_own_address() {
        let told = |transport, local, remote| {
            let flow = flow(transport, local, remote);
            identity().contact(flow, "x", false).to_string()
        };
        let (v4, v6) = ("198.51.100.7:5060", "[2001:db8::7]:5060");
        assert_eq!(told(Transport::Udp, "0.0.0.0:5060", v4), "<sip:x@203.0.113.5:5060>");
        assert_eq!(told(Transport::Udp, "[::]:5060", v6), "<sip:x@[2001:db8::5]:5060>");
        // Connections that we opened leave from any port.
        let tcp = "<sip:x@203.0.113.5:5060;transport=tcp>";
        assert_eq!(told(Transport::Tcp, "192.0.2.1:40000", v4), tcp);
        let tls = "<sip:x@203.0.113.5:5061;transport=tls>";
        assert_eq!(told(Transport::Tls, "192.0.2.1:40000", v4), tls);
        let unlike = "<sip:x@[2001:db8::5]:40000;transport=tls>";
        assert_eq!(told(Transport::Tls, "[2001:db8::1]:40000", v6), unlike);
    }

    #[test]
    fn who_is_reached_by_sips_is_told_sips() {
        let told = |transport| {
            let flow = flow(transport, "0.0.0.0:5061", "198.51.100.7:5061");
            identity().contact(flow, "x", true).to_string()
        };
        assert_eq!(told(Transport::Tls), "<sips:x@203.0.113.5:5061>");
        assert_eq!(
            told(Transport::Tcp),
            "<sip:x@203.0.113.5:5060;transport=tcp>",
            "no promise that can't be kept"
        );
    }

    #[test]
    fn who_is_outside_is_told_how_we_are_seen_from_there() {
        let local: SocketAddr = "192.168.1.2:5060".parse().unwrap();
        let listener = |transport| Listener { transport, local, advertised: local };
        let listeners = vec![listener(Transport::Udp), listener(Transport::Tcp)];
        let mut identity = Identity { listeners, outside: None, neighbours: Vec::new(), agent: "".into() };
        let told = |identity: &Identity, transport, remote: &str| {
            let flow = Flow { transport, local, remote: remote.parse().unwrap(), connection: 0 };
            identity.advertised(flow).to_string()
        };
        let (inside, outside) = ("192.168.1.30:5060", "198.51.100.7:5060");
        assert_eq!(told(&identity, Transport::Udp, outside), "192.168.1.2:5060", "nobody knows better yet");
        let ip = "203.0.113.5".parse().unwrap();
        identity.outside = Some(Outside { ip, port: Some(4242) });
        assert_eq!(told(&identity, Transport::Udp, outside), "203.0.113.5:4242");
        assert_eq!(told(&identity, Transport::Tcp, outside), "203.0.113.5:5060");
        identity.outside = Some(Outside { ip, port: None });
        assert_eq!(told(&identity, Transport::Udp, outside), "203.0.113.5:5060", "nobody told a port");
        assert_eq!(told(&identity, Transport::Udp, inside), "192.168.1.2:5060");
        identity.listeners[0].advertised = "203.0.113.9:5060".parse().unwrap();
        assert_eq!(told(&identity, Transport::Udp, outside), "203.0.113.9:5060", "the operator knows best");
    }
    /// Goal: a public address is for those who need it; many routers do not lead back in what goes out to it.
    #[test]
    fn neighbours_are_told_our_address_beside_them_whatever_the_public_one_is() {
        let mut identity = identity();
        let network = |address: &str, bits| Network { address: address.parse().unwrap(), bits };
        identity.neighbours =
            vec![network("127.0.0.1", 8), network("192.168.1.2", 24), network("2001:db8:1::2", 64)];
        let told = |remote: &str| {
            let local = if remote.starts_with('[') { "[::]:5060" } else { "0.0.0.0:5060" };
            identity.advertised(flow(Transport::Udp, local, remote)).to_string()
        };
        assert_eq!(told("192.168.1.30:5060"), "192.168.1.2:5060");
        assert_eq!(told("127.0.0.1:40000"), "127.0.0.1:5060");
        assert_eq!(told("192.168.2.30:5060"), "203.0.113.5:5060", "another network, perhaps by a tunnel");
        assert_eq!(told("198.51.100.7:5060"), "203.0.113.5:5060");
        assert_eq!(told("[2001:db8:1::30]:5060"), "[2001:db8:1::2]:5060");
        assert_eq!(told("[2001:db8:2::30]:5060"), "[2001:db8::5]:5060");
        assert!(identity.is_ours("192.168.1.2:5060".parse().unwrap()));
        assert!(!identity.is_ours("192.168.1.30:5060".parse().unwrap()));
    }
}
