//! What carriers do that no standard has, or few expect, and a call stands all the same. Seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use b2bua::switch::{Control, Input};
use door::{
    Door,
    carrier::{CARRIER, OUTSIDE, SDP, answer, hears, is_at, request, status},
};

const BEN: &str = "10.0.0.12:5060";
const NUMBER: &str = "+12025550102";

/// A response with a description.
fn described(to: &str, status: &str, lines: &str, sdp: &str) -> String {
    let lines = format!("{lines}Content-Type: application/sdp\r\n");
    let length = format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len());
    answer(to, status, &lines).replace("Content-Length: 0\r\n\r\n", &length)
}

fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(name)).unwrap()
}

/// A request of the carrier's on the dialog of which it has this answer.
fn within(answered: &str, method: &str, cseq: u8, lines: &str, body: &str) -> String {
    let call = line(answered, "Call-ID: ").split_once(' ').unwrap().1;
    let text = request(method, NUMBER, call, lines, body);
    let to = line(&text, "To:").to_owned();
    text.replace(&to, line(answered, "To:"))
        .replace("CSeq: 1", &format!("CSeq: {cseq}"))
        .replace(&format!("branch=z9hG4bK{call}"), &format!("branch=z9hG4bK{call}{method}{cseq}"))
}

/// A change that the callee asks for, of whom this INVITE is known.
fn by_callee(rung: &str, cseq: u8, lines: &str, body: &str) -> String {
    let value = |name: &str| line(rung, name).split_once(": ").unwrap().1;
    let uri = value("Contact:").trim_start_matches('<').trim_end_matches('>');
    format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {BEN};branch=z9hG4bKben{cseq}{}\r\nMax-Forwards: 70\r\n\
         From: {};tag=theirs\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} INVITE\r\nContact: <sip:{BEN}>\r\n\
         {lines}Content-Length: {}\r\n\r\n{body}",
        body.len(),
        value("To:"),
        value("From:"),
        value("Call-ID:"),
        body.len()
    )
}

/// Goal: whoever is told BYE by way of another server of its carrier asks for proof there, and is not left in the call
/// (RFC 3261 §22.2); a host that only stands in a route gets nothing (RELIABILITY A8).
#[test]
fn a_challenge_from_another_server_of_the_carrier_is_answered_and_from_elsewhere_not() {
    let site = "[trunks.larch]\nprofile = \"generic-register\"\nhost = \"10.0.1.40\"\nfrom = [\"10.0.1.40/31\"]\n\
                user = \"larch\"\nsecret = { file = \"secrets/larch\" }\nrealm = \"c\"\nping = \"off\"\n\
                [numbers]\n\"+12025550160\" = { trunk = \"larch\", person = \"ben\" }\n";
    for (hop, is_its) in [("10.0.1.40:5060", true), ("10.0.1.41:5060", true), ("10.0.1.42:5060", false)] {
        let mut door = Door::with_ben(site);
        let host = hop.strip_suffix(":5060").unwrap();
        let lines = format!("Record-Route: <sip:{host};lr>\r\nContent-Type: application/sdp\r\n");
        let invite = request("INVITE", "+12025550160", "one", &lines, SDP).replace("10.0.1.1:", "10.0.1.40:");
        let rung = hears(&mut door, "10.0.1.40:5060", &invite, BEN);
        let contact = format!("Contact: <sip:{BEN}>\r\n");
        let posts = door.tells(BEN, &described(&rung[0], "200 OK", &contact, SDP));
        let (_, answered) = posts.iter().find(|(_, text)| status(text) == 200).unwrap();
        let ack = within(answered, "ACK", 1, "", "").replace("10.0.1.1:", "10.0.1.40:");
        door.tells("10.0.1.40:5060", &ack);
        door.switch.handle(door.now, Input::Control(Control::HangUpAll));
        let posts = door.posts();
        let (_, bye) = posts.iter().filter(is_at(hop)).find(|(_, text)| text.starts_with("BYE ")).unwrap();
        let asks = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n";
        let again = hears(&mut door, hop, &answer(bye, "407 Proxy Authentication Required", asks), hop);
        let proves =
            again.iter().any(|text| text.starts_with("BYE ") && text.contains("Proxy-Authorization:"));
        assert_eq!(proves, is_its, "{hop}: {again:?}");
    }
}

