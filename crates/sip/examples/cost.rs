//! Prints what reading, asking and writing cost: `cargo run --release -p sip --example cost`.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{fs, hint::black_box, path::Path, time::Instant};

use bytes::{Bytes, BytesMut};
use sip::{
    Message, Name, Status,
    digest::{Credentials, Form, ha1, verify},
    message::{
        Limits, Writer, respond_to,
        stream::{Frame, Framer},
    },
    uri::Uri,
};

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sip-messages");
    let read = |name: &str| Bytes::from(fs::read(data.join(name)).expect("the test data is there"));
    let invite = read("yealink-t46s-invite.sip");
    println!("INVITE of {} bytes", invite.len());
    time("read INVITE", || Message::parse(invite.clone()).is_ok());
    let register = read("polycom-vvx410-register.sip");
    time("read REGISTER", || Message::parse(register.clone()).is_ok());
    let answer = read("kamailio-200-invite.sip");
    time("read 200", || Message::parse(answer.clone()).is_ok());
    let message = Message::parse(invite.clone()).expect("a sound message");
    time("branch, tags, Call-ID", || {
        message.branch().map(str::len).into_iter().chain(message.from_tag().map(str::len)).sum::<usize>()
            + message.call_id().len()
    });
    time("From", || message.from().uri.user().map(str::len));
    time("Request-URI", || message.request_uri().and_then(|uri| uri.port()));
    time("Contact", || message.contacts().is_ok());
    time("User-Agent", || message.header(Name::UserAgent).map(str::len));
    time("URI", || Uri::parse("sip:+12025550123@pbx.example.com:5060;transport=udp").is_ok());
    let mut out = BytesMut::new();
    let source = "203.0.113.20:5060".parse().expect("an address");
    time("write 180", || {
        respond_to(&mut out, &message, source, Status::RINGING, Some("a1b2c3d4"))
            .header(Name::Contact, "<sip:pbx.example.com>")
            .end()
            .len()
    });
    time("write INVITE", || {
        Writer::request(&mut out, message.method(), "sip:1002@203.0.113.20:5060")
            .header(Name::Via, "SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKabcdefghijklmnop;rport")
            .header(Name::MaxForwards, 69)
            .header(Name::From, "\"Front Desk\" <sip:1001@pbx.example.com>;tag=abcdefgh")
            .header(Name::To, "<sip:1002@pbx.example.com>")
            .header(Name::CallId, "abcdefghijklmnopqrstuvwx")
            .header(Name::CSeq, format_args!("{} {}", 1, message.method()))
            .header(Name::Contact, "<sip:abcdefgh@203.0.113.1:5060>")
            .header(Name::Allow, "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO, REFER, NOTIFY")
            .body("application/sdp", &invite[invite.len() - 306..])
            .end()
            .len()
    });
    let mut framer = Framer::new(Limits::default());
    time("frame INVITE", || {
        framer.push(&invite);
        matches!(framer.next(), Ok(Some(Frame::Message(_))))
    });
    let auth = Message::parse(read("pjsua2-register-auth.sip")).expect("a sound message");
    let line = auth.header(Name::Authorization).expect("credentials");
    let credentials = Credentials::parse(line).expect("sound credentials");
    let algorithm = credentials.algorithm.expect("a known algorithm");
    let secret = ha1(algorithm, credentials.username, credentials.realm, "secret");
    time("read credentials", || Credentials::parse(line).is_ok());
    time(algorithm.as_str(), || verify(&credentials, auth.method(), b"", &secret, Form::Any));
    monsters();
}

/// What RELIABILITY P3 sends: the time must grow no faster than the bytes.
fn monsters() {
    let six = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n";
    let monster = |what: &str, lines: String| {
        let bytes = Bytes::from(format!("INVITE sip:b@h SIP/2.0\r\n{six}{lines}\r\n"));
        println!("{what} ({} bytes)", bytes.len());
        time("datagram", || Message::parse(bytes.clone()).is_ok());
        let mut framer = Framer::new(Limits::default());
        let start = Instant::now();
        for byte in bytes.chunks(1) {
            framer.push(byte);
            black_box(framer.next().is_ok());
        }
        println!("{:>24} {:7.0} us", "stream, byte by byte", start.elapsed().as_secs_f64() * 1e6);
    };
    monster("100,000 headers", "X: 1\r\n".repeat(100_000));
    monster("a line of 1 MB", format!("X: {}\r\n", "y".repeat(1_000_000)));
    monster("64 KB of folds", "X: 1\r\n 2\r\n".repeat(6_000));
    monster("1,000 Vias", "Via: SIP/2.0/UDP h\r\n".repeat(1_000));
    monster("1,000 Vias in a line", format!("Via: SIP/2.0/UDP h{}\r\n", ",SIP/2.0/UDP h".repeat(500)));
    monster("10,000 parameters", format!("Contact: <sip:h>{}\r\n", ";p=1".repeat(10_000)));
    monster("8 KB of quotes", format!("Contact: {}\r\n", "\"\\".repeat(4_000)));
    monster("60 KB of Latin-1", format!("X: {}\r\n", "\u{fc}".repeat(3_900)).repeat(7));
}

/// Prints the best of many short rounds, which other work on the machine does not reach.
fn time<T>(what: &str, mut work: impl FnMut() -> T) {
    const TIMES: u32 = 2_000;
    let mut best = f64::MAX;
    for _ in 0..300 {
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES));
    }
    println!("{what:>24} {best:7.0} ns");
}
