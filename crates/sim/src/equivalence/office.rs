//! A site that a seed chooses, with plans of every kind of step, and the hour at which it is called.

use std::{fmt::Write, sync::Arc, time::Duration};

use callplan::{Site, explain};
use clock::{Chance, Wall};

use crate::{site, world::Cast};

/// A site, its cast and the network's delay.
pub(super) struct Office {
    pub(super) text: String,
    pub(super) site: Arc<Site>,
    pub(super) cast: Cast,
    /// Devices of phones that never register.
    pub(super) absent: Vec<String>,
    /// Devices and carriers that no message reaches.
    pub(super) deaf: Vec<String>,
}

impl Office {
    /// The devices that use a phone's account, by agent.
    pub(super) fn devices(&self, phone: usize) -> impl Iterator<Item = usize> {
        let name = &self.site.phones[phone].name;
        let second = self.cast.doubled.iter().position(|doubled| **doubled == **name);
        let before = self.site.phones.len() + self.site.trunks.len();
        [Some(phone), second.map(|second| before + second)].into_iter().flatten()
    }
}

/// The number that carriers' calls come from.
const CALLER: &str = "+12025550142";
/// Numbers outside that calls are sent on to.
const OUTSIDE: [&str; 2] = ["+12025550177", "+12025550201"];

const BASE: &str = r#"
[listen]
udp = ["10.0.0.1:5060"]
tcp = ["10.0.0.1:5060"]
rtp = "16384-17383"
[people_defaults]
present = "+12025550100"
allow = ["internal", "national"]
[prompts]
welcome = { file = "prompts/1900.wav" }
closed = { file = "prompts/1100.wav" }
notice = { file = "prompts/700.wav" }
[hours.office]
mon-fri = ["08:30-12:30", "13:30-18:00"]
sat = ["09:00-12:00"]
holidays = ["calendars/office.ics", { date = "2026-11-26", name = "Thanksgiving" }, "2026-12-25"]
[rota.oncall]
weeks = ["p0", "p1, p2", "p2"]
begins = "2026-02-02"
hands_over = "mon 08:30"
fallback = "p1"
[dial.national]
to = ["country:US"]
class = "national"
trunks = ["north", "south"]
"#;

impl Office {
    pub(super) fn choose(chance: &mut Chance) -> Self {
        let mut writer = Writer {
            people: 3 + chance.below(3),
            groups: 3,
            plans: 2 + chance.below(3),
            menus: 1 + chance.below(2),
            text: String::new(),
            cast: Cast { ports: 200, ..Cast::default() },
            phones: Vec::new(),
            chance,
        };
        writer.write();
        let Writer { text, mut cast, phones, .. } = writer;
        let names: Vec<&str> = phones.iter().map(String::as_str).collect();
        let site = site::read(&text, "pbx.example", &names)
            .unwrap_or_else(|why| panic!("a sound site: {why}\n{text}"));
        cast.wall = hour(&site, chance);
        cast.doubled = phones.iter().filter(|_| chance.below(5) == 0).cloned().collect();
        let seconds: Vec<String> = cast.doubled.iter().map(|name| format!("{name}-2")).collect();
        // A connection is how the others come back after a restart, and nothing on it is lost.
        let datagrams = phones.iter().chain(&seconds).filter(|name| !cast.on_tcp.contains(name));
        let datagrams: Vec<&String> = datagrams.collect();
        let mut some_of = |of| -> Vec<String> {
            datagrams.iter().filter(|_| chance.below(of) == 0).map(|name| (*name).clone()).collect()
        };
        let (absent, mut deaf) = (some_of(8), some_of(14));
        if chance.below(4) == 0 {
            // West places no calls, so nobody would miss it.
            deaf.push("west".to_owned());
        }
        Self { text, site, cast, absent, deaf }
    }
}

