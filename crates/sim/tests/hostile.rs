//! Hostile peers, seen from outside on a whole switch (RELIABILITY P4, P10, P11, A1, A3, A8, A9).
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use door::{
    Door,
    carrier::{CARRIER, FORWARDS, OUTSIDE, SDP, Talk, answer, hears, invite, is_at, later, request, status},
};

const STRANGER: &str = "203.0.113.66:5060";
const BEN: &str = "10.0.0.12:5060";

/// RELIABILITY A1: whatever its method, and whomever it names, nobody's phone hears of a stranger.
#[test]
fn a_registered_phone_hears_nothing_of_strangers() {
    let mut door = Door::with_ben("");
    let methods =
        "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY MESSAGE PUBLISH FOO";
    for (index, method) in methods.split(' ').enumerate() {
        for to in ["102", "ben", "+12025550102", "911"] {
            for tag in ["", ";tag=made-up"] {
                let call = format!("{index}{to}{}", tag.len()).replace('+', "p");
                let text = request(method, to, &call, "", "").replacen(
                    ">\r\nCall-ID",
                    &format!(">{tag}\r\nCall-ID"),
                    1,
                );
                assert_eq!(hears(&mut door, STRANGER, &text, BEN), [""; 0], "{method} to {to}");
            }
        }
    }
    assert!(later(&mut door).iter().all(|post| !is_at(BEN)(&post)));
    assert!(door.switch.view().phones.iter().all(|phone| &*phone.name != "ana" || phone.bindings.is_empty()));
    assert!(door.switch.is_idle());
}

/// RELIABILITY A3: a header that is none of ours to pass on is never on the other leg, however it is written.
#[test]
fn foreign_headers_stay_on_their_leg() {
    for line in [
        "X-Admin: 1",
        "X-Admin : 1",
        "X-Admin\t: 1",
        "x-aDMIN: 1",
        "X-Admin:\r\n 1",
        "X-Admin: 0\r\nX-Admin: 1",
        "X-Internal: x-admin",
        "P-Charging-Vector: icid-value=x-admin",
        "Alert-Info: <http://x-admin/>;info=x-admin",
        "Call-Info: <http://x-admin/>",
        "Route: <sip:x-admin.example;lr>",
        "s: x-admin",
    ] {
        let mut door = Door::with_ben("");
        let lines = format!("Content-Type: application/sdp\r\n{line}\r\n");
        let text = request("INVITE", "+12025550102", "smuggled", &lines, SDP);
        let heard = hears(&mut door, CARRIER, &text, BEN);
        let [invite] = &heard[..] else { panic!("{line:?}: {heard:?}") };
        let lower = invite.to_ascii_lowercase();
        assert!(
            !lower.contains("x-admin") && !lower.contains("x-internal"),
            "{line:?} came through:\n{invite}"
        );
    }
}

/// A carrier that has a secret of ours.
const REGISTERED: &str = "[trunks.reg]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"10.0.1.9\"\n\
                          user = \"larch\"\nsecret = { file = \"secrets/reg\" }\n";

/// How a phone asks for that secret.
const CHALLENGES: [(&str, &str); 2] = [
    ("401 Unauthorized", "WWW-Authenticate: Digest realm=\"10.0.1.9\", nonce=\"n\", qop=\"auth\"\r\n"),
    (
        "407 Proxy Authentication Required",
        "Proxy-Authenticate: Digest realm=\"10.0.1.9\", nonce=\"n\", qop=\"auth\"\r\n",
    ),
];

/// RELIABILITY A8: a phone that challenges a call with a carrier's realm gets no proof of ours.
#[test]
fn a_phone_that_challenges_us_learns_no_secret() {
    for (status, line) in CHALLENGES {
        let mut door = Door::with_ben(REGISTERED);
        let rung = hears(&mut door, CARRIER, &invite("+12025550102", "leak"), BEN);
        let mut posts = door.tells(BEN, &answer(&rung[0], status, line));
        posts.extend(later(&mut door));
        let to_ben: Vec<_> = posts.iter().filter(is_at(BEN)).collect();
        assert!(to_ben.iter().all(|(_, text)| !text.contains("uthorization:")), "{to_ben:?}");
        assert!(to_ben.iter().all(|(_, text)| text.starts_with("ACK")), "{to_ben:?}");
    }
}

