//! The messages of RFC 4475 and RFC 5118, sent to a whole switch: what each is answered, by whoever it is sent, and
//! that the next good message is served. What the parser alone makes of them stands in `sip`'s own tests.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use b2bua::switch::Input;
use door::Door;
use sip::{
    Message, Method,
    digest::{self, Secret},
    header::Challenge,
    message::Start,
};

const CARRIER: &str = "10.0.1.1:5060";
const STRANGER: &str = "203.0.113.66:5060";
const ANA: &str = "10.0.0.11:5060";
const BEN: &str = "10.0.0.12:5060";

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 10.0.0.12\r\ns=-\r\nc=IN IP4 10.0.0.12\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// No answer: dropped, and counted as malformed.
const DROPPED: u16 = 0;
/// No answer: a response that nobody here waits for.
const NOT_OURS: u16 = 1;

/// Name, what a carrier is told, what a stranger is told, and why, where an element of the RFC's would do otherwise.
type Row = (&'static str, u16, u16, &'static str);

const ASKED: &str = "a registrar asks everybody who it is before it reads on, a carrier too";
const NOBODY: &str = "whom it names is nobody's number here";
const NO_MESSAGE: &str = "MESSAGE is no method of this switch, whatever its body";
const NO_DIALOG: &str = "its To has a tag, and there is no such dialog here (RFC 3261 §12.2.2)";

const RFC_4475: &[Row] = &[
    ("wsinv", 481, 481, NO_DIALOG),
    ("intmeth", 405, 407, ""),
    ("esc01", 404, 407, NOBODY),
    ("escnull", 401, 401, ASKED),
    ("esc02", 405, 407, ""),
    ("lwsdisp", 200, 407, ""),
    ("longreq", 404, 407, NOBODY),
    ("dblreq", 401, 401, ASKED),
    ("semiuri", 200, 407, ""),
    ("transports", 200, 407, ""),
    ("mpart01", 405, 407, NO_MESSAGE),
    ("unreason", NOT_OURS, NOT_OURS, ""),
    ("noreason", NOT_OURS, NOT_OURS, ""),
    ("badinv01", 400, 400, ""),
    ("clerr", 400, 400, ""),
    ("ncl", 400, 400, ""),
    ("scalar02", 400, 400, ""),
    ("scalarlg", DROPPED, DROPPED, ""),
    ("quotbal", 400, 400, ""),
    ("ltgtruri", 400, 400, ""),
    ("lwsruri", 400, 400, ""),
    ("lwsstart", 400, 400, ""),
    ("trws", 400, 400, ""),
    ("escruri", 400, 400, ""),
    ("baddate", 404, 407, NOBODY),
    ("regbadct", 401, 401, ASKED),
    ("badaspec", 400, 400, ""),
    ("baddn", 400, 400, ""),
    ("badvers", 505, 505, ""),
    ("mismatch01", 400, 400, ""),
    ("mismatch02", 400, 400, ""),
    ("bigcode", DROPPED, DROPPED, ""),
    ("badbranch", 200, 407, ""),
    ("insuf", 400, 400, ""),
    ("unkscm", 416, 407, ""),
    ("novelsc", 416, 407, ""),
    ("unksm2", 401, 401, ASKED),
    ("bext01", 420, 407, ""),
    ("invut", 415, 407, ""),
    ("regaut01", 401, 401, ASKED),
    ("multi01", 400, 400, ""),
    ("mcl01", 400, 400, ""),
    ("bcast", NOT_OURS, NOT_OURS, ""),
    ("zeromf", 200, 407, ""),
    ("cparam01", 401, 401, ASKED),
    ("cparam02", 401, 401, ASKED),
    ("regescrt", 401, 401, ASKED),
    ("sdp01", 406, 407, ""),
    ("inv2543", 404, 407, NOBODY),
];

const RFC_5118: &[Row] = &[
    ("ipv6-good", 401, 401, ASKED),
    ("ipv6-bad", 400, 400, ""),
    ("port-ambiguous", 401, 401, ASKED),
    ("port-unambiguous", 401, 401, ASKED),
    ("via-received-param-with-delim", 481, 481, NO_DIALOG),
    ("via-received-param-no-delim", 200, 407, ""),
    ("ipv6-in-sdp", 404, 407, NOBODY),
    ("mult-ip-in-header", 481, 481, NO_DIALOG),
    ("mult-ip-in-sdp", 404, 407, NOBODY),
    ("ipv4-mapped-ipv6", 404, 407, NOBODY),
    ("ipv6-bug-abnf-3-colons", 400, 400, ""),
    ("ipv6-correct-abnf-2-colons", 200, 407, ""),
];

fn folder(rfc: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/data").join(rfc)
}

