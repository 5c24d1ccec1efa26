//! Plans and menus as a seed writes them.

use std::{fmt::Write, time::Duration};

use clock::Chance;

use super::{BASE, CALLER};
use crate::world::Cast;

/// Numbers outside that calls are sent on to.
pub(super) const OUTSIDE: [&str; 2] = ["+12025550177", "+12025550201"];

/// Plans of one kind of step each, so that calls come to each of them often.
pub(super) const KINDS: u32 = 15;
/// The one of layers.
pub(super) const LAYERED: u32 = 13;

/// A site in the making.
pub(super) struct Writer<'c> {
    pub(super) chance: &'c mut Chance,
    pub(super) text: String,
    pub(super) cast: Cast,
    pub(super) phones: Vec<String>,
    /// People whose mobiles ring.
    pub(super) mobiles: Vec<u32>,
    pub(super) people: u32,
    pub(super) groups: u32,
    pub(super) queues: u32,
    pub(super) plans: u32,
    menus: u32,
}

impl<'c> Writer<'c> {
    /// Writes a site.
    pub(super) fn write(chance: &'c mut Chance) -> Self {
        let mut writer = Self {
            people: 3 + chance.below(3),
            groups: 5,
            queues: 2,
            plans: 2 + chance.below(3),
            menus: 1 + chance.below(2),
            text: String::new(),
            cast: Cast { ports: 200, ..Cast::default() },
            phones: Vec::new(),
            mobiles: Vec::new(),
            chance,
        };
        writer.all();
        writer
    }
}