/// RELIABILITY A8: nor does one that challenges our BYE.
#[test]
fn a_phone_that_challenges_our_good_bye_learns_no_secret() {
    for (status, line) in CHALLENGES {
        let mut door = Door::with_ben(REGISTERED);
        let talk = Talk::begin(&mut door, CARRIER, "+12025550102", "leak");
        let heard = hears(&mut door, CARRIER, &talk.request("BYE", 2, "", ""), BEN);
        let [bye] = &heard[..] else { panic!("{heard:?}") };
        let mut posts = door.tells(BEN, &answer(bye, status, line));
        posts.extend(later(&mut door));
        assert_eq!(posts.iter().filter(is_at(BEN)).count(), 0, "{posts:?}");
    }
}

/// RELIABILITY P11: a carrier that challenges for ever is given up after a few tries, and the next one takes the call.
#[test]
fn a_carrier_that_challenges_for_ever_is_given_up() {
    let config = FORWARDS.to_owned()
        + "[trunks.reg]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.9\"\nuser = \"larch\"\n\
           secret = { file = \"secrets/reg\" }\nchannels = 4\n";
    let config = config.replace("trunks = [\"south\"]", "trunks = [\"reg\", \"south\"]");
    let mut door = Door::with_ben(&config);
    let (mut invites, mut elsewhere) = (0, 0);
    let mut posts = door.tells(CARRIER, &invite("+12025550190", "loop"));
    while let Some((to, text)) = posts.pop() {
        if to == OUTSIDE.parse().unwrap() {
            elsewhere += usize::from(text.starts_with("INVITE"));
            posts.extend(door.tells(OUTSIDE, &answer(&text, "486 Busy Here", "")));
        } else if to != CARRIER.parse().unwrap() && text.starts_with("INVITE") {
            invites += 1;
            let line =
                format!("Proxy-Authenticate: Digest realm=\"r\", nonce=\"n{invites}\", qop=\"auth\"\r\n");
            posts.extend(door.tells("10.0.1.9:5060", &answer(&text, "407 Again", &line)));
        }
        assert!(invites < 10, "no end");
    }
    assert!((1..=3).contains(&invites), "{invites} INVITEs");
    assert_eq!(elsewhere, 1);
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// RELIABILITY P10: two thousand calls that are given up at once leave nothing, and each is told 487.
#[test]
fn calls_given_up_at_once_leave_nothing() {
    let mut door = Door::with_ben("[limits]\ncalls_per_person = 100\n");
    let (mut ended, mut busy) = (0, 0);
    for call in 0..2_000 {
        let name = format!("storm{call}");
        let mut posts = door.tells(CARRIER, &invite("+12025550102", &name));
        posts.extend(door.tells(CARRIER, &request("CANCEL", "+12025550102", &name, "", "")));
        let id = format!("Call-ID: {name}\r\nCSeq: 1 INVITE");
        let finals = posts.iter().filter(is_at(CARRIER)).filter(|(_, text)| text.contains(&id));
        let finals: Vec<_> = finals.map(|(_, text)| status(text)).filter(|status| *status >= 200).collect();
        match finals[..] {
            [487] => ended += 1,
            [486 | 503] => busy += 1,
            _ => panic!("{finals:?} in {posts:?}"),
        }
        door.now = door.now.after(Duration::from_millis(5));
    }
    assert_eq!(ended + busy, 2_000);
    assert!(ended > 0);
    let unknown = hears(&mut door, CARRIER, &request("CANCEL", "+12025550102", "never", "", ""), CARRIER);
    let unknown = unknown.iter().filter(|text| text.contains("Call-ID: never"));
    assert_eq!(unknown.map(|text| status(text)).collect::<Vec<_>>(), [481]);
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// RELIABILITY A9: a limit of so many calls is never passed, however many come at one moment.
#[test]
fn as_many_calls_as_a_trunk_has_channels_and_no_more() {
    let mut door = Door::with_ben(&FORWARDS.replace("[plans", "[limits]\ncalls_max = 1000\n[plans"));
    let (mut out, mut refused) = (0, 0);
    for call in 0..200 {
        for (to, text) in door.tells(CARRIER, &invite("+12025550190", &format!("fraud{call}"))) {
            out += usize::from(to == OUTSIDE.parse().unwrap() && text.starts_with("INVITE"));
            refused += usize::from(to == CARRIER.parse().unwrap() && status(&text) >= 400);
        }
    }
    assert_eq!((out, refused), (4, 196));
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// RELIABILITY P4: whatever stands in a description of media, the call has an end and leaves nothing. One that can
/// be used after all rings, is busy, and becomes a message.
#[test]
fn no_description_of_media_harms() {
    let many = format!("{SDP}{}", "m=audio 9000 RTP/AVP 0\r\n".repeat(100));
    let long = format!("{SDP}{}", "a=x:y\r\n".repeat(6_000));
    let formats = SDP.replace("AVP 0", &format!("AVP {}", "0 ".repeat(2_000)));
    let cases: &[(&str, &str, u16)] = &[
        ("no media", "v=0\r\no=- 1 1 IN IP4 10.0.1.1\r\ns=-\r\nc=IN IP4 10.0.1.1\r\nt=0 0\r\n", 488),
        ("no address", &SDP.replace("c=IN IP4 10.0.1.1\r\n", ""), 488),
        ("words alone", "hello", 400),
        ("a hundred lines of media", &many, 488),
        ("42,000 bytes", &long, 413),
        ("2,000 formats", &formats, 200),
        ("a port beyond", &SDP.replace("9000", "99999"), 488),
        ("no format", &SDP.replace("AVP 0", "AVP"), 488),
        ("a format beyond", &SDP.replace("AVP 0", "AVP 4294967296"), 488),
        (
            "an endless fmtp",
            &format!("{SDP}a=rtpmap:0 PCMU/8000\r\na=fmtp:0 {}\r\n", "x=1;".repeat(2_000)),
            200,
        ),
        ("a ptime beyond", &format!("{SDP}a=ptime:99999999999\r\n"), 200),
        ("a ptime of nothing", &format!("{SDP}a=ptime:0\r\n"), 200),
        ("a negative ptime", &format!("{SDP}a=ptime:-20\r\n"), 200),
        ("nobody's address", &SDP.replace("10.0.1.1", "0.0.0.1"), 488),
        ("multicast", &SDP.replace("10.0.1.1", "224.0.0.1"), 488),
        ("loopback", &SDP.replace("10.0.1.1", "127.0.0.1"), 488),
        ("ourselves", &SDP.replace("10.0.1.1", "10.0.0.1").replace("9000", "16384"), 200),
        ("nul", "v=0\r\n\0\0\0", 488),
    ];
    for (what, body, told) in cases {
        let mut door = Door::with_ben("");
        let text = request("INVITE", "+12025550102", "sdp", "Content-Type: application/sdp\r\n", body);
        let mut posts = door.tells(CARRIER, &text);
        if let Some((_, rung)) = posts.iter().find(is_at(BEN)).cloned() {
            posts.extend(door.tells(BEN, &answer(&rung, "486 Busy Here", "")));
        }
        posts.extend(later(&mut door));
        let finals = posts.iter().filter(is_at(CARRIER)).map(|(_, text)| status(text));
        let finals: Vec<_> = finals.filter(|status| *status >= 200).collect();
        assert_eq!(finals.first(), Some(told), "{what}");
        assert!(door.switch.is_idle(), "{what} leaves something");
    }
}
