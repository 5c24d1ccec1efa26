//! Where requests go, as config and contacts write it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use sip::{
    flow::Transport,
    uri::{Scheme, Uri},
};

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
    /// Where a request goes whose top Route or target is this URI (RFC 3263 §4.1): without `transport` over
    /// UDP, or TLS for sips. `None` for what is no SIP URI or asks for another transport.
    pub fn of(uri: &Uri<'_>) -> Option<Self> {
        let default = match uri.scheme() {
            Scheme::Sip => Transport::Udp,
            Scheme::Sips => Transport::Tls,
            Scheme::Tel | Scheme::Other => return None,
        };
        let host = match uri.param("maddr") {
            Some(maddr) => maddr.into(),
            None => uri.host()?.to_string().into(),
        };
        let transport = match uri.param("transport") {
            None => default,
            Some(word) => {
                let known = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
                known.into_iter().find(|it| it.as_param().eq_ignore_ascii_case(word))?
            }
        };
        // `sips:` with `transport=tcp` means TLS over TCP (RFC 3261 §26.2.2).
        let transport = if default == Transport::Tls { default } else { transport };
        Some(Self { host, port: uri.port().unwrap_or(0), transport })
    }

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

/// Whether an address means something within one network only (RFC 1918, RFC 4193, RFC 6598).
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64; // RFC 6598
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
