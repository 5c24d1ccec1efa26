//! People with their phones and mobiles, teams, carriers and numbers as a seed writes them.

use std::fmt::Write;

use super::writer::{KINDS, LAYERED, OUTSIDE, Writer};

/// The number at which a person's mobile is reached.
fn mobile(person: u32) -> String {
    format!("+1202555016{person}")
}

impl Writer<'_> {
    pub(super) fn people_and_phones(&mut self) {
        self.text.push_str("[people]\n");
        for person in 0..self.people {
            let habits = self.habits(person);
            let _ = writeln!(self.text, "p{person} = {{ ext = {}{habits} }}", 100 + person);
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

    /// What rings for a person besides their phones, and where their calls go.
    fn habits(&mut self, person: u32) -> String {
        let mut habits = String::new();
        if self.chance.below(2) == 0 {
            self.mobiles.push(person);
            let screen = match self.chance.below(3) {
                0 => String::new(),
                _ => format!(", {}", self.screen()),
            };
            let (early, late) = (self.time(100, 1_500), self.time(200, 3_000));
            let rings = match self.chance.below(6) {
                0 | 1 => format!("{{ mobile = true{screen} }}"),
                2 => {
                    format!(
                        "{{ phones = true, after = \"{late}\" }}, {{ mobile = true, after = \"{early}\"{screen} }}"
                    )
                }
                _ => format!("{{ phones = true }}, {{ mobile = true, after = \"{late}\"{screen} }}"),
            };
            let _ = write!(habits, ", mobile = \"{}\", ring = [{rings}]", mobile(person));
        }
        if self.chance.below(3) == 0 {
            let whens = [
                "\"always\"",
                "\"no-answer\"",
                "\"away\"",
                "[\"busy\", \"unreachable\"]",
                "[\"no-answer\", \"away\"]",
                "[\"unreachable\", \"no-answer\"]",
            ];
            let (to, when) = (self.one_of(&OUTSIDE), self.one_of(&whens));
            let _ = write!(habits, ", forward = {{ to = \"{to}\", when = {when} }}");
        }
        if self.chance.below(3) > 0 {
            let away = self.one_of(&["voicemail:self", "voicemail:back"]);
            let _ = write!(habits, ", away = \"{away}\"");
        }
        if self.chance.below(3) == 0 {
            let _ = write!(habits, ", for = \"{}\"", self.time(2_000, 9_000));
        }
        habits
    }

    pub(super) fn group(&mut self, group: u32) {
        let orders: &[&str] = match group {
            0 => &["all"],
            1 => &["in-order"],
            2 => &["round-robin"],
            3 => &["longest-idle", "fewest-calls", "least-talk"],
            _ => &["random", "weighted"],
        };
        let order = self.one_of(orders);
        let members = self.members(order);
        let _ = writeln!(
            self.text,
            "[groups.g{group}]\next = {}\nmembers = [{}]\nring = \"{order}\"",
            200 + group,
            members.join(", ")
        );
        if members.len().is_multiple_of(2) {
            self.text.push_str("answered_elsewhere = false\n");
        }
        if self.chance.below(3) < if group == 0 { 2 } else { 1 } {
            self.text.push_str("follow = true\n");
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

    /// Some of the people, as a team has them that rings in this order.
    fn members(&mut self, order: &str) -> Vec<String> {
        let mut members: Vec<u32> = (0..self.people).filter(|_| self.chance.below(4) > 0).collect();
        if members.is_empty() {
            members.push(0);
        }
        let member = |person: &u32| match order {
            "weighted" => format!("{{ person = \"p{person}\", weight = {} }}", 1 + 7 * (person % 3)),
            _ => format!("\"p{person}\""),
        };
        members.iter().map(member).collect()
    }

    /// A queue. Whoever leaves the line of the first rings nobody, so that others may wait in it before.
    pub(super) fn queue(&mut self, queue: u32) {
        let orders = [
            "all",
            "all",
            "in-order",
            "in-order",
            "round-robin",
            "round-robin",
            "longest-idle",
            "fewest-calls",
            "least-talk",
            "random",
            "random",
            "weighted",
        ];
        let order = self.one_of(&orders);
        let mut members = self.members(order);
        if queue == 0 {
            // Few enough for somebody to wait.
            members.truncate(1 + self.chance.below(2) as usize);
        }
        let [each, rest, wrap, wait] = [(1_500, 6_000), (500, 4_000), (0, 4_000), (9_000, 25_000)]
            .map(|(least, most)| self.time(least, most));
        let exit =
            |writer: &mut Self| if queue == 0 { writer.end() } else { writer.destination(u32::MAX, 1) };
        let (waited, unstaffed) = (exit(self), exit(self));
        let _ = writeln!(
            self.text,
            "[queues.q{queue}]\next = {}\nmembers = [{}]\nring = \"{order}\"\neach = \"{each}\"\nrest = \"{rest}\"\n\
             wrap = \"{wrap}\"\nmax_wait = \"{wait}\"\nwhen_waited = {waited}\nwhen_unstaffed = {unstaffed}",
            210 + queue,
            members.join(", "),
        );
        if self.chance.below(3) == 0 {
            let (most, full) = (1 + self.chance.below(3), exit(self));
            let _ = writeln!(self.text, "max_callers = {most}\nwhen_full = {full}");
        }
        if self.chance.below(6) == 0 {
            let closed = exit(self);
            let _ = writeln!(self.text, "hours = \"office\"\nwhen_closed = {closed}");
        }
        if queue == 0 || self.chance.below(2) == 0 {
            let tells = self.chance.below(6) > 0;
            let _ = writeln!(self.text, "announce = {{ position = \"10s\", wait = {tells} }}");
        }
        if self.chance.below(2) == 0 {
            let after = self.time(1_000, 5_000);
            let _ = writeln!(self.text, "callback = {{ offer_after = \"{after}\", key = \"4\" }}");
        }
        if self.chance.below(3) == 0 {
            let outside: Vec<u32> = (0..self.people)
                .filter(|person| !members.iter().any(|it| it.contains(&format!("p{person}\""))))
                .collect();
            if let Some(person) = outside.first() {
                let after = self.time(1_000, 5_000);
                let _ =
                    writeln!(self.text, "widen = [{{ after = \"{after}\", with = \"person:p{person}\" }}]");
            }
        }
        if self.chance.below(3) == 0 {
            self.text.push_str("music = \"hum\"\n");
        }
        if self.chance.below(4) == 0 {
            self.text.push_str("answered_elsewhere = false\n");
        }
    }

    pub(super) fn mailboxes(&mut self) {
        self.text.push_str("[mailboxes]\n");
        for name in ["front", "back"] {
            let max = 5 + self.chance.below(8);
            let greeting = if self.chance.below(2) == 0 { ", greeting = \"closed\"" } else { "" };
            let _ = writeln!(self.text, "{name} = {{ max = \"{max}s\"{greeting} }}");
        }
    }

    /// Three for numbers outside, one for each mobile, and one from which only those come who wait before.
    pub(super) fn carriers(&mut self) {
        let mut carriers = Vec::new();
        for (at, name) in (1..).zip(["north", "south", "west"]) {
            carriers.push((name.to_owned(), at, 1 + self.chance.below(2)));
        }
        carriers.extend(self.mobiles.iter().map(|person| (format!("cell{person}"), 20 + person, 4)));
        carriers.push(("east".to_owned(), 9, 8));
        for (name, host, channels) in carriers {
            let _ = writeln!(
                self.text,
                "[trunks.{name}]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"10.0.1.{host}\"\nchannels = {channels}"
            );
        }
        let fars =
            ["\"west\"", "\"west\", \"south\"", "\"west\", \"north\"", "\"south\", \"west\", \"north\""];
        let far = self.one_of(&fars);
        let _ =
            writeln!(self.text, "[dial.far]\nto = [\"+120255502\"]\nclass = \"national\"\ntrunks = [{far}]");
        for person in self.mobiles.clone() {
            let _ = writeln!(
                self.text,
                "[dial.cell{person}]\nto = [\"{}\"]\nclass = \"national\"\ntrunks = [\"cell{person}\"]",
                mobile(person)
            );
        }
    }

    pub(super) fn numbers(&mut self) {
        self.text.push_str("[numbers]\n");
        for number in 0..5 {
            let trunk = self.one_of(&["north", "south"]);
            let use_ = match (number, self.chance.below(7)) {
                (0, _) => {
                    let [person, forward] = [self.chance.below(2) == 0, self.chance.below(2) == 0];
                    let person =
                        person.then(|| format!(", person = \"p{}\"", self.chance.below(self.people)));
                    let forward = forward.then(|| format!(", forward = \"{}\"", self.one_of(&OUTSIDE)));
                    format!("plan = \"layers\"{}{}", person.unwrap_or_default(), forward.unwrap_or_default())
                }
                (1, _) => "plan = \"l0\"".to_owned(),
                (_, 0) => "menu = \"m0\"".to_owned(),
                (_, 1) => format!("group = \"g{}\", mailbox = \"front\"", self.chance.below(self.groups)),
                (_, 2) => format!("person = \"p{}\"", self.chance.below(self.people)),
                (_, 3) => format!("forward = \"{}\"", self.one_of(&OUTSIDE)),
                (_, 4) => "plan = \"layers\"".to_owned(),
                _ => format!("plan = \"l{}\"", self.chance.below(self.plans)),
            };
            let _ = writeln!(self.text, "\"+1202555010{number}\" = {{ trunk = \"{trunk}\", {use_} }}");
        }
        for kind in 0..KINDS {
            let trunk = self.one_of(&["north", "south"]);
            let (person, to) = (self.chance.below(self.people), self.one_of(&OUTSIDE));
            let layers = format!(", person = \"p{person}\", forward = \"{to}\"");
            let layers = if kind == LAYERED { &*layers } else { "" };
            let _ = writeln!(
                self.text,
                "\"+120255511{kind:02}\" = {{ trunk = \"{trunk}\", plan = \"k{kind}\"{layers} }}"
            );
        }
        for queue in 0..self.queues {
            let trunk = self.one_of(&["north", "south"]);
            let _ = writeln!(
                self.text,
                "\"+1202555013{queue}\" = {{ trunk = \"{trunk}\", queue = \"q{queue}\" }}\n\
                 \"+1202555015{queue}\" = {{ trunk = \"east\", queue = \"q{queue}\" }}"
            );
        }
    }
}
