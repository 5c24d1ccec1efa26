//! What a carrier may have by REFER: a number of ours, and for a phone what that could dial; never a code, a person, a
//! slot or a call for help (RFC 3515, RELIABILITY A9). Seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use door::{
    Door,
    carrier::{Talk, invite, status},
};

const PEER: &str = "10.0.1.3:5060";

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

/// What the peer is told that talks with whoever is at `number`, and asks for this.
fn told(site: &str, number: &str, refer_to: &str) -> u16 {
    let mut door = Door::with_ben(site);
    let talk = Talk::begin(&mut door, PEER, number, "talk");
    refers(&mut door, &talk, refer_to)
}

fn refers(door: &mut Door, talk: &Talk, refer_to: &str) -> u16 {
    let told = door.tells(PEER, &talk.request("REFER", 2, &format!("Refer-To: <{refer_to}>\r\n"), ""));
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
        let [one, other] = [(first, "one"), (second, "other")]
            .map(|(number, call)| Talk::begin(&mut door, PEER, number, call));
        let named = format!("Replaces=other%3Bto-tag%3D{}%3Bfrom-tag%3Dother", other.tag());
        let told = refers(&mut door, &one, &format!("sip:{second}@pbx.example?{named}"));
        assert_eq!(told, heard, "{first} and {second}");
    }
}

/// Goal: a carrier is known by its networks to the last address, and nobody beside them has its trust.
#[test]
fn twilio_is_whoever_calls_from_its_addresses_and_nobody_beside_them() {
    let site = "[trunks.elastic]\nprofile = \"twilio\"\nhost = \"10.0.1.20\"\nping = \"off\"\n[numbers]\n\
                \"+12025550160\" = { trunk = \"elastic\", person = \"ben\" }\n";
    let inside =
        ["54.172.60.0", "54.172.60.3", "54.244.51.2", "35.156.191.131", "177.71.206.195", "10.0.1.20"];
    let beside =
        ["54.172.59.255", "54.172.60.4", "54.244.51.4", "35.156.191.127", "177.71.206.196", "10.0.1.21"];
    for (address, is_its) in inside.map(|it| (it, true)).into_iter().chain(beside.map(|it| (it, false))) {
        let mut door = Door::with_ben(site);
        let told = door.tells(&format!("{address}:5060"), &invite("+12025550160", "one"));
        let rings = told.iter().any(|(to, text)| to.port() == 5060 && text.starts_with("INVITE "));
        let asked = told.iter().any(|(_, text)| status(text) == 407);
        assert_eq!((rings, asked), (is_its, !is_its), "{address}");
    }
}