/// Goal: an answer without a description, under another tag than the 183 that had one, is no reason to end the call: who
/// sends it takes both for one dialog.
#[test]
fn an_answer_under_another_tag_stands_on_what_was_described_before() {
    let mut door = Door::with("");
    let lines = "Content-Type: application/sdp\r\n";
    let called = hears(&mut door, CARRIER, &request("INVITE", "+12025550103", "one", lines, SDP), CARRIER);
    let invite = called.iter().find(|text| text.starts_with("INVITE ")).unwrap();
    let contact = format!("Contact: <sip:{CARRIER}>\r\n");
    let early = hears(&mut door, CARRIER, &described(invite, "183 Session Progress", &contact, SDP), CARRIER);
    assert!(early.iter().any(|text| status(text) == 183), "{early:?}");
    let bare = answer(invite, "200 OK", &contact).replace(";tag=theirs", ";tag=other");
    let answered = hears(&mut door, CARRIER, &bare, CARRIER);
    let started = |what: &str| answered.iter().filter(|text| text.starts_with(what)).count();
    assert_eq!([started("ACK "), started("SIP/2.0 200 "), started("BYE ")], [1, 1, 0], "{answered:?}");
}

/// Goal: RFC 3264 §8.2. A line that is out of use stays in its place, and the sound may have another by now.
#[test]
fn a_call_whose_first_line_for_sound_is_out_of_use_is_answered_on_the_second() {
    let mut door = Door::with_ben("");
    let sdp = SDP.replace("m=audio", "m=audio 0 RTP/AVP 18\r\nm=audio");
    let lines = "Content-Type: application/sdp\r\n";
    let rung = hears(&mut door, CARRIER, &request("INVITE", NUMBER, "one", lines, &sdp), BEN);
    let contact = format!("Contact: <sip:{BEN}>\r\n");
    let answered = hears(&mut door, BEN, &described(&rung[0], "200 OK", &contact, SDP), CARRIER).concat();
    let media: Vec<_> = answered.lines().filter(|line| line.starts_with("m=")).collect();
    assert!(
        media.len() == 2 && media[0] == "m=audio 0 RTP/AVP 18" && !media[1].starts_with("m=audio 0"),
        "{answered}"
    );
}

/// Goal: RFC 3262 §5. Method: the callee answers while a PRACK is waited for, which brings another offer: the 200 says again
/// what that was answered with, nothing older.
#[test]
fn an_answer_that_waited_for_a_prack_says_what_that_was_answered_with() {
    let mut door = Door::with_ben("");
    let lines = "Require: 100rel\r\nSupported: 100rel\r\nContent-Type: application/sdp\r\n";
    let rung = hears(&mut door, CARRIER, &request("INVITE", NUMBER, "one", lines, SDP), BEN);
    let contact = format!("Contact: <sip:{BEN}>\r\n");
    let early = described(&rung[0], "183 Session Progress", &contact, SDP);
    let early = hears(&mut door, BEN, &early, CARRIER).concat();
    assert!(hears(&mut door, BEN, &described(&rung[0], "200 OK", &contact, SDP), CARRIER).is_empty());
    let rack = format!("RAck: {} 1 INVITE\r\n{lines}", line(&early, "RSeq: ").split_once(' ').unwrap().1);
    let moved = SDP.replace("9000", "9100").replace("1 1 IN", "1 2 IN").replace("RTP/AVP 0", "RTP/AVP 8");
    let prack = within(&early, "PRACK", 2, &rack.replace("Require: 100rel\r\n", ""), &moved);
    let said = hears(&mut door, CARRIER, &prack, CARRIER);
    let origins: Vec<_> = said.iter().map(|text| line(text, "o=")).collect();
    assert!(origins.len() == 2 && origins[0] == origins[1], "{said:?}");
    assert_ne!(origins[0], line(&early, "o="), "{said:?}");
}

