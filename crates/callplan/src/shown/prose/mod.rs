//! A plan in plain sentences, for whoever owns the business and reads no config.
//!
//! Sentences are numbered as the steps are, so that who tells of "sales, 2" means what `explain` calls `sales#2`.

mod hours;
mod line;
mod words;

use std::fmt::Write as _;

use self::words::{capital, lasting, listed};
use super::{
    On,
    reach::{Way, plans_of, reached, ways},
};
use crate::{
    Order,
    model::{
        Act, Branch, HoursId, Layer, Node, NodeId, PersonId, PlanId, PlanKind, Prompt, Refusal, Ring,
        Ringback, Shipped, Site, When, Who,
    },
};

/// More names than this are counted and not told.
const NAMES_MAX: usize = 6;

/// What becomes of calls that enter at `plan`, and whatever they may go on to, a section for each.
pub fn prose(site: &Site, plan: PlanId) -> String {
    let nodes = reached(site, &[plan]);
    let plans = plans_of(site, &nodes);
    let mut is_reached = vec![false; site.nodes.len()];
    nodes.iter().for_each(|node| is_reached[node.index()] = true);
    let mut teller = Teller { site, is_reached, hours_told: vec![false; site.hours.len()] };
    let mut text = String::new();
    for plan in &plans {
        if !text.is_empty() {
            text.push('\n');
        }
        teller.section(*plan, &mut text).expect("a text takes whatever is written to it");
    }
    text
}

struct Teller<'s> {
    site: &'s Site,
    is_reached: Vec<bool>,
    /// Whose times were told already.
    hours_told: Vec<bool>,
}

