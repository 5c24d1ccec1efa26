//! A site that a seed chooses: people, phones, groups, carriers, numbers.

use std::{fmt::Write, sync::Arc};

use callplan::Site;
use clock::Chance;

use crate::{
    agent::{Formats, Reliable, Side, Skill, Timer},
    site,
    world::{Cast, Named},
};

/// A site and who plays in it.
#[derive(Debug)]
pub struct Topology {
    /// The site.
    pub site: Arc<Site>,
    /// Its parties.
    pub cast: Cast,
}

/// A carrier that is known by name alone, and has two servers for most of the time.
pub(super) const TWINS: &str = "sip.twins.example";

const DOMAIN: &str = "pbx.example";

const BASE: &str = r#"
[site]
name = "Seed"
timezone = "UTC"
country = "US"
domain = "pbx.example"
mailbox = "front"
ring = "18s"
phone_secrets = { file = "secrets/phones" }
[listen]
udp = ["10.0.0.1:5060"]
tcp = ["10.0.0.1:5060"]
rtp = "16384-17383"
[people_defaults]
present = "+12025550100"
allow = ["internal", "national"]
[mailboxes]
front = { max = "20s", silence = "4s" }
[prompts]
welcome = { file = "prompts/2000.wav" }
[menus.main]
greeting = "welcome"
silence = { after = "3s", repeat = 1, then = "voicemail:front" }
invalid = { repeat = 1, then = "voicemail:front" }
[menus.main.keys]
1 = "person:p0"
2 = "group:g0"
[emergency]
numbers = ["911"]
trunks = ["north"]
present = "+12025550100"
[dial.national]
to = ["country:US"]
class = "national"
trunks = ["north", "south"]
[dial.far]
to = ["+120255502"]
class = "national"
trunks = ["west"]
[money]
currency = "USD"
deck = "rates.csv"
[dial.world]
to = ["+120255503"]
class = "national"
trunks = ["twins", "north", "south"]
[trunks.spare]
profile = "generic-address"
ping = "off"
host = "10.0.1.5"
[trunks.twins]
profile = "generic-address"
ping = "10s"
host = "sip.twins.example"
[trunks.east]
profile = "generic-address"
ping = "off"
host = "10.0.1.3"
media = "direct"
[trunks.west]
profile = "generic-address"
ping = "off"
host = "10.0.1.4"
media = "direct"
identity = { forwarded = "caller" }
"#;

impl Topology {
    /// Chooses.
    pub fn choose(chance: &mut Chance) -> Self {
        let mut text = BASE.to_owned();
        let zone = vec![Named::new(TWINS, "spare")];
        let mut cast = Cast { ports: 300, zone, ..Cast::default() };
        let people = 3 + chance.below(3);
        let phones = people_and_phones(&mut text, &mut cast, people, chance);
        let groups = 1 + chance.below(3);
        for group in 0..groups {
            let order = ["all", "in-order", "round-robin"][chance.below(3) as usize];
            let members: Vec<String> =
                (0..people).filter(|_| chance.below(3) > 0).map(|p| format!("\"p{p}\"")).collect();
            let members = if members.is_empty() { vec!["\"p0\"".to_owned()] } else { members };
            let _ = writeln!(
                text,
                "[groups.g{group}]\next = {}\nmembers = [{}]\nring = \"{order}\"\ntotal = \"15s\"{}",
                200 + group,
                members.join(", "),
                if order == "all" { "" } else { "\neach = \"4s\"" },
            );
        }
        queue(&mut text, groups);
        let waits = 6 + chance.below(15);
        let _ = writeln!(text, "[park]\nslots = \"701-703\"\nreturn_after = \"{waits}s\"");
        let registers = chance.below(2) == 0;
        carriers(&mut text, &mut cast, registers, chance);
        let _ = writeln!(
            text,
            "[numbers]\n\"+12025550100\" = {{ trunk = \"north\", menu = \"main\" }}\n\
             \"+12025550101\" = {{ trunk = \"north\", group = \"g0\", mailbox = \"front\" }}\n\
             \"+12025550102\" = {{ trunk = \"south\", person = \"p0\" }}\n\
             \"+12025550103\" = {{ trunk = \"south\", person = \"p1\", forward = \"+12025550177\" }}\n\
             \"+12025550105\" = {{ trunk = \"south\", queue = \"line\" }}\n\
             \"+12025550190\" = {{ trunk = \"east\", forward = \"+12025550201\" }}\n\
             \"+12025550191\" = {{ trunk = \"east\", forward = \"+12025550203\", mask = \"both\" }}"
        );
        if registers {
            text.push_str("\"+12025550104\" = { trunk = \"reg\", person = \"p2\" }\n");
        }
        learn(&mut cast, &phones, registers, chance);
        let names: Vec<&str> = phones.iter().map(String::as_str).collect();
        let site =
            site::read(&text, DOMAIN, &names).unwrap_or_else(|why| panic!("a sound site: {why}\n{text}"));
        Self { site, cast }
    }
}

