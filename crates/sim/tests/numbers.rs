//! What carriers call us by, as numbers of `tel` URIs (RFC 3966): seen from outside, on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod door;

use b2bua::switch::{Input, Output};
use bytes::Bytes;
use door::Door;
use sip::flow::{Flow, Transport};
use store::Request;

const CARRIER: &str = "10.0.1.1:5060";

/// Who called whom, as the store is told of it.
fn began(config: &str, uri: &str, to: &str, lines: &str) -> Option<(String, String)> {
    let mut door = Door::with(config);
    let text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {CARRIER};branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <tel:+12025550142>;tag=1\r\nTo: <{to}>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:{CARRIER}>\r\n{lines}Content-Length: 0\r\n\r\n"
    );
    let (local, remote) = ("10.0.0.1:5060".parse().unwrap(), CARRIER.parse().unwrap());
    let flow = Flow { transport: Transport::Udp, local, remote, connection: 0 };
    door.switch.handle(door.now, Input::Datagram { flow, bytes: Bytes::from(text) });
    std::iter::from_fn(|| door.switch.poll()).find_map(|output| match output {
        Output::Store(Request::Began(_, began)) => Some((began.from.to_string(), began.to.to_string())),
        _ => None,
    })
}

#[test]
fn tel_uris_are_read_wherever_a_number_stands() {
    let far = "[trunks.far]\nprofile = \"generic-address\"\nhost = \"10.0.1.1\"\ncalled = \"to\"\n";
    let ours = "tel:+1-202-555-0102";
    let local = "tel:555-0102;phone-context=+1-202";
    let by_phone = "sip:555-0102;phone-context=+1-202@10.0.0.1;user=phone";
    for uri in [ours, local, by_phone] {
        assert_eq!(
            began("", uri, "sip:a@b", ""),
            Some(("+12025550142".into(), "+12025550102".into())),
            "{uri}"
        );
    }
    let to = began(&far.replace("10.0.1.1", "10.0.1.7"), "sip:x@10.0.0.1", local, "");
    assert_eq!(to, Some(("+12025550142".into(), "+12025550102".into())), "To, where nothing else says it");
    let asserted = "P-Asserted-Identity: <tel:555-0143;phone-context=+1-202>\r\n";
    let believing = began("", ours, "sip:a@b", asserted);
    assert_eq!(believing, Some(("+12025550143".into(), "+12025550102".into())));
}
