//! Header values: addresses, Vias, lists and parameters.

#![allow(missing_docs, clippy::unwrap_used)]

use std::net::SocketAddr;

use sip::{
    Fault, Method, Name, Status,
    header::{CSeq, NameAddr, Params, Quoted, RAck, Reason, Replaces, Valued, Via},
};

fn address(text: &str) -> NameAddr<'_> {
    NameAddr::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn names_are_known_in_every_spelling() {
    for (spelling, name) in [
        ("Via", Name::Via),
        ("v", Name::Via),
        ("V", Name::Via),
        ("vIA", Name::Via),
        ("call-id", Name::CallId),
        ("I", Name::CallId),
        ("CSEQ", Name::CSeq),
        ("x", Name::SessionExpires),
        ("www-authenticate", Name::WwwAuthenticate),
        ("P-Asserted-Identity", Name::PAssertedIdentity),
    ] {
        assert_eq!(Name::of(spelling), Some(name), "{spelling}");
    }
    for unknown in ["", "X", "Vi", "Viaa", "X-Via", "Call_ID", "ä", "z", "\0\0"] {
        assert_eq!(Name::of(unknown), (unknown == "X").then_some(Name::SessionExpires), "{unknown}");
    }
}

#[test]
fn display_names_lose_their_quotes() {
    for (text, display) in [
        (r#""Ana" <sip:a@h>"#, Some("Ana")),
        (r#""A \"B\" \\" <sip:a@h>"#, Some(r#"A "B" \"#)),
        (r#""<sip:x@y>, z" <sip:a@h>"#, Some("<sip:x@y>, z")),
        (r#""" <sip:a@h>"#, None),
        (r#""A"<sip:a@h>"#, Some("A")),
        ("Ana Lopes <sip:a@h>", Some("Ana Lopes")),
        ("J. (Büro) Müller <sip:a@h>", Some("J. (Büro) Müller")),
        ("Ana<sip:a@h>", Some("Ana")),
        ("<sip:a@h>", None),
        ("sip:a@h", None),
    ] {
        assert_eq!(address(text).display().as_deref(), display, "{text}");
        let written = address(text).to_string();
        assert_eq!(address(&written).display(), address(text).display(), "{written}");
    }
}

/// RFC 3261 §20: without brackets the parameters are those of the header.
#[test]
fn brackets_say_whose_parameters_they_are() {
    let bracketed = address("<sip:a@h;user=phone>;tag=1");
    assert_eq!((bracketed.uri.param("user"), bracketed.tag()), (Some("phone"), Some("1")));
    let bare = address("sip:a@h;user=phone;tag=1");
    assert_eq!(
        (bare.uri.param("user"), bare.params.value("user"), bare.tag()),
        (None, Some("phone"), Some("1"))
    );
    let odd = address("sip:a@h;x=\"<y>\" ; TAG = 2");
    assert_eq!((odd.params.value("x"), odd.tag()), (Some("<y>"), Some("2")));
}

#[test]
fn malformed_addresses_are_refused() {
    for text in [
        "",
        "Ana",
        "<sip:a@h",
        "sip:a@h>",
        "<>",
        "\"Ana <sip:a@h>",
        "\"Ana\" sip:a@h",
        "\"Ana\\\" <sip:a@h>",
        "Bell, Alexander <sip:a@h>",
        "Ana; <sip:a@h>",
        "< sip:a@h >",
        "<sip:a@h> x",
        "<sip:a@h>, <sip:b@h>",
        "<sip:a@h>;",
        "<sip:a@h>;;x",
        "<sip:a@h>;x=",
        "<sip:a@h>;tag=",
        "<sip:a@h>;x=\"",
        "sip:a@h?x=y",
        "sip:a,b@h",
    ] {
        assert!(NameAddr::parse(text).is_err(), "{text}");
    }
}

#[test]
fn quoted_names_read_back() {
    for name in ["", "Ana", "\"", "\\", "a\"b\\c", "ä, <b>; \"\"", "\\\\\""] {
        let text = format!("{} <sip:a@h>", Quoted(name));
        assert_eq!(address(&text).display().as_deref().unwrap_or(""), name, "{text}");
    }
}

#[test]
fn parameters_are_found_in_any_case() {
    let params = Params::parse(r#";a=1; B = "x;y" ;c;a=2"#).unwrap();
    assert_eq!((params.value("A"), params.value("b"), params.value("c")), (Some("1"), Some("x;y"), Some("")));
    assert!(!params.has("d"));
    let all: Vec<_> = params.iter().map(|param| (param.name, param.raw)).collect();
    assert_eq!(all, [("a", Some("1")), ("B", Some("\"x;y\"")), ("c", None), ("a", Some("2"))]);
    assert!(Params::parse(&";p".repeat(64)).is_ok());
    assert_eq!(Params::parse(&";p".repeat(65)), Err(Fault::LimitParameters));
}

#[test]
fn vias_are_read_with_their_oddities() {
    let via = Via::parse(
        "sip / 2.0 / UDP  first.example.com : 4000 ;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8",
    )
    .unwrap();
    assert_eq!((via.transport, via.sent_by, via.port), ("UDP", "first.example.com : 4000", Some(4000)));
    assert_eq!((via.branch(), via.params.value("ttl")), (Some("z9hG4bKa7c6a8"), Some("16")));
    let six = Via::parse("SIP/2.0/TLS [2001:db8::9]:5061;rport=5;received=192.0.2.1").unwrap();
    assert_eq!(
        (six.sent_by, six.rport(), six.received()),
        ("[2001:db8::9]:5061", Some(Some(5)), "192.0.2.1".parse().ok())
    );
    assert_eq!(Via::parse("SIP/2.0/UDP h;rport").unwrap().rport(), Some(None));
    assert_eq!(Via::parse("SIP/2.0/UDP h;rport=x;received=y").unwrap().received(), None);
}

#[test]
fn malformed_vias_are_refused() {
    for text in [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0/ h",
        "SIP/2.0 UDP h",
        "SIP/1.0/UDP h",
        "HTTP/2.0/UDP h",
        "SIP/2.0/UDP h;",
        "SIP/2.0/UDP h;;branch=1",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h:99999",
        "SIP/2.0/UDP h x",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP ::1",
        "SIP/2.0/UDP h,SIP/2.0/UDP i",
        "SIP/2.0/U<P h",
    ] {
        assert!(Via::parse(text).is_err(), "{text}");
    }
}

/// RFC 3261 §18.2.2, RFC 3581 §4.
#[test]
fn responses_go_where_via_says() {
    let source: SocketAddr = "192.0.2.9:4000".parse().unwrap();
    for (via, target) in [
        ("SIP/2.0/UDP h", "192.0.2.9:5060"),
        ("SIP/2.0/UDP h:6000", "192.0.2.9:6000"),
        ("SIP/2.0/UDP h:6000;rport", "192.0.2.9:4000"),
        ("SIP/2.0/TCP h:6000", "192.0.2.9:4000"),
    ] {
        assert_eq!(
            Via::parse(via).unwrap().way_back().response_target(source),
            target.parse().unwrap(),
            "{via}"
        );
    }
}

#[test]
fn cseq_has_a_number_below_two_to_the_31() {
    assert_eq!(
        CSeq::parse("2147483647 \t INVITE").unwrap(),
        CSeq { number: 2_147_483_647, method: Method::Invite }
    );
    for text in [
        "",
        "1",
        "INVITE",
        "2147483648 INVITE",
        "-1 INVITE",
        "+1 INVITE",
        "1 INV,ITE",
        "1 INVITE x",
        "0x1 BYE",
    ] {
        assert_eq!(CSeq::parse(text), Err(Fault::PeerValue), "{text}");
    }
    let rack = RAck::parse("776656 1 INVITE").unwrap();
    assert_eq!((rack.rseq, rack.to_string()), (776_656, "776656 1 INVITE".into()));
    assert!(RAck::parse("1 INVITE").is_err());
}

#[test]
fn reasons_tell_protocol_and_cause() {
    let reason = Reason::parse(r#"SIP ;cause=200 ;text="Call completed elsewhere""#).unwrap();
    assert_eq!((reason.status(), reason.text), (Status::new(200), Some("Call completed elsewhere")));
    let q850 = Reason::parse("Q.850;cause=16").unwrap();
    assert_eq!((q850.cause, q850.status()), (Some(16), None));
    assert_eq!(Reason::parse("SIP;cause=x").unwrap().cause, None);
    assert!(Reason::parse(";cause=1").is_err());
}

#[test]
fn replaces_names_a_dialog() {
    let replaces =
        Replaces::parse("425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only").unwrap();
    assert_eq!(
        (replaces.call_id, replaces.to_tag, replaces.from_tag),
        ("425928@bobster.example.org", "7743", "6472")
    );
    assert!(replaces.early_only);
    assert!(Replaces::parse("a@b;to-tag=1").is_err());
}

#[test]
fn words_with_parameters_are_split() {
    let expires = Valued::parse("1800;refresher=uac").unwrap();
    assert_eq!((expires.value, expires.params.value("refresher")), ("1800", Some("uac")));
    let body = Valued::parse("Application/SDP ; charset=utf-8").unwrap();
    assert!(body.is("application/sdp") && body.params.has("charset"));
    assert!(Valued::parse(" ;x").is_err());
}

#[test]
fn statuses_have_a_class_and_a_phrase() {
    assert_eq!([99, 100, 699, 700].map(|code| Status::new(code).is_some()), [false, true, true, false]);
    assert_eq!((Status::BUSY_HERE.class(), Status::BUSY_HERE.reason()), (4, "Busy Here"));
    assert_eq!(Status::new(299).map(Status::reason), Some("OK"));
    assert!(Status::RINGING.is_provisional() && Status::OK.is_success() && Status::DECLINE.is_final());
}

#[test]
fn methods_are_case_sensitive_tokens() {
    assert_eq!(Method::parse("INVITE"), Some(Method::Invite));
    assert_eq!(Method::parse("invite"), Some(Method::Other("invite".into())));
    assert_eq!([Method::parse(""), Method::parse("A B"), Method::parse("SIP/2.0")], [None, None, None]);
}
