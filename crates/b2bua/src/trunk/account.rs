//! An account with a carrier: what a registration needs of the config, on its own so that it outlives the
//! version it was read from.

use std::{fmt, net::Ipv6Addr, sync::Arc};

use callplan::{Profile, Secret, Trunk};
use sip::{flow::Transport, uri::EscapedUser};

use crate::reach::Destination;

/// An account with a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: Arc<str>,
    pub(super) secret: Secret,
    pub(super) at: Destination,
}

impl Account {
    /// The account of a trunk that registers.
    pub(super) fn of(trunk: &Trunk) -> Option<Self> {
        match trunk.profile {
            Profile::Address => None,
            Profile::Register => Some(Self {
                user: trunk.user.clone()?,
                secret: trunk.secret.clone()?,
                at: destination(trunk),
            }),
        }
    }

    /// The request-URI of a REGISTER, which is also the URI of its digest.
    pub(super) fn registrar(&self) -> String {
        match self.at.port {
            0 => format!("sip:{}", Host(&self.at.host)),
            port => format!("sip:{}:{port}", Host(&self.at.host)),
        }
    }

    /// The address-of-record.
    pub(super) fn aor(&self) -> String {
        format!("sip:{}@{}", EscapedUser(&self.user), Host(&self.at.host))
    }
}

/// Where requests to a trunk go.
pub fn destination(trunk: &Trunk) -> Destination {
    let transport = match trunk.transport {
        callplan::Transport::Udp => Transport::Udp,
        callplan::Transport::Tcp => Transport::Tcp,
        callplan::Transport::Tls => Transport::Tls,
    };
    Destination { host: trunk.host.clone(), port: trunk.port.unwrap_or(0), transport }
}

/// A host as URIs have it: IPv6 in brackets.
struct Host<'a>(&'a str);

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.parse::<Ipv6Addr>() {
            Ok(address) => write!(f, "[{address}]"),
            Err(_) => f.write_str(self.0),
        }
    }
}
