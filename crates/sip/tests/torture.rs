//! The torture messages of RFC 4475 and RFC 5118, each with its verdict.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use bytes::{Bytes, BytesMut};
use sip::{Fault, Message, Method, Name, Status, header::Contacts, uri::Scheme};

/// What this switch does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is read; what the layers above then do stands beside it.
    Accept(Element),
    /// It is answered at once, without state.
    Refuse(u16, Fault),
    /// It is dropped.
    Drop(Fault),
}

/// What an element does with a message that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    /// Handles it as any other.
    Handles,
    /// Answers with this status.
    Answers(u16),
    /// Takes no notice: a response that is none of ours.
    Ignores,
}

use Element::{Answers, Handles, Ignores};
use Verdict::{Accept, Drop, Refuse};

const RFC_4475: &[(&str, Verdict)] = &[
    ("wsinv", Accept(Handles)),
    ("intmeth", Accept(Answers(405))),
    ("esc01", Accept(Handles)),
    ("escnull", Accept(Handles)),
    ("esc02", Accept(Answers(405))),
    ("lwsdisp", Accept(Handles)),
    ("longreq", Accept(Handles)),
    ("dblreq", Accept(Handles)),
    ("semiuri", Accept(Handles)),
    ("transports", Accept(Handles)),
    ("mpart01", Accept(Handles)),
    ("unreason", Accept(Handles)),
    ("noreason", Accept(Handles)),
    ("badinv01", Refuse(400, Fault::PeerHeader(Name::Via))),
    ("clerr", Refuse(400, Fault::PeerBodyShort)),
    ("ncl", Refuse(400, Fault::PeerContentLength)),
    ("scalar02", Refuse(400, Fault::PeerHeader(Name::CSeq))),
    ("scalarlg", Drop(Fault::PeerHeader(Name::CSeq))),
    ("quotbal", Refuse(400, Fault::PeerHeader(Name::To))),
    ("ltgtruri", Refuse(400, Fault::PeerUri)),
    ("lwsruri", Refuse(400, Fault::PeerStartLine)),
    ("lwsstart", Refuse(400, Fault::PeerStartLine)),
    ("trws", Refuse(400, Fault::PeerStartLine)),
    ("escruri", Refuse(400, Fault::PeerUri)),
    // Date is of no use to this switch, so it is not read.
    ("baddate", Accept(Handles)),
    // The registrar finds the fault when it reads Contact.
    ("regbadct", Accept(Answers(400))),
    ("badaspec", Refuse(400, Fault::PeerHeader(Name::To))),
    ("baddn", Refuse(400, Fault::PeerHeader(Name::From))),
    ("badvers", Refuse(505, Fault::PeerVersion)),
    ("mismatch01", Refuse(400, Fault::PeerMethod)),
    ("mismatch02", Refuse(400, Fault::PeerMethod)),
    ("bigcode", Drop(Fault::PeerStartLine)),
    // The cookie alone: the transaction layer falls back to the rules of RFC 2543.
    ("badbranch", Accept(Handles)),
    ("insuf", Refuse(400, Fault::PeerMissing(Name::From))),
    ("unkscm", Accept(Answers(416))),
    ("novelsc", Accept(Answers(416))),
    ("unksm2", Accept(Answers(400))),
    ("bext01", Accept(Answers(420))),
    ("invut", Accept(Answers(415))),
    ("regaut01", Accept(Answers(401))),
    ("multi01", Refuse(400, Fault::PeerRepeated(Name::CSeq))),
    ("mcl01", Refuse(400, Fault::PeerContentLength)),
    ("bcast", Accept(Ignores)),
    ("zeromf", Accept(Handles)),
    ("cparam01", Accept(Handles)),
    ("cparam02", Accept(Handles)),
    ("regescrt", Accept(Handles)),
    ("sdp01", Accept(Answers(406))),
    ("inv2543", Accept(Handles)),
];

const RFC_5118: &[(&str, Verdict)] = &[
    ("ipv6-good", Accept(Handles)),
    ("ipv6-bad", Refuse(400, Fault::PeerUri)),
    ("port-ambiguous", Accept(Handles)),
    ("port-unambiguous", Accept(Handles)),
    ("via-received-param-with-delim", Accept(Handles)),
    ("via-received-param-no-delim", Accept(Handles)),
    ("ipv6-in-sdp", Accept(Handles)),
    ("mult-ip-in-header", Accept(Handles)),
    ("mult-ip-in-sdp", Accept(Handles)),
    ("ipv4-mapped-ipv6", Accept(Handles)),
    ("ipv6-bug-abnf-3-colons", Refuse(400, Fault::PeerUri)),
    ("ipv6-correct-abnf-2-colons", Accept(Handles)),
];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(rfc: &str, name: &str) -> Bytes {
    fs::read(folder(rfc).join(name).with_extension("dat")).unwrap().into()
}