fn read(rfc: &str, name: &str) -> Vec<u8> {
    fs::read(folder(rfc).join(name).with_extension("dat")).unwrap()
}

/// The status that a message from here is answered with; it is answered once at most.
fn said(door: &mut Door, from: &str, message: &[u8]) -> u16 {
    let malformed = door.switch.counters().malformed;
    let posts = door.takes(from, message);
    let answers: Vec<_> = posts.iter().filter_map(|(_, text)| text.strip_prefix("SIP/2.0 ")).collect();
    match answers[..] {
        [] if door.switch.counters().malformed > malformed => DROPPED,
        [] => NOT_OURS,
        [answer] => answer[..3].parse().unwrap(),
        _ => panic!("{answers:?}"),
    }
}

fn ping(count: usize) -> String {
    format!(
        "OPTIONS sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bKping{count}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@10.0.1.1>;tag=1\r\nTo: <sip:pbx.example>\r\nCall-ID: ping{count}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Goal: every message of an RFC's is answered as it should be, and does no harm. Method: one switch for all of them.
fn check(rfc: &str, table: &[Row]) {
    let mut door = Door::with("");
    for (count, (name, carrier, stranger, why)) in table.iter().enumerate() {
        let message = read(rfc, name);
        assert_eq!(said(&mut door, STRANGER, &message), *stranger, "{rfc} {name} of a stranger: {why}");
        assert_eq!(said(&mut door, CARRIER, &message), *carrier, "{rfc} {name} of a carrier: {why}");
        assert_eq!(said(&mut door, CARRIER, ping(count).as_bytes()), 200, "the next after {name}");
        rest(&mut door);
        assert!(door.switch.is_idle(), "{name} leaves something");
    }
    let listed: BTreeSet<String> = table.iter().map(|(name, ..)| format!("{name}.dat")).collect();
    let stored = fs::read_dir(folder(rfc)).unwrap().map(|entry| entry.unwrap().file_name());
    let stored = stored.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".dat"));
    assert_eq!(listed, stored.collect(), "every message has its row");
}

/// A minute passes.
fn rest(door: &mut Door) {
    for _ in 0..120 {
        door.now = door.now.after(Duration::from_millis(500));
        door.switch.handle(door.now, Input::Time);
        door.sent();
    }
}

#[test]
fn rfc_4475_at_the_switch() {
    check("rfc4475", RFC_4475);
}

#[test]
fn rfc_5118_at_the_switch() {
    check("rfc5118", RFC_5118);
}

