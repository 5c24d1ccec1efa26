//! Reading whole messages: what must be there, what is mended, what is refused, and the bounds.

#![allow(missing_docs, clippy::unwrap_used)]

use bytes::{Bytes, BytesMut};
use sip::{
    Fault, Message, Method, Name, Status,
    header::Contacts,
    message::{Limits, ParseError, Start},
};

const SIX: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\n\
                   CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n";

/// An INVITE with the mandatory headers, these lines and this body.
fn invite(lines: &str, body: &str) -> Result<Message, ParseError> {
    parse(format!("INVITE sip:b@h SIP/2.0\r\n{SIX}{lines}\r\n{body}"))
}

fn parse(text: impl Into<Vec<u8>>) -> Result<Message, ParseError> {
    Message::parse(Bytes::from(text.into()))
}

fn fault(text: impl Into<Vec<u8>>) -> Fault {
    parse(text).map(|message| format!("{message:?}")).unwrap_err().fault()
}

#[test]
fn the_start_line_says_what_it_is() {
    let request = invite("", "").unwrap();
    assert_eq!(request.start(), Start::Request { method: &Method::Invite, uri: "sip:b@h" });
    assert_eq!((request.is_request(), request.status()), (true, None));
    let response = parse(format!("sip/2.0 486 Busy, sorry\r\n{SIX}\r\n")).unwrap();
    assert_eq!(response.start(), Start::Response { status: Status::BUSY_HERE, reason: "Busy, sorry" });
    assert_eq!((response.method(), response.request_uri()), (&Method::Invite, None));
    let bare = parse(format!("SIP/2.0 486\r\n{SIX}\r\n")).unwrap();
    assert_eq!(bare.start(), Start::Response { status: Status::BUSY_HERE, reason: "" });
}

#[test]
fn start_lines_that_are_none_are_told_apart() {
    for (line, expected) in [
        ("GET / HTTP/1.1", Fault::PeerNotSip),
        ("INVITE", Fault::PeerNotSip),
        ("INVITE sip:b@h", Fault::PeerNotSip),
        ("\u{1}\u{2}", Fault::PeerNotSip),
        (" INVITE sip:b@h SIP/2.0", Fault::PeerNotSip),
        ("INVITE sip:b@h SIP/2.0 ", Fault::PeerStartLine),
        ("INVITE sip:b@h\tSIP/2.0", Fault::PeerNotSip),
        ("INVITE  sip:b@h SIP/2.0", Fault::PeerStartLine),
        ("INVITE  SIP/2.0", Fault::PeerStartLine),
        ("INVITE SIP/2.0", Fault::PeerStartLine),
        ("INVITE sip:b@h SIP/2.1", Fault::PeerVersion),
        ("INVITE sip:b@h SIP/2.0x", Fault::PeerVersion),
        ("INVITE b@h SIP/2.0", Fault::PeerUri),
        ("SIP/3.0 200 OK", Fault::PeerVersion),
        ("SIP/2.0 99 OK", Fault::PeerStartLine),
        ("SIP/2.0 700 OK", Fault::PeerStartLine),
        ("SIP/2.0 0200 OK", Fault::PeerStartLine),
        ("SIP/2.0 2x0 OK", Fault::PeerStartLine),
        ("SIP/2.0  200 OK", Fault::PeerStartLine),
        ("SIP/2.0200 OK", Fault::PeerStartLine),
    ] {
        assert_eq!(fault(format!("{line}\r\n{SIX}\r\n")), expected, "{line}");
    }
}

