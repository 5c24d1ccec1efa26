//! Random sites: plans and menus that lead to each other, groups that overflow, and the people who are rung.

use callplan::{Memory, Site, Source, load};
use proptest::{prelude::*, sample::select};

/// Everything but the plans and menus.
pub(crate) const SITE: &str = r#"
[site]
name = "Random"
timezone = "America/New_York"
country = "US"
domain = "pbx.example"
mailbox = "last"
phone_secrets = { file = "phones" }
[listen]
udp = ["127.0.0.1:5060"]
rtp = "16384-17383"
[people]
ana = { ext = 101 }
ben = { ext = 102 }
cho = { ext = 103 }
[phones]
ana-desk = { person = "ana" }
ana-soft = { person = "ana" }
ben-desk = { person = "ben" }
cho-desk = { person = "cho" }
[groups]
all = { members = ["ana", "ben", "cho"], ring = "all" }
turn = { members = ["ben", "cho"], ring = "in-order", each = "10s", busy = "voicemail:last" }
round = { members = ["ana", "ben"], ring = "round-robin", each = "10s", else = "person:cho" }
[trunks.carrier]
profile = "generic-address"
host = "127.0.0.2"
[dial.us]
to = ["country:US"]
class = "national"
trunks = ["carrier"]
[hours.office]
mon-fri = ["09:00-17:00"]
[lists]
vip = ["+12025550170"]
[prompts]
hello = { file = "hello.wav" }
[mailboxes]
last = { max = "1m" }
[numbers]
"+12025550100" = { trunk = "carrier", plan = "p0" }
"#;

/// Plans of a site.
pub(crate) const PLANS: usize = 4;
/// Menus of a site.
pub(crate) const MENUS: usize = 2;

/// Somewhere to lead to, as `kind:name`.
fn place() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["person:ana", "person:ben", "group:all", "group:turn", "group:round"])
            .prop_map(str::to_owned),
        2 => (0..PLANS).prop_map(|plan| format!("plan:p{plan}")),
        1 => (0..MENUS).prop_map(|menu| format!("menu:m{menu}")),
        2 => select(vec!["voicemail:last", "voicemail:ana", "number:+12025550160"]).prop_map(str::to_owned),
    ]
}

fn exit(name: &'static str) -> impl Strategy<Value = String> {
    proptest::option::weighted(0.3, place())
        .prop_map(move |place| place.map_or_else(String::new, |place| format!(", {name} = \"{place}\"")))
}

/// A step that may be fallen through.
fn step() -> impl Strategy<Value = String> {
    let ring = select(vec!["person:ana", "person:cho", "group:all", "group:turn", "group:round"]);
    let exits = || (exit("busy"), exit("declined"), exit("else")).prop_map(|(a, b, c)| a + &b + &c);
    let guard = select(vec![
        "when = \"hours:office\"",
        "unless = \"hours:office\"",
        "when = \"caller in list:vip\"",
        "unless = \"caller withheld and not hours:office\"",
    ]);
    prop_oneof![
        4 => (ring, exits()).prop_map(|(who, exits)| format!("ring = \"{who}\", for = \"20s\"{exits}")),
        2 => exits().prop_map(|exits| format!("forward = \"+12025550160\", for = \"20s\"{exits}")),
        2 => Just("play = \"hello\"".to_owned()),
        3 => (guard, terminal()).prop_map(|(guard, terminal)| format!("{guard}, {terminal}")),
    ]
}

fn terminal() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => select(vec!["voicemail = \"last\"", "reject = \"busy\"", "hangup = true"]).prop_map(str::to_owned),
        2 => (0..PLANS).prop_map(|plan| format!("goto = \"p{plan}\"")),
        1 => (0..MENUS).prop_map(|menu| format!("menu = \"m{menu}\"")),
    ]
}

fn plan() -> impl Strategy<Value = String> {
    (proptest::collection::vec(step(), 0..4), terminal()).prop_map(|(steps, last)| {
        let steps = steps.iter().chain([&last]).map(|step| format!("  {{ {step} }},\n"));
        format!("steps = [\n{}]\n", steps.collect::<String>())
    })
}

fn menu() -> impl Strategy<Value = String> {
    (proptest::collection::vec(place(), 1..4), place(), place()).prop_map(|(keys, silence, invalid)| {
        let keys = keys.iter().enumerate().map(|(key, place)| format!("{key} = \"{place}\", "));
        format!(
            "greeting = \"hello\"\nsilence = {{ after = \"5s\", repeat = 1, then = \"{silence}\" }}\n\
             invalid = {{ repeat = 1, then = \"{invalid}\" }}\nkeys = {{ {}}}\n",
            keys.collect::<String>().trim_end_matches(", ")
        )
    })
}

/// A site with random plans and menus; some are refused by the checker.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let plans = proptest::collection::vec(plan(), PLANS);
    let menus = proptest::collection::vec(menu(), MENUS);
    (plans, menus).prop_map(|(plans, menus)| {
        let plans = plans.iter().enumerate().map(|(at, plan)| format!("[plans.p{at}]\n{plan}"));
        let menus = menus.iter().enumerate().map(|(at, menu)| format!("[menus.m{at}]\n{menu}"));
        format!("{SITE}{}{}", plans.collect::<String>(), menus.collect::<String>())
    })
}

/// The site, if it is one.
pub(crate) fn loaded(text: &str) -> Option<Site> {
    let assets = Memory::default().with("phones", b"").with("hello.wav", b"");
    load(&[Source::new("random.toml", text)], &assets).ok().map(|(site, _)| site)
}
