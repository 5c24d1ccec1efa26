//! What a carrier may have by REFER: a number of ours, and for a phone what that could dial; never a code, a person, a
//! slot or a call for help (RFC 3515, RELIABILITY A9). Seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use door::{
    Door,
    carrier::{OUTSIDE, SDP, answer, invite, is_at, request, status},
};

const PEER: &str = "10.0.1.3:5060";
const BEN: &str = "10.0.0.12:5060";

/// Ben, and a number outside, each behind a number that the peer calls.
const SITE: &str = "[trunks.peer]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\n\
                    transfers = \"follow\"\n[park]\n\
                    [dial.away]\nto = [\"+12025550177\"]\nclass = \"national\"\ntrunks = [\"south\"]\n\
                    [dial.premium]\nto = [\"type:premium\"]\nclass = \"premium\"\ntrunks = [\"south\"]\n\
                    [dial.world]\nto = [\"any\"]\nclass = \"international\"\ntrunks = [\"south\"]\n\
                    [plans.away]\nsteps = [{ forward = \"+12025550177\" }, { reject = \"busy\" }]\n\
                    [numbers]\n\"+12025550113\" = { trunk = \"peer\", person = \"ben\" }\n\
                    \"+12025550114\" = { trunk = \"peer\", person = \"cho\" }\n\
                    \"+12025550115\" = { trunk = \"peer\", plan = \"away\" }\n";

fn of_peer(text: &str) -> String {
    text.replace("10.0.1.1", "10.0.1.3")
}

/// The peer calls this number, whoever is rung answers; gives the To of the dialog.
fn talks(door: &mut Door, number: &str, call: &str) -> String {
    let rung = door.tells(PEER, &of_peer(&invite(number, call)));
    let (callee, rung) = rung.into_iter().find(|(_, text)| text.starts_with("INVITE")).unwrap();
    assert!([BEN, OUTSIDE].map(|at| at.parse().unwrap()).contains(&callee), "{callee} is rung");
    let lines = format!("Contact: <sip:{callee}>\r\nContent-Type: application/sdp\r\n");
    let length = format!("Content-Length: {}\r\n\r\n{SDP}", SDP.len());
    let bare = answer(&rung, "200 OK", &lines).replace("Content-Length: 0\r\n\r\n", &length);
    let answered = door.tells(&callee.to_string(), &bare);
    let (_, success) = answered.iter().filter(is_at(PEER)).find(|(_, text)| status(text) == 200).unwrap();
    let to = success.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
    door.tells(PEER, &on_dialog("ACK", 1, (number, call, &to), ""));
    to
}

/// A request of the peer's on the dialog that began with this call.
fn on_dialog(method: &str, cseq: u8, (number, call, to): (&str, &str, &str), lines: &str) -> String {
    let text = of_peer(&request(method, number, call, lines, ""));
    let untagged = text.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
    let text = text.replace(&untagged, to).replace("CSeq: 1", &format!("CSeq: {cseq}"));
    text.replace(&format!("branch=z9hG4bK{call}"), &format!("branch=z9hG4bK{call}{method}"))
}

/// What the peer is told that talks with whoever is at `number`, and asks for this.
fn told(site: &str, number: &str, refer_to: &str) -> u16 {
    let mut door = Door::with_ben(site);
    let to = talks(&mut door, number, "talk");
    let lines = format!("Refer-To: <{refer_to}>\r\n");
    let told = door.tells(PEER, &on_dialog("REFER", 2, (number, "talk", &to), &lines));
    told.iter().find(|(_, text)| text.contains("CSeq: 2 REFER")).map(|(_, text)| status(text)).unwrap()
}

/// What may be had, who stays being Ben's phone or another carrier.
const ASKED: [(&str, u16, u16); 14] = [
    ("sip:+12025550114@pbx.example", 202, 202),
    ("sip:%2B12025550114@elsewhere.example;user=phone", 202, 202),
    ("tel:+1-202-555-0114", 202, 202),
    ("sip:+12025550177@pbx.example", 202, 403),
    ("tel:+12025550177", 202, 403),
    ("sip:+442079460123@pbx.example", 403, 403),
    ("sip:+19005550123@pbx.example", 403, 403),
    ("sip:103@pbx.example", 404, 403),
    ("sip:cho@pbx.example", 404, 403),
    ("sip:701@pbx.example", 404, 403),
    ("sip:*68@pbx.example", 404, 403),
    ("sip:*78@pbx.example", 404, 403),
    ("sip:911@pbx.example", 404, 403),
    ("sip:+12025550100;ext=1@pbx.example", 404, 403),
];

#[test]
fn a_carrier_that_may_transfer_gets_numbers_and_nothing_else() {
    for (refer_to, for_a_phone, for_a_carrier) in ASKED {
        let heard = (told(SITE, "+12025550113", refer_to), told(SITE, "+12025550115", refer_to));
        assert_eq!(heard, (for_a_phone, for_a_carrier), "{refer_to}");
    }
}

#[test]
fn a_carrier_that_may_not_gets_nothing() {
    let site = SITE.replace("transfers = \"follow\"", "transfers = \"refuse\"");
    for (refer_to, ..) in ASKED {
        assert_eq!(told(&site, "+12025550113", refer_to), 603, "{refer_to}");
        assert_eq!(told(&SITE.replace("transfers = \"follow\"\n", ""), "+12025550115", refer_to), 603);
    }
}

/// Goal: nobody goes on talking outside at our cost when the one who joined them has left.
#[test]
fn a_carrier_joins_two_calls_of_which_one_is_with_a_phone() {
    for (first, second, heard) in [
        ("+12025550113", "+12025550115", 202),
        ("+12025550115", "+12025550113", 202),
        ("+12025550115", "+12025550115", 403),
    ] {
        let mut door = Door::with_ben(SITE);
        let (one, other) = (talks(&mut door, first, "one"), talks(&mut door, second, "other"));
        let tag = other.split_once(";tag=").unwrap().1;
        let named = format!("Replaces=other%3Bto-tag%3D{tag}%3Bfrom-tag%3Dother");
        let lines = format!("Refer-To: <sip:{second}@pbx.example?{named}>\r\n");
        let told = door.tells(PEER, &on_dialog("REFER", 2, (first, "one", &one), &lines));
        let told = told.iter().find(|(_, text)| text.contains("CSeq: 2 REFER")).map(|(_, text)| status(text));
        assert_eq!(told, Some(heard), "{first} and {second}");
    }
}
