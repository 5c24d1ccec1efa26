//! What must hold for any bytes at all; shared by the mutation test, the corpus replay and the fuzz targets.

#![allow(missing_docs, clippy::unwrap_used, dead_code, unreachable_pub)]

use std::{collections::BTreeMap, str};

use bytes::{Bytes, BytesMut};
use sip::{
    Fault, Message, Method, Name, Status,
    digest::{self, Challenge, Credentials, Form, Secret, answer, ha1, verify},
    header::{CSeq, NameAddr, PARAMETERS_MAX, Params, RAck, Reason, Replaces, Valued, Via},
    message::{
        Limits, ParseError, Start, Writer, respond_to,
        stream::{Frame, Framer},
    },
    uri::Uri,
};

/// What a message says, whatever its spelling: the start line, for each header its lines in order, and the body.
/// The order of different headers, compact names, folds and blanks around values say nothing (RFC 3261 §7.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    start: String,
    headers: BTreeMap<String, Vec<String>>,
    body: Bytes,
}

impl Meaning {
    pub fn of(message: &Message) -> Self {
        let mut headers = BTreeMap::<_, Vec<_>>::new();
        for (spelling, value) in message.all() {
            // The length is a matter of framing, and the bytes of the body are compared themselves.
            if Name::of(spelling) != Some(Name::ContentLength) {
                headers.entry(canonical(spelling)).or_default().push(value.to_owned());
            }
        }
        Self { start: format!("{:?}", message.start()), headers, body: message.body() }
    }
}

fn canonical(spelling: &str) -> String {
    Name::of(spelling).map_or(spelling, |name| name.as_str()).to_ascii_lowercase()
}

/// Writes the message anew, header by header. The writer puts the type of a body and its length last.
pub fn rewritten(message: &Message) -> Bytes {
    let mut out = BytesMut::new();
    let mut writer = match message.start() {
        Start::Request { method, uri } => Writer::request(&mut out, method, uri),
        Start::Response { status, reason } => Writer::response(&mut out, status, Some(reason)),
    };
    let body = message.body();
    let content_type = message.header(Name::ContentType).unwrap_or("application/octet-stream").to_owned();
    for (spelling, value) in message.all() {
        writer = match Name::of(spelling) {
            Some(Name::ContentLength | Name::ContentType) => writer,
            Some(name) => writer.header(name, value),
            None => writer.other(spelling, value),
        };
    }
    if message.header(Name::ContentType).is_some() || !body.is_empty() {
        writer = writer.body(&content_type, &body);
    }
    writer.end()
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Read,
    Answered,
    Dropped,
}

/// Bytes as a datagram.
pub fn message(bytes: &[u8]) -> Fate {
    match Message::parse(Bytes::copy_from_slice(bytes)) {
        Ok(message) => {
            sound(&message);
            Fate::Read
        }
        Err(error) => {
            refused(bytes, &error);
            if error.reply().is_some() { Fate::Answered } else { Fate::Dropped }
        }
    }
}

/// A message that was read can be asked anything, answered, read again and written.
fn sound(message: &Message) {
    ask(message);
    let again = Message::parse(message.raw().clone()).expect("what was read can be read again");
    assert_eq!(Meaning::of(message), Meaning::of(&again));
    // Long names, a type and a length may push a message over a limit that it kept.
    let is_small = message.raw().len() < 20_000
        && message.all().count() < 120
        && message.all().all(|(_, value)| value.len() < 4_000);
    let has_one_type = message.headers(Name::ContentType).count() <= 1;
    let has_type_of_body = message.body().is_empty() || message.header(Name::ContentType).is_some();
    let has_nul = message.raw()[..message.raw().len() - message.body().len()].contains(&0);
    if is_small && has_one_type && has_type_of_body && !has_nul {
        let written = Message::parse(rewritten(message)).expect("what was written can be read");
        assert_eq!(Meaning::of(message), Meaning::of(&written));
    }
    // An answer adds two parameters to the first Via.
    let has_room = message.top_via().params.iter().count() <= PARAMETERS_MAX - 2;
    if message.is_request() && is_small && has_room {
        let mut out = BytesMut::new();
        let source = "192.0.2.9:4000".parse().unwrap();
        let bytes = respond_to(&mut out, message, source, Status::BUSY_HERE, Some("t9")).end();
        let response = Message::parse(bytes).expect("an answer can be read");
        assert_eq!(response.call_id(), message.call_id());
        assert_eq!(response.branch(), message.branch());
        assert_eq!((response.from_tag(), response.cseq()), (message.from_tag(), message.cseq()));
        assert_eq!(response.to_tag(), message.to_tag().or(Some("t9")));
        assert_eq!(response.vias().count(), message.vias().count());
    }
}

fn ask(message: &Message) {
    assert_eq!(message.branch(), message.top_via().branch());
    assert_eq!(message.sent_by(), message.top_via().sent_by);
    assert_eq!(message.from_tag(), message.from().tag());
    assert_eq!(message.to_tag(), message.to().tag());
    assert_eq!(message.cseq().method, *message.method());
    assert_eq!(message.is_request(), message.status().is_none());
    assert_eq!(message.is_request(), message.request_uri().is_some());
    assert!(!message.call_id().is_empty());
    let _ =
        (message.max_forwards(), message.expires(), message.content_type(), message.contacts().map(|_| ()));
    let _ = (message.from().display(), message.to().uri.user_unescaped(), message.top_via().received());
    let _ = (message.vias().count(), message.routes().count(), message.record_routes().count());
    for (name, _) in message.all() {
        assert!(message.headers_named(name).count() > 0);
    }
    for value in message.headers(Name::Authorization).chain(message.headers(Name::WwwAuthenticate)) {
        digest(value.as_bytes());
    }
}

