//! What a carrier is told that asks what there is, or for what there is not (RFC 3261 §8.2, §11, §14.2), and how its
//! numbers are read (RFC 3966).
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod door;

use b2bua::switch::{Control, Input, Output};
use bytes::Bytes;
use door::Door;
use sip::flow::{Flow, Transport};
use store::Request;

const CARRIER: &str = "10.0.1.1:5060";
const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 10.0.1.1\r\ns=-\r\nc=IN IP4 10.0.1.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// A request of a carrier; `tag` is the switch's.
fn request(method: &str, cseq: u32, tag: Option<&str>, lines: &str, body: &str) -> String {
    let tag = tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
    format!(
        "{method} sip:+12025550102@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {CARRIER};branch=z9hG4bK{method}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@10.0.1.1>;tag=1\r\nTo: <sip:+12025550102@10.0.0.1>{tag}\r\n\
         Call-ID: c1\r\nCSeq: {cseq} {method}\r\nContact: <sip:{CARRIER}>\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn line<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn options_tells_what_there_is() {
    let answer = Door::with("").hears(CARRIER, &request("OPTIONS", 1, None, "", "")).concat();
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert_eq!(line(&answer, "Allow"), Some(b2bua::identity::ALLOW_OUTSIDE));
    assert_eq!(line(&answer, "Accept"), Some("application/sdp, application/dtmf-relay"));
    assert_eq!(line(&answer, "Supported"), Some("timer, 100rel, replaces, path, outbound"));
}

#[test]
fn what_is_not_understood_is_refused_within_a_dialog_and_outside() {
    let mut door = Door::with("");
    let sdp = "Content-Type: application/sdp\r\n";
    let zipped = "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n";
    let first = door.hears(CARRIER, &request("INVITE", 1, None, zipped, SDP)).concat();
    assert!(
        first.starts_with("SIP/2.0 415 ") && line(&first, "Accept-Encoding") == Some("identity"),
        "{first}"
    );

    // Nobody is registered, so the mailbox answers.
    let answered = door.hears(CARRIER, &request("INVITE", 2, None, sdp, SDP)).concat();
    assert!(answered.contains("SIP/2.0 200 "), "{answered}");
    let tag = line(&answered, "To").and_then(|to| to.split_once(";tag=")).unwrap().1.to_owned();
    let mut asks =
        |method, cseq, lines, body| door.hears(CARRIER, &request(method, cseq, Some(&tag), lines, body));
    asks("ACK", 2, "", "");
    let text = "Content-Type: text/plain\r\n";
    let refused = asks("INVITE", 3, text, "hello").concat();
    assert!(
        refused.starts_with("SIP/2.0 415 ") && line(&refused, "Accept") == Some("application/sdp"),
        "{refused}"
    );
    let required = format!("{sdp}Require: join\r\n");
    let refused = asks("INVITE", 4, &required, SDP).concat();
    assert!(
        refused.starts_with("SIP/2.0 420 ") && line(&refused, "Unsupported") == Some("join"),
        "{refused}"
    );
    let refused = asks("INFO", 5, text, "hello").concat();
    assert_eq!(line(&refused, "Accept"), Some("application/dtmf-relay"), "{refused}");
    assert!(
        asks("OPTIONS", 6, "", "").concat().contains("Supported: timer, 100rel, replaces, path, outbound")
    );
    assert!(asks("INVITE", 7, sdp, SDP).concat().starts_with("SIP/2.0 200 "), "the session stands");
}

/// Goal: RFC 3261 §20.43: who was let in reads in a 488 what would have been taken; a stranger is told nothing.
#[test]
fn a_488_says_what_would_be_taken() {
    let sdp = "Content-Type: application/sdp\r\n";
    let audio = "m=audio 4000 RTP/AVP 0";
    let cases = [
        ("AVP 0", "SAVP 0", "302 pbx.example \"Incompatible transport protocol; taken: RTP/AVP\""),
        (audio, "m=video 4000 RTP/AVP 31", "304 pbx.example \"Media type not available; taken: audio\""),
        ("AVP 0", "AVP", "305 pbx.example \"Incompatible media format; taken: PCMA, PCMU\""),
        (
            "c=IN IP4 10.0.1.1\r\n",
            "",
            "301 pbx.example \"Incompatible network address formats; taken: IP4, IP6\"",
        ),
        // Of what a phone could speak nothing is said by a mailbox, which speaks two.
        ("AVP 0", "AVP 18", "305 pbx.example \"Incompatible media format; taken: PCMA, PCMU\""),
    ];
    for (written, changed, warning) in cases {
        let offer = SDP.replace(written, changed);
        let answer = Door::with("").hears(CARRIER, &request("INVITE", 1, None, sdp, &offer)).concat();
        assert!(answer.contains("SIP/2.0 488 "), "{changed}: {answer}");
        assert_eq!(line(&answer, "Warning"), Some(warning), "{changed}");
        let stranger =
            Door::with("").hears("10.9.9.9:5060", &request("INVITE", 1, None, sdp, &offer)).concat();
        assert!(!stranger.contains("Warning") && !stranger.contains(" 488 "), "{changed}: {stranger}");
    }

    let mut door = Door::with("");
    let answered = door.hears(CARRIER, &request("INVITE", 1, None, sdp, SDP)).concat();
    let tag = line(&answered, "To").and_then(|to| to.split_once(";tag=")).unwrap().1.to_owned();
    door.hears(CARRIER, &request("ACK", 1, Some(&tag), "", ""));
    let changed = request("INVITE", 2, Some(&tag), sdp, &SDP.replace("AVP 0", "SAVP 0"));
    let refused = door.hears(CARRIER, &changed).concat();
    assert!(refused.starts_with("SIP/2.0 488 "), "{refused}");
    assert!(line(&refused, "Warning").is_some_and(|it| it.starts_with("302 ")), "{refused}");
}

/// Goal: RFC 3261 §12.2, RFC 6141 §3.3. Method: changes of both kinds that name another target, refused and granted;
/// what the switch says next goes to the last one granted.
#[test]
fn only_a_change_that_is_granted_moves_the_target() {
    let mut door = Door::with("");
    let sdp = "Content-Type: application/sdp\r\n";
    let answered = door.hears(CARRIER, &request("INVITE", 1, None, sdp, SDP)).concat();
    let tag = line(&answered, "To").and_then(|to| to.split_once(";tag=")).unwrap().1.to_owned();
    let mut asks = |method, cseq, port: u16, lines: &str| {
        let text = request(method, cseq, Some(&tag), &format!("{sdp}{lines}"), SDP);
        let contact = format!("Contact: <sip:10.0.1.1:{port}>");
        door.hears(CARRIER, &text.replace(&format!("Contact: <sip:{CARRIER}>"), &contact)).concat()
    };
    let too_short = "Supported: timer\r\nSession-Expires: 10\r\n";
    asks("ACK", 1, 5060, "");
    assert!(asks("INVITE", 2, 5062, "").starts_with("SIP/2.0 200 "));
    asks("ACK", 2, 5062, "");
    assert!(asks("INVITE", 3, 5064, too_short).starts_with("SIP/2.0 422 "));
    assert!(asks("UPDATE", 4, 5066, too_short).starts_with("SIP/2.0 422 "));
    door.switch.handle(door.now, Input::Control(Control::HangUpAll));
    let bye = door.sent().concat();
    assert!(bye.starts_with("BYE sip:10.0.1.1:5062 SIP/2.0"), "{bye}");
}

/// Who called whom, as the store is told of it.
fn began(config: &str, carrier: &str, uri: &str, to: &str, lines: &str) -> Option<(String, String)> {
    let mut door = Door::with(config);
    let text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {carrier};branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <tel:+12025550142>;tag=1\r\nTo: <{to}>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:{carrier}>\r\n{lines}Content-Length: 0\r\n\r\n"
    );
    let (local, remote) = ("10.0.0.1:5060".parse().unwrap(), carrier.parse().unwrap());
    let flow = Flow { transport: Transport::Udp, local, remote, connection: 0 };
    door.switch.handle(door.now, Input::Datagram { flow, bytes: Bytes::from(text) });
    std::iter::from_fn(|| door.switch.poll()).find_map(|output| match output {
        Output::Store(Request::Began(_, began)) => Some((began.from.to_string(), began.to.to_string())),
        _ => None,
    })
}

#[test]
fn tel_uris_are_read_wherever_a_number_stands() {
    let is = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
    let ours = "tel:+1-202-555-0102";
    let local = "tel:555-0102;phone-context=+1-202";
    let by_phone = "sip:555-0102;phone-context=+1-202@10.0.0.1;user=phone";
    for uri in [ours, local, by_phone] {
        assert_eq!(began("", CARRIER, uri, "sip:a@b", ""), is("+12025550142", "+12025550102"), "{uri}");
    }
    let far = "[trunks.far]\nprofile = \"generic-address\"\nhost = \"10.0.1.7\"\ncalled = \"to\"\n\
               [numbers]\n\"+12025550190\" = { trunk = \"far\", person = \"ben\" }\n";
    let to = "tel:555-0190;phone-context=+1-202";
    assert_eq!(began(far, "10.0.1.7:5060", "sip:x@10.0.0.1", to, ""), is("+12025550142", "+12025550190"));
    let asserted = "P-Asserted-Identity: <tel:555-0143;phone-context=+1-202>\r\n";
    assert_eq!(began("", CARRIER, ours, "sip:a@b", asserted), is("+12025550143", "+12025550102"));
}
