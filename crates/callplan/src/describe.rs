//! A plan on a page: every node, what it does and where it leads.
//!
//! What shorthand and built-in plans come to is nowhere written by the operator, so it is printed from the
//! graph that runs.

use std::fmt::{self, Write};

use crate::{
    model::{
        Act, Atom, Branch, Condition, Guard, Layer, Menu, Node, NodeId, NumberKind, PlanId, PlanKind, Prompt,
        QueueId, Refusal, Ring, Ringback, Screen, Screening, Shipped, Site, Who,
    },
    parse::show,
};

/// A plan to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Description<'s> {
    site: &'s Site,
    plan: PlanId,
}

/// The plan `plan`, node by node.
pub const fn describe(site: &Site, plan: PlanId) -> Description<'_> {
    Description { site, plan }
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = &self.site[self.plan].nodes;
        let names: Vec<_> = nodes.iter().map(|node| self.site.node_name(*node)).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        for (name, node) in names.iter().zip(nodes) {
            writeln!(f, "{name:width$}  {}", self.node(&self.site[*node]))?;
        }
        Ok(())
    }
}

impl Description<'_> {
    /// Its nodes, each with its line: what it does and where it leads.
    pub fn lines(&self) -> impl Iterator<Item = (NodeId, String)> {
        self.site[self.plan].nodes.iter().map(|node| (*node, self.node(&self.site[*node])))
    }

    fn node(&self, node: &Node) -> String {
        let guard = self.guard(node).map(|guard| guard + ": ").unwrap_or_default();
        guard + &self.act(node)
    }

    /// What has to hold before a node is taken: `unless hours:office`.
    pub fn guard(&self, node: &Node) -> Option<String> {
        node.guard.as_ref().map(|guard| match guard {
            Guard::When(condition) => format!("when {}", self.condition(condition, false)),
            Guard::Unless(condition) => format!("unless {}", self.condition(condition, false)),
        })
    }

    /// What a node does, without where it leads: `ring group:sales together, 30s`.
    pub fn deed(&self, node: &Node) -> String {
        match &node.act {
            Act::Ring(ring) => self.ring(ring) + &self.screened(ring.screening) + &self.heard(node),
            Act::Forward(forward) => {
                let (screened, heard) = (self.screened(forward.screening), self.heard(node));
                format!("forward {}, {}{screened}{heard}", forward.to, show(forward.total))
            }
            Act::Play(Prompt::Hours(hours)) => format!("say_hours {}", self.site[*hours].name),
            Act::Play(prompt) => format!("play {}", self.prompt(*prompt)),
            Act::Ask(ask) => {
                format!("ask {}, key {} within {}", self.prompt(ask.prompt), ask.key, show(ask.within))
            }
            Act::Directory { .. } => "directory".to_owned(),
            Act::Language(language) => format!("language {}", self.site[*language].name),
            Act::Menu(menu) => format!("menu {}", self.site[*menu].name),
            Act::Queue(queue) => format!("queue {}", self.site[*queue].name),
            Act::Voicemail(mailbox) => format!("voicemail {}", self.site[*mailbox].name),
            Act::Reject(refusal) => format!("reject {}", refusal_name(*refusal)),
            Act::Hangup => "hangup".to_owned(),
            Act::Goto(to) => format!("goto {}", self.place(*to)),
        }
    }

    fn act(&self, node: &Node) -> String {
        let exits = match &node.act {
            Act::Ring(ring) => self.exits(node, [ring.busy, ring.declined, ring.unanswered]),
            Act::Forward(forward) => self.exits(node, [forward.busy, forward.declined, forward.unanswered]),
            Act::Play(_) | Act::Language(_) => self.exits(node, [None; 3]),
            Act::Directory { nobody } => self.exits(node, [None, None, *nobody]),
            Act::Ask(ask) => {
                format!("; key {} {}{}", ask.key, self.place(ask.to), self.exits(node, [None; 3]))
            }
            Act::Menu(menu) => {
                return self.menu(&self.site[*menu], self.site[node.plan].name.starts_with("menu:"));
            }
            Act::Queue(queue) => {
                return self.queue(*queue, self.site[node.plan].kind == PlanKind::Queue(*queue));
            }
            Act::Voicemail(_) | Act::Reject(_) | Act::Hangup | Act::Goto(_) => String::new(),
        };
        self.deed(node) + &exits
    }

    fn ring(&self, ring: &Ring) -> String {
        let (each, total) = (show(ring.each), show(ring.total));
        match ring.who {
            Who::Person(person) => {
                let person = &self.site[person];
                let mobile = person.follow.mobile.filter(|_| person.mobile.is_some());
                let mobile = mobile.map(|mobile| format!(", mobile after {}", show(mobile.after)));
                format!("ring person:{}, {total}{}", person.name, mobile.unwrap_or_default())
            }
            Who::Phone(phone) => format!("ring phone:{}, {total}", self.site[phone].name),
            Who::Agent(agent) => format!("agent {}, {total}", self.site[agent].name),
            Who::Rota(rota) => format!("ring rota:{}, {total}", self.site[rota].name),
            Who::OnCall(rota) => format!("forward rota:{}, {total}", self.site[rota].name),
            Who::First(layers) => {
                let words: Vec<_> = layers.iter().map(Layer::word).collect();
                let within = layers.within.map(|within| format!(" within {}", show(within)));
                format!("ring the first of {}{}, {total}", words.join(", "), within.unwrap_or_default())
            }
            Who::Group(group) => {
                let group = &self.site[group];
                if group.order.is_in_turn() {
                    let how = group.order.in_words();
                    format!("ring group:{} {how}, {each} each, {total} in all", group.name)
                } else {
                    format!("ring group:{} together, {total}", group.name)
                }
            }
        }
    }

    /// What the caller hears while it rings, where that is music.
    fn heard(&self, node: &Node) -> String {
        let ringback = self.site.ringback_of(node);
        let Some(music) = ringback.music() else { return String::new() };
        let answered = if matches!(ringback, Ringback::Answered(_)) { ", answered at once" } else { "" };
        format!(", music:{} while it rings{answered}", self.site[music].name)
    }

    /// How whoever picks up outside is asked, where the step says so.
    fn screened(&self, screening: Screening) -> String {
        match screening {
            Screening::Unsaid => String::new(),
            Screening::Off => ", not screened".to_owned(),
            Screening::On(Screen { accept, decline, within, .. }) => {
                format!(", screened: {accept} takes it, {decline} declines, within {}", show(within))
            }
        }
    }

    /// Where a step leads that is not the step below it.
    fn exits(&self, node: &Node, [busy, declined, unanswered]: [Option<NodeId>; 3]) -> String {
        // A step's own branch falls to what is named after it; another node below needs no word.
        let next = node.next.filter(|next| self.site[*next].name.branch != Branch::None);
        let last = if matches!(node.act, Act::Play(_) | Act::Language(_)) { "then" } else { "else" };
        let exits = [("busy", busy), ("declined", declined), ("else", unanswered), (last, next)];
        exits.into_iter().filter_map(|(word, to)| Some(format!("; {word} {}", self.place(to?)))).collect()
    }

    fn menu(&self, menu: &Menu, whole: bool) -> String {
        let mut line = format!("menu {}", menu.name);
        if !whole {
            return line;
        }
        line.extend(["; greeting ", &self.prompt(menu.greeting)]);
        for (key, to) in menu.keys.iter() {
            line.extend(["; ", key.encode_utf8(&mut [0; 4]), " ", &self.place(to)]);
        }
        if menu.dial_extension {
            line.push_str("; an extension, whoever has it");
        }
        let (after, silence) = (show(menu.silence.after), menu.silence.retry);
        let write = write!(
            line,
            "; silence of {after}, {} {}; wrong key, {} {}",
            times(silence.repeat),
            self.place(silence.then),
            times(menu.invalid.repeat),
            self.place(menu.invalid.then)
        );
        write.expect("a text takes whatever is written to it");
        line
    }

    fn queue(&self, id: QueueId, whole: bool) -> String {
        let queue = &self.site[id];
        let mut line = format!("queue {}", queue.name);
        if !whole {
            return line;
        }
        let rules = &queue.rules;
        let members: Vec<_> = rules.members.iter().map(|member| &*self.site[*member].name).collect();
        let how = rules.order.in_words();
        line += &format!("; {} {how}, {} each", members.join(" "), show(rules.each));
        for stage in &rules.widen {
            let with: Vec<_> = stage.with.iter().map(|person| &*self.site[*person].name).collect();
            line += &format!("; and {} after {}", with.join(" "), show(stage.after));
        }
        let most = rules.callers_max.map(|most| format!("full at {most}"));
        let longest = rules.wait_max.map(|longest| format!("waited {}", show(longest)));
        let exits = [
            (most, queue.exits.full),
            (longest, queue.exits.waited),
            (Some("nobody signed in".to_owned()), queue.exits.unstaffed),
            (queue.hours.map(|hours| format!("closed hours:{}", self.site[hours].name)), queue.exits.closed),
        ];
        for (when, to) in exits {
            if let (Some(when), Some(to)) = (when, to) {
                line += &format!("; {when} {}", self.place(to));
            }
        }
        line
    }

    /// A node as a place to go: the plan's name for its entry.
    pub(crate) fn place(&self, node: NodeId) -> String {
        let plan = self.site[node].plan;
        if self.site.entry(plan) != node {
            return self.site.node_name(node);
        }
        let name = &self.site[plan].name;
        if name.contains(':') { name.to_string() } else { format!("plan:{name}") }
    }

    pub(crate) fn prompt(&self, prompt: Prompt) -> String {
        match prompt {
            Prompt::File(file) => self.site[file].shown(),
            Prompt::Shipped(Shipped::LeaveMessage) => "\"please leave a message\"".to_owned(),
            Prompt::Shipped(Shipped::Beep) => "a beep".to_owned(),
            Prompt::Shipped(Shipped::Goodbye) => "\"goodbye\"".to_owned(),
            Prompt::Shipped(Shipped::TakeCall) => "\"you have a call\"".to_owned(),
            Prompt::Hours(hours) => format!("hours:{}", self.site[hours].name),
        }
    }

    fn condition(&self, condition: &Condition, inner: bool) -> String {
        let (joint, terms) = match condition {
            Condition::All(terms) => (" and ", terms),
            Condition::Any(terms) => (" or ", terms),
            Condition::Not(term) => return format!("not {}", self.condition(term, true)),
            Condition::Atom(atom) => return self.atom(*atom),
        };
        let terms: Vec<_> = terms.iter().map(|term| self.condition(term, true)).collect();
        let joined = terms.join(joint);
        if inner { format!("({joined})") } else { joined }
    }

    fn atom(&self, atom: Atom) -> String {
        match atom {
            Atom::Open(hours) => format!("hours:{}", self.site[hours].name),
            Atom::CallerIn(list) => format!("caller in list:{}", self.site[list].name),
            Atom::CallerWithheld => "caller withheld".to_owned(),
            Atom::CallerFrom(country) => format!("caller.country = {country}"),
            Atom::NumberIs(kind) => format!("number.type = {}", NumberKind::word_of(kind)),
            Atom::ContactKnown => "contact.known".to_owned(),
            Atom::ContactKnownTo(group) => format!("contact.known(group:{})", self.site[group].name),
            Atom::ContactTag(tag) => format!("contact.tag(\"{}\")", self.site.tags[tag.index()]),
            Atom::ContactOwner(None) => "contact.owner".to_owned(),
            Atom::ContactOwner(Some(person)) => format!("contact.owner = {}", self.site[person].name),
            Atom::ContactCampaign(None) => "contact.campaign".to_owned(),
            Atom::ContactCampaign(Some(campaign)) => {
                format!("contact.campaign = {}", self.site[campaign].name)
            }
            Atom::AttestAtLeast(least) => format!("caller.attest >= {least}"),
            Atom::AttestIs(attest) => format!("caller.attest = {attest}"),
        }
    }
}

const fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy => "busy",
        Refusal::Decline => "decline",
        Refusal::Unallocated => "unallocated",
        Refusal::NoAnswer => "no-answer",
    }
}

fn times(repeat: u8) -> String {
    match repeat {
        0 => "at once".to_owned(),
        1 => "once more, then".to_owned(),
        more => format!("{more} times more, then"),
    }
}
