//! Random sites: plans and menus that lead to each other, groups that overflow, and the people who are rung.

use callplan::{Memory, Site, Source, load};
use proptest::{prelude::*, sample::select, strategy::Union};

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

/// The people of a site on which there is everything: mobiles that ring, calls that are sent on.
const PEOPLE: &str = r#"
[people_defaults]
present = "+12025550100"
allow = ["internal", "national"]
[people]
ana = { ext = 101, mobile = "+12025550161", ring = [{ phones = true }, { mobile = true, after = "5s" }], for = "20s" }
ben = { ext = 102, away = "voicemail:self", forward = { to = "+12025550162", when = "no-answer" } }
cho = { ext = 103, mobile = "+12025550163", ring = [{ mobile = true, screen = true }] }
"#;

/// More teams of it: one whose members are followed, and queues.
const TEAMS: &str = r#"
[groups.out]
members = ["ana", "cho"]
ring = "all"
follow = true
[queues.line]
members = ["ana", "ben"]
ring = "in-order"
each = "10s"
max_callers = 2
when_full = "hangup"
max_wait = "1m"
when_waited = "voicemail:last"
[queues.shop]
members = ["ben"]
each = "8s"
wrap = "5s"
hours = "office"
when_closed = "voicemail:ben"
max_wait = "30s"
when_waited = "group:all"
when_unstaffed = "person:cho"
[campaigns.spring]
owner = "ben"
"#;

/// Plans of a site.
pub(crate) const PLANS: usize = 4;
/// Menus of a site.
pub(crate) const MENUS: usize = 2;

/// How much of what plans can do is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What `diff` and `reach` know.
    Plain,
    /// Queues, layers, offers of a key, who is asked outside, and people who are followed, as well.
    Whole,
}

/// One of these, each as often as it says; of a plain site only of the first.
fn one_of(
    extent: Extent,
    plain: Vec<(u32, BoxedStrategy<String>)>,
    more: Vec<(u32, BoxedStrategy<String>)>,
) -> impl Strategy<Value = String> {
    let more = more.into_iter().filter(move |_| extent == Extent::Whole);
    Union::new_weighted(plain.into_iter().chain(more).collect())
}

fn words(words: Vec<&'static str>) -> BoxedStrategy<String> {
    select(words).prop_map(str::to_owned).boxed()
}

/// Somewhere to lead to, as `kind:name`.
fn place(extent: Extent) -> impl Strategy<Value = String> {
    let plain = vec![
        (3, words(vec!["person:ana", "person:ben", "group:all", "group:turn", "group:round"])),
        (2, (0..PLANS).prop_map(|plan| format!("plan:p{plan}")).boxed()),
        (1, (0..MENUS).prop_map(|menu| format!("menu:m{menu}")).boxed()),
        (2, words(vec!["voicemail:last", "voicemail:ana", "number:+12025550160"])),
    ];
    one_of(extent, plain, vec![(1, words(vec!["queue:line", "queue:shop"])), (1, words(vec!["group:out"]))])
}

fn exit(name: &'static str, extent: Extent) -> impl Strategy<Value = String> {
    proptest::option::weighted(0.3, place(extent))
        .prop_map(move |place| place.map_or_else(String::new, |place| format!(", {name} = \"{place}\"")))
}

