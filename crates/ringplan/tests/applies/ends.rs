//! Both ends of calls through the switch: a carrier that calls and one that is called, worked by hand.
//!
//! Just enough SIP for loopback, where nothing is lost and everything comes in its order.

use std::{
    fmt::Write as _,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use super::sound::Sound;

/// Where everybody listens, each at an address of their own.
pub(crate) const PORT: u16 = 15_060;
/// What is called.
pub(crate) const NUMBER: &str = "+12025550101";
const PATIENCE: Duration = Duration::from_secs(30);

/// The two ends, and the calls between them.
pub(crate) struct Ends {
    caller: UdpSocket,
    called: UdpSocket,
    me: Ipv4Addr,
    switch: Ipv4Addr,
    calls: Vec<Call>,
}

/// What the caller remembers of a call that is up.
struct Call {
    id: String,
    /// `To` with the switch's tag.
    to: String,
    /// The switch's contact.
    target: String,
}

/// Where the switch takes the sound of a call: of the caller, and of the called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Legs {
    pub(crate) of_caller: SocketAddr,
    pub(crate) of_called: SocketAddr,
}

impl Ends {
    pub(crate) fn new(caller: Ipv4Addr, called: Ipv4Addr, switch: Ipv4Addr) -> Self {
        let end = |host| {
            let socket = UdpSocket::bind((host, PORT)).expect("it is ours");
            socket.connect((switch, PORT)).expect("it listens");
            socket.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
            socket
        };
        Self { caller: end(caller), called: end(called), me: caller, switch, calls: Vec::new() }
    }

    /// Sets up a call, which is answered; where the switch wants the sound of each side.
    pub(crate) fn call(&mut self, sound: &Sound) -> Legs {
        let id = format!("call-{}", self.calls.len());
        let to = format!("<sip:{NUMBER}@{}>", self.switch);
        let invite = self.request("INVITE", &format!("sip:{NUMBER}@{}:{PORT}", self.switch), &id, &to, 1);
        send(&self.caller, &with_sdp(&invite, sound.of_caller()));
        let offered = hear(&self.called, |text| text.starts_with("INVITE "));
        let contact = format!("Contact: <sip:{}>\r\n", self.called.local_addr().expect("bound"));
        send(&self.called, &with_sdp(&response(&offered, "200 OK", &contact), sound.of_called()));
        let answered = hear(&self.caller, is_final);
        assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
        let target = header(&answered, "Contact").trim_matches(['<', '>']).to_owned();
        let to = header(&answered, "To").to_owned();
        let ack = self.request("ACK", &target, &id, &to, 1);
        send(&self.caller, &format!("{ack}Content-Length: 0\r\n\r\n"));
        hear(&self.called, |text| text.starts_with("ACK "));
        self.calls.push(Call { id, to, target });
        Legs { of_caller: media(&answered), of_called: media(&offered) }
    }

    /// Nobody was told anything: neither BYE nor another request.
    pub(crate) fn are_left_alone(&self) {
        for socket in [&self.caller, &self.called] {
            socket.set_nonblocking(true).expect("a socket");
            let mut bytes = [0; 4096];
            match socket.recv(&mut bytes) {
                Ok(len) => panic!("the switch said {}", String::from_utf8_lossy(&bytes[..len])),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            socket.set_nonblocking(false).expect("a socket");
        }
    }

    /// The caller hangs up every call.
    pub(crate) fn hang_up(&mut self) {
        self.hang_up_first(self.calls.len());
    }

    /// The caller hangs up so many calls, those that it placed first.
    pub(crate) fn hang_up_first(&mut self, count: usize) {
        for call in self.calls.drain(..count).collect::<Vec<_>>() {
            let bye = self.request("BYE", &call.target, &call.id, &call.to, 2);
            send(&self.caller, &format!("{bye}Content-Length: 0\r\n\r\n"));
            assert!(hear(&self.caller, is_final).starts_with("SIP/2.0 200"));
            let bye = hear(&self.called, |text| text.starts_with("BYE "));
            send(&self.called, &format!("{}Content-Length: 0\r\n\r\n", response(&bye, "200 OK", "")));
        }
    }

    fn request(&self, method: &str, uri: &str, id: &str, to: &str, cseq: u32) -> String {
        let me = self.me;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me}:{PORT};branch=z9hG4bK{method}{id};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+12025550142@{me}>;tag=a\r\nTo: {to}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:{me}:{PORT}>\r\n"
        )
    }
}

/// A response with the headers that have to come back.
fn response(request: &str, status: &str, more: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
        for value in headers(request, name) {
            let tag = if name == "To" && !value.contains(";tag=") { ";tag=b" } else { "" };
            let _ = write!(text, "{name}: {value}{tag}\r\n");
        }
    }
    text + more
}

fn with_sdp(head: &str, at: SocketAddr) -> String {
    let (ip, port) = (at.ip(), at.port());
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\na=sendrecv\r\n"
    );
    format!("{head}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

fn headers<'m>(message: &'m str, name: &str) -> impl Iterator<Item = &'m str> {
    message
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn header<'m>(message: &'m str, name: &str) -> &'m str {
    headers(message, name).next().unwrap_or_default()
}

fn is_final(text: &str) -> bool {
    text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 1")
}

/// Waits for a message of a kind; provisionals are passed over, and whatever else was sent again.
fn hear(socket: &UdpSocket, wanted: impl Fn(&str) -> bool) -> String {
    let mut bytes = [0; 4096];
    loop {
        let length = socket.recv(&mut bytes).expect("it is said in time");
        let text = String::from_utf8_lossy(&bytes[..length]);
        if wanted(&text) {
            return text.into_owned();
        }
    }
}

fn send(socket: &UdpSocket, text: &str) {
    socket.send(text.as_bytes()).expect("it is taken");
}

/// Where a description wants its sound.
fn media(described: &str) -> SocketAddr {
    let line =
        |start: &str| described.lines().find_map(|line| line.strip_prefix(start)).expect("it has media");
    let ip: Ipv4Addr = line("c=IN IP4 ").trim().parse().expect("an address");
    let port: u16 = line("m=audio ").split(' ').next().and_then(|port| port.parse().ok()).expect("a port");
    (ip, port).into()
}