/// A line that is short in every way, so that calls come to each of its ends.
fn queue(text: &mut String, variant: u32) {
    let order = ["all", "in-order", "longest-idle"][variant as usize % 3];
    let _ = writeln!(
        text,
        "[queues.line]\next = 300\nmembers = [\"p0\", \"p1\"]\nring = \"{order}\"\neach = \"4s\"\nrest = \"3s\"\n\
         wrap = \"2s\"\nwiden = [{{ after = \"9s\", with = \"person:p2\" }}]\nannounce = {{ position = \"10s\", wait = true }}\n\
         max_callers = 2\nwhen_full = \"hangup\"\nmax_wait = \"25s\"\nwhen_waited = \"voicemail:front\"\n\
         when_unstaffed = \"group:g0\"\nmusic = \"welcome\""
    );
}

fn people_and_phones(text: &mut String, cast: &mut Cast, people: u32, chance: &mut Chance) -> Vec<String> {
    text.push_str("[people]\n");
    for person in 0..people {
        let mask = if person == 1 { ", mask = \"both\"" } else { ", pin_file = \"secrets/4711.pin\"" };
        // Everybody else may have spent it all within a call or two.
        let bound = if person % 2 == 0 { "0.25" } else { "off" };
        let _ = writeln!(text, "p{person} = {{ ext = {}, per_day = \"{bound}\"{mask} }}", 100 + person);
    }
    text.push_str("[phones]\n");
    let mut phones = Vec::new();
    for person in 0..people {
        for phone in 0..=chance.below(2) {
            let name = format!("p{person}-{phone}");
            let _ = writeln!(text, "{name} = {{ person = \"p{person}\" }}");
            match chance.below(5) {
                0 => cast.on_tcp.push(name.clone()),
                1 => cast.behind_nat.push(name.clone()),
                _ => {}
            }
            phones.push(name);
        }
    }
    phones
}

fn carriers(text: &mut String, cast: &mut Cast, registers: bool, chance: &mut Chance) {
    for (name, host) in [("north", "10.0.1.1"), ("south", "10.0.1.2")] {
        let channels = 1 + chance.below(4);
        let ping = ["off", "10s"][chance.below(2) as usize];
        let _ = writeln!(
            text,
            "[trunks.{name}]\nprofile = \"generic-address\"\nping = \"{ping}\"\nhost = \"{host}\"\nchannels = {channels}"
        );
        text.push_str(&session(chance));
    }
    if registers {
        text.push_str(
            "[trunks.reg]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"10.0.1.9\"\nuser = \"larch\"\n\
             secret = { file = \"secrets/reg\" }\n[dial.free]\nto = [\"type:toll-free\"]\n\
             class = \"national\"\ntrunks = [\"reg\"]\n",
        );
        cast.challenging.push("reg".to_owned());
    }
}

/// Half of all parties speak more than RFC 3261.
fn learn(cast: &mut Cast, phones: &[String], registers: bool, chance: &mut Chance) {
    let carriers = ["north", "south", "east", "west", "spare", "twins"].map(str::to_owned);
    let registrar = registers.then(|| "reg".to_owned());
    for name in phones.iter().cloned().chain(carriers).chain(registrar) {
        let mut more = Skill::default();
        if chance.below(2) == 0 {
            // Only who challenges INVITEs has a secret with us.
            let challenges_prack = name == "reg" && chance.below(2) == 0;
            more = Skill { challenges_prack, ..skill(chance) };
        }
        cast.skills.push((name, Skill { speaks: formats(chance), ..more }));
    }
}

fn skill(chance: &mut Chance) -> Skill {
    let timer = (chance.below(3) > 0).then(|| Timer {
        seconds: [None, Some(60), Some(90), Some(120)][chance.below(4) as usize],
        refresher: [None, Some(Side::Uac), Some(Side::Uas)][chance.below(3) as usize],
        least: if chance.below(4) == 0 { 150 } else { 0 },
    });
    let update = chance.below(2) == 0;
    let skill = Skill {
        timer,
        update,
        reliable: [Reliable::No, Reliable::Can, Reliable::Needs][chance.below(3) as usize],
        never_refreshes: chance.below(12) == 0,
        never_pracks: chance.below(20) == 0,
        repeats_itself: chance.below(6) == 0,
        challenges_prack: false,
        passes_challenges: false,
        hears_ipv6: false,
        outbound: false,
        forgets_a_change: false,
        answers_twice: chance.below(8) == 0,
        rests: (chance.below(2) == 0).then(|| 5 + chance.below(40)),
        speaks: Formats::default(),
    };
    // Nothing is drawn for it, so that all else in a run stays as it was.
    Skill { forgets_a_change: skill.repeats_itself || skill.answers_twice, ..skill }
}

/// Some speak what everybody does, some nothing that can be played to them.
fn formats(chance: &mut Chance) -> Formats {
    const OTHERS: [&[u8]; 8] = [&[0], &[8], &[9, 0], &[0, 9], &[18], &[8, 18, 9], &[18, 0], &[9]];
    let others = OTHERS.get(chance.below(12) as usize).and_then(|numbers| Formats::of(numbers));
    others.unwrap_or_default()
}

/// How sessions with a trunk are kept.
fn session(chance: &mut Chance) -> String {
    let timer = ["off", "if-asked", "90s", "2m"][chance.below(4) as usize];
    let refresher = ["either", "us", "them"][chance.below(3) as usize];
    let reliable = ["off", "if-asked", "always"][chance.below(3) as usize];
    let redirects = ["refuse", "follow"][chance.below(2) as usize];
    format!(
        "redirects = \"{redirects}\"\nsession_timer = \"{timer}\"\nrefresher = \"{refresher}\"\n100rel = \"{reliable}\"\n"
    )
}
