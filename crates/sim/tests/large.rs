//! Changes too large for a datagram (RFC 3261 §18.1.1), seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::{net::SocketAddr, time::Duration};

use b2bua::switch::{FlowEvent, Input};
use door::{
    Door,
    carrier::{SDP, Talk, answer},
};

const EAST: &str = "10.0.1.3:5060";
const WEST: &str = "10.0.1.4:5060";

/// Media passes us by, so what east wants changed goes to west as it wrote it.
const SITE: &str = "[trunks.east]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\n\
                    media = \"direct\"\n[trunks.west]\nprofile = \"generic-address\"\nping = \"off\"\n\
                    host = \"10.0.1.4\"\nmedia = \"direct\"\n[dial.west]\nto = [\"+120255502\"]\nclass = \"west\"\n\
                    trunks = [\"west\"]\n[numbers]\n\
                    \"+12025550190\" = { label = \"Far\", trunk = \"east\", forward = \"+12025550201\" }\n";

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