/// A day of two years, often a moment before or after the hours change.
fn hour(site: &Site, chance: &mut Chance) -> Wall {
    let day = format!("2026-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28));
    let day = ["2026-11-26", "2026-12-25", &day, &day, &day, &day][chance.below(6) as usize];
    let time = match chance.below(4) {
        0 => ["08:30", "12:30", "13:30", "18:00", "09:00"][chance.below(5) as usize].to_owned(),
        _ => format!("{:02}:{:02}", chance.below(24), chance.below(60)),
    };
    let at = explain::read_time(&site.timezone, &format!("{day} {time}")).expect("a time of that day");
    let around = i64::from(chance.u32() % 60_000_000) - 45_000_000;
    Wall::from_unix_micros(at.unix_micros() + around)
}

struct Writer<'c> {
    chance: &'c mut Chance,
    text: String,
    cast: Cast,
    phones: Vec<String>,
    people: u32,
    groups: u32,
    plans: u32,
    menus: u32,
}

impl Writer<'_> {
    fn write(&mut self) {
        let zone = self.one_of(&["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]);
        let ring = self.time(3_000, 12_000);
        let company = match self.chance.below(6) {
            0 => "company_phone = \"person:p0\"\n",
            _ => "",
        };
        let _ = writeln!(
            self.text,
            "[site]\nname = \"Equal\"\ntimezone = \"{zone}\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
             mailbox = \"front\"\nring = \"{ring}\"\n{company}phone_secrets = {{ file = \"secrets/phones\" }}"
        );
        self.text.push_str(BASE);
        let per_person = 1 + self.chance.below(2);
        let known = self.one_of(&[CALLER, "+12025550143"]);
        let _ =
            writeln!(self.text, "[limits]\ncalls_per_person = {per_person}\n[lists]\nknown = [\"{known}\"]");
        self.people_and_phones();
        for group in 0..self.groups {
            self.group(group);
        }
        self.mailboxes();
        for menu in 0..self.menus {
            self.menu(menu);
        }
        for plan in 0..self.plans {
            self.plan(plan);
        }
        self.carriers();
        self.numbers();
    }

    fn people_and_phones(&mut self) {
        self.text.push_str("[people]\n");
        for person in 0..self.people {
            let _ = writeln!(self.text, "p{person} = {{ ext = {} }}", 100 + person);
        }
        self.text.push_str("[phones]\n");
        for person in 0..self.people {
            for phone in 0..=self.chance.below(2) {
                let name = format!("p{person}-{phone}");
                let ext = if phone == 0 { format!(", ext = {}", 150 + person) } else { String::new() };
                let _ = writeln!(self.text, "{name} = {{ person = \"p{person}\"{ext} }}");
                match self.chance.below(6) {
                    0 => self.cast.on_tcp.push(name.clone()),
                    1 => self.cast.behind_nat.push(name.clone()),
                    _ => {}
                }
                self.phones.push(name);
            }
        }
        self.text.push_str("lobby = { ext = 190 }\n");
        self.phones.push("lobby".to_owned());
    }

    fn group(&mut self, group: u32) {
        let orders: &[&str] = match group {
            0 => &["all", "in-order"],
            1 => &["round-robin"],
            _ => &["longest-idle", "fewest-calls", "least-talk", "random", "weighted"],
        };
        let order = self.one_of(orders);
        let mut members: Vec<u32> = (0..self.people).filter(|_| self.chance.below(4) > 0).collect();
        if members.is_empty() {
            members.push(0);
        }
        let member = |person: &u32| match order {
            "weighted" => format!("{{ person = \"p{person}\", weight = {} }}", 1 + 7 * (person % 3)),
            _ => format!("\"p{person}\""),
        };
        let members: Vec<String> = members.iter().map(member).collect();
        let _ = writeln!(
            self.text,
            "[groups.g{group}]\next = {}\nmembers = [{}]\nring = \"{order}\"",
            200 + group,
            members.join(", ")
        );
        if members.len().is_multiple_of(2) {
            self.text.push_str("answered_elsewhere = false\n");
        }
        if self.chance.below(3) > 0 {
            let each = self.time(1_500, 5_000);
            let _ = writeln!(self.text, "each = \"{each}\"");
        }
        if self.chance.below(2) == 0 {
            let total = self.time(4_000, 14_000);
            let _ = writeln!(self.text, "total = \"{total}\"");
        }
        for key in ["busy", "else"] {
            if self.chance.below(4) == 0 {
                let end = self.end();
                let _ = writeln!(self.text, "{key} = {end}");
            }
        }
    }

    fn mailboxes(&mut self) {
        self.text.push_str("[mailboxes]\n");
        for name in ["front", "back"] {
            let max = 5 + self.chance.below(8);
            let greeting = if self.chance.below(2) == 0 { ", greeting = \"closed\"" } else { "" };
            let _ = writeln!(self.text, "{name} = {{ max = \"{max}s\"{greeting} }}");
        }
    }

    fn menu(&mut self, menu: u32) {
        let rank = 2 * menu + 1;
        let (after, repeats) = (self.time(1_000, 4_000), [self.chance.below(2), self.chance.below(2)]);
        let (silence, invalid) = (self.destination(rank, 0), self.destination(rank, 0));
        let greeting = self.one_of(&["welcome", "notice"]);
        let dials = self.chance.below(2) == 0;
        let _ = writeln!(
            self.text,
            "[menus.m{menu}]\ngreeting = \"{greeting}\"\ndial_extension = {dials}\n\
             silence = {{ after = \"{after}\", repeat = {}, then = {silence} }}\n\
             invalid = {{ repeat = {}, then = {invalid} }}\n[menus.m{menu}.keys]",
            repeats[0], repeats[1],
        );
        for key in ["1", "2", "3", "4"] {
            // A key may lead back: a caller who presses on for ever is the caller's own business.
            let from = if self.chance.below(3) == 0 { 0 } else { rank };
            let to = self.destination(from, 0);
            let _ = writeln!(self.text, "{key} = {to}");
        }
    }

    fn plan(&mut self, plan: u32) {
        let rank = 2 * plan;
        let mut steps = Vec::new();
        for _ in 0..1 + self.chance.below(4) {
            let guard = if self.chance.below(3) == 0 { self.guard() } else { String::new() };
            let deed = if !guard.is_empty() && self.chance.below(3) == 0 {
                self.terminal(rank)
            } else {
                self.step(rank, 0)
            };
            steps.push(format!("  {{ {guard}{deed} }},\n"));
        }
        steps.push(format!("  {{ {} }},\n", self.terminal(rank)));
        let _ = write!(self.text, "[plans.l{plan}]\nsteps = [\n{}]\n", steps.concat());
    }

    fn guard(&mut self) -> String {
        let word = self.one_of(&["when", "unless"]);
        let atoms = ["hours:office", "caller in list:known", "caller withheld"];
        let first = self.one_of(&atoms);
        let condition = match self.chance.below(4) {
            0 => format!("{first} and not {}", self.one_of(&atoms)),
            1 => format!("{first} or {}", self.one_of(&atoms)),
            _ => first.to_owned(),
        };
        format!("{word} = \"{condition}\", ")
    }

    /// A step that falls to the next.
    fn step(&mut self, rank: u32, depth: u32) -> String {
        match self.chance.below(9) {
            0 => {
                let prompt = self.one_of(&["closed", "notice"]);
                match self.named_after(rank) {
                    Some(to) => {
                        let (key, within) = (self.one_of(&["1", "2", "4"]), self.time(1_000, 4_000));
                        format!("ask = \"{prompt}\", key = \"{key}\", within = \"{within}\", goto = \"{to}\"")
                    }
                    None => format!("play = \"{prompt}\""),
                }
            }
            1 | 2 => {
                let to = self.one_of(&OUTSIDE);
                let rest = self.outcomes(rank, depth);
                format!("forward = \"{to}\"{rest}")
            }
            _ => {
                let who = self.who();
                let rest = self.outcomes(rank, depth);
                format!("ring = \"{who}\"{rest}")
            }
        }
    }

    fn outcomes(&mut self, rank: u32, depth: u32) -> String {
        let mut text = String::new();
        if self.chance.below(2) == 0 {
            let _ = write!(text, ", for = \"{}\"", self.time(1_500, 14_000));
        }
        for (key, of) in [("busy", 3), ("declined", 3), ("else", 6)] {
            if self.chance.below(of) == 0 {
                let to = self.destination(rank, depth + 1);
                let _ = write!(text, ", {key} = {to}");
            }
        }
        text
    }

    fn who(&mut self) -> String {
        match self.chance.below(9) {
            0..3 => format!("person:p{}", self.chance.below(self.people)),
            3 => format!("phone:{}", self.phone()),
            4 => "rota:oncall".to_owned(),
            _ => format!("group:g{}", self.chance.below(self.groups)),
        }
    }

    fn phone(&mut self) -> String {
        let at = self.chance.below(u32::try_from(self.phones.len()).expect("a few"));
        self.phones[at as usize].clone()
    }

    /// A step that never falls.
    fn terminal(&mut self, rank: u32) -> String {
        match self.chance.below(9) {
            0 | 8 => format!("reject = \"{}\"", self.one_of(&["busy", "decline", "unallocated"])),
            1 => "hangup = true".to_owned(),
            2 | 3 => match self.named_after(rank) {
                Some(name) => format!("goto = \"{name}\""),
                None => "voicemail = \"front\"".to_owned(),
            },
            4 | 5 if rank < 2 * self.menus => format!("menu = \"m{}\"", rank / 2),
            _ => format!("voicemail = \"{}\"", self.one_of(&["front", "back", "p0"])),
        }
    }

    /// A plan or menu that comes after this rank: nothing leads back by itself.
    fn named_after(&mut self, rank: u32) -> Option<String> {
        let plans = (0..self.plans).filter(|plan| 2 * plan > rank).map(|plan| format!("plan:l{plan}"));
        let menus = (0..self.menus).filter(|menu| 2 * menu + 1 > rank).map(|menu| format!("menu:m{menu}"));
        let names: Vec<String> = plans.chain(menus).collect();
        let at = self.chance.below(u32::try_from(names.len()).expect("a few"));
        names.into_iter().nth(at as usize)
    }

    /// Where an outcome or a key leads, as TOML.
    fn destination(&mut self, rank: u32, depth: u32) -> String {
        match self.chance.below(9) {
            0 | 1 => format!("\"{}\"", self.who()),
            2 | 3 => match self.named_after(rank) {
                Some(name) => format!("\"{name}\""),
                None => self.end(),
            },
            4 => format!("\"number:{}\"", self.one_of(&OUTSIDE)),
            5 if depth < 2 => format!("{{ {} }}", self.step(rank, depth + 1)),
            _ => self.end(),
        }
    }

    /// A destination that rings nobody.
    fn end(&mut self) -> String {
        self.one_of(&[
            "\"voicemail:front\"",
            "\"voicemail:back\"",
            "\"hangup\"",
            "\"play:closed\"",
            "{ play = \"notice\", then = \"voicemail:back\" }",
            "{ reject = \"decline\" }",
        ])
        .to_owned()
    }

    fn carriers(&mut self) {
        for (name, host) in [("north", "10.0.1.1"), ("south", "10.0.1.2"), ("west", "10.0.1.3")] {
            let channels = 1 + self.chance.below(2);
            let _ = writeln!(
                self.text,
                "[trunks.{name}]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"{host}\"\nchannels = {channels}"
            );
        }
        let far = self.one_of(&["\"west\"", "\"west\", \"south\"", "\"south\", \"west\", \"north\""]);
        let _ =
            writeln!(self.text, "[dial.far]\nto = [\"+120255502\"]\nclass = \"national\"\ntrunks = [{far}]");
    }

    fn numbers(&mut self) {
        self.text.push_str("[numbers]\n");
        for number in 0..5 {
            let trunk = self.one_of(&["north", "south"]);
            let use_ = match (number, self.chance.below(6)) {
                (0, _) => "plan = \"l0\"".to_owned(),
                (_, 0) => "menu = \"m0\"".to_owned(),
                (_, 1) => format!("group = \"g{}\", mailbox = \"front\"", self.chance.below(self.groups)),
                (_, 2) => format!("person = \"p{}\"", self.chance.below(self.people)),
                (_, 3) => format!("forward = \"{}\"", self.one_of(&OUTSIDE)),
                _ => format!("plan = \"l{}\"", self.chance.below(self.plans)),
            };
            let _ = writeln!(self.text, "\"+1202555010{number}\" = {{ trunk = \"{trunk}\", {use_} }}");
        }
    }

    fn time(&mut self, least: u64, most: u64) -> String {
        let time = self.chance.between(Duration::from_millis(least), Duration::from_millis(most));
        format!("{}ms", time.as_millis())
    }

    fn one_of<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these[self.chance.below(u32::try_from(these.len()).expect("a few")) as usize]
    }
}
