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
            // Whom layers name hangs on the caller; outside no phone rings.
            Who::OnCall(_) | Who::First(_) | Who::Agent(_) => false,
        },
        Act::Queue(queue) => site[*queue].rules.people().any(|member| member == person),
        Act::Forward(_)
        | Act::Play(_)
        | Act::Ask(_)
        | Act::Directory { .. }
        | Act::Menu(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_)
        | Act::Language(_) => false,
    }
}

fn is_theirs(site: &Site, who: Who, person: PersonId) -> bool {
    match who {
        Who::Person(own) => own == person,
        Who::Phone(PhoneId(phone)) => {
            site.phones.get(phone as usize).is_some_and(|phone| phone.person == Some(person))
        }
        Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => false,
    }
}

fn name(site: &Site, who: Who) -> &str {
    match who {
        Who::Person(person) => &site[person].name,
        Who::Phone(phone) => &site[phone].name,
        Who::Group(group) => &site[group].name,
        Who::Rota(rota) | Who::OnCall(rota) => &site[rota].name,
        Who::First(_) => "whoever layers name",
        Who::Agent(agent) => &site[agent].name,
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

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use callplan::{Memory, Source, load};
    use clock::Instant;

    use super::*;
    use crate::call::log::{Log, of_not_rung};

    const SITE: &str = r#"[site]
name = "Larch"
timezone = "UTC"
country = "US"
domain = "pbx.example"
mailbox = "last"
phone_secrets = { file = "phones" }
[people]
ana = {}
ben = {}
cho = {}
[phones]
ana-desk = { person = "ana" }
ana-soft = { person = "ana" }
ben-desk = { person = "ben" }
cho-desk = { person = "cho" }
[mailboxes]
last = {}
[groups.turns]
members = ["ben", "ana"]
ring = "in-order"
each = "10s"
[plans.main]
steps = [{ ring = "person:cho", for = "5s" }, { ring = "group:turns" }, { voicemail = "last" }]
[numbers]
"+12025550100" = { plan = "main" }
"#;

    /// The record of a call, as the call itself writes it.
    struct Record {
        site: Site,
        log: Log,
        legs: Vec<LegRecord>,
    }

    impl Record {
        /// A call that came by the first steps of the plan, a second apart.
        fn of(steps: usize) -> Self {
            let files = Memory::default().with("phones", b"");
            let (site, _) = load(&[Source::new("site.toml", SITE)], &files).unwrap();
            let plan = site.plan("main").unwrap();
            let mut log = Log::new(Instant::ZERO);
            for (at, node) in site[plan].nodes.iter().take(steps).enumerate() {
                log.note(second(at), Kind::Node, 0, 0, node.0.into());
            }
            let legs = vec![leg("trunk:carrier", 0, None, None, 0, 200)];
            Self { site, log, legs }
        }

        fn not_rung(mut self, why: NotRung) -> Self {
            let (reason, calls) = of_not_rung(why).unwrap();
            let ana = self.site.person("ana").unwrap();
            let value = u64::from(calls) << 32 | u64::from(ana.0);
            self.log.note(second(1), Kind::NotRung, 0, reason.try_into().unwrap(), value);
            self
        }

        fn with(mut self, leg: LegRecord) -> Self {
            self.legs.push(leg);
            self
        }

        fn told_of(&self, person: &str) -> WhyNot {
            why_not(&self.site, &self.log.bytes(), &self.legs, self.site.person(person).unwrap())
        }

        /// What is told of Ana, as times and words.
        fn told(&self) -> Vec<(u32, String)> {
            self.told_of("ana").lines
        }
    }

    fn second(at: usize) -> Instant {
        Instant::ZERO + Duration::from_secs(at.try_into().unwrap())
    }

    fn leg(
        party: &str,
        began: u32,
        rang: Option<u32>,
        answered: Option<u32>,
        ended: u32,
        status: u16,
    ) -> LegRecord {
        LegRecord {
            party: party.into(),
            number: Arc::default(),
            started_ms: began,
            rang_ms: rang,
            answered_ms: answered,
            ended_ms: ended,
            status,
            sip_call_id: Arc::default(),
            packets: (0, 0),
            charge: None,
        }
    }

    /// Goal: each reason for which somebody is passed over has words of its own.
    #[test]
    fn every_reason_has_its_words() {
        let table = [
            (NotRung::Busy(1), "busy with a call"),
            (NotRung::Busy(3), "busy with 3 calls"),
            (NotRung::NotRegistered, "not registered"),
            (NotRung::Away, "away"),
            (NotRung::DoNotDisturb, "not to be disturbed"),
            (NotRung::Forwards, "calls go elsewhere, and a group's do not follow"),
            (NotRung::Caller, "it is the caller"),
            (NotRung::Sender, "a phone of theirs sent the call to their own group"),
            (NotRung::LegsMax, "the call has as many legs as it may have"),
        ];
        for (why, words) in table {
            let record = Record::of(2).not_rung(why);
            assert_eq!(record.told(), [(1000, format!("main#2: ana is not rung: {words}"))]);
            assert!(!record.told_of("ana").rang);
            // Nobody else is told that.
            assert!(record.told_of("cho").lines.iter().all(|(_, line)| !line.contains(words)), "{why:?}");
        }
        let mut blocked = Record::of(2);
        let ana = blocked.site.person("ana").unwrap();
        blocked.log.note(second(1), Kind::Blocked, 0, 0, ana.0.into());
        assert_eq!(blocked.told()[0].1, "main#2: ana is not rung: the caller is blocked there");
    }

    /// Goal: whose turn did not come is told who was quicker, or that it was over before.
    #[test]
    fn a_turn_that_did_not_come_is_told_with_who_was_quicker() {
        let waited = Record::of(2).with(leg("phone:ben-desk", 1000, Some(1200), None, 4000, 487));
        let over = "main#2: their turn did not come: the step or the call was over before";
        assert_eq!(waited.told(), [(1000, over.to_owned())]);
        // Whoever answered a step before was not quicker in this one.
        let before = Record::of(2).with(leg("phone:cho-desk", 0, Some(100), Some(500), 900, 200));
        assert_eq!(before.told()[0].1, over);
        let answered = Record::of(2)
            .with(leg("phone:cho-desk", 3000, Some(3100), Some(7500), 9000, 200))
            .with(leg("phone:ben-desk", 1000, Some(1200), Some(4500), 9000, 200));
        let quicker = "main#2: their turn did not come: phone:ben-desk answered at 4.5 s";
        assert_eq!(answered.told(), [(1000, quicker.to_owned())]);
        assert!(!answered.told_of("ana").rang && answered.told_of("ben").rang);
    }

    /// Goal: each phone that was called has a line: that it rang and for how long, or what it said.
    #[test]
    fn every_phone_that_was_called_has_its_line() {
        let of = |rang, answered, ended, status| {
            let told =
                Record::of(2).with(leg("phone:ana-desk", 2000, rang, answered, ended, status)).told_of("ana");
            (
                told.lines
                    .into_iter()
                    .map(|(at, line)| format!("{at} {line}"))
                    .collect::<Vec<_>>()
                    .join("; "),
                told.rang,
            )
        };
        let rang = |why: &str, status| {
            assert_eq!(
                of(Some(2200), None, 9500, status),
                (format!("2000 ana-desk rang for 7.5 s, and {why}"), true)
            );
            assert_eq!(
                of(None, None, 9500, status),
                (format!("2000 ana-desk was called and did not ring: {why}"), false)
            );
        };
        rang("said that it is busy (486)", 486);
        rang("said that it is busy (600)", 600);
        rang("declined (603)", 603);
        rang("was stopped: its time was over, another answered, or the caller left", 487);
        rang("never said anything", 0);
        rang("never answered (408)", 408);
        rang("refused with 480", 480);
        assert_eq!(
            of(Some(2200), Some(6000), 9500, 200),
            ("2000 ana-desk was answered after 4 s".to_owned(), true)
        );
        // Of two phones each is told, in the order of their beginnings.
        let both = Record::of(2).with(leg("phone:ana-soft", 1500, None, None, 1600, 480)).with(leg(
            "phone:ana-desk",
            1000,
            None,
            None,
            1100,
            486,
        ));
        let phones: Vec<_> = both.told().into_iter().map(|(_, line)| line[..8].to_owned()).collect();
        assert_eq!(phones, ["ana-desk", "ana-soft"]);
    }

    /// Goal: of a call that no step of brought to somebody, it is told which did, and which would have.
    #[test]
    fn a_call_that_never_came_to_somebody_is_told_by_its_way() {
        let told = Record::of(1).told();
        let lines: Vec<_> = told.iter().map(|(_, line)| &**line).collect();
        assert_eq!(
            lines,
            [
                "the call came by main#1: none of these rings ana",
                "main#2 would have rung ana, and the call never came there"
            ]
        );
        let none = Record::of(0).told();
        assert_eq!(none, [(0, "the call came by no plan: none of these rings ana".to_owned())]);
    }
}
