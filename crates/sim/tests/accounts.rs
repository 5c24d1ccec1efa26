//! RELIABILITY A9: whoever sends calls outside pays for them, so they are counted as if dialled, so many a minute. Seen from
//! outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use door::{
    Door,
    carrier::{CARRIER, OUTSIDE, Talk, answer, hears, invite, is_at, later, request},
};
use store::State;

const BEN: &str = "10.0.0.12:5060";
const NUMBER: &str = "+12025550102";

/// A number outside that Ben may dial.
const AWAY: &str = "[dial.away]\nto = [\"+12025550177\"]\nclass = \"national\"\ntrunks = [\"south\"]\n";

/// A switch whose carriers have room for all of it.
fn wide(limits: &str, state: State) -> Door {
    Door::spoilt(&format!("{AWAY}[limits]\n{limits}"), state, |site| {
        site.trunks.iter_mut().for_each(|trunk| trunk.channels = 100);
    })
}

/// Carriers call Ben's number at one moment, he sends each call on; the INVITEs that left for outside.
fn sent_on(door: &mut Door, calls: std::ops::Range<u32>) -> Vec<String> {
    let mut left = Vec::new();
    for call in calls {
        let rung = hears(door, CARRIER, &invite(NUMBER, &format!("on{call}")), BEN);
        let moved = answer(&rung[0], "302 Moved Temporarily", "Contact: <sip:+12025550177@pbx.example>\r\n");
        left.extend(hears(door, BEN, &moved, OUTSIDE));
    }
    left
}

/// Says no to each of these, so that none is left.
fn refuses(door: &mut Door, invites: &[String]) {
    for text in invites {
        door.tells(OUTSIDE, &answer(text, "486 Busy Here", ""));
    }
}

#[test]
fn so_many_calls_a_minute_are_sent_on() {
    let mut door = wide("calls_per_person = 100\ncalls_per_minute = 3\n", Door::ben());
    for minute in 0..2 {
        let mut left = 0;
        for call in 0..5 {
            let invites = sent_on(&mut door, 10 * minute + call..10 * minute + call + 1);
            left += invites.len();
            refuses(&mut door, &invites);
        }
        assert_eq!(left, 3, "minute {minute}");
        door.now = door.now.after(Duration::from_secs(60));
    }
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// Goal: nobody gets around that by transfers. Method: Ben gives away whoever calls him, again and again.
#[test]
fn so_many_calls_a_minute_are_transferred_outside() {
    let mut door = wide("calls_per_person = 100\ncalls_per_minute = 2\n", Door::ben());
    let (mut left, mut told) = (0, Vec::new());
    for call in 0..4 {
        let talk = Talk::begin(&mut door, CARRIER, NUMBER, &format!("given{call}"));
        let line =
            |name: &str| talk.rung.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let refer = request(
            "REFER",
            "pbx",
            &format!("given{call}"),
            "Refer-To: <sip:2025550177@pbx.example>\r\n",
            "",
        )
        .replace(CARRIER, BEN)
        .replace("CSeq: 1", "CSeq: 7");
        let named = |name: &str, value: &str| {
            let was = refer.lines().find(|line| line.starts_with(name)).unwrap();
            (was.to_owned(), format!("{name}:{value}"))
        };
        let lines = [
            named("From", &format!("{};tag=theirs", line("To:"))),
            named("To", &line("From:")),
            named("Call-ID", &line("Call-ID:")),
        ];
        let refer = lines.iter().fold(refer.clone(), |text, (was, is)| text.replace(was, is));
        let posts = door.tells(BEN, &refer);
        let answers = posts.iter().filter(is_at(BEN)).filter(|(_, text)| text.contains("CSeq: 7 REFER"));
        told.extend(answers.map(|(_, text)| text[8..11].to_owned()));
        left += posts.iter().filter(is_at(OUTSIDE)).filter(|(_, text)| text.starts_with("INVITE")).count();
    }
    assert_eq!((left, &*told), (2, &["202", "202", "503", "503"].map(String::from)[..]));
}