impl Writer<'_> {
    fn all(&mut self) {
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
        for queue in 0..self.queues {
            self.queue(queue);
        }
        self.mailboxes();
        for menu in 0..self.menus {
            self.menu(menu);
        }
        for plan in 0..self.plans {
            self.plan(plan);
        }
        self.layered_plan();
        for kind in 0..KINDS {
            self.kind(kind);
        }
        self.carriers();
        self.numbers();
    }

    fn menu(&mut self, menu: u32) {
        let rank = 2 * menu + 1;
        let (after, repeats) = (self.time(1_000, 4_000), [self.chance.below(2), self.chance.below(2)]);
        let (silence, invalid) = (self.destination(rank, 0), self.destination(rank, 0));
        let greeting = self.one_of(&["welcome", "notice"]);
        let dials = self.chance.below(3) > 0;
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

    /// A plan of layers: who the call may be for by its number, by who the caller is, and by who talked last.
    fn layered_plan(&mut self) {
        let mut layers = vec!["number.person", "number.forward"];
        for layer in ["contact.owner", "campaign.owner", "contact.last_agent", "site.company_phone"] {
            let at = self.chance.below(u32::try_from(layers.len() + 1).expect("a few")) as usize;
            if self.chance.below(2) == 0 {
                layers.insert(at, layer);
            }
        }
        let last = self.one_of(&["last-agent", "last-agent", "last-texter"]);
        let within = match self.chance.below(3) {
            0 => format!(", within = \"{}s\"", 60 + self.chance.below(3_600)),
            _ => String::new(),
        };
        let [first, second] = [self.outcomes(u32::MAX, 0), self.outcomes(u32::MAX, 0)];
        let screen = self.perhaps_screened();
        let sticky = format!("sticky = \"{last}\"{within}{first}");
        let layers = format!("layers = [\"{}\"]{screen}{second}", layers.join("\", \""));
        let steps = match self.chance.below(3) {
            0 => [sticky, layers],
            1 => [layers, sticky],
            _ => [format!("when = \"caller in list:known\", {sticky}"), layers],
        };
        let last = self.terminal(u32::MAX);
        let _ = write!(
            self.text,
            "[plans.layers]\nsteps = [\n  {{ {} }},\n  {{ {} }},\n  {{ {last} }},\n]\n",
            steps[0], steps[1]
        );
    }

    /// A plan of one kind of step, behind a condition that seldom holds.
    fn kind(&mut self, kind: u32) {
        let mut steps = Vec::new();
        let guards = [
            "when = \"hours:office and caller in list:known and caller withheld\"",
            "when = \"contact.known and caller withheld\"",
            "unless = \"not contact.known or not caller withheld\"",
            "when = \"contact.known and not hours:office\"",
            "when = \"not hours:office and caller in list:known\"",
            "unless = \"hours:office or not caller withheld\"",
        ];
        if self.chance.below(3) > 0 {
            steps.push(format!("{}, {}", self.one_of(&guards), self.terminal(u32::MAX)));
        }
        // What falls to the next step comes to another of its kind.
        let [rest, next] = [self.outcomes(u32::MAX, 0), self.outcomes(u32::MAX, 0)];
        let (key, within) = (self.one_of(&["1", "4"]), self.time(1_500, 4_000));
        match kind {
            0..5 => {
                let other = (kind + 2) % 5;
                steps.push(format!("ring = \"group:g{kind}\"{rest}"));
                steps.push(format!("ring = \"group:g{other}\"{next}"));
            }
            5 => {
                steps.push(format!("ring = \"rota:oncall\"{rest}"));
                steps.push(format!("sticky = \"last-texter\"{next}"));
            }
            6 => {
                let within = match self.chance.below(2) {
                    0 => format!(", within = \"{}s\"", 60 + self.chance.below(3_600)),
                    _ => String::new(),
                };
                steps.push(format!("sticky = \"last-agent\"{within}{rest}"));
                steps.push(format!("sticky = \"last-texter\"{next}"));
            }
            7 => steps.push(format!(
                "ask = \"notice\", key = \"{key}\", within = \"{within}\", goto = \"plan:k0\""
            )),
            8 => {
                let far = format!("forward = \"{}\", for = \"{}\"", OUTSIDE[1], self.time(5_000, 9_000));
                steps.extend(["play = \"welcome\"".to_owned(), far.clone(), far]);
            }
            9 => {
                let (to, screen, lasts) = (self.one_of(&OUTSIDE), self.screen(), self.time(6_000, 12_000));
                steps.push(format!("forward = \"{to}\", {screen}, for = \"{lasts}\""));
                steps.push(format!("ring = \"person:p{}\"{next}", self.mobiles.first().unwrap_or(&0)));
            }
            10 => {
                let (person, lasts) = (self.mobiles.first().copied().unwrap_or(0), self.time(8_000, 14_000));
                steps.push(format!("ring = \"person:p{person}\", for = \"{lasts}\""));
                steps.push(format!("ring = \"person:p{}\"{next}", self.mobiles.last().unwrap_or(&0)));
            }
            11 => steps.push(format!("ring = \"person:p{}\"{rest}", self.chance.below(self.people))),
            13 => {
                let own = ["\"number.person\"", "\"contact.owner\", \"number.person\""];
                let layers = format!("{}, \"number.forward\"", self.one_of(&own));
                let lasts = self.time(3_000, 9_000);
                steps.push(format!("layers = [{layers}], for = \"{lasts}\""));
                steps.push(format!("layers = [\"contact.owner\", \"number.person\"]{next}"));
            }
            14 => {
                steps.push(format!("ring = \"phone:{}\"{rest}", self.phone()));
                steps.push(format!("ring = \"rota:oncall\"{next}"));
            }
            _ => {}
        }
        steps.push(match (kind, self.chance.below(4)) {
            (12, _) => "menu = \"m0\"".to_owned(),
            (_, 0) => "goto = \"plan:l0\"".to_owned(),
            _ => self.terminal(u32::MAX),
        });
        let steps: String = steps.iter().map(|step| format!("  {{ {step} }},\n")).collect();
        let _ = write!(self.text, "[plans.k{kind}]\nsteps = [\n{steps}]\n");
    }

    fn guard(&mut self) -> String {
        let word = self.one_of(&["when", "unless"]);
        let atoms = ["hours:office", "caller in list:known", "caller withheld", "contact.known"];
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
                let (screen, rest) = (self.perhaps_screened(), self.outcomes(rank, depth));
                format!("forward = \"{to}\"{screen}{rest}")
            }
            _ => {
                let who = self.who();
                let is_asked = !who.starts_with("phone:") && self.chance.below(6) == 0;
                let screen = if is_asked { self.perhaps_screened() } else { String::new() };
                let rest = self.outcomes(rank, depth);
                format!("ring = \"{who}\"{screen}{rest}")
            }
        }
    }

    fn perhaps_screened(&mut self) -> String {
        if self.chance.below(2) == 0 { format!(", {}", self.screen()) } else { String::new() }
    }

    /// How whoever picks up outside is asked.
    pub(super) fn screen(&mut self) -> String {
        let within = self.time(3_000, 7_000);
        match self.chance.below(4) {
            0 => "screen = true".to_owned(),
            1 => "screen = false".to_owned(),
            2 => format!("screen = {{ within = \"{within}\" }}"),
            _ => format!(
                "screen = {{ say = \"take\", accept = \"5\", decline = \"6\", within = \"{within}\" }}"
            ),
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
        match self.chance.below(11) {
            9 | 10 if rank < u32::MAX => format!("queue = \"q{}\"", self.chance.below(self.queues)),
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
    pub(super) fn destination(&mut self, rank: u32, depth: u32) -> String {
        match self.chance.below(10) {
            9 if rank < u32::MAX => format!("\"queue:q{}\"", self.chance.below(self.queues)),
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
    pub(super) fn end(&mut self) -> String {
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

    pub(super) fn time(&mut self, least: u64, most: u64) -> String {
        let time = self.chance.between(Duration::from_millis(least), Duration::from_millis(most));
        format!("{}ms", time.as_millis())
    }

    pub(super) fn one_of<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these[self.chance.below(u32::try_from(these.len()).expect("a few")) as usize]
    }
}