/// A step that may be fallen through.
fn step(extent: Extent) -> impl Strategy<Value = String> {
    let exits = move || {
        let exits = (exit("busy", extent), exit("declined", extent), exit("else", extent));
        exits.prop_map(|(a, b, c)| a + &b + &c)
    };
    let guard = select(vec![
        "when = \"hours:office\"",
        "unless = \"hours:office\"",
        "when = \"caller in list:vip\"",
        "unless = \"caller withheld and not hours:office\"",
    ]);
    let step = |(who, exits)| format!("{who}, for = \"20s\"{exits}");
    let ring = ["person:ana", "person:cho", "group:all", "group:turn", "group:round"];
    let ring = (select(ring.to_vec()), exits()).prop_map(|(who, exits)| (format!("ring = \"{who}\""), exits));
    let forward = exits().prop_map(|exits| ("forward = \"+12025550160\"".to_owned(), exits));
    let plain = vec![
        (4, ring.prop_map(step).boxed()),
        (2, forward.prop_map(step).boxed()),
        (2, Just("play = \"hello\"".to_owned()).boxed()),
        (3, (guard, terminal(extent)).prop_map(|(guard, terminal)| format!("{guard}, {terminal}")).boxed()),
    ];
    let who = words(vec![
        "ring = \"person:ben\"",
        "ring = \"group:out\"",
        "layers = [\"contact.owner\", \"campaign.owner\"]",
        "layers = [\"contact.last_agent\", \"contact.owner\"]",
        "sticky = \"last-agent\", within = \"30d\"",
        "forward = \"+12025550160\", screen = true",
        "forward = \"+12025550160\", screen = { within = \"3s\" }",
    ]);
    let asks = (select(vec!["1", "2"]), 0..PLANS)
        .prop_map(|(key, to)| format!("ask = \"hello\", key = \"{key}\", within = \"4s\", goto = \"p{to}\""));
    one_of(extent, plain, vec![(3, (who, exits()).prop_map(step).boxed()), (1, asks.boxed())])
}

fn terminal(extent: Extent) -> impl Strategy<Value = String> {
    let plain = vec![
        (2, words(vec!["voicemail = \"last\"", "reject = \"busy\"", "hangup = true"])),
        (2, (0..PLANS).prop_map(|plan| format!("goto = \"p{plan}\"")).boxed()),
        (1, (0..MENUS).prop_map(|menu| format!("menu = \"m{menu}\"")).boxed()),
    ];
    one_of(extent, plain, vec![(1, words(vec!["queue = \"line\"", "queue = \"shop\""]))])
}

fn plan(extent: Extent) -> impl Strategy<Value = String> {
    (proptest::collection::vec(step(extent), 0..4), terminal(extent)).prop_map(|(steps, last)| {
        let steps = steps.iter().chain([&last]).map(|step| format!("  {{ {step} }},\n"));
        format!("steps = [\n{}]\n", steps.collect::<String>())
    })
}

fn menu(extent: Extent) -> impl Strategy<Value = String> {
    let places = (proptest::collection::vec(place(extent), 1..4), place(extent), place(extent));
    places.prop_map(|(keys, silence, invalid)| {
        let keys = keys.iter().enumerate().map(|(key, place)| format!("{key} = \"{place}\", "));
        format!(
            "greeting = \"hello\"\nsilence = {{ after = \"5s\", repeat = 1, then = \"{silence}\" }}\n\
             invalid = {{ repeat = 1, then = \"{invalid}\" }}\nkeys = {{ {}}}\n",
            keys.collect::<String>().trim_end_matches(", ")
        )
    })
}

fn plans(extent: Extent) -> impl Strategy<Value = String> {
    let plans = proptest::collection::vec(plan(extent), PLANS);
    let menus = proptest::collection::vec(menu(extent), MENUS);
    (plans, menus).prop_map(|(plans, menus)| {
        let plans = plans.iter().enumerate().map(|(at, plan)| format!("[plans.p{at}]\n{plan}"));
        let menus = menus.iter().enumerate().map(|(at, menu)| format!("[menus.m{at}]\n{menu}"));
        format!("{}{}", plans.collect::<String>(), menus.collect::<String>())
    })
}

/// A site with random plans and menus; some are refused by the checker.
#[allow(dead_code, reason = "not every test draws such sites")]
pub(crate) fn text() -> impl Strategy<Value = String> {
    plans(Extent::Plain).prop_map(|plans| format!("{SITE}{plans}"))
}

/// The same of a site on which there is everything that plans can do.
#[allow(dead_code, reason = "not every test draws such sites")]
pub(crate) fn whole() -> impl Strategy<Value = String> {
    let (before, rest) = SITE.split_once("[people]").expect("it has people");
    let (_, after) = rest.split_once("[phones]").expect("it has phones");
    let site = format!("{before}{}[phones]{after}{}", PEOPLE.trim_start(), TEAMS.trim_start());
    plans(Extent::Whole).prop_map(move |plans| format!("{site}{plans}"))
}

/// The site, if it is one.
pub(crate) fn loaded(text: &str) -> Option<Site> {
    let assets = Memory::default().with("phones", b"").with("hello.wav", b"");
    load(&[Source::new("random.toml", text)], &assets).ok().map(|(site, _)| site)
}
