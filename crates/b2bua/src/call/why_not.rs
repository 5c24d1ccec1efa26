//! Why somebody's phone did not ring in a call of before, by what its record says.
//!
//! Reads a record with the site that the call ran on. It knows what was decided, as the log has it, and decides nothing
//! anew: what nobody noted is not told.

use callplan::{Act, NodeId, PersonId, PhoneId, Site, Who, step::NotRung};
use store::LegRecord;

use super::log::{Event, Kind};

/// What a record says of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhyNot {
    /// Milliseconds after the call's arrival, and what was the matter, in order.
    pub lines: Vec<(u32, String)>,
    /// Whether one of their phones rang after all.
    pub rang: bool,
}

/// A step that rings them, and whether it is told already what came of that.
struct Came {
    at_ms: u32,
    node: NodeId,
    is_told: bool,
}

/// Why `person` was not rung, or that they were. `legs` are those of the record, the caller's first.
pub fn why_not(site: &Site, events: &[u8], legs: &[LegRecord], person: PersonId) -> WhyNot {
    let mut told = WhyNot::default();
    let mut came: Vec<Came> = Vec::new();
    let mut passed: Vec<NodeId> = Vec::new();
    for event in Event::read_all(events) {
        if event.kind == Kind::Node as u8 {
            let Some(node) =
                u32::try_from(event.value).ok().map(NodeId).filter(|it| it.index() < site.nodes.len())
            else {
                continue;
            };
            passed.push(node);
            if rings(site, node, person) {
                came.push(Came { at_ms: event.at_ms, node, is_told: false });
            }
        } else if let Some((who, why)) = event.not_rung().filter(|(who, _)| is_theirs(site, *who, person)) {
            let (name, at) = (name(site, who), passed.last().map(|node| site.node_name(*node)));
            let line = format!("{}: {name} is not rung: {}", at.unwrap_or_default(), reason(why));
            told.lines.push((event.at_ms, line));
            // Whoever has another phone may still be rung by it.
            if let Some(last) = came.last_mut() {
                last.is_told = true;
            }
        }
    }
    told.of_legs(site, legs, person, &mut came);
    told.of_turns(site, legs, &came);
    if came.is_empty() {
        told.of_path(site, &passed, person);
    }
    told.lines.sort_by_key(|(at, _)| *at);
    told
}

impl WhyNot {
    /// Phones of theirs that did ring, or were called in vain.
    fn of_legs(&mut self, site: &Site, legs: &[LegRecord], person: PersonId, came: &mut [Came]) {
        for leg in legs.iter().skip(1) {
            let phone = leg.party.strip_prefix("phone:").and_then(|name| site.phone(name));
            let Some(phone) = phone.filter(|phone| site[*phone].person == Some(person)) else { continue };
            let name = &site[phone].name;
            let seconds = |ms: u32| f64::from(ms) / 1000.0;
            let how = match (leg.answered_ms, leg.rang_ms) {
                (Some(at), _) => format!("was answered after {} s", seconds(at - leg.started_ms)),
                (None, Some(_)) => {
                    let rang = seconds(leg.ended_ms.saturating_sub(leg.started_ms));
                    format!("rang for {rang} s, and {}", ended(leg.status))
                }
                (None, None) => format!("was called and did not ring: {}", ended(leg.status)),
            };
            self.rang |= leg.answered_ms.is_some() || leg.rang_ms.is_some();
            self.lines.push((leg.started_ms, format!("{name} {how}")));
            if let Some(step) = came.iter_mut().rfind(|step| step.at_ms <= leg.started_ms) {
                step.is_told = true;
            }
        }
    }

