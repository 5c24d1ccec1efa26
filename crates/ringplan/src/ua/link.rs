//! What carries a phone's messages: datagrams, or a connection with TLS or without.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};
use sip::{
    flow::{Flow, Transport},
    message::{
        Limits,
        stream::{Frame, Framer},
    },
};

use crate::net::udp::{DATAGRAM_MAX, Found, Udp};

/// To connect and to shake hands.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a phone reaches its switch.
#[derive(Clone, Debug)]
pub(crate) enum Over {
    /// By datagrams.
    Udp,
    /// Over a connection.
    Tcp,
    /// Over a connection that nobody can read along, to whom this config believes.
    Tls(Arc<ClientConfig>),
}

/// One phone's way to its switch.
#[derive(Debug)]
pub(super) struct Link {
    flow: Flow,
    carrier: Carrier,
}

#[derive(Debug)]
enum Carrier {
    Datagrams { udp: Udp, room: Vec<u8> },
    Stream(Box<Stream>),
}

#[derive(Debug)]
struct Stream {
    socket: TcpStream,
    tls: Option<ClientConnection>,
    framer: Framer,
    /// It ended, and that was told.
    is_over: bool,
}

/// What a look at the link found.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message.
    Message(Flow, Bytes),
    /// Nobody is there.
    Gone(Flow),
    /// Nothing.
    Nothing,
}

/// The first half of a Via.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentBy(Transport, SocketAddr);

impl fmt::Display for SentBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.0, self.1)
    }
}

impl Link {
    /// A link towards `server`, from `local` if that is given; over TLS it has to be `host`.
    pub(super) fn open(
        over: &Over,
        server: SocketAddr,
        local: Option<IpAddr>,
        host: &str,
    ) -> io::Result<Self> {
        let (transport, tls) = match over {
            Over::Udp => {
                let udp = Udp::bind((local.map_or_else(|| route(server), Ok)?, 0).into())?;
                let flow = udp.flow(server);
                return Ok(Self { flow, carrier: Carrier::Datagrams { udp, room: vec![0; DATAGRAM_MAX] } });
            }
            Over::Tcp => (Transport::Tcp, None),
            Over::Tls(config) => {
                let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
                let tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                (Transport::Tls, Some(tls))
            }
        };
        let stream = Stream::connect(server, tls)?;
        let flow = Flow { transport, local: stream.socket.local_addr()?, remote: server, connection: 1 };
        Ok(Self { flow, carrier: Carrier::Stream(Box::new(stream)) })
    }

    /// The flow of requests to the switch.
    pub(super) const fn flow(&self) -> Flow {
        self.flow
    }

    /// What a Via begins with.
    pub(super) const fn sent_by(&self) -> SentBy {
        SentBy(self.flow.transport, self.flow.local)
    }

    /// Sends one message. What can't be sent is lost, as on any wire.
    pub(super) fn send(&mut self, bytes: &[u8], flow: Flow) {
        match &mut self.carrier {
            Carrier::Datagrams { udp, .. } => drop(udp.send(bytes, flow.remote)),
            Carrier::Stream(stream) => drop(stream.send(bytes)),
        }
    }

    /// Takes what came.
    pub(super) fn next(&mut self) -> Heard {
        match &mut self.carrier {
            Carrier::Datagrams { udp, room } => match udp.receive(room) {
                Found::Datagram(len, from) => {
                    Heard::Message(udp.flow(from), Bytes::copy_from_slice(&room[..len]))
                }
                Found::Refused(peer) => Heard::Gone(udp.flow(peer)),
                Found::Nothing => Heard::Nothing,
            },
            Carrier::Stream(stream) => stream.next(self.flow),
        }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.carrier {
            Carrier::Datagrams { udp, .. } => udp.as_fd(),
            Carrier::Stream(stream) => stream.socket.as_fd(),
        }
    }
}

impl Stream {
    fn connect(server: SocketAddr, mut tls: Option<ClientConnection>) -> io::Result<Self> {
        let mut socket = TcpStream::connect_timeout(&server, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        while let Some(tls) = tls.as_mut().filter(|tls| tls.is_handshaking()) {
            tls.complete_io(&mut socket)?;
        }
        socket.set_nonblocking(true)?;
        Ok(Self { socket, tls, framer: Framer::new(Limits::default()), is_over: false })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A phone says little: for that the kernel has room, so waiting here is as good as anywhere.
        self.socket.set_nonblocking(false)?;
        let sent = match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls, &mut self.socket).write_all(bytes),
            None => self.socket.write_all(bytes),
        };
        self.socket.set_nonblocking(true)?;
        sent
    }

    fn next(&mut self, flow: Flow) -> Heard {
        loop {
            match self.framer.next() {
                Ok(Some(Frame::Message(bytes))) => return Heard::Message(flow, bytes),
                Ok(Some(Frame::KeepAlive)) => drop(self.send(b"\r\n")),
                Ok(None) => match self.read() {
                    Ok(true) => {}
                    Ok(false) => return Heard::Nothing,
                    Err(_) => return self.over(flow),
                },
                Err(_) => return self.over(flow),
            }
        }
    }

    /// Told once.
    fn over(&mut self, flow: Flow) -> Heard {
        let was_over = std::mem::replace(&mut self.is_over, true);
        if was_over { Heard::Nothing } else { Heard::Gone(flow) }
    }

    /// Reads what is there; false if nothing is.
    fn read(&mut self) -> io::Result<bool> {
        let mut room = [0; 4096];
        let read = match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls, &mut self.socket).read(&mut room),
            None => self.socket.read(&mut room),
        };
        match read {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                self.framer.push(&room[..len]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The address this machine has towards `server`; asking sends nothing.
fn route(server: SocketAddr) -> io::Result<IpAddr> {
    let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let probe = UdpSocket::bind(SocketAddr::new(any, 0))?;
    probe.connect(server)?;
    probe.local_addr().map(|local| local.ip())
}
