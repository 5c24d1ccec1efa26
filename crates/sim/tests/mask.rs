//! `mask = "both"`: no byte that one side is sent tells it the number or the name of the other.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use clock::{Chance, Instant};
use sim::{
    agent::Act,
    script::{BEFORE, Script},
    wire::{Entry, Way},
    world::{Order, World},
};

/// Where `mask = "both"` may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Number,
    Plan,
    Group,
    Person,
    Nowhere,
}

/// Two sides that must not know each other: a caller outside, and a person with a phone and a mobile.
struct Sides {
    caller: String,
    caller_name: &'static str,
    mobile: String,
    person_name: &'static str,
    ext: u32,
}

impl Sides {
    fn new(chance: &mut Chance) -> Self {
        let mut line = || format!("202555{:04}", 1_000 + chance.below(9_000));
        let (caller, mobile) = (line(), line());
        Self {
            caller,
            mobile,
            caller_name: "Jane Q. Roe",
            person_name: "Benjamin",
            ext: 8_000 + chance.below(999),
        }
    }

    fn script(&self, at: Where, rings: bool) -> String {
        let mask = |here| if at == here { ", mask = \"both\"" } else { "" };
        let steps = match rings {
            true => {
                "{ ring = \"group:team\", for = \"4s\" }, { forward = \"MOBILE\" }, { reject = \"busy\" }"
            }
            false => "{ forward = \"MOBILE\" }, { reject = \"busy\" }",
        };
        let mobile = format!("+1{}", self.mobile);
        let rules = "believe = [\"p-asserted-identity\", \"remote-party-id\", \"name\", \"diversion\", \
                     \"history-info\", \"user-to-user\"], send = [\"p-asserted-identity\", \"remote-party-id\", \
                     \"privacy\", \"name\", \"diversion\", \"history-info\", \"user-to-user\"], forwarded = \"caller\"";
        let config = [
            "[trunks.east]".into(),
            format!(
                "profile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.3\"\nidentity = {{ {rules} }}\nmedia = \"direct\""
            ),
            "[trunks.west]".into(),
            format!(
                "profile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.4\"\nidentity = {{ {rules} }}\nmedia = \"direct\""
            ),
            format!("[dial.mobile]\nto = [\"{mobile}\"]\nclass = \"national\"\ntrunks = [\"west\"]"),
            format!(
                "[people]\nmia = {{ ext = {}, name = \"{}\"{} }}",
                self.ext,
                self.person_name,
                mask(Where::Person)
            ),
            "[phones]\nmia = { person = \"mia\" }".into(),
            format!("[groups]\nteam = {{ members = [\"mia\"]{} }}", mask(Where::Group)),
            format!(
                "[plans]\nteam = {{ steps = [{}]{} }}",
                steps.replace("MOBILE", &mobile),
                mask(Where::Plan)
            ),
            format!(
                "[numbers]\n\"+12025550110\" = {{ label = \"Campaign\", plan = \"team\"{} }}",
                mask(Where::Number)
            ),
        ];
        let config: String =
            config.iter().flat_map(|part| part.lines()).map(|line| format!("| {line}\n")).collect();
        let says = [
            format!("From: \"{}\" <sip:+1{}@10.0.1.3>", self.caller_name, self.caller),
            format!("P-Asserted-Identity: \"{}\" <sip:+1{}@10.0.1.3>", self.caller_name, self.caller),
            format!(
                "Remote-Party-ID: \"{}\" <sip:+1{}@10.0.1.3>;party=calling",
                self.caller_name, self.caller
            ),
            format!("Diversion: <sip:+1{}@10.0.1.3>;reason=user-busy", self.caller),
            format!("History-Info: <sip:+1{}@10.0.1.3>;index=1", self.caller),
            format!("User-to-User: {};encoding=ascii", self.caller),
            format!("Subject: {} {}", self.caller_name, self.caller),
        ];
        let says: String = says.iter().map(|line| format!("0s   east says {line}\n")).collect();
        format!("Nobody learns of the other.\n\nregistered: mia\n{config}{says}")
    }
}