fn parsed(name: &str) -> Message {
    Message::parse(read("rfc4475", name)).unwrap()
}

/// Sorts a message the way the switch does: the parser first, then the checks of a user agent in the order of
/// RFC 3261 §8.2.
fn verdict(bytes: Bytes) -> Verdict {
    match Message::parse(bytes) {
        Ok(message) => Accept(element(&message)),
        Err(error) => match error.reply() {
            Some(refusal) => Refuse(refusal.status.code(), error.fault()),
            None => Drop(error.fault()),
        },
    }
}

fn element(message: &Message) -> Element {
    let Some(uri) = message.request_uri() else {
        // RFC 3261 §8.1.3.3: a response with more than one Via is not for a user agent.
        return if message.vias().count() == 1 { Handles } else { Ignores };
    };
    let accepts_sdp = || message.values(Name::Accept).any(|range| range.starts_with("application/sdp"));
    let speaks_digest =
        || message.header(Name::Authorization).is_none_or(|value| value.starts_with("Digest "));
    let known_body = || message.content_type().is_none_or(|body| body.is("application/sdp"));
    let is_invite = *message.method() == Method::Invite;
    if matches!(message.method(), Method::Other(_)) {
        Answers(405)
    } else if uri.scheme() == Scheme::Other {
        Answers(416)
    } else if message.header(Name::Require).is_some() {
        Answers(420)
    } else if *message.method() == Method::Register
        && (message.to().uri.host().is_none() || message.contacts().is_err())
    {
        Answers(400)
    } else if !speaks_digest() {
        Answers(401)
    } else if is_invite && !known_body() {
        Answers(415)
    } else if is_invite && message.header(Name::Accept).is_some() && !accepts_sdp() {
        Answers(406)
    } else {
        Handles
    }
}

