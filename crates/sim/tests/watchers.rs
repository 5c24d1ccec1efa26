//! RELIABILITY P12: a client that asks after messages again at once, whatever it is told, costs a minute of silence, and
//! calls all the same. Seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use door::{
    Door,
    carrier::{SDP, status},
};
use sip::{
    Method,
    digest::{self, Secret},
    header::Challenge,
};

const LOBBY: &str = "10.0.0.15:5060";
/// A phone of nobody has no mailbox.
const SITE: &str = "[phones]\nlobby = { ext = 150 }\n";

/// What the phone asks for, and what comes along.
struct Ask {
    method: Method,
    uri: &'static str,
    lines: &'static str,
    body: &'static str,
}

const MESSAGES: Ask = Ask {
    method: Method::Subscribe,
    uri: "sip:lobby@pbx.example",
    lines: "Event: message-summary\r\nExpires: 3600\r\n",
    body: "",
};

const CALL: Ask = Ask {
    method: Method::Invite,
    uri: "sip:102@pbx.example",
    lines: "Content-Type: application/sdp\r\n",
    body: SDP,
};

impl Ask {
    fn text(&self, number: u32, proof: &str) -> String {
        let Self { method, uri, lines, body } = self;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {LOBBY};branch=z9hG4bK{method}{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:lobby@pbx.example>;tag=l{number}\r\nTo: <{uri}>\r\n\
             Call-ID: {method}{}\r\nCSeq: {number} {method}\r\nContact: <sip:lobby@{LOBBY}>\r\n\
             {lines}{proof}Content-Length: {}\r\n\r\n{body}",
            number / 2,
            body.len()
        )
    }

    /// Asks, and again with the proof that is wanted; what is sent then. Takes an even number.
    fn proven(&self, door: &mut Door, number: u32) -> Vec<String> {
        let challenged = door.hears(LOBBY, &self.text(number, "")).concat();
        let lines = challenged.lines().filter_map(|line| line.strip_prefix("Proxy-Authenticate: "));
        let challenge = Challenge::choose(lines).unwrap();
        let secret = sim::site::password("lobby");
        let request = digest::Request { method: &self.method, uri: self.uri, body: self.body.as_bytes() };
        let proof = digest::answer(&challenge, "lobby", Secret::Password(&secret), &request, "c", 1).unwrap();
        door.hears(LOBBY, &self.text(number + 1, &format!("Proxy-Authorization: {proof}\r\n")))
    }
}

#[test]
fn who_asks_after_no_mailbox_again_and_again_is_not_heard_for_a_minute_and_may_call() {
    let mut door = Door::with_ben(SITE);
    door.now = door.now.after(Duration::from_secs(1));
    for tries in 0..10 {
        let heard = MESSAGES.proven(&mut door, 2 * tries);
        let [refusal] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(status(refusal), 489, "{refusal}");
        assert!(refusal.contains("\r\nAllow-Events: "), "{refusal}");
    }
    for tries in 10..500 {
        assert_eq!(door.hears(LOBBY, &MESSAGES.text(2 * tries, "")), [""; 0]);
    }
    let heard = CALL.proven(&mut door, 2_000);
    assert!(heard.iter().any(|text| text.starts_with("INVITE ")), "{heard:?}");
    door.now = door.now.after(Duration::from_secs(61));
    let heard = MESSAGES.proven(&mut door, 3_000);
    assert_eq!(heard.iter().map(|text| status(text)).max(), Some(489), "and then it starts anew");
}
