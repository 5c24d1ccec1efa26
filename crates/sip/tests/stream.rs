//! Cutting a stream into messages, however its bytes arrive.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;

use sip::{
    Fault, Message, Status,
    message::{
        Limits,
        stream::{Frame, Framer},
    },
};

const HEAD: &str = "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
                    To: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n";

fn message(lines: &str, body: &str) -> String {
    format!("{HEAD}{lines}\r\n{body}")
}

/// The frames of a stream that comes in these pieces, and the fault that ends it.
fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<Fault>) {
    let mut framer = Framer::new(Limits::default());
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    framer.push(message("l: 0\r\n", "").as_bytes());
                    assert_eq!(framer.next().unwrap(), None, "a failed framer stays silent");
                    return (frames, Some(error.fault()));
                }
            }
        }
    }
    (frames, None)
}

fn whole(text: &str) -> (Vec<Frame>, Option<Fault>) {
    frames([text.as_bytes()])
}

/// The same frames come out of every cut in two and of single bytes.
fn under_every_split(stream: &[u8], expected: &(Vec<Frame>, Option<Fault>)) {
    for at in 0..=stream.len() {
        assert_eq!(frames([&stream[..at], &stream[at..]]), *expected, "cut at {at}");
    }
    assert_eq!(frames(stream.chunks(1)), *expected, "byte by byte");
    assert_eq!(frames(stream.chunks(7)), *expected, "by sevens");
}

#[test]
fn splits_change_nothing() {
    let first = message("Content-Length : 10\r\n", "v=0\r\n\r\n\r\nX");
    let second = message("Subject: folded\r\n line\r\nl:\r\n 0\r\n", "");
    let stream = format!("\r\n{first}\r\n\r\n\r\n{second}\r\n\r\n{first}");
    let message = |text: &str| Frame::Message(text.to_owned().into());
    let expected =
        vec![message(&first), Frame::KeepAlive, message(&second), Frame::KeepAlive, message(&first)];
    under_every_split(stream.as_bytes(), &(expected, None));
}

/// Every real message and torture message that a stream can carry is cut off exactly.
#[test]
fn real_messages_come_out_whole() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sip-messages");
    let mut stream = Vec::new();
    let mut messages = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "sip")) {
        let bytes = fs::read(&path).unwrap();
        let message = Message::parse(bytes.clone().into()).unwrap();
        if message.header_named("Content-Length").is_some() {
            stream.extend_from_slice(&bytes);
            messages.push(Frame::Message(bytes.into()));
        }
    }
    assert!(messages.len() > 25);
    for size in [1, 2, 3, 64, 1460, stream.len()] {
        assert_eq!(frames(stream.chunks(size)), (messages.clone(), None), "in pieces of {size}");
    }
    for seed in 1..=200 {
        assert_eq!(frames(pieces(&stream, seed)), (messages.clone(), None), "in the pieces of seed {seed}");
    }
}

