//! The messages of real phones and stacks: read, written and read again they say the same.

#![allow(missing_docs, clippy::unwrap_used)]

mod probe;

use std::{fs, path::Path};

use bytes::Bytes;
use probe::{Meaning, rewritten};
use sip::{
    Message, Method, Name,
    digest::{Algorithm, Challenge, Credentials, Qop},
    header::Contacts,
};

fn message(name: &str) -> Message {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sip-messages").join(name);
    Message::parse(Bytes::from(fs::read(path).unwrap())).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sip-messages");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.ends_with(".sip"));
    names.sort();
    names
}

#[test]
fn every_message_says_the_same_after_writing() {
    assert_eq!(names().len(), 30);
    for name in names() {
        let first = message(&name);
        let bytes = rewritten(&first);
        let second = Message::parse(bytes.clone()).unwrap();
        assert_eq!(Meaning::of(&first), Meaning::of(&second), "{name}");
        assert_eq!(
            (first.call_id(), first.cseq(), first.branch()),
            (second.call_id(), second.cseq(), second.branch())
        );
        assert_eq!(
            (first.from(), first.to(), first.top_via()),
            (second.from(), second.to(), second.top_via())
        );
        assert_eq!(first.contacts(), second.contacts(), "{name}");
        assert_eq!(rewritten(&second), bytes, "{name}: writing has one form");
    }
}

#[test]
fn every_message_holds_what_any_must() {
    for name in names() {
        probe::message(message(&name).raw());
    }
}

#[test]
fn every_typed_header_can_be_read() {
    for name in names() {
        let message = message(&name);
        assert!(message.vias().all(|via| via.is_ok()), "{name}");
        assert!(
            message
                .routes()
                .chain(message.record_routes())
                .all(|route| route.is_ok_and(|route| route.uri.is_loose()))
        );
        assert!(message.contacts().is_ok(), "{name}");
        for identity in [Name::PAssertedIdentity, Name::Diversion, Name::Path, Name::ReferTo] {
            assert!(message.addresses(identity).all(|address| address.is_ok()), "{name}");
        }
        for line in message.headers(Name::Authorization).chain(message.headers(Name::ProxyAuthorization)) {
            let credentials = Credentials::parse(line).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(credentials.algorithm, Some(Algorithm::Md5), "{name}");
        }
        for line in message.headers(Name::WwwAuthenticate).chain(message.headers(Name::ProxyAuthenticate)) {
            assert!(Challenge::parse(line).is_ok(), "{name}");
        }
    }
}

#[test]
fn jssip_registers_with_an_instance() {
    let register = message("jssip-register-auth.sip");
    let contacts = register.contacts().unwrap();
    let contact = contacts.first().unwrap();
    assert_eq!(
        contact.params.value("+sip.instance"),
        Some("<urn:uuid:9d9c84b5-1c28-42b3-80de-2239bd666d25>")
    );
    assert_eq!((contact.params.value("reg-id"), contact.params.value("expires")), (Some("1"), Some("600")));
    assert_eq!(contact.uri.param("transport"), Some("ws"));
    assert_eq!((register.expires(), register.top_via().transport), (Some(600), "WS"));
    let credentials = Credentials::parse(register.header(Name::Authorization).unwrap()).unwrap();
    assert_eq!((credentials.username, credentials.qop, credentials.count()), ("2001", Some(Qop::Auth), 1));
    assert_eq!(register.values(Name::Supported).collect::<Vec<_>>(), ["path", "gruu", "outbound"]);
}

#[test]
fn polycom_quotes_commas() {
    let register = message("polycom-vvx410-register.sip");
    let Contacts::List(list) = register.contacts().unwrap() else { panic!("a list") };
    assert_eq!(list.len(), 1);
    assert!(list[0].params.value("methods").unwrap().contains(','));
}

#[test]
fn cisco_quotes_a_comma_in_a_name() {
    let invite = message("cisco-spa504g-invite.sip");
    assert_eq!(invite.from().display().unwrap(), "Ann, Sales");
    assert_eq!(invite.branch(), Some("z9hG4bK-5c1d1e9f"));
}

#[test]
fn twilio_comes_through_a_proxy() {
    let invite = message("twilio-trunk-invite.sip");
    assert_eq!(
        (invite.method(), invite.vias().count(), invite.record_routes().count()),
        (&Method::Invite, 2, 1)
    );
    assert_eq!(invite.request_uri().unwrap().user(), Some("+12025550123"));
    let caller = invite.addresses(Name::PAssertedIdentity).next().unwrap().unwrap();
    assert_eq!((caller.uri.user(), caller.uri.param("user")), (Some("+12025550188"), Some("phone")));
    assert_eq!(invite.header_named("x-twilio-callsid").map(str::len), Some(34));
    assert!(invite.content_type().unwrap().is("application/sdp"));
}

#[test]
fn kamailio_challenges() {
    let refusal = message("kamailio-401-register.sip");
    let challenge = Challenge::choose(refusal.headers(Name::WwwAuthenticate)).unwrap();
    assert_eq!((challenge.realm, challenge.algorithm), ("127.0.0.1", Some(Algorithm::Md5)));
    assert_eq!(refusal.status(), Some(sip::Status::UNAUTHORIZED));
}
