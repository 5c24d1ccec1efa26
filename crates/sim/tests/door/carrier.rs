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
    let tag = if to.contains(";tag=") { "" } else { ";tag=theirs" };
    format!("{text}{to}{tag}\r\n{lines}Content-Length: 0\r\n\r\n")
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

/// A call of a carrier's that somebody answered, seen from the carrier.
pub(crate) struct Talk {
    at: String,
    number: String,
    call: String,
    /// To, with the switch's tag.
    to: String,
    /// Who was rung, and the INVITE it got.
    pub(crate) callee: SocketAddr,
    pub(crate) rung: String,
}

impl Talk {
    /// The carrier there calls this number; whoever is rung answers.
    pub(crate) fn begin(door: &mut Door, at: &str, number: &str, call: &str) -> Self {
        let talk = Self::answered(door, at, number, call);
        assert!(door.tells(at, &talk.request("ACK", 1, "", "")).is_empty());
        talk
    }

    /// The same without the ACK.
    pub(crate) fn answered(door: &mut Door, at: &str, number: &str, call: &str) -> Self {
        let rung = door.tells(at, &of(at, &invite(number, call)));
        let (callee, rung) = rung.into_iter().find(|(_, text)| text.starts_with("INVITE")).unwrap();
        let lines = format!("Contact: <sip:{callee}>\r\nContent-Type: application/sdp\r\n");
        let length = format!("Content-Length: {}\r\n\r\n{SDP}", SDP.len());
        let bare = answer(&rung, "200 OK", &lines).replace("Content-Length: 0\r\n\r\n", &length);
        let answers = door.tells(&callee.to_string(), &bare);
        let (_, success) = answers.iter().filter(is_at(at)).find(|(_, text)| status(text) == 200).unwrap();
        let to = success.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
        Self { at: at.into(), number: number.into(), call: call.into(), to, callee, rung }
    }

    /// A request of the carrier's on the dialog.
    pub(crate) fn request(&self, method: &str, cseq: u8, lines: &str, body: &str) -> String {
        let text = of(&self.at, &request(method, &self.number, &self.call, lines, body));
        let untagged = text.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
        let text = text.replace(&untagged, &self.to).replace("CSeq: 1", &format!("CSeq: {cseq}"));
        let branch = format!("branch=z9hG4bK{}", self.call);
        text.replace(&branch, &format!("{branch}{method}{cseq}"))
    }

    /// The tag that the switch gave itself.
    pub(crate) fn tag(&self) -> &str {
        self.to.split_once(";tag=").unwrap().1
    }
}

/// What a carrier there says.
fn of(at: &str, text: &str) -> String {
    text.replace("10.0.1.1", at.split_once(':').unwrap().0)
}
