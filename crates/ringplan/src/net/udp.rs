//! UDP sockets of the signalling thread: non-blocking, read and written by it alone.
//!
//! The kernel is asked to report ICMP errors with the address they are about (`IP_RECVERR`), so that a
//! phone whose program died is "unreachable" at once and not after timer B (RFC 3261 §18.4).

use std::{
    io::{self, ErrorKind, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use nix::sys::socket::{MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use sip::flow::{Flow, Transport};
use socket2::{Domain, Protocol, Socket, Type};

/// Largest UDP payload there is.
pub(crate) const DATAGRAM_MAX: usize = 65_535;

/// Room for bursts between two looks at the socket; the kernel gives less where it must.
const KERNEL_BUFFER: usize = 4 << 20;

/// A bound socket.
#[derive(Debug)]
pub(crate) struct Udp {
    socket: UdpSocket,
    local: SocketAddr,
}

/// What a look at the socket found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// So many bytes from this peer.
    Datagram(usize, SocketAddr),
    /// The kernel learned that this peer can't be reached.
    Refused(SocketAddr),
    /// Nothing waits.
    Nothing,
}

impl Udp {
    /// Binds `local`; port 0 takes a free one.
    pub(crate) fn bind(local: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
        if local.is_ipv6() {
            socket.set_only_v6(true)?;
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
        } else {
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
        }
        // Best effort: the forced size needs a privilege, and less room only means more retransmissions.
        if setsockopt(&socket, sockopt::RcvBufForce, &KERNEL_BUFFER).is_err() {
            let _ = socket.set_recv_buffer_size(KERNEL_BUFFER);
        }
        let _ = socket.set_send_buffer_size(KERNEL_BUFFER);
        socket.set_nonblocking(true)?;
        socket.bind(&local.into())?;
        let socket = UdpSocket::from(socket);
        Ok(Self { local: socket.local_addr()?, socket })
    }

    /// The address bound.
    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// The flow between this socket and `remote`.
    pub(crate) const fn flow(&self, remote: SocketAddr) -> Flow {
        Flow { transport: Transport::Udp, local: self.local, remote, connection: 0 }
    }

    /// Takes one datagram, or one error report. `buffer` holds [`DATAGRAM_MAX`].
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Found {
        match self.socket.recv_from(buffer) {
            Ok((len, from)) => Found::Datagram(len, from),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                Found::Nothing
            }
            // Any other error belongs to something sent earlier: its address lies in the error queue.
            Err(_) => self.refused().map_or(Found::Nothing, Found::Refused),
        }
    }

    /// Sends one datagram. What the kernel has no room for is lost, as it may be on any wire.
    pub(crate) fn send(&self, bytes: &[u8], remote: SocketAddr) -> io::Result<()> {
        match self.socket.send_to(bytes, remote) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(error),
            // A pending error of an earlier datagram is reported on the next call, whoever it is for;
            // it is cleared by being reported, and its address stays in the error queue.
            Err(_) => self.socket.send_to(bytes, remote).map(drop),
        }
    }

    /// The peer of the oldest ICMP error, if one is queued.
    pub(crate) fn refused(&self) -> Option<SocketAddr> {
        let mut head = [0u8; 1];
        let mut slices = [IoSliceMut::new(&mut head)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<SockaddrStorage>(self.socket.as_raw_fd(), &mut slices, None, flags).ok()?;
        address(&message.address?)
    }
}

impl AsFd for Udp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The standard library's form of an address.
pub(super) fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::from(*v4));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::from(*v6)))
}
