//! Descriptions of media in a carrier's INVITE, broken and whole: each has its answer (RELIABILITY P4).

mod house;

use std::net::UdpSocket;

use bytes::Bytes;
use house::{Site, corpus::corpus, wire::PATIENCE};
use sip::{Message, Status};

/// Bodies of the corpora, and descriptions of media that break a rule each.
fn descriptions() -> Vec<Vec<u8>> {
    const SDP: &str =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    let broken = [
        SDP.replace("c=IN IP4 127.0.0.3\r\n", ""),
        SDP.replace("m=audio 9000 RTP/AVP 0\r\n", ""),
        SDP.replace("9000", "99999"),
        SDP.replace("AVP 0", "AVP"),
        SDP.replace("AVP 0", "AVP 4294967296"),
        SDP.replace("AVP 0", &format!("AVP {}", "0 ".repeat(2_000))),
        SDP.replace("c=IN IP4 127.0.0.3", "c=IN IP4 224.0.0.1"),
        SDP.replace("c=IN IP4 127.0.0.3", "c=IN IP4 0.0.0.1"),
        format!("{SDP}{}", "m=audio 9000 RTP/AVP 0\r\n".repeat(100)),
        format!("{SDP}{}", "a=x:y\r\n".repeat(6_000)),
        format!("{SDP}a=rtpmap:0 PCMU/8000\r\na=fmtp:0 {}\r\n", "x=1;".repeat(2_000)),
        format!("{SDP}a=ptime:-20\r\na=ptime:99999999999\r\na=ptime:0\r\n"),
        "hello".to_owned(),
        "v=0\r\n\0\0\0".to_owned(),
    ];
    let bodies = corpus().into_iter().filter_map(|message| {
        let end = message.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        Some(message[end + 4..].to_vec()).filter(|body| !body.is_empty())
    });
    broken.into_iter().map(String::into_bytes).chain(bodies).collect()
}

/// A carrier's side of a call on UDP.
struct Calling {
    socket: UdpSocket,
    number: usize,
    target: String,
    to: String,
}

impl Calling {
    /// Sends a request; an ACK of a refusal has the branch of its INVITE (RFC 3261 §17.1.1.3).
    fn says(&self, method: &str, branch: &str, cseq: u8, body: &[u8]) {
        let (here, number) = (self.socket.local_addr().expect("bound"), self.number);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let head = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{branch}{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:+12025550177@carrier.test>;tag={number}\r\nTo: {}\r\nCall-ID: d-{number}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:{here}>\r\n{kind}Content-Length: {}\r\n\r\n",
            self.target,
            self.to,
            body.len()
        );
        self.socket.send(&[head.as_bytes(), body].concat()).expect("it is taken");
    }

    /// The final response to its request of this number.
    fn hears(&self, cseq: u32) -> Message {
        let mut room = [0; 65_535];
        loop {
            let length = self.socket.recv(&mut room).expect("one comes");
            let answer = Message::parse(Bytes::copy_from_slice(&room[..length])).expect("a message");
            let is_ours = answer.call_id() == format!("d-{}", self.number) && answer.cseq().number == cseq;
            if is_ours && answer.status().is_some_and(|status| !status.is_provisional()) {
                return answer;
            }
        }
    }
}

/// RELIABILITY P4: whatever a carrier's INVITE says of media, it has one final answer, and no call is left of it.
#[test]
fn no_description_of_media_leaves_a_call_behind() {
    let site = Site::new("descriptions");
    // Each call that is taken has a port or two, and those rest a while after it.
    site.make_room(80);
    let daemon = site.serve();
    let socket = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    socket.connect(site.address).expect("it listens");
    let (mut taken, mut refused) = (0, 0);
    for (number, body) in descriptions().iter().enumerate() {
        let socket = socket.try_clone().expect("the system has descriptors");
        let main = "sip:+12025550100@pbx.test".to_owned();
        let mut call = Calling { socket, number, to: format!("<{main}>"), target: main };
        call.says("INVITE", "invite", 1, body);
        let answer = call.hears(1);
        call.to = answer.header_named("To").expect("it has one").to_owned();
        if answer.status() == Some(Status::OK) {
            taken += 1;
            let contact = answer.header_named("Contact").expect("a dialog");
            call.target = contact.trim_matches(['<', '>']).to_owned();
            call.says("ACK", "ack", 1, b"");
            call.says("BYE", "bye", 2, b"");
            assert_eq!(call.hears(2).status(), Some(Status::OK), "{number}");
        } else {
            refused += 1;
            call.says("ACK", "invite", 1, b"");
        }
    }
    assert!(taken > 25 && refused > 12, "{taken} were taken, {refused} refused");
    // A call that is over goes when its streams are closed; each look takes a process.
    assert!((0..100).any(|_| site.run(&["calls"]).out.contains("no calls")), "{}", site.run(&["calls"]).out);
    let faults: Vec<_> =
        daemon.said().into_iter().filter(|line| line.contains("a fault of ringplan")).collect();
    assert_eq!(faults, [""; 0]);
    daemon.stop();
}
