//! Where requests go, as config and contacts write it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use sip::flow::Transport;

use crate::switch::Output;

/// Where a request is to go, before anyone looked it up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// Name or numeric address, IPv6 with or without brackets.
    pub host: Arc<str>,
    /// Port, 0 where none was written.
    pub port: u16,
    /// How to get there.
    pub transport: Transport,
}

impl Destination {
    /// The address, if `host` is one: nothing is looked up for it.
    pub fn numeric(&self) -> Option<SocketAddr> {
        let bare = self.host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let ip: IpAddr = bare.unwrap_or(&self.host).parse().ok()?;
        Some(SocketAddr::new(ip, self.port_or_default()))
    }

    /// The port, or the transport's own (RFC 3261 §19.1.2, RFC 7118 §8).
    pub(super) const fn port_or_default(&self) -> u16 {
        match (self.port, self.transport) {
            (0, Transport::Udp | Transport::Tcp) => 5060,
            (0, Transport::Tls) => 5061,
            (0, Transport::Ws) => 80,
            (0, Transport::Wss) => 443,
            (port, _) => port,
        }
    }

    pub(super) fn question(&self, question: u64) -> Output {
        Output::Resolve { question, host: self.host.clone(), port: self.port, transport: self.transport }
    }
}
