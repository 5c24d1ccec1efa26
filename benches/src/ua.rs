//! Both ends of calls through the switch: a carrier that calls and one that answers, one call after another.
//!
//! Just enough SIP for loopback, where nothing is lost and everything comes in its order.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, UdpSocket},
    thread::sleep,
    time::Duration,
};

use xtask::net::{Net, PORT};

use crate::{peer::socket, rtp::Pair};

/// Hosts of the two carriers whose media the switch anchors.
const CALLER: u8 = 4;
const CALLEE: u8 = 5;
/// The number whose plan leads from one to the other.
const NUMBER: &str = "+12025550101";
/// Between two calls: 500 a second. A switch that is asked for thousands at once while others use the machine
/// may run out of ports it holds ready.
const PACE: Duration = Duration::from_millis(2);
/// The largest message either end takes.
const MESSAGE_MAX: usize = 4096;

/// The two ends, and the calls between them.
#[derive(Debug)]
pub(crate) struct Ends {
    net: Net,
    caller: UdpSocket,
    callee: UdpSocket,
    calls: Vec<Call>,
}

/// What the caller remembers of a call that is up.
#[derive(Debug)]
struct Call {
    id: String,
    /// `To` with the switch's tag.
    to: String,
    /// The switch's contact.
    target: String,
}

impl Ends {
    pub(crate) fn new() -> Result<Self, String> {
        let net = Net::of_this_run();
        let end = |host| {
            let socket = socket(net.address(host), PORT)?;
            socket.connect((net.address(1), PORT)).map_err(|error| error.to_string())?;
            socket.set_read_timeout(Some(Duration::from_secs(3))).map_err(|error| error.to_string())?;
            Ok::<_, String>(socket)
        };
        Ok(Self { net, caller: end(CALLER)?, callee: end(CALLEE)?, calls: Vec::new() })
    }

    /// Sets up a call and returns the sockets of its two ends, each connected to the switch's side.
    pub(crate) fn call(&mut self) -> Result<Pair, String> {
        sleep(PACE);
        let (a, b) = (self.media(CALLER)?, self.media(CALLEE)?);
        let id = format!("bench-{}-{}", self.calls.len(), std::process::id());
        let to = format!("<sip:{NUMBER}@{}>", self.net.address(1));
        let invite =
            self.request("INVITE", &format!("sip:{NUMBER}@{}:{PORT}", self.net.address(1)), &id, &to, 1);
        send(&self.caller, &with_sdp(&invite, &description(&a)?))?;

        let offered = hear(&self.callee, |text| text.starts_with("INVITE "))?;
        connect(&b, &offered)?;
        let contact = format!("Contact: <sip:{}:{PORT}>\r\n", self.net.address(CALLEE));
        send(&self.callee, &with_sdp(&response(&offered, "200 OK", &contact), &description(&b)?))?;

        let answered = hear(&self.caller, is_final)?;
        if !answered.starts_with("SIP/2.0 200") {
            return Err(format!("the switch refuses the call: {answered}"));
        }
        connect(&a, &answered)?;
        let target = header(&answered, "Contact").trim_matches(['<', '>']).to_owned();
        let to = header(&answered, "To").to_owned();
        send(
            &self.caller,
            &format!("{}Content-Length: 0\r\n\r\n", self.request("ACK", &target, &id, &to, 1)),
        )?;
        hear(&self.callee, |text| text.starts_with("ACK "))?;
        self.calls.push(Call { id, to, target });
        Ok(Pair { a, b })
    }

    /// Hangs every call up.
    pub(crate) fn hang_up(&mut self) -> Result<(), String> {
        for call in std::mem::take(&mut self.calls) {
            let bye = self.request("BYE", &call.target, &call.id, &call.to, 2);
            send(&self.caller, &format!("{bye}Content-Length: 0\r\n\r\n"))?;
            hear(&self.caller, is_final)?;
            let bye = hear(&self.callee, |text| text.starts_with("BYE "))?;
            send(&self.callee, &format!("{}Content-Length: 0\r\n\r\n", response(&bye, "200 OK", "")))?;
        }
        Ok(())
    }

    fn media(&self, host: u8) -> Result<UdpSocket, String> {
        socket(self.net.address(host), 0)
    }

    fn request(&self, method: &str, uri: &str, id: &str, to: &str, cseq: u32) -> String {
        let me = self.net.address(CALLER);
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me}:{PORT};branch=z9hG4bK{method}{id};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+12025550142@{me}>;tag=bench\r\nTo: {to}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:{me}:{PORT}>\r\n"
        )
    }
}

/// A response with the headers that have to come back.
pub(crate) fn response(request: &str, status: &str, more: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
        for value in headers(request, name) {
            let tag = if name == "To" && !value.contains(";tag=") { ";tag=bench" } else { "" };
            let _ = write!(text, "{name}: {value}{tag}\r\n");
        }
    }
    text + more
}

pub(crate) fn with_sdp(head: &str, sdp: &str) -> String {
    format!("{head}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

/// What an end of a call says of its media socket.
pub(crate) fn description(media: &UdpSocket) -> Result<String, String> {
    let at = media.local_addr().map_err(|error| error.to_string())?;
    let (ip, port) = (at.ip(), at.port());
    Ok(format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    ))
}

fn headers<'m>(message: &'m str, name: &str) -> impl Iterator<Item = &'m str> {
    message
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

pub(crate) fn header<'m>(message: &'m str, name: &str) -> &'m str {
    headers(message, name).next().unwrap_or_default()
}

pub(crate) fn is_final(text: &str) -> bool {
    text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 1")
}

/// Waits for a message of a kind; others are passed over.
pub(crate) fn hear(socket: &UdpSocket, wanted: impl Fn(&str) -> bool) -> Result<String, String> {
    let mut bytes = [0; MESSAGE_MAX];
    loop {
        let length = socket.recv(&mut bytes).map_err(|error| format!("nothing is heard: {error}"))?;
        let text = String::from_utf8_lossy(&bytes[..length]);
        if wanted(&text) {
            return Ok(text.into_owned());
        }
    }
}

pub(crate) fn send(socket: &UdpSocket, text: &str) -> Result<(), String> {
    socket.send(text.as_bytes()).map(drop).map_err(|error| error.to_string())
}

/// Connects a media socket to where the other side's description says.
pub(crate) fn connect(socket: &UdpSocket, described: &str) -> Result<(), String> {
    let line = |start: &str| described.lines().find_map(|line| line.strip_prefix(start));
    let ip: Option<Ipv4Addr> = line("c=IN IP4 ").and_then(|ip| ip.trim().parse().ok());
    let port: Option<u16> = line("m=audio ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    let (Some(ip), Some(port)) = (ip, port) else { return Err(format!("no media in {described}")) };
    socket.connect((ip, port)).map_err(|error| error.to_string())
}