    /// Steps that ring them, and where it did not come to that.
    fn of_turns(&mut self, site: &Site, legs: &[LegRecord], came: &[Came]) {
        for step in came.iter().filter(|step| !step.is_told) {
            let answered =
                legs.iter().skip(1).filter(|leg| leg.answered_ms.is_some_and(|at| at >= step.at_ms));
            let first = answered.min_by_key(|leg| leg.answered_ms);
            let why = match first {
                Some(leg) => {
                    let at = leg.answered_ms.unwrap_or_default();
                    format!("{} answered at {} s", leg.party, f64::from(at) / 1000.0)
                }
                None => "the step or the call was over before".to_owned(),
            };
            self.lines
                .push((step.at_ms, format!("{}: their turn did not come: {why}", site.node_name(step.node))));
        }
    }

    /// No step of the call rings them: which it came by, and which of its plans would.
    fn of_path(&mut self, site: &Site, passed: &[NodeId], person: PersonId) {
        let names: Vec<_> = passed.iter().map(|node| site.node_name(*node)).collect();
        let name = &site[person].name;
        let by = if names.is_empty() { "no plan".to_owned() } else { names.join(", ") };
        self.lines.push((0, format!("the call came by {by}: none of these rings {name}")));
        let mut plans: Vec<_> = passed.iter().map(|node| site[*node].plan).collect();
        plans.dedup();
        let nodes = plans.iter().flat_map(|plan| &site[*plan].nodes);
        for node in nodes.filter(|node| rings(site, **node, person)) {
            self.lines.push((
                0,
                format!("{} would have rung {name}, and the call never came there", site.node_name(*node)),
            ));
        }
    }
}

/// Whether a step rings somebody, if it comes to that.
fn rings(site: &Site, node: NodeId, person: PersonId) -> bool {
    match &site[node].act {
        Act::Ring(ring) => match ring.who {
            Who::Person(own) => own == person,
            Who::Phone(phone) => site[phone].person == Some(person),
            Who::Group(group) => site[group].members.contains(&person),
            Who::Rota(rota) => site[rota].people.contains(&person),
            // Whom layers name hangs on the caller.
            Who::First(_) => false,
        },
        Act::Queue(queue) => site[*queue].rules.people().any(|member| member == person),
        Act::Forward(_)
        | Act::Play(_)
        | Act::Ask(_)
        | Act::Menu(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_) => false,
    }
}

fn is_theirs(site: &Site, who: Who, person: PersonId) -> bool {
    match who {
        Who::Person(own) => own == person,
        Who::Phone(PhoneId(phone)) => {
            site.phones.get(phone as usize).is_some_and(|phone| phone.person == Some(person))
        }
        Who::Group(_) | Who::Rota(_) | Who::First(_) => false,
    }
}

fn name(site: &Site, who: Who) -> &str {
    match who {
        Who::Person(person) => &site[person].name,
        Who::Phone(phone) => &site[phone].name,
        Who::Group(group) => &site[group].name,
        Who::Rota(rota) => &site[rota].name,
        Who::First(_) => "whoever layers name",
    }
}

fn reason(why: Option<NotRung>) -> String {
    match why {
        Some(NotRung::Busy(1)) => "busy with a call".to_owned(),
        Some(NotRung::Busy(calls)) => format!("busy with {calls} calls"),
        Some(NotRung::NotRegistered) => "not registered".to_owned(),
        Some(NotRung::Away) => "away".to_owned(),
        Some(NotRung::DoNotDisturb) => "not to be disturbed".to_owned(),
        Some(NotRung::Forwards) => "calls go elsewhere, and a group's do not follow".to_owned(),
        Some(NotRung::Caller) => "it is the caller".to_owned(),
        Some(NotRung::Sender) => "a phone of theirs sent the call to their own group".to_owned(),
        Some(NotRung::LegsMax) => "the call has as many legs as it may have".to_owned(),
        Some(NotRung::Blocked(_)) | None => "the caller is blocked there".to_owned(),
    }
}

/// How a leg ended that was not answered.
fn ended(status: u16) -> String {
    match status {
        486 | 600 => format!("said that it is busy ({status})"),
        603 => format!("declined ({status})"),
        487 => "was stopped: its time was over, another answered, or the caller left".to_owned(),
        0 => "never said anything".to_owned(),
        408 => "never answered (408)".to_owned(),
        status => format!("refused with {status}"),
    }
}