/// Which ways lead to and from a masked person, and who must not learn what on each. `EXT` is theirs, `MOBILE` where
/// they send calls to.
const WAYS: [(&str, &[&str], &str); 12] = [
    (
        "a forward of the plan",
        &["1s east calls +12025550113", "6s west answers", "9s east hangs up"],
        "east west mia ben",
    ),
    (
        "a redirection",
        &[
            "1s east calls +12025550111",
            "2s mia redirects sip:+1MOBILE@pbx.example",
            "4s west answers",
            "9s east hangs up",
        ],
        "east west mia ben",
    ),
    (
        "a forward by code",
        &["0s mia calls *721MOBILE", "3s east calls +12025550111", "5s west answers", "9s east hangs up"],
        "east west ben",
    ),
    (
        "a transfer outside",
        &[
            "1s east calls +12025550111",
            "2s mia answers",
            "3s mia transfers MOBILE",
            "5s west answers",
            "9s east hangs up",
        ],
        "east west mia ben",
    ),
    (
        "a transfer to a colleague, who transfers outside",
        &[
            "1s east calls +12025550111",
            "2s mia answers",
            "3s mia transfers 102",
            "4s ben answers",
            "6s ben transfers MOBILE",
            "8s west answers",
            "11s east hangs up",
        ],
        "east west mia ben",
    ),
    (
        "an attended transfer outside",
        &[
            "1s east calls +12025550111",
            "2s mia answers",
            "3s mia holds",
            "4s mia calls MOBILE",
            "5s west answers",
            "7s mia joins",
            "10s east hangs up",
        ],
        "east west mia ben",
    ),
    (
        "a transfer to them",
        &[
            "1s east calls +12025550112",
            "2s ben answers",
            "3s ben transfers EXT",
            "4s mia answers",
            "9s east hangs up",
        ],
        "east mia",
    ),
    (
        "an attended transfer to them",
        &[
            "1s east calls +12025550112",
            "2s ben answers",
            "3s ben holds",
            "4s ben calls EXT",
            "5s mia answers",
            "7s ben joins",
            "10s east hangs up",
        ],
        "east mia",
    ),
    (
        "a pickup",
        &["1s east calls +12025550112", "1.5s ben rings", "2s mia calls **102", "9s east hangs up"],
        "east mia",
    ),
    (
        "a slot",
        &[
            "1s east calls +12025550112",
            "2s ben answers",
            "3s ben transfers 701",
            "5s mia calls 701",
            "9s east hangs up",
        ],
        "east mia",
    ),
    (
        "the way back from a slot",
        &[
            "1s east calls +12025550111",
            "2s mia answers",
            "3s mia transfers 701",
            "10s mia answers",
            "12s east hangs up",
        ],
        "east mia ben",
    ),
    (
        "a call that is asked for",
        &["1s the operator connects mia with MOBILE", "2s mia answers", "4s west answers", "7s mia hangs up"],
        "west mia ben",
    ),
];

