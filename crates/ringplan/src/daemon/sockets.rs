//! Binds what `[listen]` names, and says who is in the way.

use std::{io, net::SocketAddr};

use callplan::Listen;
use sip::flow::Transport;

use crate::net::{
    taken::{Holder, Kind, holder},
    udp::Udp,
};

/// Connections the kernel keeps for us until they are accepted.
const BACKLOG: i32 = 1_024;

/// An address that could not be bound.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// Somebody else has it.
    #[error("{}: {holder} has it", name(*.kind, *.address))]
    LocalTaken {
        /// UDP or TCP.
        kind: Kind,
        /// The address.
        address: SocketAddr,
        /// Who.
        holder: Holder,
    },
    /// It can't be bound for another reason.
    #[error("{}: {error}", name(*.kind, *.address))]
    LocalUnusable {
        /// UDP or TCP.
        kind: Kind,
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// Everything bound.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// Datagrams.
    pub(crate) udp: Vec<Udp>,
    /// Streams.
    pub(crate) tcp: Vec<std::net::TcpListener>,
    /// Streams on which TLS is spoken.
    pub(crate) tls: Vec<std::net::TcpListener>,
}

impl Sockets {
    /// Every address bound, UDP first.
    pub(crate) fn locals(&self) -> impl Iterator<Item = (Transport, SocketAddr)> {
        let udp = self.udp.iter().map(|socket| (Transport::Udp, socket.local()));
        udp.chain(streams(Transport::Tcp, &self.tcp)).chain(streams(Transport::Tls, &self.tls))
    }

    /// Binds all of `listen`.
    ///
    /// # Errors
    /// The first address that can't be bound.
    pub(crate) fn bind(listen: &Listen) -> Result<Self, BindError> {
        let udp =
            |address: &SocketAddr| Udp::bind(*address).map_err(|error| fault(Kind::Udp, *address, error));
        let tcp =
            |address: &SocketAddr| listener(*address).map_err(|error| fault(Kind::Tcp, *address, error));
        Ok(Self {
            udp: listen.udp.iter().map(udp).collect::<Result<_, _>>()?,
            tcp: listen.tcp.iter().map(tcp).collect::<Result<_, _>>()?,
            tls: listen.tls.iter().map(tcp).collect::<Result<_, _>>()?,
        })
    }
}

fn streams(
    transport: Transport,
    listeners: &[std::net::TcpListener],
) -> impl Iterator<Item = (Transport, SocketAddr)> {
    listeners.iter().filter_map(move |socket| Some((transport, socket.local_addr().ok()?)))
}

fn listener(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of the process before may linger; they do not hold the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn fault(kind: Kind, address: SocketAddr, error: io::Error) -> BindError {
    if error.kind() == io::ErrorKind::AddrInUse {
        BindError::LocalTaken { kind, address, holder: holder(kind, address) }
    } else {
        BindError::LocalUnusable { kind, address, error }
    }
}

fn name(kind: Kind, address: SocketAddr) -> String {
    let kind = match kind {
        Kind::Udp => "UDP",
        Kind::Tcp => "TCP",
    };
    format!("{kind} {address}")
}
