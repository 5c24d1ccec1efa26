//! RELIABILITY A1 and A6: whoever saw the tags of a dialog, the branch of an INVITE or the proof of a phone, and speaks
//! from elsewhere, changes nothing. Seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::{net::SocketAddr, time::Duration};

use b2bua::switch::Input;
use door::{
    Door,
    carrier::{CARRIER, OUTSIDE, SDP, Talk, answer, invite, is_at, later, request, status},
};
use sip::{
    Method,
    digest::{self, Secret},
    header::Challenge,
};

const STRANGER: &str = "203.0.113.66:5060";
const ANA: &str = "10.0.0.11:5060";
const BEN: &str = "10.0.0.12:5060";
const NUMBER: &str = "+12025550102";

/// What is asked for on a dialog, with what comes along.
const METHODS: [(&str, &str, &str); 8] = [
    ("BYE", "", ""),
    ("INVITE", "Content-Type: application/sdp\r\n", SDP),
    ("UPDATE", "Content-Type: application/sdp\r\n", SDP),
    ("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n"),
    ("REFER", "Refer-To: <sip:+12025550177@pbx.example>\r\n", ""),
    ("PRACK", "RAck: 1 1 INVITE\r\n", ""),
    ("OPTIONS", "", ""),
    ("FOO", "", ""),
];

/// A request of Ben's phone on its dialog.
fn of_ben(talk: &Talk, method: &str, cseq: u8, lines: &str, body: &str) -> String {
    let line = |name: &str| talk.rung.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    format!(
        "{method} sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP {BEN};branch=z9hG4bKben{method}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom:{};tag=theirs\r\nTo:{}\r\nCall-ID:{}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:{BEN}>\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        line("To:"),
        line("From:"),
        line("Call-ID:"),
        body.len()
    )
}

#[test]
fn whoever_has_the_tags_and_speaks_from_elsewhere_is_asked_who_it_is() {
    let mut door = Door::with_ben("");
    let talk = Talk::begin(&mut door, CARRIER, NUMBER, "talk");
    let (mut cseq, elsewhere) = (10, [(STRANGER, 407), (ANA, 407), (OUTSIDE, 403)]);
    for (method, lines, body) in METHODS {
        for (from, heard) in elsewhere.into_iter().chain([(CARRIER, 403)]) {
            cseq += 1;
            let of_carrier = talk.request(method, cseq, lines, body);
            let of_ben = of_ben(&talk, method, cseq, lines, body);
            let said = if from == CARRIER { vec![of_ben] } else { vec![of_carrier, of_ben] };
            for text in said {
                let told = door.tells(from, &text);
                assert_eq!(told.len(), 1, "{method} from {from}: {told:?}");
                assert_eq!(status(&told[0].1), heard, "{method} from {from}");
            }
        }
    }
    // Not even their numbers were taken.
    let told = door.tells(CARRIER, &talk.request("BYE", 2, "", ""));
    assert!(told.iter().filter(is_at(CARRIER)).any(|(_, text)| status(text) == 200), "{told:?}");
    let (_, bye) = told.iter().filter(is_at(BEN)).find(|(_, text)| text.starts_with("BYE")).unwrap();
    door.tells(BEN, &answer(bye, "200 OK", ""));
    later(&mut door);
    assert!(door.switch.is_idle());
}

#[test]
fn an_ack_from_elsewhere_acknowledges_nothing() {
    let mut door = Door::with_ben("");
    let talk = Talk::answered(&mut door, CARRIER, NUMBER, "talk");
    let ack = talk.request("ACK", 1, "", "");
    for from in [STRANGER, ANA, OUTSIDE] {
        assert!(door.tells(from, &ack).is_empty());
    }
    let again = |door: &mut Door| {
        door.now = door.now.after(Duration::from_millis(600));
        door.switch.handle(door.now, Input::Time);
        door.posts().iter().filter(is_at(CARRIER)).filter(|(_, text)| status(text) == 200).count()
    };
    assert_eq!(again(&mut door), 1);
    assert!(door.tells(CARRIER, &ack).is_empty());
    door.now = door.now.after(Duration::from_secs(2));
    assert_eq!(again(&mut door), 0);
}

