//! Whatever is written is read as it was meant.

#![allow(missing_docs, clippy::unwrap_used)]

mod probe;

use bytes::BytesMut;
use proptest::{collection::vec, option, prelude::*};
use sip::{
    Message, Method, Name, Status,
    header::{CSeq, Contacts, NameAddr, Quoted},
    message::{Start, Writer, respond_to},
    uri::{EscapedUser, Uri},
};

const TOKEN: &str = "[-.!%*_+`'~A-Za-z0-9]{1,20}";

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::Invite),
        Just(Method::Bye),
        Just(Method::Register),
        Just(Method::Ack),
        TOKEN.prop_map(|word| Method::parse(&word).unwrap()),
    ]
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][-a-z0-9]{0,10}(\\.[a-z]{2,5}){0,3}",
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
        any::<[u16; 8]>().prop_map(|ip| format!("[{}]", std::net::Ipv6Addr::from(ip))),
    ]
}

fn parameters() -> impl Strategy<Value = String> {
    let parameter = prop_oneof!["[a-z]{3,8}", "[a-z]{3,8}=[-.!%*_+`'~A-Za-z0-9:=/]{1,12}"];
    vec(parameter, 0..4).prop_map(|list| list.iter().map(|parameter| format!(";{parameter}")).collect())
}

/// The parts of a URI and the URI of them.
fn uri() -> impl Strategy<Value = (Option<String>, Option<u16>, String)> {
    let user = option::of("\\PC{1,12}");
    (user, host(), option::of(any::<u16>()), parameters()).prop_map(|(user, host, port, parameters)| {
        let at = user.as_ref().map_or(String::new(), |user| format!("{}@", EscapedUser(user)));
        let colon = port.map_or(String::new(), |port| format!(":{port}"));
        (user, port, format!("sip:{at}{host}{colon}{parameters}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn uris_keep_their_parts((user, port, text) in uri()) {
        let uri = Uri::parse(&text).unwrap();
        prop_assert_eq!(uri.user_unescaped().map(String::from), user);
        prop_assert_eq!(uri.port(), port);
        prop_assert_eq!(uri.to_string(), text.clone());
        prop_assert!(uri.same_as(&Uri::parse(&text.replacen("sip", "SIP", 1)).unwrap()));
    }

    #[test]
    fn addresses_keep_their_name(name in "\\PC{0,20}", (_, _, uri) in uri(), tag in option::of(TOKEN)) {
        let tagged = tag.as_ref().map_or(String::new(), |tag| format!(";tag={tag}"));
        let text = format!("{} <{uri}>{tagged}", Quoted(&name));
        let address = NameAddr::parse(&text).unwrap();
        prop_assert_eq!(address.display().unwrap_or_default(), name);
        prop_assert_eq!(address.uri.as_str(), uri);
        prop_assert_eq!(address.tag(), tag.as_deref());
        prop_assert_eq!(NameAddr::parse(&address.to_string()).unwrap().to_string(), address.to_string());
    }

    /// Headers of any text, in any number, with any body.
    #[test]
    fn requests_are_read_as_written(
        method in method(),
        (_, _, target) in uri(),
        (_, _, caller) in uri(),
        number in 0..1_u32 << 31,
        call_id in "[!-~]{1,30}",
        values in vec("[^\r\n\0]{0,40}", 0..20),
        body in option::of(vec(any::<u8>(), 0..300)),
    ) {
        let mut out = BytesMut::new();
        let cseq = CSeq { number, method: method.clone() };
        let mut writer = Writer::request(&mut out, &method, &target)
            .header(Name::Via, "SIP/2.0/UDP h;branch=z9hG4bK1")
            .header(Name::From, format_args!("<{caller}>;tag=1"))
            .header(Name::To, format_args!("<{target}>"))
            .header(Name::CallId, &call_id)
            .header(Name::CSeq, &cseq)
            .header(Name::Contact, format_args!("<{caller}>"));
        for (index, value) in values.iter().enumerate() {
            writer = if index % 2 == 0 { writer.header(Name::Subject, value) } else { writer.other("X-Any", value) };
        }
        if let Some(body) = &body {
            writer = writer.body("text/plain", body);
        }
        let message = Message::parse(writer.end()).unwrap();
        prop_assert_eq!(message.start(), Start::Request { method: &method, uri: &target });
        prop_assert_eq!((message.call_id(), message.cseq(), message.branch()), (&*call_id, cseq, Some("z9hG4bK1")));
        prop_assert_eq!(message.from().uri.as_str(), &caller);
        let Contacts::List(contacts) = message.contacts().unwrap() else { panic!("a list") };
        prop_assert_eq!(contacts[0].uri.as_str(), &caller);
        let trimmed = |odd| {
            let values = values.iter().skip(odd).step_by(2);
            values.map(|value| value.trim_matches([' ', '\t'])).collect::<Vec<_>>()
        };
        prop_assert_eq!(message.headers(Name::Subject).collect::<Vec<_>>(), trimmed(0));
        prop_assert_eq!(message.headers_named("x-any").collect::<Vec<_>>(), trimmed(1));
        prop_assert_eq!(&message.body()[..], &body.unwrap_or_default()[..]);
        probe::message(message.raw());
    }

    #[test]
    fn answers_are_read_as_written(code in 100_u16..700, tag in TOKEN, port in 1_u16.., ip in any::<[u8; 4]>()) {
        let text = "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;rport\r\nFrom: <sip:a@h>;tag=1\r\n\
                    To: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        let request = Message::parse(text.into()).unwrap();
        let status = Status::new(code).unwrap();
        let mut out = BytesMut::new();
        let bytes = respond_to(&mut out, &request, (ip, port).into(), status, Some(&tag)).end();
        let answer = Message::parse(bytes).unwrap();
        prop_assert_eq!(answer.status(), Some(status));
        prop_assert_eq!(answer.to_tag(), (code != 100).then_some(&*tag));
        prop_assert_eq!(answer.top_via().received(), Some(ip.into()));
        prop_assert_eq!(answer.top_via().rport(), Some(Some(port)));
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..400)) {
        probe::message(&bytes);
        probe::stream(&bytes);
        probe::uri(&bytes);
        probe::digest(&bytes);
    }

    #[test]
    fn any_text_does_no_harm(text in "\\PC{0,80}", head in "(sip:|SIP/2.0/UDP |<|\"|Digest )?") {
        let text = format!("{head}{text}");
        probe::uri(text.as_bytes());
        probe::digest(text.as_bytes());
    }
}
