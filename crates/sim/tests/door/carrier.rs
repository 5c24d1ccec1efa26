//! What a carrier says to the switch, and how it answers.
#![allow(dead_code, reason = "no test says all of it")]

use std::{net::SocketAddr, time::Duration};

use b2bua::switch::Input;

use super::Door;

pub(crate) const CARRIER: &str = "10.0.1.1:5060";
pub(crate) const OUTSIDE: &str = "10.0.1.2:5060";

pub(crate) const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 10.0.1.1\r\ns=-\r\nc=IN IP4 10.0.1.1\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";

/// A call from +12025550142 on, dialled there by whoever forwards to it.
pub(crate) const FORWARDS: &str = "[numbers]\n\"+12025550190\" = { trunk = \"north\", plan = \"away\" }\n\
                        [plans.away]\nsteps = [{ forward = \"+12025550177\" }, { reject = \"busy\" }]\n\
                        [dial.away]\nto = [\"+12025550177\"]\nclass = \"national\"\ntrunks = [\"south\"]\n";

/// A request outside of dialogs, as the carrier writes it.
pub(crate) fn request(method: &str, to: &str, call: &str, lines: &str, body: &str) -> String {
    format!(
        "{method} sip:{to}@pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@carrier.example>;tag={call}\r\n\
         To: <sip:{to}@pbx.example>\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:x@10.0.1.1:5060>\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn invite(to: &str, call: &str) -> String {
    request("INVITE", to, call, "Content-Type: application/sdp\r\n", SDP)
}

/// A response to what the switch sent, with a tag of ours.
pub(crate) fn answer(to: &str, status: &str, lines: &str) -> String {
    let kept = |line: &&str| ["Via", "From", "Call-ID", "CSeq"].iter().any(|name| line.starts_with(name));
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in to.lines().filter(kept) {
        text += &format!("{line}\r\n");
    }
    let to = to.lines().find(|line| line.starts_with("To:")).unwrap();
    format!("{text}{to};tag=theirs\r\n{lines}Content-Length: 0\r\n\r\n")
}

pub(crate) fn status(text: &str) -> u16 {
    text.strip_prefix("SIP/2.0 ").map_or(0, |rest| rest[..3].parse().unwrap())
}

pub(crate) fn is_at(address: &str) -> impl Fn(&&(SocketAddr, String)) -> bool {
    let address: SocketAddr = address.parse().unwrap();
    move |(to, _)| *to == address
}

/// What is sent to `address` because of one datagram.
pub(crate) fn hears(door: &mut Door, from: &str, datagram: &str, address: &str) -> Vec<String> {
    door.tells(from, datagram).iter().filter(is_at(address)).map(|(_, text)| text.clone()).collect()
}

/// Three minutes later; what was sent meanwhile.
pub(crate) fn later(door: &mut Door) -> Vec<(SocketAddr, String)> {
    let mut posts = Vec::new();
    for _ in 0..360 {
        door.now = door.now.after(Duration::from_millis(500));
        door.switch.handle(door.now, Input::Time);
        posts.extend(door.posts());
    }
    posts
}