/// A 200 of Ben's to what the switch sent.
fn answer(to: &str) -> String {
    let kept = |line: &&str| ["Via", "From", "Call-ID", "CSeq"].iter().any(|name| line.starts_with(name));
    let lines: String = to.lines().filter(kept).flat_map(|line| [line, "\r\n"]).collect();
    let party = to.lines().find(|line| line.starts_with("To:")).unwrap();
    let tag = if party.contains(";tag=") { "" } else { ";tag=theirs" };
    let (contact, sdp) =
        ("Contact: <sip:ben@10.0.0.12:5060>\r\n", if to.starts_with("INVITE") { SDP } else { "" });
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 200 OK\r\n{lines}{party}{tag}\r\n{contact}{kind}Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// What Ana's phone proves itself with where it is challenged like this.
fn proof(challenge: &str, register: &Message) -> String {
    let lines = challenge.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
    let challenge = Challenge::choose(lines).unwrap();
    let Start::Request { uri, .. } = register.start() else { panic!("a request") };
    let request = digest::Request { method: &Method::Register, uri, body: b"" };
    let secret = sim::site::password("ana");
    digest::answer(&challenge, "ana", Secret::Password(&secret), &request, "c", 1).unwrap()
}

/// A torture message with other words on its first line, or on one that begins so.
fn with_line(message: &[u8], begins: &str, line: &str) -> Vec<u8> {
    let head = message.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 2;
    let text = std::str::from_utf8(&message[..head]).unwrap();
    let old = text.lines().find(|old| old.starts_with(begins)).unwrap();
    [text.replacen(old, line, 1).as_bytes(), &message[head..]].concat()
}

/// Goal: what a call of the RFCs carries besides the name of a stranger is no reason not to put it through. Method: its
/// INVITE, for a number of ours.
#[test]
fn their_calls_ring_once_they_are_for_somebody_here() {
    let names = ["esc01", "longreq", "baddate", "inv2543"].map(|name| ("rfc4475", name));
    let others = ["ipv4-mapped-ipv6", "ipv6-in-sdp", "mult-ip-in-sdp"].map(|name| ("rfc5118", name));
    for (rfc, name) in names.into_iter().chain(others) {
        let mut door = Door::with_ben("");
        let message = with_line(&read(rfc, name), "INVITE", "INVITE sip:+12025550102@pbx.example SIP/2.0");
        let rung = door.takes(CARRIER, &message);
        let invites: Vec<_> = rung.iter().filter(|(to, _)| *to == BEN.parse().unwrap()).collect();
        assert!(matches!(invites[..], [(_, text)] if text.starts_with("INVITE")), "{name}: {rung:?}");
    }
}

/// Goal: RFC 4475 §3.4.1, a caller of RFC 2543 is put through, and either side can end the call. Method: it has no branch,
/// no tag, no Contact and no Max-Forwards, and leaves them away in all it sends.
#[test]
fn a_caller_of_rfc_2543_is_served_to_the_end() {
    for ends_here in [false, true] {
        let mut door = Door::with_ben("");
        let invite = read("rfc4475", "inv2543");
        let invite = with_line(&invite, "INVITE", "INVITE sip:+12025550102@pbx.example SIP/2.0");
        let rung = door.takes(CARRIER, &invite);
        let (_, rung) = rung.iter().find(|(to, _)| *to == BEN.parse().unwrap()).unwrap();
        assert!(door.takes(CARRIER, &invite).is_empty(), "sent again, it is the same call");
        let answers = door.tells(BEN, &answer(rung));
        let (_, success) = answers.iter().find(|(_, text)| text.starts_with("SIP/2.0 200")).unwrap();
        let to = success.lines().find(|line| line.starts_with("To:")).unwrap();
        let on_dialog = |method: &str, cseq: u32| {
            let lines = String::from_utf8(invite.clone()).unwrap();
            let kept = |line: &&str| ["Via", "From", "Call-ID"].iter().any(|name| line.starts_with(name));
            let lines: String = lines.lines().filter(kept).flat_map(|line| [line, "\r\n"]).collect();
            format!("{method} sip:pbx.example SIP/2.0\r\n{lines}{to}\r\nCSeq: {cseq} {method}\r\n\r\n")
        };
        assert!(door.tells(CARRIER, &on_dialog("ACK", 56)).is_empty());
        let told = if ends_here {
            let theirs: String = rung.lines().filter(|line| line.starts_with("Call-ID")).collect();
            let side = |name: &str| rung.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            door.tells(
                BEN,
                &format!(
                    "BYE sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.12:5060;branch=z9hG4bKbye\r\nFrom:{};tag=theirs\r\n\
                     To:{}\r\n{theirs}\r\nCSeq: 7 BYE\r\nContent-Length: 0\r\n\r\n",
                    side("To:"),
                    side("From:")
                ),
            )
        } else {
            door.tells(CARRIER, &on_dialog("BYE", 57))
        };
        let byes: Vec<_> = told.iter().filter(|(_, text)| text.starts_with("BYE")).collect();
        let other = if ends_here { CARRIER } else { BEN };
        assert!(matches!(byes[..], [(to, _)] if *to == other.parse().unwrap()), "{told:?}");
        let bye = byes[0].1.clone();
        assert!(ends_here || !bye.contains("Route:"), "{bye}");
        door.tells(other, &answer(&bye));
        rest(&mut door);
        assert!(door.switch.is_idle());
    }
}

/// Goal: what is odd about a Contact or a To is judged by the registrar once it knows who asks (RFC 3261 §10.3). Method:
/// the REGISTERs of RFC 4475 under the name of a phone of ours, which proves itself.
#[test]
fn their_registrations_are_judged_once_their_sender_is_known() {
    for (name, is_for_ana, status) in [
        ("dblreq", true, 200),
        ("escnull", true, 200),
        ("cparam01", true, 200),
        ("cparam02", true, 200),
        ("regescrt", true, 200),
        ("regbadct", true, 400),
        // Whose bindings may be changed is asked before what is wrong with the name (step 4 before step 5).
        ("unksm2", false, 403),
        ("dblreq", false, 403),
    ] {
        let mut door = Door::with("");
        let mut message = read("rfc4475", name);
        if is_for_ana {
            message = with_line(&message, "To:", "To: <sip:ana@pbx.example>");
        }
        let challenge = door.takes(ANA, &message).remove(0).1;
        let proof = proof(&challenge, &Message::parse(message.clone().into()).unwrap());
        let signed =
            with_line(&message, "Max-Forwards", &format!("Max-Forwards: 9\r\nAuthorization: {proof}"));
        let mut said: Vec<_> = door.takes(ANA, &signed).into_iter().map(|(_, text)| text).collect();
        // As long as a phone waits for the store at most.
        door.now = door.now.after(Duration::from_millis(250));
        door.switch.handle(door.now, Input::Time);
        said.extend(door.sent());
        let told: Vec<u16> = said.iter().map(|text| text["SIP/2.0 ".len()..][..3].parse().unwrap()).collect();
        assert_eq!(told, [status], "{name}: {said:?}");
    }
}
