//! URIs: what is read, what is refused, and which are the same.

#![allow(missing_docs, clippy::unwrap_used)]

use sip::{
    Fault,
    uri::{EscapedUser, Host, Scheme, Uri},
};

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// RFC 3261 §19.1.1.
#[test]
fn all_parts_are_found() {
    let full = uri(
        "sips:alice:se%63ret@[2001:db8::1]:5061;transport=tcp;lr;maddr=192.0.2.1?subject=hi&priority=urgent",
    );
    assert_eq!(full.scheme(), Scheme::Sips);
    assert_eq!((full.user(), full.password()), (Some("alice"), Some("se%63ret")));
    assert_eq!((full.host(), full.port()), (Some(Host::V6("2001:db8::1".parse().unwrap())), Some(5061)));
    assert_eq!((full.param("TRANSPORT"), full.param("lr"), full.param("x")), (Some("tcp"), Some(""), None));
    assert!(full.is_loose());
    assert_eq!(full.headers(), "subject=hi&priority=urgent");
    let bare = uri("SIP:example.com");
    assert_eq!((bare.scheme(), bare.user(), bare.port()), (Scheme::Sip, None, None));
    assert_eq!(bare.host(), Some(Host::Name("EXAMPLE.com")));
}

#[test]
fn hosts_are_names_or_addresses() {
    for (text, host) in [
        ("sip:1.2.3.4", Host::V4("1.2.3.4".parse().unwrap())),
        ("sip:1.2.3.400", Host::Name("1.2.3.400")),
        ("sip:4.example", Host::Name("4.example")),
        ("sip:my_host.local.", Host::Name("my_host.local.")),
        ("sip:[::ffff:192.0.2.2]", Host::V6("::ffff:192.0.2.2".parse().unwrap())),
    ] {
        assert_eq!(uri(text).host(), Some(host), "{text}");
    }
}

#[test]
fn malformed_uris_are_refused() {
    for text in [
        "",
        "sip",
        ":x",
        "1x:y",
        "sip:",
        "sip:@host",
        "sip:user@",
        "sip:user@host:",
        "sip:user@host:65536",
        "sip:user@host:+1",
        "sip:user@host:5060x",
        "sip:user@[::1",
        "sip:user@[1.2.3.4]",
        "sip:user@[::1]x",
        "sip:user@ho st",
        "sip:us er@host",
        "sip: user@host",
        "sip:a@b@c",
        "sip:user:pass:word@h\u{7f}",
        "sip:user@host;",
        "sip:user@host;;lr",
        "sip:user@host;=x",
        "sip:user@host;x=",
        "sip:user@host;x=\"y\"",
        "sip:user@host; lr",
        "sip:user@host,x",
        "sip:user@host?a=<b>",
        "sip:\"user\"@host",
        "sip:user@höst",
        "tel:",
        "tel:hello",
        "tel:+",
        "tel:+1 2",
        "mailto:",
    ] {
        assert!(Uri::parse(text).is_err(), "{text}");
    }
    let many = format!("sip:host{}", ";x=1".repeat(65));
    assert_eq!(Uri::parse(&many), Err(Fault::LimitParameters));
    assert!(Uri::parse(&many[..many.len() - 4]).is_ok());
}

/// Phones send these; none of them is in the grammar.
#[test]
fn what_the_field_sends_is_read() {
    assert_eq!(uri("sip:*21#@pbx.example.com").user(), Some("*21#"));
    assert_eq!(uri("sip:jürgen@pbx.example.com").user(), Some("jürgen"));
    assert_eq!(uri("sip:1001@pbx.example.com;x=a=b").param("x"), Some("a=b"));
}

/// RFC 3966 §3; a tel URI has no host.
#[test]
fn tel_uris_have_a_number() {
    let tel = uri("tel:+1-(201)-555.0123;phone-context=example.com");
    assert_eq!((tel.scheme(), tel.user(), tel.host()), (Scheme::Tel, Some("+1-(201)-555.0123"), None));
    assert_eq!(tel.param("phone-context"), Some("example.com"));
    assert_eq!(uri("tel:*31#").user(), Some("*31#"));
}

#[test]
fn other_schemes_are_kept() {
    let other = uri("soap.beep://192.0.2.103:3002");
    assert_eq!((other.scheme(), other.user(), other.host()), (Scheme::Other, None, None));
    assert_eq!(other.to_string(), "soap.beep://192.0.2.103:3002");
}

/// RFC 3261 §19.1.4, its examples and some more.
#[test]
fn equal_uris_are_the_same() {
    for (a, b) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8:0::1]", "sip:a@[2001:DB8::1]"),
        ("sip:a@h;x=1;x=2", "sip:a@h;x=1;x=2"),
        ("sip:h?", "sip:h"),
        ("tel:+1-201-555-0123", "tel:+1(201)5550123"),
        ("tel:55;phone-context=A", "TEL:5-5;Phone-Context=a"),
        ("urn:service:sos", "urn:service:sos"),
    ] {
        assert!(uri(a).same_as(&uri(b)) && uri(b).same_as(&uri(a)), "{a} {b}");
    }
}

#[test]
fn different_uris_are_not() {
    for (a, b) in [
        ("sip:alice@atlanta.com", "sips:alice@atlanta.com"),
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
        ("sip:a%3Bb@h", "sip:a;b@h"),
        ("sip:a@h", "sip:a:b@h"),
        ("sip:a@h", "sip:h"),
        ("sip:a@h;maddr=1.2.3.4", "sip:a@h"),
        ("sip:h?a=1&a=1", "sip:h?a=1&b=1"),
        ("sip:h?a=b", "sip:h?a=B"),
        ("tel:55;phone-context=a", "tel:55"),
        ("tel:55", "tel:56"),
        ("tel:55", "sip:55@h"),
        ("urn:a:b", "urn:a:c"),
    ] {
        assert!(!uri(a).same_as(&uri(b)) && !uri(b).same_as(&uri(a)), "{a} {b}");
    }
}

#[test]
fn users_are_escaped_and_read_back() {
    for user in ["1001", "a b", "ä%\"<@:>", "+1(2)3", "\r\nX: y", "#*", ""] {
        let text = format!("sip:{}@h", EscapedUser(user));
        if !user.is_empty() {
            assert_eq!(uri(&text).user_unescaped().unwrap(), user, "{text}");
        }
    }
    assert_eq!(EscapedUser("+12 3").to_string(), "+12%203");
    assert_eq!(uri("sip:%ff%zz%@h").user_unescaped().unwrap(), "\u{fffd}%zz%");
    assert_eq!(uri("sip:a%@h").user_unescaped().unwrap(), "a%");
}