/// A message that was refused gets at most one answer, sound line by line and not much larger than itself.
fn refused(bytes: &[u8], error: &ParseError) {
    let mut out = BytesMut::new();
    let answer = error.respond(&mut out, "[2001:db8::1]:5060".parse().unwrap(), "t9");
    assert_eq!(answer.is_some(), error.reply().is_some());
    let Some(answer) = answer else { return };
    assert!(
        !bytes.starts_with(b"SIP/2.0 ") && !bytes.starts_with(b"ACK "),
        "neither responses nor ACKs are answered"
    );
    let answer = str::from_utf8(&answer).expect("heads are text");
    assert!(answer.starts_with("SIP/2.0 ") && answer.ends_with("\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(answer.matches('\n').count(), answer.matches("\r\n").count());
    assert_eq!(answer.matches('\r').count(), answer.matches("\r\n").count());
    // Latin-1 may double, `v:` becomes `Via:`.
    assert!(answer.len() <= 3 * bytes.len() + 256, "{} from {}", answer.len(), bytes.len());
}

/// Bytes as a stream: the first says how it is cut, and no cut changes what comes out.
pub fn stream(bytes: &[u8]) {
    let Some((&size, stream)) = bytes.split_first() else { return };
    let whole = frames([stream]);
    let cut = frames(stream.chunks(usize::from(size).max(1)));
    assert_eq!(whole, cut);
    for frame in whole.0 {
        let Frame::Message(bytes) = frame else { continue };
        match Message::parse(bytes.clone()) {
            Ok(message) => assert_eq!(message.body(), bytes[bytes.len() - message.body().len()..]),
            Err(error) => assert!(
                !matches!(
                    error.fault(),
                    Fault::PeerContentLength | Fault::PeerBodyShort | Fault::PeerHeadEnd | Fault::PeerLine
                ),
                "framer and parser read the same length"
            ),
        }
    }
}

fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<Fault>) {
    let mut framer = Framer::new(Limits::default());
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error.fault())),
            }
        }
    }
    (frames, None)
}

/// Text, up to two lines of it, as URIs and as every header value there is.
pub fn uri(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    let parsed = [Uri::parse(first), Uri::parse(second)];
    for uri in parsed.iter().flatten() {
        assert_eq!(Uri::parse(&uri.to_string()).as_ref(), Ok(uri));
        assert!(uri.same_as(uri));
        let _ = (uri.user_unescaped(), uri.params().iter().count(), uri.is_loose());
    }
    if let [Ok(a), Ok(b)] = &parsed {
        assert_eq!(a.same_as(b), b.same_as(a));
    }
    if let Ok(address) = NameAddr::parse(first) {
        let text = address.to_string();
        let again = NameAddr::parse(&text).expect("what was written can be read");
        assert_eq!(
            (again.display(), again.uri, again.tag()),
            (address.display(), address.uri, address.tag())
        );
        assert!(again.params.iter().eq(address.params.iter()));
    }
    if let Ok(cseq) = CSeq::parse(first) {
        assert_eq!(CSeq::parse(&cseq.to_string()), Ok(cseq));
    }
    if let Ok(via) = Via::parse(first) {
        let _ = (via.branch(), via.received(), via.rport(), via.wants_rport());
    }
    let _ = (
        Params::parse(first),
        RAck::parse(first),
        Reason::parse(first),
        Replaces::parse(first),
        Valued::parse(first),
    );
}

/// Text as a challenge and as credentials; what is answered is right, and nothing else is.
pub fn digest(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(challenge) = Challenge::parse(text) {
        let request = digest::Request { method: &Method::Invite, uri: "sip:b@h", body: b"v=0" };
        let made = answer(&challenge, "u", Secret::Password("p"), &request, "c", 1);
        assert_eq!(made.is_some(), challenge.algorithm.is_some());
        if let (Some(line), Some(algorithm)) = (made, challenge.algorithm) {
            let credentials = Credentials::parse(&line).expect("what was written can be read");
            let right = ha1(algorithm, "u", challenge.realm, "p");
            let wrong = ha1(algorithm, "u", challenge.realm, "q");
            assert!(verify(&credentials, &Method::Invite, b"v=0", &right, Form::Any));
            assert!(!verify(&credentials, &Method::Invite, b"v=0", &wrong, Form::Any));
            assert!(!verify(&credentials, &Method::Bye, b"v=0", &right, Form::Any));
        }
    }
    if let Ok(credentials) = Credentials::parse(text) {
        let _ = credentials.count();
        for algorithm in [digest::Algorithm::Md5, digest::Algorithm::Sha256] {
            let _ = verify(&credentials, &Method::Register, b"", &ha1(algorithm, "u", "r", "p"), Form::Any);
        }
    }
}