/// Goal: RFC 3261 §14.2. Method: the callee speaks another format from here on, and the carrier, asked to follow, is not
/// done with another change yet: it is asked again when it says, and nobody else instead.
#[test]
fn who_is_busy_with_another_change_is_asked_again_when_it_says() {
    let mut door = Door::with_ben("");
    let lines = "Content-Type: application/sdp\r\n";
    let speaks = |formats: &str| SDP.replace("RTP/AVP 0", &format!("RTP/AVP {formats}"));
    let rung = hears(&mut door, CARRIER, &request("INVITE", NUMBER, "one", lines, &speaks("18 0")), BEN);
    let contact = format!("Contact: <sip:{BEN}>\r\n");
    let answered = described(&rung[0], "200 OK", &contact, &speaks("18"));
    let answered = hears(&mut door, BEN, &answered, CARRIER).concat();
    door.tells(CARRIER, &within(&answered, "ACK", 1, "", ""));
    let mut asked = hears(&mut door, BEN, &by_callee(&rung[0], 1, lines, &speaks("0")), CARRIER);
    door.tells(BEN, &by_callee(&rung[0], 1, "", "").replace("INVITE", "ACK"));
    for turn in 0..3 {
        assert!(
            asked.len() == 1 && asked[0].starts_with("INVITE ") && asked[0].contains(" RTP/AVP 0 "),
            "{asked:?}"
        );
        let busy = answer(&asked[0], "500 Server Internal Error", "Retry-After: 3\r\n");
        let posts = door.tells(CARRIER, &busy);
        assert!(posts.iter().all(|(_, text)| text.starts_with("ACK ")), "{turn}: {posts:?}");
        door.now = door.now.after(Duration::from_secs(3));
        door.switch.handle(door.now, Input::Time);
        asked = door.posts().into_iter().filter(|post| is_at(CARRIER)(&post)).map(|(_, text)| text).collect();
    }
    let taken = door.tells(CARRIER, &described(&asked[0], "200 OK", "", &speaks("0")));
    assert!(taken.len() == 1 && taken[0].1.starts_with("ACK "), "{taken:?}");
}

/// Goal: RFC 4028, RFC 3261 §12.2.2 and others. Method: requests on a dialog as phones and carriers write them; none of them
/// ends the call.
#[test]
fn odd_requests_on_a_dialog_end_nothing() {
    let mut door = Door::with_ben("");
    let sdp = "Content-Type: application/sdp\r\n";
    let rung = hears(&mut door, CARRIER, &request("INVITE", NUMBER, "one", sdp, SDP), BEN);
    let contact = format!("Contact: <sip:{BEN}>\r\n");
    let answered = hears(&mut door, BEN, &described(&rung[0], "200 OK", &contact, SDP), CARRIER).concat();
    door.tells(CARRIER, &within(&answered, "ACK", 1, "", ""));
    let text = "Content-Type: text/plain\r\n";
    let image = format!("{SDP}m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n");
    let fax = SDP.replace("m=audio 9000", "m=audio 0") + "m=image 4000 udptl t38\r\n";
    let zero = SDP.replace("c=IN IP4 10.0.1.1", "c=IN IP4 0.0.0.0");
    for (cseq, method, lines, body, heard) in [
        (2, "MESSAGE", text, "hello", 415),
        (3, "NOTIFY", "Event: refer\r\n", "", 405),
        (4, "OPTIONS", "", "", 200),
        (5, "INFO", "", "", 200),
        (6, "UPDATE", "", "", 200),
        (7, "INVITE", sdp, &*image, 200),
        (8, "INVITE", sdp, &*fax, 488),
        (9, "INVITE", sdp, &*zero, 200),
        (10, "INVITE", sdp, SDP, 200),
        (11, "SUBSCRIBE", "Event: dialog\r\n", "", 405),
        (12, "PUBLISH", "Event: dialog\r\n", "", 405),
    ] {
        let asked = within(&answered, method, cseq, lines, body).replace("From: <", "From: \"Other\" <");
        let told = hears(&mut door, CARRIER, &asked, CARRIER);
        assert_eq!(
            told.iter().map(|text| status(text)).collect::<Vec<_>>(),
            [heard],
            "{method} {cseq}: {told:?}"
        );
        if method == "INVITE" {
            door.tells(CARRIER, &within(&answered, "ACK", cseq, "", ""));
        }
    }
    let bye = within(&answered, "BYE", 13, text, "hello");
    let posts = door.tells(CARRIER, &bye);
    assert!(posts.iter().filter(is_at(CARRIER)).any(|(_, text)| status(text) == 200));
    assert!(posts.iter().filter(is_at(BEN)).any(|(_, text)| text.starts_with("BYE ")));
    let _ = OUTSIDE;
}