#[test]
fn the_mandatory_headers_must_be_there_once_and_sound() {
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
        let without: String =
            SIX.split_inclusive("\r\n").filter(|line| !line.starts_with(name.as_str())).collect();
        assert_eq!(fault(format!("INVITE sip:b@h SIP/2.0\r\n{without}\r\n")), Fault::PeerMissing(name));
    }
    for (line, expected) in [
        ("From: <sip:c@h>", Fault::PeerRepeated(Name::From)),
        ("t: <sip:c@h>", Fault::PeerRepeated(Name::To)),
        ("i: x", Fault::PeerRepeated(Name::CallId)),
        ("CSeq: 1 INVITE", Fault::PeerRepeated(Name::CSeq)),
        ("Max-Forwards: 70", Fault::PeerRepeated(Name::MaxForwards)),
    ] {
        assert_eq!(invite(&format!("{line}\r\n"), "").unwrap_err().fault(), expected);
    }
    for (good, bad, name) in [
        ("z9hG4bK1", "z9hG4bK1;;", Name::Via),
        ("SIP/2.0/UDP", "SIP/2.0", Name::Via),
        ("<sip:a@h>", "<sip:a@h", Name::From),
        ("<sip:b@h>", "b", Name::To),
        ("<sip:b@h>", "<sip:b@h>;tag;tag=1", Name::To),
        ("<sip:b@h>", "<sip:b@h>;tag=\"a;b=c\"", Name::To),
        ("Call-ID: x", "Call-ID: ", Name::CallId),
        ("Call-ID: x", "Call-ID: x y", Name::CallId),
        ("Call-ID: x", "Call-ID: x\0y", Name::CallId),
        ("1 INVITE", "one INVITE", Name::CSeq),
        ("70", "-1", Name::MaxForwards),
        ("70", "", Name::MaxForwards),
    ] {
        let broken = format!("INVITE sip:b@h SIP/2.0\r\n{}\r\n", SIX.replace(good, bad));
        assert_eq!(fault(broken), Fault::PeerHeader(name), "{bad}");
    }
    assert_eq!(fault(format!("BYE sip:b@h SIP/2.0\r\n{SIX}\r\n")), Fault::PeerMethod);
}

#[test]
fn max_forwards_may_be_missing_or_large() {
    let without = SIX.replace("Max-Forwards: 70\r\n", "");
    assert_eq!(parse(format!("INVITE sip:b@h SIP/2.0\r\n{without}\r\n")).unwrap().max_forwards(), None);
    let large = SIX.replace("70", "99999999999999");
    assert_eq!(parse(format!("INVITE sip:b@h SIP/2.0\r\n{large}\r\n")).unwrap().max_forwards(), Some(255));
}

/// What the layers ask again and again gives the same as reading the header.
#[test]
fn what_is_cached_is_what_is_written() {
    let message = parse(
        "INVITE sip:b@h SIP/2.0\r\nv:  SIP/2.0/UDP h:5070 ; rport ; branch=z9hG4bK1 , SIP/2.0/TCP i;branch=2\r\n\
         f:\"A\"<sip:a@h>;x;tag=1\r\nt:sip:b@h;tag=\"2\"\r\ni:  x@y \r\nCSeq: 007   INVITE\r\n\r\n",
    )
    .unwrap();
    assert_eq!((message.branch(), message.sent_by(), message.call_id()), (Some("z9hG4bK1"), "h:5070", "x@y"));
    assert_eq!(
        (message.branch(), message.sent_by()),
        (message.top_via().branch(), message.top_via().sent_by)
    );
    assert_eq!((message.from_tag(), message.from().tag()), (Some("1"), Some("1")));
    assert_eq!((message.to_tag(), message.to().tag()), (Some("2"), Some("2")));
    assert_eq!(message.cseq().to_string(), "7 INVITE");
    assert_eq!(message.vias().count(), 2);
}

#[test]
fn headers_are_found_by_any_of_their_names() {
    let message =
        invite("m: <sip:a@h>\r\nX-One: 1\r\nCONTACT: <sip:b@h>, <sip:c@h>\r\nx-one:\t2 \r\nEmpty:\r\n", "")
            .unwrap();
    assert_eq!(message.headers(Name::Contact).collect::<Vec<_>>(), ["<sip:a@h>", "<sip:b@h>, <sip:c@h>"]);
    assert_eq!(message.values(Name::Contact).collect::<Vec<_>>(), ["<sip:a@h>", "<sip:b@h>", "<sip:c@h>"]);
    assert_eq!(message.header_named("M"), Some("<sip:a@h>"));
    assert_eq!(message.headers_named("X-ONE").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!((message.header_named("empty"), message.header_named("none")), (Some(""), None));
    let names: Vec<_> = message.all().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "m", "X-One", "CONTACT", "x-one", "Empty"]
    );
}

#[test]
fn lists_are_split_outside_quotes_and_brackets() {
    let message = invite(
        "Contact: \"A, <B>\" <sip:a,b@h>;x=\"1,2\" ,, <sip:c@h>,\r\nRoute: <sip:p;lr\r\nRoute: \"open, <sip:x>\r\n",
        "",
    )
    .unwrap();
    assert_eq!(
        message.values(Name::Contact).collect::<Vec<_>>(),
        ["\"A, <B>\" <sip:a,b@h>;x=\"1,2\"", "<sip:c@h>"]
    );
    assert_eq!(message.values(Name::Route).collect::<Vec<_>>(), ["<sip:p;lr", "\"open, <sip:x>"]);
    assert!(message.routes().all(|route| route == Err(Fault::PeerHeader(Name::Route))));
}

