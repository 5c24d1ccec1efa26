//! An account with a carrier: what a registration needs of the config, on its own so that it outlives the
//! version it was read from.

use std::{fmt, net::Ipv6Addr, sync::Arc};

use callplan::{Host, Profile, Secret, Trunk};
use sip::{flow::Transport, uri::EscapedUser};
use smallvec::SmallVec;

use crate::reach::Destination;

/// A server of a carrier: how requests name it, and where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarEnd {
    /// As the config has it.
    pub host: Host,
    /// Where requests go: to the server itself, or to the outbound proxy.
    pub at: Destination,
    /// The route through the outbound proxy (RFC 3261 §8.1.2).
    pub route: Option<Box<str>>,
}

impl FarEnd {
    /// Host and port as URIs have them.
    pub fn authority(&self) -> String {
        let name = Name(&self.host.name);
        self.host.port.map_or_else(|| name.to_string(), |port| format!("{name}:{port}"))
    }
}

/// The servers of a trunk in the order to try.
pub fn far_ends(trunk: &Trunk) -> SmallVec<[FarEnd; 1]> {
    let first = Host { name: trunk.host.clone(), port: trunk.port };
    let far_end = |host: &Host| match &trunk.outbound_proxy {
        None => FarEnd { host: host.clone(), at: destination(host, trunk.transport), route: None },
        Some(proxy) => {
            let at = destination(proxy, trunk.transport);
            let over = trunk.transport.map_or_else(String::new, |it| format!(";transport={}", it.key()));
            let proxy = FarEnd { host: proxy.clone(), at, route: None };
            let route = format!("<sip:{}{over};lr>", proxy.authority()).into();
            FarEnd { host: host.clone(), at: proxy.at, route: Some(route) }
        }
    };
    std::iter::once(&first).chain(&trunk.others).map(far_end).collect()
}

/// Where the requests to a trunk go, for each of its servers; through a proxy that is one place for all.
pub fn destinations(trunk: &Trunk) -> SmallVec<[Destination; 1]> {
    let mut all: SmallVec<[Destination; 1]> = far_ends(trunk).into_iter().map(|it| it.at).collect();
    all.dedup();
    all
}

fn destination(host: &Host, transport: Option<callplan::Transport>) -> Destination {
    let is_open = transport.is_none() && host.port.is_none();
    let transport = match transport.unwrap_or_default() {
        callplan::Transport::Udp => Transport::Udp,
        callplan::Transport::Tcp => Transport::Tcp,
        callplan::Transport::Tls => Transport::Tls,
    };
    Destination { host: host.name.clone(), port: host.port.unwrap_or(0), transport, is_open }
}

/// An account with one server of a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: Arc<str>,
    pub(super) secret: Secret,
    pub(super) realms: Vec<Arc<str>>,
    pub(super) far_end: FarEnd,
}

impl Account {
    /// The accounts of a trunk that registers, one for each of its servers.
    pub(super) fn all_of(trunk: &Trunk) -> SmallVec<[Self; 1]> {
        let (Profile::Register, Some(user), Some(secret)) = (trunk.profile, &trunk.user, &trunk.secret)
        else {
            return SmallVec::new();
        };
        let realms = &trunk.realms;
        let account =
            |far_end| Self { user: user.clone(), secret: secret.clone(), realms: realms.clone(), far_end };
        far_ends(trunk).into_iter().map(account).collect()
    }

    /// The request-URI of a REGISTER, which is also the URI of its digest.
    pub(super) fn registrar(&self) -> String {
        format!("sip:{}", self.far_end.authority())
    }

    /// The address-of-record.
    pub(super) fn aor(&self) -> String {
        format!("sip:{}@{}", EscapedUser(&self.user), Name(&self.far_end.host.name))
    }
}

/// A host as URIs have it: IPv6 in brackets.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.parse::<Ipv6Addr>() {
            Ok(address) => write!(f, "[{address}]"),
            Err(_) => f.write_str(self.0),
        }
    }
}