/// Everything that the switch sent a party.
fn sent_to(world: &World, name: &str) -> String {
    let side = world.agent(name).unwrap();
    let bytes = world.entries().iter().filter_map(|entry| match entry {
        Entry::Sent { side: to, way: Way::Out, message, .. } if *to == side => Some(message.raw().to_vec()),
        Entry::Sent { .. } | Entry::Said { .. } => None,
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>().concat()).into_owned()
}

fn play(text: &str, acts: &[(u64, &str, Act)]) -> World {
    let script = Script::read(text).unwrap();
    let mut world = script.world().unwrap();
    let mia = world.agent("mia").unwrap();
    world.at(Instant::ZERO + Duration::from_millis(100), Order::Act(mia, Act::Registers));
    let zero = Instant::ZERO + BEFORE;
    world.run_until(zero);
    world.forget_entries();
    for step in &script.steps {
        world.at(zero, step.order(&world).unwrap());
    }
    for (at, who, act) in acts {
        let who = world.agent(who).unwrap();
        world.at(zero + Duration::from_secs(*at), Order::Act(who, act.clone()));
    }
    world.run_until(zero + Duration::from_secs(30));
    world
}

/// What one party was told of what it must not know.
fn leaks(world: &World, party: &str, secrets: &[&str]) -> Vec<String> {
    let sent = sent_to(world, party);
    assert!(!sent.is_empty(), "{party} was never spoken to");
    secrets
        .iter()
        .filter(|secret| sent.contains(**secret))
        .map(|secret| format!("{party}: {secret}"))
        .collect()
}

fn inbound(seed: u8, at: Where, rings: bool, answers: bool) -> Vec<String> {
    let sides = Sides::new(&mut Chance::from_seed([seed; 32]));
    let callee = if rings && answers { "mia" } else { "west" };
    let mut acts = vec![(1, "east", Act::Calls("2025550110".into(), Default::default()))];
    if rings {
        acts.push((2, "mia", Act::Rings));
    }
    acts.push((if callee == "mia" { 3 } else { 7 }, callee, Act::Answers));
    acts.push((9, if seed.is_multiple_of(2) { "east" } else { callee }, Act::HangsUp));
    let world = play(&sides.script(at, rings), &acts);
    let ext = sides.ext.to_string();
    let mut found = leaks(&world, "east", &[&sides.mobile, sides.person_name, &format!("sip:{ext}@")]);
    if rings {
        found.extend(leaks(&world, "mia", &[&sides.caller, sides.caller_name]));
    }
    if callee == "west" {
        // What it is asked for it has to know.
        found.extend(leaks(
            &world,
            "west",
            &[&sides.caller, sides.caller_name, sides.person_name, "10.0.1.3"],
        ));
    }
    found
}

/// The way's world: all who take part say what the others must not know in whatever they send.
fn by_way(sides: &Sides, at: Where, steps: &[&str]) -> World {
    let Sides { caller, caller_name, mobile, person_name, ext } = sides;
    let more = format!(
        "| [numbers.\"+12025550111\"]\n| label = \"Mia\"\n| person = \"mia\"\n\
         | [numbers.\"+12025550112\"]\n| label = \"Ben\"\n| person = \"ben\"\n\
         | [numbers.\"+12025550113\"]\n| label = \"Own\"\n| plan = \"own\"\n\
         | [plans.own]\n| steps = [{{ ring = \"person:mia\", for = \"3s\" }}, {{ forward = \"+1{mobile}\" }}, {{ reject = \"busy\" }}]\n\
         | [groups.desk]\n| members = [\"mia\", \"ben\"]\n| [park]\n| return_after = \"5s\"\nmia can: update\n\
         0s east marks Subject: {caller_name} {caller}\n\
         0s mia marks Subject: {person_name} sip:{ext}@\n0s west marks Subject: {mobile}\n0s ben watches {ext}\n"
    );
    let steps: String = steps.iter().map(|step| format!("{step}\n")).collect();
    let steps = steps.replace("MOBILE", mobile).replace("EXT", &ext.to_string());
    let text = format!("{}{more}{steps}", sides.script(at, true));
    let script = Script::read(&text).unwrap();
    let mut world = script.world().unwrap();
    for (index, name) in ["mia", "ben"].into_iter().enumerate() {
        let who = world.agent(name).unwrap();
        world.at(
            Instant::ZERO + Duration::from_millis(100 * (index as u64 + 1)),
            Order::Act(who, Act::Registers),
        );
    }
    let zero = Instant::ZERO + BEFORE;
    world.run_until(zero);
    world.forget_entries();
    for step in &script.steps {
        world.run_until(zero + step.at);
        world.at(zero + step.at, step.order(&world).unwrap());
        world.run_until(zero + step.at);
    }
    world.run_until(zero + Duration::from_secs(40));
    world
}

/// What who takes part was told of what they must not know.
fn leaks_by_way(seed: u8, at: Where, (_, steps, parties): (&str, &[&str], &str)) -> Vec<String> {
    let sides = Sides::new(&mut Chance::from_seed([seed; 32]));
    let world = by_way(&sides, at, steps);
    let ext = format!("sip:{}@", sides.ext);
    let is_asked_for = steps.iter().any(|step| step.contains("operator"));
    let found = parties.split_whitespace().flat_map(|party| match party {
        "east" => leaks(&world, party, &[&sides.mobile, sides.person_name, &ext]),
        "west" => {
            leaks(&world, party, &[&sides.caller, sides.caller_name, sides.person_name, &ext, "10.0.1.3"])
        }
        "mia" | "ben" if is_asked_for => leaks(&world, party, &[&sides.mobile]),
        _ => leaks(&world, party, &[&sides.caller, sides.caller_name]),
    });
    found.collect()
}

/// Method: each party plants what it is in every message and description; the ways are those by which calls come to
/// a person and go on from there.
#[test]
fn no_side_is_told_of_the_other_whichever_way_a_masked_person_has_the_call() {
    for seed in 0..4 {
        for way in WAYS {
            assert_eq!(leaks_by_way(seed, Where::Person, way), [""; 0], "{seed} {}", way.0);
        }
    }
}

/// The search finds on each way what is not hidden.
#[test]
fn without_a_mask_the_other_side_is_seen_on_each_way() {
    for way in WAYS {
        assert!(!leaks_by_way(1, Where::Nowhere, way).is_empty(), "{}", way.0);
    }
}

/// Method: every place of the mask, over a phone and over a mobile, answered by either and hung up by either.
#[test]
fn no_side_of_a_masked_call_is_told_of_the_other() {
    for seed in 0..8 {
        for at in [Where::Number, Where::Plan] {
            for (rings, answers) in [(true, true), (true, false), (false, false)] {
                assert_eq!(inbound(seed, at, rings, answers), [""; 0], "{seed} {at:?} {rings} {answers}");
            }
        }
        for at in [Where::Group, Where::Person] {
            assert_eq!(inbound(seed, at, true, true), [""; 0], "{seed} {at:?}");
        }
        // Masked once, a call stays so where it goes on.
        assert_eq!(inbound(seed, Where::Group, true, false), [""; 0], "{seed}");
    }
}

/// The search finds what is not hidden.
#[test]
fn without_a_mask_the_other_side_is_seen() {
    assert!(!inbound(1, Where::Nowhere, true, true).is_empty());
    let found = inbound(1, Where::Nowhere, false, false).join(" ");
    assert!(found.contains("Roe") || found.contains("west: 202555"), "{found}");
}

#[test]
fn a_masked_person_who_calls_out_is_known_by_our_number_alone() {
    for seed in 0..8 {
        let sides = Sides::new(&mut Chance::from_seed([seed; 32]));
        let text = sides.script(Where::Person, true);
        let text = text.replace("mask = \"both\"", "mask = \"both\", present = \"+12025550110\"");
        let number = sides.mobile.clone();
        let acts = [
            (1, "mia", Act::Calls(number, Default::default())),
            (3, "west", Act::Answers),
            (5, "mia", Act::HangsUp),
        ];
        let world = play(&text, &acts);
        let ext = sides.ext.to_string();
        let found = leaks(&world, "west", &[&format!("sip:{ext}@"), sides.person_name, "mia"]);
        assert_eq!(found, [""; 0], "{seed}");
    }
}
