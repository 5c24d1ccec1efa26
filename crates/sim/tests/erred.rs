//! Mistakes in messages, as the operator reads of them: who made them, in which line, and what mends them.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use door::{
    Door,
    carrier::{CARRIER, FORWARDS, OUTSIDE, SDP, answer, invite, is_at, request},
};

const STRANGER: &str = "203.0.113.66:5060";
const BEN: &str = "10.0.0.12:5060";
const NUMBER: &str = "+12025550100";

/// An INVITE with a mistake in it: its name, what makes it, the answer, and what the operator reads of it.
type Row = (&'static str, fn(&str) -> String, u16, &'static [&'static str]);

const MISTAKES: &[Row] = &[
    (
        "a broken CSeq",
        |it| it.replace("CSeq: 1", "CSeq: one"),
        400,
        &[
            "malformed CSeq in what begins with \"INVITE\"",
            "\"CSeq: one INVITE\"; answered 400",
            "tell the carrier",
        ],
    ),
    (
        "a broken From",
        |it| it.replace("From: <sip:", "From: <sip"),
        400,
        &["malformed From", "\"From: <sip+12025550142@"],
    ),
    (
        "a short body",
        |it| it.replace("Content-Length: ", "Content-Length: 9"),
        400,
        &["body shorter than Content-Length", "\"Content-Length: 9"],
    ),
    (
        "multicast",
        |it| it.replace("c=IN IP4 10.0.1.1", "c=IN IP4 224.2.1.1"),
        488,
        &[
            "media is to go where it must not",
            "\"c=IN IP4 224.2.1.1\"",
            "have it name the address of one machine",
        ],
    ),
    (
        "SRTP",
        |it| it.replace("RTP/AVP", "RTP/SAVP"),
        488,
        &["nothing but encrypted sound", "\"m=audio 9000 RTP/SAVP 0\"", "have it call us without SRTP"],
    ),
    (
        "an unknown extension",
        |it| it.replace("Contact:", "Require: foo\r\nContact:"),
        420,
        &["an extension is required", "\"Require: foo\"; answered 420", "it has to call without that"],
    ),
];

/// The switch hears this; what it answers, and what the operator reads.
fn hears(door: &mut Door, from: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let answers = door.tells(from, text).iter().filter(is_at(from)).map(|(_, text)| text.clone()).collect();
    (answers, door.told())
}

fn goes_by(door: &mut Door, time: Duration) {
    door.now = door.now.after(time);
}

#[test]
fn a_carriers_mistake_is_told_with_its_line_and_its_mend() {
    let mut door = Door::with("");
    door.told();
    for (call, (name, mistake, status, words)) in MISTAKES.iter().enumerate() {
        let (answers, told) = hears(&mut door, CARRIER, &mistake(&invite(NUMBER, &call.to_string())));
        assert!(answers[0].starts_with(&format!("SIP/2.0 {status}")), "{name}: {answers:?}");
        let [line] = &told[..] else { panic!("{name}: {told:?}") };
        assert!(line.starts_with("trunk north erred: "), "{line}");
        for words in words.iter().chain([&"from 10.0.1.1:5060"]) {
            assert!(line.contains(words), "{words} is missing in {line}");
        }
    }
}

#[test]
fn the_same_mistake_is_told_once_a_minute_and_counted() {
    let mut door = Door::with("");
    door.told();
    let mistakes: Vec<_> = MISTAKES.iter().map(|(_, mistake, ..)| mistake).collect();
    for second in 0..60 {
        for (number, mistake) in mistakes.iter().enumerate() {
            let told = hears(&mut door, CARRIER, &mistake(&invite(NUMBER, &format!("{second}-{number}")))).1;
            assert_eq!(told.len(), usize::from(second == 0), "{told:?}");
        }
        goes_by(&mut door, Duration::from_secs(1));
    }
    for (number, mistake) in mistakes.iter().enumerate() {
        let told = hears(&mut door, CARRIER, &mistake(&invite(NUMBER, &format!("again-{number}")))).1;
        assert!(told[0].ends_with(" (59 more since this was last said)"), "{told:?}");
    }
}

#[test]
fn nobody_writes_of_strangers() {
    let mut door = Door::with_ben("");
    door.told();
    for (name, mistake, ..) in MISTAKES {
        for method in ["INVITE", "OPTIONS", "REGISTER"] {
            let text = mistake(&invite(NUMBER, name)).replace("INVITE", method);
            assert_eq!(hears(&mut door, STRANGER, &text).1, [""; 0], "{name}");
        }
    }
}

#[test]
fn a_phone_is_named_where_it_says_who_it_is() {
    let mut door = Door::with_ben("");
    door.told();
    let text = invite("101", "1").replace("+12025550142@carrier.example", "ben@pbx.example");
    let [line] = &hears(&mut door, BEN, &text.replace("CSeq: 1", "CSeq: one")).1[..] else {
        panic!("one line")
    };
    assert!(
        line.starts_with("phone ben erred: malformed CSeq") && line.contains("look for a newer one"),
        "{line}"
    );
    let [line] = &hears(&mut door, BEN, &text.replace("From: <sip:", "From: <sip")).1[..] else {
        panic!("one line")
    };
    assert!(line.starts_with("a phone at 10.0.0.12 erred: malformed From"), "{line}");
}

#[test]
fn what_is_quoted_is_short_and_plain() {
    let mut door = Door::with("");
    door.told();
    let hostile = format!("CSeq: \u{1b}[31m\u{202e}\"; trunk south erred{}", "x".repeat(300));
    let [line] = &hears(&mut door, CARRIER, &invite(NUMBER, "1").replace("CSeq: 1", &hostile)).1[..] else {
        panic!("one line")
    };
    assert!(line.contains(r#""CSeq: \u{1b}[31m\u{202e}\"; trunk south erredxxx"#), "{line}");
    assert!(line.len() < 400 && line.contains('…') && !line.chars().any(char::is_control), "{line}");
}

#[test]
fn a_broken_response_is_told_too() {
    let mut door = Door::with("");
    door.told();
    let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
                To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: none\r\n\r\n";
    let (answers, told) = hears(&mut door, CARRIER, text);
    assert_eq!(answers, [""; 0]);
    assert!(
        told[0].contains("malformed CSeq in what begins with \"SIP/2.0\"") && told[0].contains("; ignored;"),
        "{told:?}"
    );
}

/// Goal: where a carrier finds our INVITE wrong, its own words are shown.
#[test]
fn what_a_carrier_says_of_our_mistake_is_shown() {
    for (status, lines, words) in [
        (
            "400 Bad Request",
            "Warning: 399 sbc \"no P-Access\"\r\n",
            r#""400 Bad Request", "Warning: 399 sbc \"no P-Access\"""#,
        ),
        (
            "488 Not Acceptable Here",
            "Warning: 305 sbc \"codecs\"\r\n",
            "none of our formats for sound was taken there: we offered PCMU, PCMA, G722, and it does not say",
        ),
        ("415 Unsupported Media Type", "Accept: text/plain\r\n", r#""Accept: text/plain""#),
        (
            "420 Bad Extension",
            "Unsupported: timer\r\nReason: Q.850;cause=127\r\n",
            r#""Reason: Q.850;cause=127", "Unsupported: timer""#,
        ),
    ] {
        let mut door = Door::with(FORWARDS);
        door.told();
        let rung = door.tells(CARRIER, &invite("+12025550190", "1"));
        let (_, rung) = rung.iter().filter(is_at(OUTSIDE)).find(|(_, it)| it.starts_with("INVITE")).unwrap();
        door.tells(OUTSIDE, &answer(rung, status, lines));
        let told = door.told();
        let [line] = &told[..] else { panic!("{told:?}") };
        assert!(line.starts_with("we erred, says trunk south: our INVITE was answered"), "{line}");
        assert!(line.contains(words), "{words} is missing in {line}");
    }
    for status in ["486 Busy Here", "404 Not Found", "503 Service Unavailable", "603 Decline"] {
        let mut door = Door::with(FORWARDS);
        door.told();
        let rung = door.tells(CARRIER, &invite("+12025550190", "1"));
        let (_, rung) = rung.iter().filter(is_at(OUTSIDE)).find(|(_, it)| it.starts_with("INVITE")).unwrap();
        door.tells(OUTSIDE, &answer(rung, status, ""));
        assert!(!door.told().iter().any(|line| line.contains("erred")), "{status}");
    }
}

/// A phone that sends a call on to where it does not go is named, with the place and why.
#[test]
fn where_a_call_is_not_sent_on_to_is_told() {
    let mut door = Door::with_ben("");
    let sdp = "Content-Type: application/sdp\r\n";
    let posts = door.tells(CARRIER, &request("INVITE", "+12025550102", "one", sdp, SDP));
    let (_, rung) = posts.iter().find(is_at(BEN)).unwrap();
    door.told();
    door.tells(BEN, &answer(rung, "302 Moved Temporarily", "Contact: <tel:+12025550102>\r\n"));
    let told = door.told();
    let is_it = |line: &String| {
        line.ends_with(
            ": phone:ben sends it on to number:+12025550102, where it does not go: the call was there before",
        )
    };
    assert_eq!(told.iter().filter(|line| is_it(line)).count(), 1, "{told:?}");
}
