//! UDP sockets of streams: bound in pairs, pointed at a party, connected once it is known.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use nix::libc;
use socket2::{Domain, Protocol, Socket as Raw, Type};

use crate::{latch::Aim, port::Unbound, rtp::Datagram, worker::Channel};

/// Kernel memory for what waits to be read, doubled by the kernel: a second of voice, and a bound on what
/// a flood at idle ports can take.
const BUFFER_LEN: usize = 32 * 1024;

/// Expedited forwarding, the class of voice (RFC 3246, RFC 4594 §4.1), where IP has its class of traffic.
const VOICE: u32 = 46 << 2;

/// Datagrams thrown away at once when a pair is opened: more than the buffer holds.
const STRAYS_MAX: usize = 256;

/// The sockets of one stream.
#[derive(Debug)]
pub(super) struct Pair {
    rtp: Socket,
    rtcp: Socket,
}

impl Pair {
    pub(super) fn bind(address: IpAddr, port: u16) -> Result<Self, Unbound> {
        let bind = |port| Socket::bind(SocketAddr::new(address, port)).map_err(|error| unbound(&error));
        Ok(Self { rtp: bind(port)?, rtcp: bind(port + 1)? })
    }

    pub(super) fn socket(&mut self, channel: Channel) -> &mut Socket {
        match channel {
            Channel::Rtp => &mut self.rtp,
            Channel::Rtcp => &mut self.rtcp,
        }
    }

    pub(super) fn both(&mut self) -> [&mut Socket; 2] {
        [&mut self.rtp, &mut self.rtcp]
    }
}

/// One socket, and whom it speaks with.
#[derive(Debug)]
pub(super) struct Socket {
    udp: UdpSocket,
    /// It knows IPv4 addresses only as mapped ones.
    takes_both: bool,
    link: Link,
}

#[derive(Clone, Copy, Debug)]
enum Link {
    /// Nobody.
    Idle,
    /// Sends there, hears everybody.
    Towards(SocketAddr),
    /// Connected, but what came before may still lie in the buffer.
    Settling,
    /// The kernel vouches for what comes.
    Connected,
}

impl Socket {
    fn bind(address: SocketAddr) -> io::Result<Self> {
        let raw = Raw::new(Domain::for_address(address), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
        let takes_both = address.ip() == Ipv6Addr::UNSPECIFIED;
        if takes_both {
            raw.set_only_v6(false)?;
        }
        raw.set_recv_buffer_size(BUFFER_LEN)?;
        // A network that knows no classes of traffic ignores it, a system that forbids it can do without.
        let _ = if address.is_ipv4() { raw.set_tos_v4(VOICE) } else { raw.set_tclass_v6(VOICE) };
        raw.bind(&address.into())?;
        Ok(Self { udp: raw.into(), takes_both, link: Link::Idle })
    }

    /// Receives one datagram; the source, unless the kernel vouches for it.
    pub(super) fn receive(&mut self, datagram: &mut Datagram) -> io::Result<Option<SocketAddr>> {
        if let Link::Connected = self.link {
            let len = self.udp.recv(datagram.room())?;
            datagram.resize(len);
            return Ok(None);
        }
        match self.udp.recv_from(datagram.room()) {
            Ok((len, source)) => {
                datagram.resize(len);
                Ok(Some(SocketAddr::new(source.ip().to_canonical(), source.port())))
            }
            Err(error) => {
                if let (Link::Settling, ErrorKind::WouldBlock) = (self.link, error.kind()) {
                    self.link = Link::Connected;
                }
                Err(error)
            }
        }
    }

    /// Whether to go on reading until nothing is left, to find out what came before it was connected.
    pub(super) fn is_settling(&self) -> bool {
        matches!(self.link, Link::Settling)
    }

    /// Sends one datagram. What the network can't take is lost, as it may be anywhere else on its way.
    pub(super) fn send(&self, bytes: &[u8]) {
        let sent = match self.link {
            Link::Idle => return,
            Link::Towards(to) => self.udp.send_to(bytes, to),
            Link::Settling | Link::Connected => self.udp.send(bytes),
        };
        // The error is that of an earlier packet (ICMP); this one was not tried yet.
        if sent.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
            let _ = self.udp.send(bytes);
        }
    }

    /// Points it at a party.
    pub(super) fn point(&mut self, aim: Aim) {
        let to = self.native(aim.to);
        if aim.only {
            // A route that is missing now may be there later: the source is checked by the worker till then.
            let connected = self.udp.connect(to).is_ok();
            self.link = if connected { Link::Settling } else { Link::Towards(to) };
        } else {
            self.forget();
            self.link = Link::Towards(to);
        }
    }

    /// Hears everybody again and sends to nobody.
    pub(super) fn forget(&mut self) {
        if let Link::Settling | Link::Connected = self.link {
            disconnect(&self.udp);
        }
        self.link = Link::Idle;
    }

    /// Throws away what lies in the buffer.
    pub(super) fn empty(&mut self, scratch: &mut Datagram) {
        for _ in 0..STRAYS_MAX {
            if self.udp.recv(scratch.room()).is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
                break;
            }
        }
    }

    /// An IPv4 address as a socket of both families has it.
    fn native(&self, address: SocketAddr) -> SocketAddr {
        match address.ip() {
            IpAddr::V4(ip) if self.takes_both => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
            IpAddr::V4(_) | IpAddr::V6(_) => address,
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.udp.as_fd()
    }
}

/// Takes back a `connect`; std has no call for it. The port stays bound.
fn disconnect(udp: &UdpSocket) {
    let nobody = libc::sockaddr { sa_family: libc::AF_UNSPEC as libc::sa_family_t, sa_data: [0; 14] };
    let len = size_of::<libc::sockaddr>() as libc::socklen_t;
    // SAFETY: the descriptor is open and the address is valid for `len` bytes; the kernel reads no further.
    let result = unsafe { libc::connect(udp.as_raw_fd(), &raw const nobody, len) };
    debug_assert_eq!(result, 0, "AF_UNSPEC disconnects any UDP socket");
}

fn unbound(error: &io::Error) -> Unbound {
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) => Unbound::Exhausted,
        _ => Unbound::Taken,
    }
}
