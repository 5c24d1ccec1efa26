//! A switch behind NAT learns from a carrier's answer how it is seen from outside, and says so there.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod door;

use door::Door;

const CARRIER: &str = "198.51.100.7:5060";
const TRUNK: &str = "[trunks.reg]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"198.51.100.7\"\nuser = \"larch\"\n\
                     secret = { file = \"secrets/reg\" }\n[numbers]\n\
                     \"+12025550109\" = { label = \"Outside\", trunk = \"reg\", person = \"ben\" }\n";

fn line<'a>(message: &'a str, name: &str) -> &'a str {
    message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

/// An INVITE of a carrier at this address.
fn invite(from: &str, number: &str) -> String {
    let ip = from.split(':').next().unwrap();
    let sdp =
        format!("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n");
    format!(
        "INVITE sip:{number}@pbx SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{ip}\r\nMax-Forwards: 70\r\n\
         From: <sip:+12025550142@{ip}>;tag=1\r\nTo: <sip:{number}@pbx>\r\nCall-ID: {ip}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:{from}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

#[test]
fn a_carrier_outside_is_told_the_address_that_a_carrier_saw() {
    let mut door = Door::with(TRUNK);
    let register = door.sent().concat();
    assert!(
        register.starts_with("REGISTER ") && line(&register, "Contact").contains("@10.0.0.1:5060>"),
        "{register}"
    );
    let via = line(&register, "Via").replace(";rport", ";rport=4242;received=203.0.113.5");
    let answer = format!(
        "SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: {}\r\nTo: {};tag=9\r\nCall-ID: {}\r\nCSeq: {}\r\nContact: {}\r\n\
         Expires: 600\r\n\r\n",
        line(&register, "From"),
        line(&register, "To"),
        line(&register, "Call-ID"),
        line(&register, "CSeq"),
        line(&register, "Contact"),
    );
    assert!(door.hears(CARRIER, &answer).is_empty());

    let outside = door.hears(CARRIER, &invite(CARRIER, "+12025550109")).concat();
    assert!(line(&outside, "Contact").contains("@203.0.113.5:4242>"), "{outside}");
    assert!(outside.contains("c=IN IP4 203.0.113.5"), "{outside}");
    let inside = door.hears("10.0.1.1:5060", &invite("10.0.1.1:5060", "+12025550102")).concat();
    assert!(line(&inside, "Contact").contains("@10.0.0.1:5060>"), "{inside}");
    assert!(inside.contains("c=IN IP4 10.0.0.1"), "{inside}");
}