fn check(rfc: &str, table: &[(&str, Verdict)]) {
    for (name, expected) in table {
        assert_eq!(verdict(read(rfc, name)), *expected, "{rfc} {name}");
    }
    let listed: BTreeSet<String> = table.iter().map(|(name, _)| format!("{name}.dat")).collect();
    let stored =
        fs::read_dir(folder(rfc)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let stored: BTreeSet<String> = stored.filter(|name| name.ends_with(".dat")).collect();
    assert_eq!(listed, stored, "every message has its verdict");
}

#[test]
fn rfc_4475_verdicts() {
    check("rfc4475", RFC_4475);
}

#[test]
fn rfc_5118_verdicts() {
    check("rfc5118", RFC_5118);
}

/// Whatever is refused gets an answer that is itself a sound message, with the lines that tell the sender which
/// of his requests it answers.
#[test]
fn refusals_are_sound_where_the_request_names_itself() {
    for (name, expected) in RFC_4475 {
        let error = match Message::parse(read("rfc4475", name)) {
            Err(error) if matches!(expected, Refuse(..)) => error,
            Ok(_) | Err(_) => continue,
        };
        let mut out = BytesMut::new();
        let answer = error.respond(&mut out, "192.0.2.9:5060".parse().unwrap(), "t1").unwrap();
        let text = String::from_utf8(answer.to_vec()).unwrap();
        assert!(text.starts_with("SIP/2.0 "), "{name}: {text}");
        assert!(text.ends_with("Content-Length: 0\r\n\r\n"), "{name}: {text}");
        assert_eq!(text.matches("\r\nCSeq: ").count(), 1, "{name}: {text}");
        assert!(text.contains("\r\nVia: "), "{name}: {text}");
    }
}

#[test]
fn wsinv_reads_as_an_ordinary_invite() {
    let message = parsed("wsinv");
    assert_eq!(message.to().tag(), Some("1918181833n"));
    assert_eq!(message.from().display().unwrap(), "J Rosenberg \\\"");
    assert_eq!(message.from_tag(), Some("98asjd8"));
    assert_eq!(message.max_forwards(), Some(68));
    assert_eq!((message.cseq().number, message.cseq().method), (9, Method::Invite));
    let vias: Vec<_> = message
        .vias()
        .map(|via| via.unwrap())
        .map(|via| (via.transport, via.sent_by, via.branch()))
        .collect();
    assert_eq!(
        vias,
        [
            ("UDP", "192.0.2.2", Some("390skdjuw")),
            ("TCP", "spindle.example.com", Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111", Some("z9hG4bK30239")),
        ]
    );
    assert_eq!(message.header(Name::Subject), Some(""));
    assert_eq!(message.header_named("newfangledheader"), Some("newfangled value continued newfangled value"));
    assert_eq!(message.header_named("UnknownHeaderWithUnusualValue"), Some(";;,,;;,;"));
    assert!(message.routes().next().unwrap().unwrap().uri.is_loose());
    let contacts = message.contacts().unwrap();
    let contact = contacts.first().unwrap();
    assert_eq!(contact.display().unwrap(), "Quoted string \"\"");
    assert_eq!(contact.params.value("q"), Some("0.33"));
    assert_eq!(message.body().len(), 150);
}

#[test]
fn intmeth_keeps_every_legal_character() {
    let message = parsed("intmeth");
    assert_eq!(message.method().as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(message.to().display().unwrap(), "BEL:\u{7} NUL:\0 DEL:\u{7f}");
    assert_eq!(message.from_tag(), Some("_token~1'+`*%!-."));
    assert_eq!(message.from().params.value("fromParam''~+*_!.-%"), Some("работающий"));
    let uri = message.request_uri().unwrap();
    assert_eq!(uri.user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
}

#[test]
fn escapes_are_read_after_the_uri_is_split() {
    let message = parsed("esc01");
    let uri = message.request_uri().unwrap();
    assert_eq!(uri.user(), Some("sips%3Auser%40example.com"));
    assert_eq!(uri.user_unescaped().unwrap(), "sips:user@example.com");
    assert_eq!(message.to().uri.user_unescaped().unwrap(), "user");
    assert_eq!(parsed("semiuri").request_uri().unwrap().user(), Some("user;par=u%40example.net"));
}

#[test]
fn bindings_that_differ_in_nul_differ() {
    let message = parsed("escnull");
    let Contacts::List(list) = message.contacts().unwrap() else { panic!("a list") };
    assert_eq!(list.len(), 2);
    assert!(!list[0].uri.same_as(&list[1].uri));
}

#[test]
fn what_follows_content_length_in_a_datagram_is_ignored() {
    let message = parsed("dblreq");
    assert_eq!(*message.method(), Method::Register);
    assert!(message.body().is_empty());
    assert!(message.raw().ends_with(b"\r\n\r\n"));
}

#[test]
fn longreq_is_not_cut() {
    let message = parsed("longreq");
    assert_eq!(message.from_tag().unwrap().len(), 155);
    assert_eq!(message.vias().filter(Result::is_ok).count(), 34);
}

#[test]
fn transports_may_be_unknown() {
    let message = parsed("transports");
    let transports: Vec<_> = message.vias().map(|via| via.unwrap().transport).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

#[test]
fn binary_bodies_stay_as_they_are() {
    let message = parsed("mpart01");
    assert!(read("rfc4475", "mpart01").ends_with(&message.body()));
    assert!(std::str::from_utf8(&message.body()).is_err());
}

#[test]
fn reason_phrases_may_be_utf_8_or_empty() {
    assert!(format!("{:?}", parsed("unreason").start()).contains("девяносто"));
    assert_eq!(parsed("noreason").status(), Status::new(100));
}

#[test]
fn unknown_parameters_stay_with_their_binding() {
    let (first, second, third) = (parsed("cparam01"), parsed("cparam02"), parsed("regescrt"));
    let contact = |message: &Message| message.contacts().unwrap().first().unwrap().to_string();
    assert!(contact(&first).ends_with(">;unknownparam"));
    assert!(contact(&second).ends_with(";unknownparam>"));
    assert!(contact(&third).contains("?Route="));
}

#[test]
fn received_is_read_with_and_without_brackets() {
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let message = Message::parse(read("rfc5118", name)).unwrap();
        assert_eq!(message.top_via().received(), Some("2001:db8::9:255".parse().unwrap()), "{name}");
    }
}

#[test]
fn a_port_in_brackets_is_part_of_the_address() {
    let uri = |name| {
        Message::parse(read("rfc5118", name))
            .unwrap()
            .request_uri()
            .map(|uri| (uri.host().unwrap().to_string(), uri.port()))
            .unwrap()
    };
    assert_eq!(uri("port-ambiguous"), ("[2001:db8::10:5070]".into(), None));
    assert_eq!(uri("port-unambiguous"), ("[2001:db8::10]".into(), Some(5070)));
}
