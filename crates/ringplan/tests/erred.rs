//! Mistakes of carriers and phones in the log of the built daemon: who erred, in which line, and what mends it.

mod house;

use std::{
    io::{Read, Write},
    net::{SocketAddr, UdpSocket},
};

use house::{Site, wire};

/// What a carrier may get wrong in its INVITE, the answer to it, and what is read of it.
const MISTAKES: [(&str, &str, &str, &[&str]); 6] = [
    (
        "CSeq: 1",
        "CSeq: \u{1b}[31mone",
        "400",
        &["malformed CSeq", r"CSeq: \u{1b}[31mone INVITE", "tell the carrier"],
    ),
    ("From: <sip:", "From: <sip", "400", &["malformed From", "From: <sip+12025550142@"]),
    ("Content-Length: ", "Content-Length: 9", "400", &["body shorter than Content-Length"]),
    ("c=IN IP4 127.0.0.3", "c=IN IP4 224.2.1.1", "488", &["where it must not", "c=IN IP4 224.2.1.1"]),
    ("RTP/AVP", "RTP/SAVP", "488", &["encrypted sound", "m=audio 9000 RTP/SAVP 0", "without SRTP"]),
    ("Contact:", "Require: foo\r\nContact:", "420", &["an extension", "Require: foo", "call without that"]),
];

fn invite(from: SocketAddr, call: usize) -> String {
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    format!(
        "INVITE sip:+12025550100@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@carrier.test>;tag=1\r\nTo: <sip:+12025550100@pbx.test>\r\n\
         Call-ID: erred{call}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{from}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// The status of what is answered to a datagram; what is said again of others is passed over.
fn answered(socket: &UdpSocket, to: SocketAddr, text: &str) -> String {
    socket.send_to(text.as_bytes(), to).expect("it listens");
    let branch = text.split_once("branch=").and_then(|(_, rest)| rest.lines().next()).expect("it has a Via");
    let mut bytes = [0; 4096];
    loop {
        let length = socket.recv(&mut bytes).expect("it is answered");
        let answer = String::from_utf8_lossy(&bytes[..length]);
        if answer.contains(&format!("branch={branch}")) && !answer.starts_with("SIP/2.0 1") {
            return answer[8..11].to_owned();
        }
    }
}

#[test]
fn a_configured_carriers_mistakes_are_in_the_log_and_a_strangers_are_not() {
    let site = Site::new("erred-carrier");
    let daemon = site.serve();
    let socket = |address: &str| {
        let socket = UdpSocket::bind(address).expect("loopback is all ours");
        socket.set_read_timeout(Some(wire::PATIENCE)).expect("a time above zero");
        socket
    };
    let (carrier, stranger) = (socket("127.0.0.3:0"), socket("127.0.0.99:0"));
    let from = carrier.local_addr().expect("bound");
    for (call, (right, wrong, status, words)) in MISTAKES.into_iter().enumerate() {
        let text = invite(from, call).replacen(right, wrong, 1);
        assert!(["400", "407"].contains(&&*answered(&stranger, site.address, &text)), "{wrong}");
        for copy in 0..3 {
            let text =
                text.replace("z9hG4bK", &format!("z9hG4bK{copy}")).replace("erred", &format!("erred{copy}"));
            assert_eq!(answered(&carrier, site.address, &text), status, "{wrong}");
        }
        let line = daemon.says(words[0]);
        assert!(line.contains("trunk carrier erred: "), "{line}");
        for words in words {
            assert!(line.contains(words), "{words} is missing in {line}");
        }
        assert!(line.contains(&from.to_string()) && !line.contains('\u{1b}'), "{line}");
    }
    let rest = daemon.said();
    assert!(
        !rest.iter().any(|line| line.contains("erred")),
        "each is told once, and of the carrier: {rest:?}"
    );
}

#[test]
fn a_phones_mistakes_are_in_the_log() {
    let site = Site::new("erred-phone");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    let mut stream = wire::connect(&site);
    wire::register(&mut stream, &password, "sip:ana-desk@127.0.0.1:9;transport=tcp", 1);
    let options = wire::request("OPTIONS", 3, "");
    for (right, wrong, words) in [
        ("CSeq: 3", "CSeq: x", "phone ana-desk erred: malformed CSeq"),
        ("From: <sip:", "From: <sip", "a phone at 127.0.0.1 erred: malformed From"),
    ] {
        stream.write_all(options.replacen(right, wrong, 1).as_bytes()).expect("it reads");
        // What is answered repeats the mistake, so it can't be read as a message.
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("it answers");
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"SIP/2.0 400 "), "{}", String::from_utf8_lossy(&answer));
        daemon.says(words);
    }
}