/// Pieces of sizes that look random and are the same for the same seed.
fn pieces(stream: &[u8], seed: u64) -> Vec<&[u8]> {
    let (mut state, mut rest, mut pieces) = (seed, stream, Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (piece, after) = rest.split_at(((state >> 33) as usize % 1_500 + 1).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// RELIABILITY P2: after any of these nobody knows where the next message starts.
#[test]
fn bad_lengths_end_the_stream() {
    for (lines, fault) in [
        ("", Fault::PeerContentLength),
        ("l: -1\r\n", Fault::PeerContentLength),
        ("l: 99999999999\r\n", Fault::PeerContentLength),
        ("l: 1\r\nContent-Length: 2\r\n", Fault::PeerContentLength),
        ("l: 1, 1\r\n", Fault::PeerContentLength),
        ("l: 0x10\r\n", Fault::PeerContentLength),
        ("l:\r\n", Fault::PeerContentLength),
        ("l: 70000\r\n", Fault::LimitMessage),
        ("l: 4294967295\r\n", Fault::LimitMessage),
        ("X: 1\nl: 5\r\nl: 0\r\n", Fault::PeerLine),
        ("X: 1\rl: 5\r\nl: 0\r\n", Fault::PeerLine),
        ("no colon\r\nl: 0\r\n", Fault::PeerLine),
    ] {
        let stream = message(lines, "12345");
        under_every_split(stream.as_bytes(), &(vec![], Some(fault)));
    }
    let same_twice = message("l: 2\r\nContent-Length: 2\r\n", "12");
    assert_eq!(whole(&same_twice).1, None);
}

#[test]
fn a_request_that_breaks_the_stream_is_answered() {
    let mut framer = Framer::new(Limits::default());
    framer.push(message("l: -1\r\n", "").as_bytes());
    let error = framer.next().unwrap_err();
    assert_eq!(error.reply().map(|refusal| refusal.status), Some(Status::BAD_REQUEST));
}

/// What is wrong in a message but not in its framing costs that message only.
#[test]
fn other_faults_leave_the_stream_alone() {
    let broken = message("l: 0\r\n", "").replace("Call-ID: x\r\n", "");
    let stream = format!("{broken}{}", message("l: 0\r\n", ""));
    let (frames, fault) = whole(&stream);
    assert_eq!((frames.len(), fault), (2, None));
}

/// RELIABILITY P3 and P6: a peer can't make us keep more than one message.
#[test]
fn a_head_without_end_is_given_up() {
    let mut framer = Framer::new(Limits::default());
    let line = b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
    let mut lines = 0;
    let fault = loop {
        framer.push(line);
        lines += 1;
        match framer.next() {
            Ok(frame) => assert_eq!(frame, None),
            Err(error) => break error.fault(),
        }
    };
    assert_eq!((fault, lines), (Fault::LimitMessage, 65_536_usize.div_ceil(line.len())));
}

/// A peer that pings or pongs by line ends alone has not begun a message that it would have to end in time.
#[test]
fn line_ends_begin_no_message() {
    let mut framer = Framer::new(Limits::default());
    for piece in [b"\r\n".as_slice(), b"\r\n", b"\r\n\r"] {
        framer.push(piece);
        while framer.next().unwrap().is_some() {}
        assert!(framer.is_between(), "after {piece:?}");
    }
    framer.push(b"\nOPT");
    assert_eq!(framer.next().unwrap(), Some(Frame::KeepAlive));
    assert_eq!(framer.next().unwrap(), None);
    assert!(!framer.is_between());
}

/// RFC 5626 §3.5.1: CRLF CRLF is a ping, a single CRLF the answer to ours.
#[test]
fn pings_are_told_from_pongs() {
    assert_eq!(whole("\r\n\r\n"), (vec![Frame::KeepAlive], None));
    assert_eq!(whole("\r\n"), (vec![], None));
    let after_pong = format!("\r\n{}", message("l: 0\r\n", ""));
    assert!(matches!(whole(&after_pong).0[..], [Frame::Message(_)]));
    assert_eq!(frames([b"\r".as_slice(), b"\n\r", b"\n\r\n\r\n"]), (vec![Frame::KeepAlive; 2], None));
}

/// Goal: RFC 5626 §3.5.1, who sent a ping tells its pong from a ping of the peer's and from the start of a message.
#[test]
fn a_single_line_end_is_a_pong_and_two_are_a_ping() {
    let pong = |bytes: &[u8]| {
        let mut framer = Framer::new(Limits::default());
        framer.push(bytes);
        (framer.take_line_end(), framer.next().unwrap())
    };
    assert_eq!(pong(b"\r\n"), (true, None));
    assert_eq!(pong(b"\r\n\r\n"), (false, Some(Frame::KeepAlive)));
    assert_eq!(pong(b"\r"), (false, None));
    assert_eq!(pong(b"OPTIONS"), (false, None));
    let message = message("l: 0\r\n", "");
    let (is_pong, frame) = pong(format!("\r\n{message}").as_bytes());
    assert!(is_pong && frame == Some(Frame::Message(message.into())));
    let mut inside = Framer::new(Limits::default());
    inside.push(b"OPTIONS sip:a SIP/2.0");
    assert_eq!(inside.next().unwrap(), None);
    inside.push(b"\r\n");
    assert!(!inside.take_line_end(), "it ends a line of a message");
}
