//! A phone's side of a stream, byte by byte, over TCP or TLS.

use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    time::Duration,
};

use sip::{
    Message, Method, Name, Status,
    digest::{self, Challenge, Request, Secret},
};
use socket2::{Domain, Socket, Type};

use super::Site;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to where the site listens for TCP.
pub(crate) fn connect(site: &Site) -> TcpStream {
    connect_to(site.address)
}

/// A connection to this address.
pub(crate) fn connect_to(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    patient(&stream);
    stream
}

/// One from another address of ours, as all of 127/8 are.
pub(crate) fn connect_from(host: impl Into<IpAddr>, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).expect("the system has sockets");
    socket.bind(&SocketAddr::new(host.into(), 0).into()).expect("it is ours");
    socket.connect(&to.into()).expect("it listens");
    let stream = TcpStream::from(socket);
    patient(&stream);
    stream
}

/// No test hangs on a read.
pub(crate) fn patient(stream: &TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    stream.set_nodelay(true).expect("a TCP socket");
}

/// A phone on UDP, worked like one on a stream.
pub(crate) struct Datagrams {
    socket: UdpSocket,
    unread: Vec<u8>,
}

impl Datagrams {
    /// One at this address, which talks to `server` alone.
    pub(crate) fn connect(from: impl ToSocketAddrs, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind(from).expect("the address is ours and has a free port");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
        socket.connect(server).expect("it listens");
        Self { socket, unread: Vec::new() }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("bound")
    }
}

impl Read for Datagrams {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        if self.unread.is_empty() {
            let mut datagram = [0; 65_535];
            let len = self.socket.recv(&mut datagram)?;
            self.unread.extend(&datagram[..len]);
        }
        let len = room.len().min(self.unread.len());
        room[..len].copy_from_slice(&self.unread[..len]);
        self.unread.drain(..len);
        Ok(len)
    }
}

impl Write for Datagrams {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.socket.send(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A request without body.
pub(crate) fn request(method: &str, number: u32, lines: &str) -> String {
    format!(
        "{method} sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK{method}{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:ana-desk@pbx.test>;tag=a\r\nTo: <sip:ana-desk@pbx.test>\r\n\
         Call-ID: streams\r\nCSeq: {number} {method}\r\n{lines}Content-Length: 0\r\n\r\n"
    )
}

/// Reads one message from the stream; panics if it ends before.
pub(crate) fn read(stream: &mut impl Read) -> Message {
    try_read(stream).expect("a message comes")
}

/// Reads one message from the stream, unless it ends before.
pub(crate) fn try_read(stream: &mut impl Read) -> std::io::Result<Message> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("framed");
    let mut body = vec![0; length.trim().parse().expect("a number")];
    stream.read_exact(&mut body)?;
    bytes.extend(body);
    Ok(Message::parse(bytes.into()).expect("a message"))
}

/// Whether the other side closed.
pub(crate) fn is_closed(stream: &mut impl Read) -> bool {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).is_ok_and(|_| rest.is_empty())
}

/// Registers ana's phone down this stream, with CSeq `number` and the next.
pub(crate) fn register(stream: &mut (impl Read + Write), password: &str, contact: &str, number: u32) {
    register_saying(stream, password, contact, number, "");
}

/// The same, with more lines.
pub(crate) fn register_saying(
    stream: &mut (impl Read + Write),
    password: &str,
    contact: &str,
    number: u32,
    more: &str,
) {
    register_as(stream, password, &format!("<{contact}>"), number, more);
}

/// The same, with a contact and its parameters.
pub(crate) fn register_as(
    stream: &mut (impl Read + Write),
    password: &str,
    contact: &str,
    number: u32,
    more: &str,
) {
    let contact = format!("Contact: {contact}\r\nExpires: 300\r\n{more}");
    stream.write_all(request("REGISTER", number, &contact).as_bytes()).expect("it reads");
    let challenged = read(stream);
    assert_eq!(challenged.status(), Some(Status::UNAUTHORIZED));
    let challenge =
        Challenge::choose(challenged.headers(Name::WwwAuthenticate)).expect("a challenge we know");
    let asked = Request { method: &Method::Register, uri: "sip:pbx.test", body: &[] };
    let proof = digest::answer(&challenge, "ana-desk", Secret::Password(password), &asked, "cnonce", 1);
    let lines = format!("{contact}Authorization: {}\r\n", proof.expect("it can be answered"));
    stream.write_all(request("REGISTER", number + 1, &lines).as_bytes()).expect("it reads");
    assert_eq!(read(stream).status(), Some(Status::OK));
}
