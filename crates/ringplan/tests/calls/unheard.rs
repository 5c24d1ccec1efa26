//! A call in which neither side was heard: the log says of each why, and what to do (PRODUCT pain 3).

use std::{
    net::{SocketAddr, UdpSocket},
    thread,
    time::Duration,
};

use bytes::Bytes;
use sip::{Message, Method};

use crate::{house::Site, phones::PATIENCE};

/// As long as a call lasts in which nobody can be merely quiet, and packets of 20 ms in that time.
const TALK: usize = 5_300 / 20;

/// A carrier that calls a number of ours and is called for it, on one socket.
struct Carrier(UdpSocket);

impl Carrier {
    fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("bound")
    }

    fn sdp(port: u16) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        )
    }

    /// A request in its own call; `to` with a tag is within the dialog.
    fn asks(&self, method: &str, target: &str, to: &str, body: &str) {
        let (here, cseq) = (self.address(), if method == "BYE" { 2 } else { 1 });
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text = format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:+12025550142@127.0.0.3>;tag=a\r\nTo: {to}\r\nCall-ID: unheard\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:{here}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.send(text.as_bytes()).expect("it is taken");
    }

    /// Takes a request of the switch.
    fn takes(&self, request: &Message, body: &str) {
        let field = |name: &str| request.header_named(name).expect("it has one").to_owned();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text = format!(
            "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=b\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Contact: <sip:{}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            field("Via"),
            field("From"),
            field("To").split(";tag").next().expect("a word"),
            field("Call-ID"),
            field("CSeq"),
            self.address(),
            body.len()
        );
        self.0.send(text.as_bytes()).expect("it is taken");
    }

    /// The first message of this kind.
    fn hears(&self, is_wanted: impl Fn(&Message) -> bool) -> Message {
        let mut room = [0; 4_096];
        loop {
            let length = self.0.recv(&mut room).expect("one comes");
            let message = Message::parse(Bytes::copy_from_slice(&room[..length])).expect("a message");
            if is_wanted(&message) {
                return message;
            }
        }
    }
}

/// The port of a description of media.
fn port_of(message: &Message) -> u16 {
    let body = String::from_utf8_lossy(&message.body()).into_owned();
    let words = body.lines().find_map(|line| line.strip_prefix("m=audio ")).expect("it has sound");
    words.split(' ').next().and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn who_was_not_heard_is_told_with_the_side_and_the_mend() {
    let site = Site::new("unheard");
    let carrier = Carrier(UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port"));
    carrier.0.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    carrier.0.connect(site.address).expect("it listens soon");
    site.change("host = \"127.0.0.3\"", &format!("host = \"{}\"", carrier.address()));
    site.write(
        "more.toml",
        "[numbers]\n\"+12025550101\" = { trunk = \"carrier\", forward = \"+12025550177\" }\n\
         [dial.out]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n",
    );
    let daemon = site.serve();
    let main = "sip:+12025550101@pbx.test".to_owned();
    carrier.asks("INVITE", &main, &format!("<{main}>"), &Carrier::sdp(9_000));
    let invite = carrier.hears(|it| *it.method() == Method::Invite && it.status().is_none());
    carrier.takes(&invite, &Carrier::sdp(9_002));
    let ok = carrier.hears(|it| it.status() == Some(sip::Status::OK));
    let field = |name: &str| ok.header_named(name).expect("it has one").to_owned();
    let target = field("Contact").trim_matches(['<', '>']).to_owned();
    carrier.asks("ACK", &target, &field("To"), "");
    // The called side speaks from another port than it named, the calling one says nothing at all.
    let elsewhere = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    for sequence in 0..TALK {
        let head = [0x80, 0, 0, u8::try_from(sequence % 256).expect("a byte"), 0, 0, 0, 0, 1, 2, 3, 4];
        let packet = [&head[..], &[0x55; 160]].concat();
        elsewhere.send_to(&packet, (site.address.ip(), port_of(&invite))).expect("it is taken");
        thread::park_timeout(Duration::from_millis(20));
    }
    carrier.asks("BYE", &target, &field("To"), "");
    let bye = carrier.hears(|it| *it.method() == Method::Bye && it.status().is_none());
    carrier.takes(&bye, "");
    let line = daemon.says("no sound was heard");
    let other = daemon.says("no sound was heard");
    for words in ["none came (the way between: ", "`rtp`"] {
        assert!([&line, &other].iter().any(|it| it.contains(words)), "{words}: {line}\n{other}");
    }
    assert!([&line, &other].iter().any(|it| it.contains("none of its own (its side: ")), "{line}\n{other}");
    daemon.stop();
}