#[test]
fn a_cancel_from_elsewhere_is_told_that_there_is_no_such_call() {
    let mut door = Door::with_ben("");
    let rung = door.tells(CARRIER, &invite(NUMBER, "ring"));
    let (_, rung) = rung.iter().find(is_at(BEN)).unwrap();
    door.tells(BEN, &answer(rung, "180 Ringing", ""));
    let cancel = request("CANCEL", NUMBER, "ring", "", "");
    for from in [STRANGER, ANA, OUTSIDE] {
        let told = door.tells(from, &cancel);
        assert!(matches!(&told[..], [(_, text)] if status(text) == 481), "{from}: {told:?}");
    }
    let told = door.tells(CARRIER, &cancel);
    let at_carrier: Vec<_> = told.iter().filter(is_at(CARRIER)).map(|(_, text)| status(text)).collect();
    assert_eq!(at_carrier, [200, 487], "whoever called may give up");
    assert!(told.iter().filter(is_at(BEN)).any(|(_, text)| text.starts_with("CANCEL")), "{told:?}");
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// Goal: the same for a lamp. Method: Ana's phone watches Ben; others say on her dialog that she does no more.
#[test]
fn whoever_has_the_tags_of_a_subscription_ends_nothing() {
    let mut door = Door::with_ben("");
    let subscribe = |cseq: u8, to: &str, lines: &str| {
        format!(
            "SUBSCRIBE sip:102@pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP {ANA};branch=z9hG4bKwatch{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:ana@pbx.example>;tag=ana\r\n{to}\r\nCall-ID: watch\r\n\
             CSeq: {cseq} SUBSCRIBE\r\nContact: <sip:ana@{ANA}>\r\nEvent: dialog\r\n{lines}Content-Length: 0\r\n\r\n"
        )
    };
    let first = "To: <sip:102@pbx.example>";
    let challenge = door.hears(ANA, &subscribe(1, first, "")).concat();
    let lines = challenge.lines().filter_map(|line| line.strip_prefix("Proxy-Authenticate: "));
    let request = digest::Request { method: &Method::Subscribe, uri: "sip:102@pbx.example", body: b"" };
    let secret = sim::site::password("ana");
    let challenge = Challenge::choose(lines).unwrap();
    let proof = digest::answer(&challenge, "ana", Secret::Password(&secret), &request, "c", 1).unwrap();
    door.hears(ANA, &subscribe(2, first, &format!("Proxy-Authorization: {proof}\r\n")));
    // As long as it waits for the store.
    door.now = door.now.after(Duration::from_millis(250));
    door.switch.handle(door.now, Input::Time);
    let posts = door.sent();
    let success = posts.iter().find(|text| text.starts_with("SIP/2.0 200")).unwrap();
    let to = success.lines().find(|line| line.starts_with("To:")).unwrap();
    let notify = posts.iter().find(|text| text.starts_with("NOTIFY")).unwrap();
    door.tells(ANA, &answer(notify, "200 OK", ""));
    // Whoever says to be a phone has to prove it; a carrier that does not is one, and not hers.
    let named = ["<sip:ana@pbx.example>", "<sip:+12025550142@carrier.example>"];
    let elsewhere = [(STRANGER, named[0], 407), (OUTSIDE, named[0], 407), (OUTSIDE, named[1], 403)];
    for (cseq, (from, name, heard)) in (10..).zip(elsewhere) {
        let told = door.tells(from, &subscribe(cseq, to, "Expires: 0\r\n").replace(named[0], name));
        assert!(matches!(&told[..], [(_, text)] if status(text) == heard), "{from}: {told:?}");
    }
    let told = door.hears(ANA, &subscribe(3, to, "Expires: 0\r\n"));
    assert_eq!(told.iter().map(|text| status(text)).max(), Some(200), "{told:?}");
    let last = told.iter().find(|text| text.starts_with("NOTIFY")).unwrap();
    assert!(last.contains("terminated;reason=timeout"), "{last}");
    door.tells(ANA, &answer(last, "200 OK", ""));
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// A request of Ana's phone outside of dialogs; its branch is its number.
fn of_ana(method: &str, uri: &str, number: u32, lines: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {ANA};branch=z9hG4bKana{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:ana@pbx.example>;tag=ana\r\nTo: <sip:ana@pbx.example>\r\nCall-ID: overheard\r\n\
         CSeq: {number} {method}\r\nContact: <sip:ana@{ANA}>\r\n{lines}Content-Length: 0\r\n\r\n"
    )
}

/// The answers to a request, with those that waited for the store.
fn answers(door: &mut Door, from: &str, text: &str) -> Vec<String> {
    let mut posts = door.tells(from, text);
    door.now = door.now.after(Duration::from_millis(250));
    door.switch.handle(door.now, Input::Time);
    posts.extend(door.posts());
    let to_whom: SocketAddr = from.parse().unwrap();
    assert!(posts.iter().all(|(to, _)| *to == to_whom), "nobody else hears of it: {posts:?}");
    posts.into_iter().map(|(_, text)| text).collect()
}

/// Goal: A6. Method: Ana's phone registers; what it said is said again by others, for other things and too late.
#[test]
fn a_proof_that_was_overheard_is_worth_nothing() {
    const HOME: &str = "sip:pbx.example";
    let (mut door, mut number) = (Door::with_ben(""), 1);
    let asked = answers(&mut door, ANA, &of_ana("REGISTER", HOME, number, "")).concat();
    let challenge = Challenge::choose(asked.lines().filter_map(|it| it.strip_prefix("WWW-Authenticate: ")));
    let challenge = challenge.unwrap();
    let request = digest::Request { method: &Method::Register, uri: HOME, body: b"" };
    let password = sim::site::password("ana");
    let proof =
        |count| digest::answer(&challenge, "ana", Secret::Password(&password), &request, "c", count).unwrap();
    let www = |count| format!("Authorization: {}\r\n", proof(count));
    let proxy = |count| format!("Proxy-Authorization: {}\r\n", proof(count));
    let hears = |door: &mut Door, from, method, uri, number, lines: &str| {
        let texts = answers(door, from, &of_ana(method, uri, number, lines));
        let [text] = &texts[..] else { panic!("one answer: {texts:?}") };
        (status(text), text.contains("stale=true"))
    };
    for (from, method, uri, lines, heard, why) in [
        (ANA, "REGISTER", HOME, www(1), (200, false), "right"),
        (ANA, "REGISTER", HOME, www(1), (401, true), "its count was used"),
        (STRANGER, "REGISTER", HOME, www(1), (401, true), "nor is it good abroad"),
        (STRANGER, "REGISTER", HOME, www(7), (401, true), "where no count of that nonce is"),
        (ANA, "INVITE", HOME, proxy(2), (407, false), "a call is no registration"),
        (ANA, "OPTIONS", HOME, proxy(2), (407, false), "nor is a question"),
        (ANA, "REGISTER", "sip:102@pbx.example", www(2), (400, false), "signed was another URI"),
        (ANA, "REGISTER", HOME, www(2), (200, false), "no copy used it up"),
    ] {
        number += 1;
        assert_eq!(hears(&mut door, from, method, uri, number, &lines), heard, "{why}");
    }
    for (seconds, count, heard) in [(55, 3, (200, false)), (6, 4, (401, true))] {
        number += 1;
        door.now = door.now.after(Duration::from_secs(seconds));
        let told = hears(&mut door, ANA, "REGISTER", HOME, number, &www(count));
        assert_eq!(told, heard, "a nonce lives for a minute");
    }
}
