//! Changes too large for a datagram (RFC 3261 §18.1.1), seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::{net::SocketAddr, time::Duration};

use b2bua::switch::{FlowEvent, Input};
use door::{
    Door,
    carrier::{SDP, Talk, answer, request},
};

const EAST: &str = "10.0.1.3:5060";
const WEST: &str = "10.0.1.4:5060";

/// Media passes us by, so what east wants changed goes to west as it wrote it.
const SITE: &str = "[trunks.east]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\n\
                    media = \"direct\"\n[trunks.west]\nprofile = \"generic-address\"\nping = \"off\"\n\
                    host = \"10.0.1.4\"\nmedia = \"direct\"\n[dial.west]\nto = [\"+120255502\"]\nclass = \"west\"\n\
                    trunks = [\"west\"]\n[numbers]\n\
                    \"+12025550190\" = { label = \"Far\", trunk = \"east\", forward = \"+12025550201\" }\n";

/// A carrier that takes datagrams alone, asks for a password and is told all there is.
const PINNED: &str = "[trunks.pinned]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"10.0.1.5\"\n\
    user = \"larch\"\nsecret = { file = \"secrets/pinned\" }\ntransport = \"udp\"\n\
    identity = { send = [\"p-asserted-identity\", \"diversion\", \"history-info\", \"name\"] }\n\
    [trunks.east]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\n\
    identity = { believe = [\"p-asserted-identity\", \"diversion\", \"history-info\", \"name\"] }\n\
    [dial.far]\nto = [\"+120255502\"]\nclass = \"far\"\ntrunks = [\"pinned\"]\n[numbers]\n\
    \"+12025550190\" = { label = \"Far\", trunk = \"east\", forward = \"+12025550201\" }\n";

/// Goal: what `check` reckons an INVITE can grow to holds on the wire. Method: a carrier's call with a trail behind it
/// is sent on to one that asks for a password; its INVITE is as large as was reckoned, or a fifth smaller.
#[test]
fn the_largest_invite_is_what_check_says() {
    const PINNED_AT: &str = "10.0.1.5:5060";
    let offer = SDP.replace("RTP/AVP 0\r\n", FORMATS);
    let trail = "Diversion: <sip:+12025550199@a>;reason=no-answer\r\n\
                 History-Info: <sip:+12025550199@a>;index=1\r\nContent-Type: application/sdp\r\n";
    let mut door = Door::with(PINNED);
    let sent_first = door.tells(EAST, &request_at(EAST, &offer, trail));
    let first = sent(sent_first, PINNED_AT, "INVITE");
    let asks = "Proxy-Authenticate: Digest realm=\"10.0.1.5\", nonce=\"0123456789abcdef0123456789abcdef\", \
                qop=\"auth\", algorithm=MD5, opaque=\"0123456789abcdef0123456789abcdef\"\r\n";
    let again = door.tells(PINNED_AT, &answer(&first, "407 Proxy Authentication Required", asks));
    let second = sent(again, PINNED_AT, "INVITE");
    assert!(
        second.contains("Proxy-Authorization") && second.matches("History-Info").count() == 3,
        "{second}"
    );
    let site = door.site();
    let parts = callplan::largest_invite(&site, site.trunk("pinned").unwrap());
    let reckoned: usize = parts.iter().map(|(_, bytes)| bytes).sum();
    let real = second.len();
    assert!(
        real <= reckoned && reckoned - real < real / 5,
        "{real} bytes, reckoned {reckoned}: {parts:?}\n{second}"
    );
    assert!(real > 1_300, "and {real} is too much");
}

fn large(version: u8) -> String {
    let more: String = (0..90).map(|line| format!("a=x-line-{line}:{version}\r\n")).collect();
    SDP.replace("o=- 1 1", &format!("o=- 1 {version}")) + &more
}

/// What west gets of a change of east's, told by `cseq` and its description.
fn changes(door: &mut Door, talk: &Talk, cseq: u8, description: &str) -> String {
    let change = talk.request("INVITE", cseq, "Content-Type: application/sdp\r\n", description);
    let posts = door.tells(EAST, &change);
    sent(posts, WEST, "INVITE")
}

/// What a phone offers.
const FORMATS: &str = "RTP/AVP 111 9 8 0 18 101\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n\
    a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n";