/// RFC 3261 §10.2.2: a star stands alone.
#[test]
fn a_star_is_no_contact_among_others() {
    let contacts =
        |lines: &str| invite(lines, "").unwrap().contacts().map(|contacts| contacts.first().is_some());
    assert_eq!(contacts(""), Ok(false));
    assert_eq!(contacts("Contact: *\r\n"), Ok(false));
    assert_eq!(contacts("Contact: <sip:a@h>\r\n"), Ok(true));
    assert_eq!(contacts("Contact: *, <sip:a@h>\r\n"), Err(Fault::PeerHeader(Name::Contact)));
    assert_eq!(contacts("Contact: *\r\nContact: *\r\n"), Err(Fault::PeerHeader(Name::Contact)));
    assert_eq!(invite("Contact: *\r\n", "").unwrap().contacts(), Ok(Contacts::Star));
}

#[test]
fn folds_are_one_blank() {
    let message = invite("Subject: a\r\n  b \r\n\t\tc\r\nX:\r\n y\r\n", "a\r\n b").unwrap();
    assert_eq!((message.header(Name::Subject), message.header_named("X")), (Some("a b c"), Some("y")));
    assert_eq!(message.body(), "a\r\n b");
}

/// Some phones send Latin-1; a display name is worth more than a refusal.
#[test]
fn bytes_that_are_no_utf_8_are_read_as_latin_1() {
    let mut bytes = b"INVITE sip:b@h SIP/2.0\r\nSubject: M\xfcller \xc3\xa4\r\n".to_vec();
    bytes.extend_from_slice(SIX.as_bytes());
    bytes.extend_from_slice(b"Content-Length: 2\r\n\r\n\xff\xfe");
    let message = parse(bytes).unwrap();
    assert_eq!(message.header(Name::Subject), Some("Müller ä"));
    assert_eq!(&message.body()[..], b"\xff\xfe");
}

#[test]
fn bare_line_ends_and_nameless_lines_are_refused() {
    for line in [
        "X: a\rb\r\n",
        "X: a\nY: b\r\n",
        "X: a\r\r\n",
        "\nX: a\r\n",
        "X a\r\n",
        ": a\r\n",
        "X Y: a\r\n",
        "Ü: a\r\n",
        "X\0: a\r\n",
    ] {
        assert_eq!(invite(line, "").unwrap_err().fault(), Fault::PeerLine, "{line:?}");
    }
    assert_eq!(fault(format!("INVITE sip:b@h SIP/2.0\r\n{SIX}")), Fault::PeerHeadEnd);
    assert_eq!(fault(format!("INVITE sip:b@h SIP/2.0\r\n{SIX}\n")), Fault::PeerLine);
}

#[test]
fn line_ends_alone_are_no_message() {
    for text in ["", "\r\n", "\r\n\r\n", "\n\r"] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.fault(), error.reply()), (Fault::PeerEmpty, None));
    }
    assert!(parse(format!("\r\n\r\nINVITE sip:b@h SIP/2.0\r\n{SIX}\r\n")).is_ok(), "RFC 3261 §7.5");
}

/// RELIABILITY P2, RFC 3261 §18.3 on datagrams.
#[test]
fn content_length_rules_the_body_of_a_datagram() {
    let body =
        |line: &str| invite(line, "12345").map(|message| message.body()).map_err(|error| error.fault());
    assert_eq!(body(""), Ok("12345".into()), "some phones send none");
    assert_eq!(body("Content-Length: 5\r\n"), Ok("12345".into()));
    assert_eq!(body("l:003\r\n"), Ok("123".into()), "the rest is ignored");
    assert_eq!(body("l: 0\r\n"), Ok("".into()));
    assert_eq!(body("l: 3\r\nContent-Length: 3\r\n"), Ok("123".into()));
    assert_eq!(body("l: 6\r\n"), Err(Fault::PeerBodyShort));
    assert_eq!(body("l: 4294967295\r\n"), Err(Fault::PeerBodyShort));
    for line in [
        "l: -1\r\n",
        "l: 99999999999\r\n",
        "l: 3\r\nl: 4\r\n",
        "l: 3, 3\r\n",
        "l:\r\n",
        "l: 3x\r\n",
        "l: 3\r\nl: x\r\n",
    ] {
        assert_eq!(body(line), Err(Fault::PeerContentLength), "{line}");
    }
}

