//! Where requests go, as config and contacts write it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use sip::{
    flow::Transport,
    uri::{Scheme, Uri},
};

use smallvec::SmallVec;

use super::Server;
use crate::switch::Output;

/// Servers of one name that are kept, and addresses of one server; beyond, they are never tried.
const SERVERS_MAX: usize = 16;
const ADDRESSES_MAX: usize = 4;

/// Where a request is to go, before anyone looked it up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// Name or numeric address, IPv6 with or without brackets.
    pub host: Arc<str>,
    /// Port, 0 where none was written.
    pub port: u16,
    /// How to get there.
    pub transport: Transport,
    /// Neither transport nor port were written: the name's own records may say another transport.
    pub is_open: bool,
}

impl Destination {
    /// A host over this transport, at the port that its records say.
    pub fn named(host: &str, transport: Transport) -> Self {
        Self { host: host.into(), port: 0, transport, is_open: false }
    }

    /// Where a request goes whose top Route or target is this URI (RFC 3263 §4.1): without `transport` as its
    /// records say, else over UDP; over TLS for sips. `None` for what is no SIP URI or asks for another transport.
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
        let is_open = default == Transport::Udp && uri.param("transport").is_none() && uri.port().is_none();
        Some(Self { host, port: uri.port().unwrap_or(0), transport, is_open })
    }

    /// The address, if `host` is one: nothing is looked up for it.
    pub fn numeric(&self) -> Option<SocketAddr> {
        let bare = self.host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let ip: IpAddr = bare.unwrap_or(&self.host).parse().ok()?;
        Some(SocketAddr::new(ip, self.port_or_default()))
    }

    /// The port, or the transport's own.
    const fn port_or_default(&self) -> u16 {
        if self.port == 0 { self.transport.port() } else { self.port }
    }

    /// What serves where nothing is looked up.
    pub(super) fn itself(&self, address: SocketAddr) -> Arc<[Server]> {
        let addresses = SmallVec::from_slice(&[address]);
        Arc::new([Server { transport: self.transport, rank: 0, weight: 0, addresses }])
    }

    pub(super) fn question(&self, question: u64) -> Output {
        Output::Resolve { question, destination: self.clone() }
    }

    /// Servers as a resolver gave them, no more than are ever tried, each address with its port.
    pub(super) fn with_ports(&self, mut servers: Vec<Server>) -> Arc<[Server]> {
        servers.truncate(SERVERS_MAX);
        for server in &mut servers {
            server.addresses.truncate(ADDRESSES_MAX);
            let port = if self.port == 0 { server.transport.port() } else { self.port };
            server.addresses.iter_mut().filter(|it| it.port() == 0).for_each(|it| it.set_port(port));
        }
        servers.into()
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
