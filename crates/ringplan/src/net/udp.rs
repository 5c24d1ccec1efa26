//! UDP sockets of the signalling thread: non-blocking, read and written by it alone.
//!
//! The kernel is asked to report ICMP errors with the address they are about (`IP_RECVERR`), so that a
//! phone whose program died is "unreachable" at once and not after timer B (RFC 3261 §18.4). Of these only those count
//! that say that nobody is there; a packet that lived too long, or was too large, may yet come through.

use std::{
    io::{self, ErrorKind, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use nix::{
    cmsg_space, libc,
    sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt},
};
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

    /// The peer of the oldest ICMP error by which nobody is there, if one is queued.
    pub(crate) fn refused(&self) -> Option<SocketAddr> {
        loop {
            let mut head = [0u8; 1];
            let mut slices = [IoSliceMut::new(&mut head)];
            let mut said = cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let descriptor = self.socket.as_raw_fd();
            let message = recvmsg::<SockaddrStorage>(descriptor, &mut slices, Some(&mut said), flags).ok()?;
            let is_hard = message.cmsgs().ok()?.any(|control| {
                matches!(control, ControlMessageOwned::Ipv4RecvErr(error, _) if is_hard_v4(&error))
                    || matches!(control, ControlMessageOwned::Ipv6RecvErr(error, _) if is_hard_v6(&error))
            });
            if let Some(peer) = message.address.as_ref().and_then(address).filter(|_| is_hard) {
                return Some(peer);
            }
        }
    }
}

/// Net, host, protocol or port unreachable, forbidden, or a parameter problem: what RFC 3261 §18.4 counts. Fragmentation
/// needed (3/4), a failed source route (3/5) and time exceeded (11) it does not.
const fn is_hard_v4(error: &libc::sock_extended_err) -> bool {
    let (kind, code) = (error.ee_type, error.ee_code);
    error.ee_origin == libc::SO_EE_ORIGIN_ICMP && (kind == 3 && !matches!(code, 4 | 5) || kind == 12)
}

/// The same of ICMPv6 (RFC 4443): destination unreachable and parameter problem.
const fn is_hard_v6(error: &libc::sock_extended_err) -> bool {
    error.ee_origin == libc::SO_EE_ORIGIN_ICMP6 && matches!(error.ee_type, 1 | 4)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(origin: u8, kind: u8, code: u8) -> libc::sock_extended_err {
        libc::sock_extended_err {
            ee_errno: 0,
            ee_origin: origin,
            ee_type: kind,
            ee_code: code,
            ee_pad: 0,
            ee_info: 0,
            ee_data: 0,
        }
    }

    /// RFC 3261 §18.4.
    #[test]
    fn only_what_says_that_nobody_is_there_counts() {
        let (v4, v6) = (libc::SO_EE_ORIGIN_ICMP, libc::SO_EE_ORIGIN_ICMP6);
        for (kind, code) in [(3, 0), (3, 1), (3, 2), (3, 3), (3, 10), (3, 13), (12, 0)] {
            assert!(is_hard_v4(&said(v4, kind, code)), "{kind}/{code}");
        }
        for (kind, code) in [(3, 4), (3, 5), (4, 0), (5, 0), (11, 0), (11, 1)] {
            assert!(!is_hard_v4(&said(v4, kind, code)), "{kind}/{code}");
        }
        for (kind, code) in [(1, 0), (1, 4), (4, 0)] {
            assert!(is_hard_v6(&said(v6, kind, code)), "{kind}/{code}");
        }
        for (kind, code) in [(2, 0), (3, 0), (3, 1)] {
            assert!(!is_hard_v6(&said(v6, kind, code)), "{kind}/{code}");
        }
        assert!(!is_hard_v4(&said(libc::SO_EE_ORIGIN_LOCAL, 3, 3)), "our own machine's word");
    }
}