/// RELIABILITY P3.
#[test]
fn what_is_too_much_is_refused() {
    let lines = |count| "X: 1\r\n".repeat(count);
    assert!(invite(&lines(122), "").is_ok());
    assert_eq!(invite(&lines(123), "").unwrap_err().fault(), Fault::LimitLines);
    assert_eq!(invite(&lines(9_000), "").unwrap_err().fault(), Fault::LimitLines);
    let line = |length: usize| format!("X: {}\r\n", "y".repeat(length - 3));
    assert!(invite(&line(8192), "").is_ok());
    assert_eq!(invite(&line(8193), "").unwrap_err().fault(), Fault::LimitLine);
    let vias = |count| format!("Via: SIP/2.0/UDP h{}\r\n", ", SIP/2.0/UDP h".repeat(count));
    assert!(invite(&vias(68), "").is_ok());
    assert_eq!(invite(&vias(69), "").unwrap_err().fault(), Fault::LimitVias);
    let large = invite("", &"x".repeat(65_536)).unwrap_err();
    assert_eq!(large.fault(), Fault::LimitMessage);
    assert_eq!(large.reply().unwrap().status, Status::MESSAGE_TOO_LARGE);
    let parameters = format!("From: <sip:a@h>{}\r\n", ";p".repeat(2_000));
    let text =
        format!("INVITE sip:b@h SIP/2.0\r\n{}\r\n", SIX.replace("From: <sip:a@h>;tag=1\r\n", &parameters));
    assert_eq!(fault(text), Fault::LimitParameters);
    let small = Limits { lines: 5, ..Limits::default() };
    let text = format!("INVITE sip:b@h SIP/2.0\r\n{SIX}\r\n");
    assert_eq!(Message::parse_within(text.into(), &small).unwrap_err().fault(), Fault::LimitLines);
}

/// Reading Latin-1 makes a head longer; it must not pass the limit that way.
#[test]
fn mended_heads_obey_the_limit() {
    let mut bytes = format!("INVITE sip:b@h SIP/2.0\r\n{SIX}").into_bytes();
    for _ in 0..8 {
        bytes.extend_from_slice(b"X: ");
        bytes.extend(std::iter::repeat_n(0xfc, 8_000));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    assert_eq!(fault(bytes), Fault::LimitMessage);
}

/// RFC 3261 §8.2.6, §16.3: requests are answered, ACKs, responses and what has no Via are not.
#[test]
fn refusals_answer_requests_alone() {
    let source = "192.0.2.9:4000".parse().unwrap();
    let answer = |start: &str, lines: &str| {
        let error = parse(format!("{start}\r\n{lines}\r\n")).unwrap_err();
        let bytes = error.respond(&mut BytesMut::new(), source, "t9");
        assert_eq!(error.reply().is_some(), bytes.is_some());
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    };
    let broken = SIX.replace("<sip:a@h>;tag=1", "<sip:a@h");
    assert_eq!(
        answer("INVITE sip:b@h SIP/2.0", &broken).unwrap(),
        "SIP/2.0 400 Malformed From\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.9\r\nFrom: <sip:a@h\r\n\
         To: <sip:b@h>;tag=t9\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(
        answer("INVITE sip:b@h SIP/7.0", SIX)
            .unwrap()
            .starts_with("SIP/2.0 505 SIP version not supported\r\n")
    );
    assert_eq!(answer("ACK sip:b@h SIP/2.0", &broken), None);
    assert_eq!(answer("ACK sip:b@h SIP/7.0", SIX), None);
    assert_eq!(answer("SIP/2.0 200 OK", &broken), None);
    assert_eq!(answer("SIP/7.0 200 OK", SIX), None);
    assert_eq!(answer("INVITE sip:b@h SIP/2.0", &SIX.replace("SIP/2.0/UDP h", "h")), None);
    assert_eq!(answer("GET / HTTP/1.1", SIX), None);
    assert_eq!(answer("hello", ""), None);
}

#[test]
fn numbers_beyond_their_range_are_clamped() {
    let expires = |line: &str| invite(line, "").unwrap().expires();
    assert_eq!(expires("Expires: 3600\r\n"), Some(3600));
    assert_eq!(expires("Expires: 99999999999999999999\r\n"), Some(u32::MAX));
    assert_eq!([expires("Expires: -1\r\n"), expires("Expires:\r\n"), expires("")], [None; 3]);
}