impl Teller<'_> {
    fn section(&mut self, plan: PlanId, text: &mut String) -> std::fmt::Result {
        let site = self.site;
        writeln!(text, "{}", capital(&self.heading(plan)))?;
        if site[plan].mask {
            writeln!(text, "Neither side learns the other's number or name.")?;
        }
        let steps = site[plan].nodes.iter().filter(|node| site[**node].name.branch == Branch::None);
        let steps: Vec<NodeId> = steps.filter(|node| self.is_reached[node.index()]).copied().collect();
        for (at, step) in steps.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| steps[before]);
            let number = site[*step].name.step;
            if let (Act::Menu(_), PlanKind::Menu(_)) = (&site[*step].act, site[plan].kind) {
                self.menu(*step, text)?;
                continue;
            }
            let sentence = self.sentence(*step, before, steps.get(at + 1).copied());
            writeln!(text, "  {number}. {}", capital(&sentence))?;
        }
        Ok(())
    }

    /// What a section is about.
    fn heading(&self, plan: PlanId) -> String {
        let site = self.site;
        let numbers = site.numbers.iter().filter(|number| number.plan == plan);
        let numbers: Vec<_> = numbers
            .map(|number| {
                let e164 = number.e164.to_string();
                if *number.label == *e164 { e164 } else { format!("{e164} ({})", number.label) }
            })
            .collect();
        let name = self.title(plan);
        match (numbers.is_empty(), site[plan].kind) {
            (true, _) => name,
            (false, PlanKind::Number(_)) => format!("calls to {}", listed(&numbers, "and")),
            (false, _) => format!("calls to {}: {name}", listed(&numbers, "and")),
        }
    }

    /// A plan as something that a call goes on to.
    fn title(&self, plan: PlanId) -> String {
        let site = self.site;
        match site[plan].kind {
            PlanKind::Written => format!("the plan \"{}\"", site[plan].name),
            PlanKind::Number(number) => format!("calls to {}", site[number].e164),
            PlanKind::Menu(menu) => format!("the menu \"{}\"", site[menu].name),
            PlanKind::Group(group) => format!("the group \"{}\"", site[group].name),
            PlanKind::Queue(queue) => format!("the queue \"{}\"", site[queue].name),
            PlanKind::Person(person) => site[person].label.to_string(),
            PlanKind::Phone(phone) => format!("the phone \"{}\"", site[phone].name),
            PlanKind::Mailbox(mailbox) => format!("the mailbox \"{}\"", site[mailbox].name),
            PlanKind::Agent(agent) => format!("the agent \"{}\"", site[agent].name),
        }
    }

    /// A menu and its keys.
    fn menu(&mut self, id: NodeId, text: &mut String) -> std::fmt::Result {
        let Act::Menu(menu) = self.site[id].act else { return Ok(()) };
        let menu = &self.site[menu];
        let (after, greeting) = (lasting(menu.silence.after), self.prompt(menu.greeting));
        writeln!(text, "  The caller hears {greeting} and has {after} after it to press a key:")?;
        for way in ways(self.site, id) {
            let to = if way.to == id { "the menu begins again".to_owned() } else { self.place(way.to) };
            let on: Vec<_> = way.on.iter().map(|on| words::pressed(*on)).collect();
            writeln!(text, "  - {}: {to}.", capital(&listed(&on, "or")))?;
        }
        if menu.dial_extension {
            writeln!(text, "  - An extension: the call goes on to whoever has it.")?;
        }
        Ok(())
    }

    /// A step: how a call comes to it, when it is taken, what happens and what follows.
    fn sentence(&mut self, id: NodeId, before: Option<NodeId>, below: Option<NodeId>) -> String {
        let node = &self.site[id];
        let opening = before.map(|before| opening(self.site, before, id)).unwrap_or_default();
        let guard = node.guard.as_ref().map(|guard| self.guard(guard) + ", ").unwrap_or_default();
        let deed = self.deed(id);
        let ways = ways(self.site, id);
        let rest = self.outcomes(&node.act, &ways, below);
        format!("{opening}{guard}{deed}.{rest}")
    }

    /// What a node does, told of the caller or the call.
    fn deed(&mut self, id: NodeId) -> String {
        let node = &self.site[id];
        match &node.act {
            Act::Ring(ring) => self.ring(ring) + &words::screened(ring.screening) + &self.heard(node),
            Act::Forward(forward) => {
                let (screened, heard) = (words::screened(forward.screening), self.heard(node));
                format!(
                    "the call is sent on to {} for {}{screened}{heard}",
                    forward.to,
                    lasting(forward.total)
                )
            }
            Act::Play(prompt) => format!("the caller hears {}", self.prompt(*prompt)),
            Act::Ask(ask) => {
                let (prompt, within) = (self.prompt(ask.prompt), lasting(ask.within));
                format!("the caller hears {prompt} and has {within} after it to press key {}", ask.key)
            }
            Act::Directory { .. } => {
                "the caller spells a name by the keys and chooses whom of that name to call".to_owned()
            }
            Act::Language(language) => {
                format!("from here on the caller is spoken to in \"{}\"", self.site[*language].name)
            }
            Act::Menu(menu) => self.place(self.site.entry(self.site[*menu].plan)),
            Act::Queue(queue) if self.site[node.plan].kind == PlanKind::Queue(*queue) => self.line(*queue),
            Act::Queue(queue) => self.place(self.site.entry(self.site[*queue].plan)),
            Act::Voicemail(mailbox) => {
                let mailbox = &self.site[*mailbox];
                let whose = mailbox.owner.map_or_else(
                    || format!("the mailbox \"{}\"", mailbox.name),
                    |person| self.site[person].label.to_string(),
                );
                format!("the caller can leave a message for {whose}, of up to {}", lasting(mailbox.max))
            }
            Act::Reject(Refusal::Busy) => "the caller is told that the line is busy".to_owned(),
            Act::Reject(Refusal::Decline) => "the call is declined".to_owned(),
            Act::Reject(Refusal::Unallocated) => {
                "the call is refused as if the number did not exist".to_owned()
            }
            Act::Reject(Refusal::NoAnswer) => "the call ends as one that nobody answered".to_owned(),
            Act::Hangup => "the call ends".to_owned(),
            Act::Goto(to) => self.place(*to),
        }
    }

    /// What the caller hears while it rings, where that is music.
    fn heard(&self, node: &Node) -> String {
        let ringback = self.site.ringback_of(node);
        let Some(music) = ringback.music() else { return String::new() };
        let answered =
            if matches!(ringback, Ringback::Answered(_)) { ", answered as soon as it rings" } else { "" };
        format!(", while the caller hears the music \"{}\"{answered}", self.site[music].name)
    }

    fn ring(&self, ring: &Ring) -> String {
        let (each, total) = (lasting(ring.each), lasting(ring.total));
        match ring.who {
            Who::Person(person) => {
                let person = &self.site[person];
                let mobile = match person.follow.mobile.filter(|_| person.mobile.is_some()) {
                    Some(mobile) if mobile.after.is_zero() => ", on their mobile too".to_owned(),
                    Some(mobile) => format!(", on their mobile too after {}", lasting(mobile.after)),
                    None => String::new(),
                };
                let sent = person.forward.map(|own| {
                    let words = When::ALL.into_iter().filter(|(_, when)| own.when.has(*when));
                    let words: Vec<_> = words.map(|(word, _)| word).collect();
                    format!(" (who sends calls on to {}: {})", own.to, words.join(", "))
                });
                format!("{}{} is rung for {total}{mobile}", person.label, sent.unwrap_or_default())
            }
            Who::Phone(phone) => format!("the phone \"{}\" rings for {total}", self.site[phone].name),
            Who::Group(group) => {
                let group = &self.site[group];
                let who = self.members(&group.members);
                let from = match group.order {
                    Order::All => return format!("{who} are rung together for {total}"),
                    Order::InOrder => "",
                    Order::RoundRobin => ", beginning with another one on each call",
                    Order::LongestIdle => ", from whoever has talked with nobody for longest",
                    Order::FewestCalls => ", from whoever answered the fewest calls today",
                    Order::LeastTalk => ", from whoever talked least today",
                    Order::Random => ", drawn anew for each call",
                    Order::Skill => ", from whoever knows most of what is asked for",
                    Order::Weighted => ", drawn by their weights for each call",
                };
                let comma = if from.is_empty() { "" } else { "," };
                format!("{who} are rung one after another{from}{comma} {each} each and {total} in all")
            }
            Who::First(layers) => {
                let named: Vec<_> = layers.iter().map(|layer| self.layer(layer)).collect();
                let within = layers.within.map_or(String::new(), |within| {
                    format!(", unless that was more than {} ago", words::long(within))
                });
                match &named[..] {
                    [only] => format!("{only} is rung for {total}{within}"),
                    _ => {
                        format!("the first who can be rung of {} is rung for {total}", listed(&named, "and"))
                    }
                }
            }
            Who::Rota(rota) => {
                let rota = &self.site[rota];
                let stands_in = rota.fallback.map_or(String::new(), |person| {
                    format!(" (or {} when nobody is)", self.site[person].label)
                });
                format!("whoever is on by the rota \"{}\"{stands_in} is rung for {total}", rota.name)
            }
            Who::OnCall(rota) => {
                let rota = &self.site[rota];
                let stands_in = rota.fallback.map_or(String::new(), |person| {
                    format!(" (or {} when nobody is)", self.site[person].label)
                });
                format!(
                    "whoever is on by the rota \"{}\"{stands_in} is called outside, at their mobile or where they send calls, for {total}",
                    rota.name
                )
            }
            Who::Agent(agent) => {
                let agent = &self.site[agent];
                format!(
                    "the agent \"{}\" is called at {} and has {total} to answer",
                    agent.name, agent.target
                )
            }
        }
    }

    fn layer(&self, layer: Layer) -> String {
        match layer {
            Layer::NumberPerson => "the person of the number that was called".to_owned(),
            Layer::LastTexter => "whoever texted the caller last".to_owned(),
            Layer::LastAgent => "whoever talked with the caller last".to_owned(),
            Layer::ContactOwner => "the owner of the contact".to_owned(),
            Layer::CampaignOwner => "the owner of the caller's campaign".to_owned(),
            Layer::NumberForward => "the number that the number called is forwarded to".to_owned(),
            Layer::CompanyPhone => "the company phone".to_owned(),
        }
    }

    fn members(&self, members: &[PersonId]) -> String {
        let mut names: Vec<_> =
            members.iter().take(NAMES_MAX).map(|person| self.site[*person].label.to_string()).collect();
        let others = members.len() - names.len();
        if others > 0 {
            names.push(format!("{others} more"));
        }
        listed(&names, "and")
    }

    /// What follows where a step did not end the call, but for the fall to the step below, which has its own number.
    fn outcomes(&mut self, act: &Act, ways: &[Way], below: Option<NodeId>) -> String {
        let mut text = String::new();
        for way in ways.iter().filter(|way| Some(way.to) != below) {
            let when: Vec<_> = way.on.iter().filter_map(|on| words::happened(*on, act)).collect();
            if when.is_empty() {
                continue;
            }
            let follows = self.follows(way.to);
            text += &format!(" {}, {follows}.", capital(&format!("if {}", listed(&when, "or"))));
        }
        text
    }

    /// A node as a clause: what serves an outcome is told here, whatever has a section is named.
    fn follows(&mut self, id: NodeId) -> String {
        if self.site[id].name.branch == Branch::None {
            return self.place(id);
        }
        let (act, mut text) = (&self.site[id].act, self.deed(id));
        for way in ways(self.site, id) {
            let when: Vec<_> = way.on.iter().filter_map(|on| words::happened(*on, act)).collect();
            let follows = self.follows(way.to);
            if let Act::Play(_) = act {
                text += &format!(", then {follows}");
            } else if !when.is_empty() {
                text += &format!("; if {}, {follows}", listed(&when, "or"));
            }
        }
        text
    }

    /// Where a call goes on.
    fn place(&mut self, id: NodeId) -> String {
        let plan = self.site[id].plan;
        if self.site[id].name.branch != Branch::None {
            return self.follows(id);
        }
        let title = self.title(plan);
        let step = self.site[id].name.step;
        let from = if step > 1 { format!(", {step}") } else { String::new() };
        format!("the call goes on to {title}{from}")
    }

    fn prompt(&self, prompt: Prompt) -> String {
        match prompt {
            Prompt::File(file) => match &self.site[file].says {
                Some(says) => format!("\"{says}\""),
                None => format!("the announcement \"{}\"", self.site[file].name),
            },
            Prompt::Shipped(Shipped::LeaveMessage) => "\"please leave a message\"".to_owned(),
            Prompt::Shipped(Shipped::Beep) => "a beep".to_owned(),
            Prompt::Shipped(Shipped::Goodbye) => "\"goodbye\"".to_owned(),
            Prompt::Shipped(Shipped::TakeCall) => "that there is a call".to_owned(),
            Prompt::Hours(hours) => {
                let name = &self.site[hours].name;
                format!("whether we are open by the schedule \"{name}\", and until when")
            }
        }
    }

    /// The times of a schedule, the first time it is spoken of.
    fn times(&mut self, id: HoursId, is_open: bool) -> String {
        if std::mem::replace(&mut self.hours_told[id.index()], true) {
            return String::new();
        }
        format!(" ({}{})", if is_open { "" } else { "it is open " }, hours::told(&self.site[id]))
    }
}

/// How a call comes from a step to the one below it.
fn opening(site: &Site, before: NodeId, step: NodeId) -> &'static str {
    let on = ways(site, before).into_iter().find(|way| way.to == step).map(|way| way.on).unwrap_or_default();
    let has = |wanted: fn(&On) -> bool| on.iter().any(wanted);
    let is_missed = has(|on| matches!(on, On::Else(_)));
    let is_heard = has(|on| *on == On::Then);
    match (is_missed, is_heard, has(|on| *on == On::Otherwise)) {
        (true, _, false) => "if nobody takes the call, ",
        (true, _, true) => "otherwise, and if nobody takes the call, ",
        (false, true, false) => "then ",
        (false, true, true) => "then, and otherwise at once, ",
        (false, false, _) => "otherwise, ",
    }
}
