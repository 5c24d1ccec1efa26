//! RELIABILITY P9: calls that go in a circle, or multiply, seen from outside on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::collections::BTreeMap;

use door::{
    Door,
    carrier::{CARRIER, FORWARDS, answer, invite, later, status},
};
use store::{Binding, BindingKey, State};

const OURS: &str = "10.0.0.1:5060";
const OTHER: &str = "10.0.1.3:5060";

/// A trunk that leads back to us makes no storm: our own INVITE is known by its tag as it comes in, after
/// one hop, and told 482 (RFC 3261 §16.3 step 4).
#[test]
fn a_trunk_that_leads_to_ourselves_ends_soon() {
    let config = FORWARDS
        .replace("trunks = [\"south\"]", "trunks = [\"self\"]")
        .replace("+12025550177", "+12025550190")
        // A number that sends every call to itself is refused by the check.
        .replace("{ forward", "{ unless = \"caller withheld\", forward")
        + "[trunks.self]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.0.1\"\nchannels = 50\n";
    let mut door = Door::with_ben(&config);
    let (mut invites, mut at_home, mut refused) = (0, Vec::new(), Vec::new());
    let mut posts = door.tells(CARRIER, &invite("+12025550190", "hairpin"));
    while let Some((to, text)) = posts.pop() {
        if to == CARRIER.parse().unwrap() {
            refused.push(status(&text));
        } else if to == OURS.parse().unwrap() {
            invites += usize::from(text.starts_with("INVITE"));
            at_home.push(status(&text));
            posts.extend(door.tells(OURS, &text));
        }
        assert!(invites <= 60, "a storm");
    }
    at_home.retain(|status| *status >= 200);
    assert_eq!((invites, &*at_home), (1, &[482][..]));
    assert_eq!(refused, [486], "what its plan says where nobody is reached");
    assert_eq!(door.switch.counters().loops, 1);
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// A circle through another switch that gives each round a name of its own is not known by that; it ends
/// where the hops do, with 483, since each of the two counts one down.
#[test]
fn a_circle_through_another_switch_ends_with_its_hops() {
    let config = FORWARDS
        .replace("trunk = \"north\", ", "")
        .replace("trunks = [\"south\"]", "trunks = [\"other\"]")
        + "[trunks.other]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\nchannels = 50\n";
    let mut door = Door::with_ben(&config);
    let hops = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("Max-Forwards: "));
        line.unwrap().parse::<u8>().unwrap()
    };
    let first = invite("+12025550190", "round0").replace("Max-Forwards: 70", "Max-Forwards: 10");
    let (mut left, mut told, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut posts = door.tells(CARRIER, &first);
    while let Some((to, text)) = posts.pop() {
        if to == CARRIER.parse().unwrap() {
            refused.push(status(&text));
        } else if text.starts_with("INVITE") {
            let fewer = format!("Max-Forwards: {}", hops(&text) - 1);
            left.push(text);
            let next = invite("+12025550190", &format!("round{}", left.len()));
            let next = next.replace("Max-Forwards: 70", &fewer).replace("10.0.1.1", "10.0.1.3");
            posts.extend(door.tells(OTHER, &next));
        } else if status(&text) >= 300 {
            // What the other switch is told of a round it tells the one before.
            let round = text.split_once("Call-ID: round").unwrap().1;
            let round: usize = round.split_once('\r').unwrap().0.parse().unwrap();
            told.push(status(&text));
            posts.extend(door.tells(OTHER, &answer(&left[round - 1], &text[8..11], "")));
        }
    }
    assert_eq!(left.iter().map(|text| hops(text)).collect::<Vec<_>>(), [9, 7, 5, 3, 1]);
    assert_eq!((told, refused), (vec![483, 486, 486, 486, 486], vec![486]), "what its plan says of nobody");
    later(&mut door);
    assert!(door.switch.is_idle());
}

/// A binding of this phone at this address.
fn bound(phone: &str, at: &str) -> Binding {
    let contact = format!("sip:{phone}@{at}");
    Binding {
        key: BindingKey { phone: phone.into(), instance: (&*contact).into() },
        contact: (&*contact).into(),
        path: "".into(),
        flow: format!("udp {OURS} {at} 0").into(),
        behind_nat: false,
        call_id: "c".into(),
        cseq: 1,
        q: 1000,
        agent: "".into(),
        expires: clock::Wall::from_unix_micros(1_795_532_400_000_000 + 3_600_000_000),
        interval_s: 3600,
    }
}