/// A call of the carrier there to the number that is sent on.
fn request_at(at: &str, body: &str, lines: &str) -> String {
    let host = at.split_once(':').unwrap().0;
    request("INVITE", "+12025550190", "trail", lines, body).replace("10.0.1.1", host)
}

fn sent(posts: Vec<(SocketAddr, String)>, to: &str, method: &str) -> String {
    let is_meant = |(at, text): &(SocketAddr, String)| at.to_string() == to && text.starts_with(method);
    posts.into_iter().find(is_meant).unwrap().1
}

fn line<'t>(text: &'t str, name: &str) -> &'t str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap()
}

/// West takes the change; it is acknowledged, and east takes note.
fn taken(door: &mut Door, talk: &Talk, cseq: u8, change: &str) -> String {
    let lines = format!("Contact: <sip:{WEST}>\r\nContent-Type: application/sdp\r\n");
    let length = format!("Content-Length: {}\r\n\r\n{SDP}", SDP.len());
    let success = answer(change, "200 OK", &lines).replace("Content-Length: 0\r\n\r\n", &length);
    let posts = door.tells(WEST, &success);
    assert!(door.tells(EAST, &talk.request("ACK", cseq, "", "")).is_empty());
    sent(posts, WEST, "ACK")
}

#[test]
fn a_large_change_goes_over_tcp_and_the_dialog_stays_where_it_was() {
    let mut door = Door::with(SITE);
    let talk = Talk::begin(&mut door, EAST, "+12025550190", "large");
    let change = changes(&mut door, &talk, 2, &large(2));
    assert_eq!(door.ahead.len(), 1);
    assert!(line(&change, "Via: ").starts_with("SIP/2.0/TCP 10.0.0.1:5060;"), "{change}");
    assert!(!line(&change, "Contact: ").contains("transport"), "{change}");
    assert_eq!(line(&change, "CSeq: "), "2 INVITE", "no number is passed over");
    assert!(line(&taken(&mut door, &talk, 2, &change), "Via: ").starts_with("SIP/2.0/UDP"));
    let small = changes(&mut door, &talk, 3, &SDP.replace("o=- 1 1", "o=- 1 3"));
    assert!(line(&small, "Via: ").starts_with("SIP/2.0/UDP"), "a small one needs no connection");
}

#[test]
fn a_large_change_goes_over_udp_where_no_connection_can_be_had_and_the_next_does_at_once() {
    let mut door = Door::with(SITE);
    let talk = Talk::begin(&mut door, EAST, "+12025550190", "large");
    let change = changes(&mut door, &talk, 2, &large(2));
    let flow = door.ahead.pop().unwrap();
    door.switch.handle(door.now, Input::Flow(FlowEvent::Closed(flow)));
    let posts = door.posts();
    let again = sent(posts, WEST, "INVITE");
    assert!(line(&again, "Via: ").starts_with("SIP/2.0/UDP"), "{again}");
    assert_ne!(line(&again, "Via: "), line(&change, "Via: "), "it is a transaction of its own");
    assert_eq!(line(&again, "CSeq: "), "3 INVITE");
    assert_eq!(again.split_once("\r\n\r\n").unwrap().1, change.split_once("\r\n\r\n").unwrap().1);
    taken(&mut door, &talk, 2, &again);
    let next = changes(&mut door, &talk, 3, &large(3));
    assert!(line(&next, "Via: ").starts_with("SIP/2.0/UDP"));
    assert!(door.ahead.is_empty());
}

#[test]
fn a_large_change_that_meets_silence_on_its_connection_goes_over_udp_and_the_call_stands() {
    let mut door = Door::with(SITE);
    let talk = Talk::begin(&mut door, EAST, "+12025550190", "large");
    changes(&mut door, &talk, 2, &large(2));
    door.now.mono += Duration::from_secs(4);
    door.switch.handle(door.now, Input::Time);
    let posts = door.posts();
    assert!(posts.iter().all(|(_, text)| !text.starts_with("BYE")), "{posts:?}");
    let again = sent(posts, WEST, "INVITE");
    assert!(line(&again, "Via: ").starts_with("SIP/2.0/UDP"), "{again}");
    taken(&mut door, &talk, 2, &again);
    door.ahead.clear();
    changes(&mut door, &talk, 3, &large(3));
    assert!(door.ahead.is_empty(), "the next goes as a datagram at once");
}
