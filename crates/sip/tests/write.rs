//! What is written, and that nothing breaks out of its line.

#![allow(missing_docs, clippy::unwrap_used)]

use bytes::{Bytes, BytesMut};
use sip::{
    Message, Method, Name, Status,
    message::{Writer, respond_to},
};

fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn request(lines: &str) -> Message {
    let text = format!(
        "INVITE sip:b@h SIP/2.0\r\n{lines}From: <sip:a@h>;tag=1\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    Message::parse(text.into_bytes().into()).unwrap()
}

#[test]
fn a_request_stands_as_it_is_written() {
    let mut out = BytesMut::from("left over from before");
    let bytes = Writer::request(&mut out, &Method::Invite, "sip:b@h")
        .header(Name::MaxForwards, 70)
        .header(Name::CSeq, format_args!("{} {}", 1, Method::Invite))
        .other("X-Plan", "main")
        .body("application/sdp", b"v=0\r\n")
        .end();
    let expected = "INVITE sip:b@h SIP/2.0\r\nMax-Forwards: 70\r\nCSeq: 1 INVITE\r\nX-Plan: main\r\n\
                    Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    assert_eq!(text(&bytes), expected);
    let again = Writer::response(&mut out, Status::OK, Some("Fine")).end();
    assert_eq!(text(&again), "SIP/2.0 200 Fine\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(text(&bytes), expected, "the buffer is used again, the message is not");
}

/// Goal: what is written next reaches nothing that was cut off before. Method: more of them than a page holds.
#[test]
fn messages_cut_off_one_page_stay_as_they_are() {
    let mut out = BytesMut::with_capacity(256);
    let write =
        |number: u32| Writer::request(&mut out, &Method::Notify, "sip:b@h").header(Name::CSeq, number).cut();
    let all: Vec<_> = (0..20).map(write).collect();
    for (number, bytes) in (0..).zip(&all) {
        assert_eq!(
            text(bytes),
            format!("NOTIFY sip:b@h SIP/2.0\r\nCSeq: {number}\r\nContent-Length: 0\r\n\r\n")
        );
    }
    assert!(all.windows(2).any(|pair| pair[1].as_ptr() == pair[0].as_ptr_range().end), "none shares a page");
}

/// RELIABILITY A3 and I3: text from a peer is never a header of its own.
#[test]
fn nothing_breaks_out_of_its_line() {
    let mut out = BytesMut::new();
    let evil = "x\r\nX-Admin: 1\n\rY: 2\0";
    let bytes = Writer::request(&mut out, &Method::Message, format_args!("sip:{evil}@h"))
        .header(Name::Subject, evil)
        .header(Name::From, format_args!("{}{}", "\r", "\n"))
        .other(evil, evil)
        .other("", "")
        .body("text/plain\r\nX: 1", b"\r\n")
        .end();
    let expected = "MESSAGE sip:x%0D%0AX-Admin:%201%0A%0DY:%202%00@h SIP/2.0\r\nSubject: x  X-Admin: 1  Y: 2 \r\nFrom:   \r\n\
                    xX-Admin1Y2: x  X-Admin: 1  Y: 2 \r\nX: \r\nContent-Type: text/plain  X: 1\r\nContent-Length: 2\r\n\r\n\r\n";
    assert_eq!(text(&bytes), expected);
    let bytes = Writer::response(&mut out, Status::OK, Some("a\r\nb: c")).end();
    assert_eq!(text(&bytes), "SIP/2.0 200 a  b: c\r\nContent-Length: 0\r\n\r\n");
}

/// RFC 3261 §8.2.6.2 and §18.2.1, RFC 3581 §4.
#[test]
fn a_response_names_its_request() {
    let mut out = BytesMut::new();
    let source = "192.0.2.9:4000".parse().unwrap();
    let request = request(
        "v: SIP/2.0/UDP h;branch=z9hG4bK1 ; rport;received=1.1.1.1;x=\"y;\", SIP/2.0/TCP i\r\nVia: SIP/2.0/UDP j;branch=2\r\n\
         Record-Route: <sip:p1;lr>,<sip:p2;lr>\r\nRecord-Route: <sip:p3;lr>\r\nt: \"B\" <sip:b@h>\r\n",
    );
    let ringing = respond_to(&mut out, &request, source, Status::RINGING, Some("2"))
        .copy(&request, Name::RecordRoute)
        .end();
    assert_eq!(
        text(&ringing),
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;x=\"y;\";received=192.0.2.9;rport=4000, SIP/2.0/TCP i\r\n\
         Via: SIP/2.0/UDP j;branch=2\r\nFrom: <sip:a@h>;tag=1\r\nTo: \"B\" <sip:b@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
         Record-Route: <sip:p1;lr>,<sip:p2;lr>\r\nRecord-Route: <sip:p3;lr>\r\nContent-Length: 0\r\n\r\n"
    );
    let trying = respond_to(&mut out, &request, source, Status::TRYING, Some("2")).end();
    assert!(text(&trying).contains("\r\nTo: \"B\" <sip:b@h>\r\n"), "100 has no tag");
    let answer = Message::parse(ringing).unwrap();
    assert_eq!((answer.branch(), answer.to_tag(), answer.vias().count()), (Some("z9hG4bK1"), Some("2"), 3));
}

#[test]
fn received_is_added_where_sent_by_is_not_the_source() {
    let mut out = BytesMut::new();
    let mut top = |via: &str, source: &str| {
        let request = request(&format!("Via: {via}\r\nTo: <sip:b@h>;tag=9\r\n"));
        let bytes = respond_to(&mut out, &request, source.parse().unwrap(), Status::OK, Some("2")).end();
        assert!(text(&bytes).contains("To: <sip:b@h>;tag=9\r\n"), "a tag that is there stays");
        text(&bytes).lines().nth(1).unwrap().trim_start_matches("Via: ").to_owned()
    };
    assert_eq!(top("SIP/2.0/UDP 192.0.2.9:5060", "192.0.2.9:4000"), "SIP/2.0/UDP 192.0.2.9:5060");
    assert_eq!(top("SIP/2.0/UDP 192.0.2.8", "192.0.2.9:4000"), "SIP/2.0/UDP 192.0.2.8;received=192.0.2.9");
    assert_eq!(top("SIP/2.0/TCP h;branch=1", "192.0.2.9:4"), "SIP/2.0/TCP h;branch=1;received=192.0.2.9");
    assert_eq!(
        top("SIP/2.0/UDP 192.0.2.9;rport=1", "192.0.2.9:4"),
        "SIP/2.0/UDP 192.0.2.9;received=192.0.2.9;rport=4"
    );
    assert_eq!(top("SIP/2.0/UDP [::1]", "[::1]:5060"), "SIP/2.0/UDP [::1]");
    assert_eq!(top("SIP/2.0/UDP [::1];rport", "[::2]:7"), "SIP/2.0/UDP [::1];received=::2;rport=7");
}