/// What came of a call whose parties all send it on.
struct Spread {
    /// INVITEs that left.
    invites: usize,
    /// Most of them under way at one time.
    alive_max: usize,
    /// What the carrier was told in the end.
    told: Vec<u16>,
}

/// A carrier calls the number of the bomb; every phone that is rung sends the call on to whom `onward` names.
fn spreads(config: &str, bindings: Vec<Binding>, onward: impl Fn(&str) -> String) -> Spread {
    let mut door = Door::kept(config, State { bindings, ..State::default() });
    let mut spread = Spread { invites: 0, alive_max: 0, told: Vec::new() };
    let mut ringing = BTreeMap::new();
    let mut posts = door.tells(CARRIER, &invite("+12025550190", "bomb"));
    loop {
        for (to, text) in posts.drain(..) {
            if text.starts_with("INVITE") {
                spread.invites += 1;
                ringing.insert(
                    text.lines().find(|line| line.starts_with("Call-ID")).unwrap().to_owned(),
                    (to, text),
                );
            } else if to == CARRIER.parse().unwrap() && status(&text) >= 200 {
                spread.told.push(status(&text));
            }
        }
        spread.alive_max = spread.alive_max.max(ringing.len());
        assert!(spread.invites <= 1_000, "a storm");
        let Some((_, (from, text))) = ringing.pop_first() else { break };
        let user = text["INVITE sip:".len()..].split('@').next().unwrap();
        let contact = format!("Contact: <sip:{}@pbx.example>\r\n", onward(user));
        posts = door.tells(&from.to_string(), &answer(&text, "302 Moved Temporarily", &contact));
    }
    later(&mut door);
    assert!(door.switch.is_idle());
    spread
}

/// Ten people with ten phones' worth of contacts each ring together, and each sends the call on to the next: no more
/// than sixty legs are alive at any time, no phone is rung twice, and the caller is told that nobody can be reached.
#[test]
fn a_group_whose_members_all_send_the_call_on_rings_nobody_twice() {
    let names: Vec<_> = (0..10).map(|at| format!("b{at}")).collect();
    let each = |line: &dyn Fn(&str) -> String| names.iter().map(|name| line(name)).collect::<String>();
    let config = format!(
        "[people]\n{}[phones]\n{}[groups.bomb]\nmembers = {names:?}\nring = \"all\"\n\
         [plans.bomb]\nsteps = [{{ ring = \"group:bomb\" }}, {{ reject = \"busy\" }}]\n\
         [numbers]\n\"+12025550190\" = {{ trunk = \"north\", plan = \"bomb\" }}\n",
        each(&|name| format!("{name} = {{ ext = 3{} }}\n", name.replace('b', "0"))),
        each(&|name| format!("{name} = {{ person = \"{name}\" }}\n")),
    );
    let contacts = |(at, name): (usize, &String)| {
        (0..10).map(|device| bound(name, &format!("10.0.2.{at}:{}", 5060 + device))).collect::<Vec<_>>()
    };
    let bindings = names.iter().enumerate().flat_map(contacts).collect();
    let next = |user: &str| {
        let at: usize = user.trim_start_matches('b').parse().unwrap();
        format!("b{}", (at + 7) % 10)
    };
    let spread = spreads(&config, bindings, next);
    assert_eq!(spread.alive_max, 60);
    assert!(spread.invites <= 100, "{} INVITEs to a hundred contacts", spread.invites);
    assert_eq!(spread.told, [486]);
}

/// Ben sends his calls to Ana and she hers to him: each is rung once.
#[test]
fn two_who_send_their_calls_to_each_other_are_rung_once() {
    let config = "[plans.round]\nsteps = [{ ring = \"person:ben\" }, { reject = \"busy\" }]\n\
                  [numbers]\n\"+12025550190\" = { trunk = \"north\", plan = \"round\" }\n";
    let bindings = vec![bound("ana", "10.0.0.11:5060"), bound("ben", "10.0.0.12:5060")];
    let other = |user: &str| if user == "ben" { "101" } else { "102" }.to_owned();
    let spread = spreads(config, bindings, other);
    assert_eq!((spread.invites, spread.alive_max, &*spread.told), (2, 1, &[486][..]));
}
