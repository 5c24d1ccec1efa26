//! Which steps came to which outcomes: a run shows something only if all of them occurred.

use std::{collections::BTreeMap, time::Duration};

use callplan::{
    Act, Atom, Guard, NodeId, Order, Refusal, Site, Who,
    explain::Explanation,
    hours,
    order::Merit,
    step::{Answer, End, Named, NotRung, Outcome, ReasonKind, TimerId},
};

/// A kind of step and what it came to.
pub type Pair = (&'static str, &'static str);

/// Every pair that can occur.
pub const ALL: [Pair; 111] = [
    ("ring person", "answered"),
    ("ring person", "no answer"),
    ("ring person", "busy"),
    ("ring person", "declined"),
    ("ring person", "unreachable"),
    ("ring person", "caller left"),
    ("ring phone", "answered"),
    ("ring phone", "no answer"),
    ("ring phone", "busy"),
    ("ring phone", "declined"),
    ("ring phone", "unreachable"),
    ("ring phone", "caller left"),
    ("ring all", "answered"),
    ("ring all", "no answer"),
    ("ring all", "busy"),
    ("ring all", "declined"),
    ("ring all", "unreachable"),
    ("ring all", "caller left"),
    ("ring in order", "answered"),
    ("ring in order", "no answer"),
    ("ring in order", "busy"),
    ("ring in order", "declined"),
    ("ring in order", "unreachable"),
    ("ring in order", "caller left"),
    ("ring round-robin", "answered"),
    ("ring round-robin", "no answer"),
    ("ring round-robin", "busy"),
    ("ring round-robin", "declined"),
    ("ring round-robin", "unreachable"),
    ("ring round-robin", "caller left"),
    ("ring by merit", "answered"),
    ("ring by merit", "no answer"),
    ("ring by merit", "busy"),
    ("ring by merit", "declined"),
    ("ring by merit", "unreachable"),
    ("ring by merit", "caller left"),
    ("ring by chance", "answered"),
    ("ring by chance", "no answer"),
    ("ring by chance", "busy"),
    ("ring by chance", "declined"),
    ("ring by chance", "unreachable"),
    ("ring by chance", "caller left"),
    ("turn", "idle"),
    ("turn", "calls"),
    ("turn", "talk"),
    ("turn", "nothing done yet"),
    ("turn", "chance"),
    ("ring rota", "answered"),
    ("ring rota", "no answer"),
    ("ring rota", "busy"),
    ("ring rota", "declined"),
    ("ring rota", "unreachable"),
    ("ring rota", "caller left"),
    ("turn", "time up"),
    ("turn", "moved"),
    ("forward", "answered"),
    ("forward", "no answer"),
    ("forward", "busy"),
    ("forward", "declined"),
    ("forward", "unreachable"),
    ("forward", "caller left"),
    ("play", "heard"),
    ("play", "caller left"),
    ("ask", "key"),
    ("ask", "wrong key"),
    ("ask", "silence"),
    ("ask", "caller left"),
    ("menu", "key"),
    ("menu", "wrong key"),
    ("menu", "silence"),
    ("menu", "extension"),
    ("menu", "no extension"),
    ("menu", "no other digit"),
    ("menu", "caller left"),
    ("voicemail", "greeting skipped"),
    ("voicemail", "message"),
    ("voicemail", "no message"),
    ("voicemail", "caller left"),
    ("reject", "busy"),
    ("reject", "declined"),
    ("reject", "unallocated"),
    ("reject", "no answer"),
    ("reject", "hung up on"),
    ("hang up", "refused"),
    ("hang up", "hung up on"),
    ("goto", "taken"),
    ("when", "taken"),
    ("when", "passed"),
    ("unless", "taken"),
    ("unless", "passed"),
    ("hours", "open"),
    ("hours", "closed now"),
    ("hours", "closed that day"),
    ("hours", "holiday"),
    ("hours", "event closes"),
    ("hours", "event opens"),
    ("list", "in"),
    ("list", "not in"),
    ("withheld", "yes"),
    ("withheld", "no"),
    ("not rung", "busy"),
    ("not rung", "not registered"),
    ("not rung", "the caller"),
    ("crossing", "two answers"),
    ("crossing", "CANCEL and answer"),
    ("carriers", "failed over"),
    ("carriers", "silent before, so last"),
    ("second device", "rings"),
    ("second device", "picks up"),
    ("second device", "refuses"),
    ("second device", "silenced"),
];

/// How often each occurred.
#[derive(Clone, Debug, Default)]
pub struct Pairs(BTreeMap<Pair, u64>);

impl Pairs {
    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.0 {
            *self.0.entry(*pair).or_default() += count;
        }
    }

    /// How often each that can occur did, in the order of [`ALL`].
    pub fn counts(&self) -> impl Iterator<Item = (Pair, u64)> {
        ALL.into_iter().map(|pair| (pair, self.0.get(&pair).copied().unwrap_or(0)))
    }

    pub(super) fn count(&mut self, pair: Pair) {
        assert!(ALL.contains(&pair), "{pair:?} is among those that can occur");
        *self.0.entry(pair).or_default() += 1;
    }

    /// Counts what a call went through.
    pub(super) fn of(&mut self, site: &Site, explanation: &Explanation) {
        let (mut is_answered, mut is_recorded) = (false, false);
        let mut playing: Option<NodeId> = None;
        for reason in &explanation.decisions {
            let act = &site[reason.node].act;
            let left = reason.kind == ReasonKind::Ended(End::Left);
            if let Some(node) = playing.take() {
                self.count(("play", if left && node == reason.node { "caller left" } else { "heard" }));
            }
            if reason.kind == ReasonKind::Began {
                if matches!(act, Act::Play(_)) {
                    playing = Some(reason.node);
                }
                is_answered |= matches!(act, Act::Play(_) | Act::Ask(_) | Act::Menu(_) | Act::Voicemail(_));
            }
            is_recorded |= matches!(reason.kind, ReasonKind::Recorded { .. });
            if matches!(reason.kind, ReasonKind::Ended(End::Voicemail { .. })) && !is_recorded {
                self.count(("voicemail", "caller left"));
            }
            if let Some(pair) = pair_of(site, reason.node, reason.kind, is_answered) {
                self.count(pair);
            }
        }
        explanation.turns.iter().for_each(|_| self.count(("turn", "moved")));
    }
}

fn pair_of(site: &Site, node: NodeId, kind: ReasonKind, is_answered: bool) -> Option<Pair> {
    let (act, guard) = (&site[node].act, site[node].guard.as_ref());
    match kind {
        ReasonKind::Passed => guard.map(|guard| (word_of(guard), "passed")),
        ReasonKind::Began => match (guard, act) {
            (Some(guard), _) => Some((word_of(guard), "taken")),
            (None, Act::Goto(_)) => Some(("goto", "taken")),
            (None, _) => None,
        },
        ReasonKind::Asked { atom, answer } => Some(asked(atom, answer)),
        ReasonKind::Heard { outcome: Outcome::Answered, .. } => Some((name_of(site, act), "answered")),
        ReasonKind::Over(outcome) => Some((name_of(site, act), outcome_of(outcome))),
        ReasonKind::NotRung { why, .. } => match why {
            NotRung::Busy(_) => Some(("not rung", "busy")),
            NotRung::NotRegistered => Some(("not rung", "not registered")),
            NotRung::Caller => Some(("not rung", "the caller")),
            NotRung::LegsMax
            | NotRung::Away
            | NotRung::DoNotDisturb
            | NotRung::Forwards
            | NotRung::Sender
            | NotRung::Blocked(_) => None,
        },
        ReasonKind::Turn { merit, .. } => Some((
            "turn",
            match merit {
                Merit::Chance => "chance",
                Merit::Idle(None) | Merit::Calls(0) | Merit::Talk(Duration::ZERO) => "nothing done yet",
                Merit::Idle(Some(_)) => "idle",
                Merit::Calls(_) => "calls",
                Merit::Talk(_) => "talk",
            },
        )),
        ReasonKind::Layer { named, .. } => Some((
            "layer",
            match named {
                Named::Is(_) => "somebody",
                Named::Nobody => "nobody",
                Named::TooLongAgo => "too long ago",
                Named::Untold => "untold",
            },
        )),
        ReasonKind::TimeUp(TimerId::Turn) => Some(("turn", "time up")),
        ReasonKind::TimeUp(TimerId::Key) => Some((name_of(site, act), "silence")),
        ReasonKind::Pressed { leads, .. } => {
            Some((name_of(site, act), if leads.is_some() { "key" } else { "wrong key" }))
        }
        ReasonKind::TimeUp(TimerId::Digit) => Some(("menu", "no other digit")),
        ReasonKind::Dialled { leads, .. } => {
            Some(("menu", if leads.is_some() { "extension" } else { "no extension" }))
        }
        ReasonKind::SkippedGreeting => Some(("voicemail", "greeting skipped")),
        ReasonKind::Recorded { left } => Some(("voicemail", if left { "message" } else { "no message" })),
        ReasonKind::Ended(end) => ended(site, act, end, is_answered),
        ReasonKind::Heard { .. }
        | ReasonKind::TimeUp(TimerId::Step | TimerId::Message | TimerId::Fact | TimerId::Target)
        | ReasonKind::Rang { .. }
        | ReasonKind::SentOn { .. }
        | ReasonKind::NotSentOn { .. }
        | ReasonKind::Dials(_)
        | ReasonKind::Spelled(_)
        | ReasonKind::Screened { .. }
        | ReasonKind::Rings(_)
        | ReasonKind::NoRoute
        | ReasonKind::OnDuty { .. }
        | ReasonKind::Waits(_)
        | ReasonKind::Told(_)
        | ReasonKind::Taken { .. }
        | ReasonKind::LeftLine { .. }
        | ReasonKind::Ignored(_) => None,
    }
}

fn ended(site: &Site, act: &Act, end: End, is_answered: bool) -> Option<Pair> {
    match end {
        End::Left if matches!(act, Act::Play(_)) => None,
        End::Left => Some((name_of(site, act), "caller left")),
        End::Rejected(_) if is_answered => Some(("reject", "hung up on")),
        End::Rejected(refusal) => Some((
            "reject",
            match refusal {
                Refusal::Busy => "busy",
                Refusal::Decline => "declined",
                Refusal::Unallocated => "unallocated",
                Refusal::NoAnswer => "no answer",
            },
        )),
        End::HungUp => Some(("hang up", if is_answered { "hung up on" } else { "refused" })),
        End::Voicemail { .. } | End::WentHome(_) | End::Failed(_) => None,
    }
}

fn asked(atom: Atom, answer: Answer) -> Pair {
    match (atom, answer) {
        (Atom::ContactKnown, Answer::Yes) => ("contact", "known"),
        (Atom::ContactKnown, Answer::No) => ("contact", "unknown"),
        (_, Answer::Unknown) => ("fact", "untold"),
        (_, Answer::Hours(hours::State::Open)) => ("hours", "open"),
        (_, Answer::Hours(hours::State::ClosedNow)) => ("hours", "closed now"),
        (_, Answer::Hours(hours::State::ClosedDay)) => ("hours", "closed that day"),
        (_, Answer::Hours(hours::State::Holiday(_))) => ("hours", "holiday"),
        (_, Answer::Hours(hours::State::Closed(_))) => ("hours", "event closes"),
        (_, Answer::Hours(hours::State::Opened(_))) => ("hours", "event opens"),
        (Atom::CallerIn(_), Answer::Yes) => ("list", "in"),
        (Atom::CallerIn(_), Answer::No) => ("list", "not in"),
        (Atom::AttestAtLeast(_) | Atom::AttestIs(_), Answer::Yes) => ("attest", "yes"),
        (Atom::AttestAtLeast(_) | Atom::AttestIs(_), Answer::No) => ("attest", "no"),
        (Atom::CallerFrom(_), Answer::Yes) => ("country", "yes"),
        (Atom::CallerFrom(_), Answer::No) => ("country", "no"),
        (Atom::NumberIs(_), Answer::Yes) => ("number type", "yes"),
        (Atom::NumberIs(_), Answer::No) => ("number type", "no"),
        (Atom::ContactKnownTo(_), Answer::Yes) => ("contact's group", "yes"),
        (Atom::ContactKnownTo(_), Answer::No) => ("contact's group", "no"),
        (Atom::ContactTag(_), Answer::Yes) => ("contact's tag", "yes"),
        (Atom::ContactTag(_), Answer::No) => ("contact's tag", "no"),
        (Atom::ContactOwner(_), Answer::Yes) => ("contact's owner", "yes"),
        (Atom::ContactOwner(_), Answer::No) => ("contact's owner", "no"),
        (Atom::ContactCampaign(_), Answer::Yes) => ("contact's campaign", "yes"),
        (Atom::ContactCampaign(_), Answer::No) => ("contact's campaign", "no"),
        (Atom::CallerWithheld | Atom::Open(_), Answer::Yes) => ("withheld", "yes"),
        (Atom::CallerWithheld | Atom::Open(_), Answer::No) => ("withheld", "no"),
    }
}

const fn word_of(guard: &Guard) -> &'static str {
    match guard {
        Guard::When(_) => "when",
        Guard::Unless(_) => "unless",
    }
}

fn name_of(site: &Site, act: &Act) -> &'static str {
    match act {
        Act::Ring(ring) => match ring.who {
            Who::Person(_) => "ring person",
            Who::Phone(_) => "ring phone",
            Who::Rota(_) => "ring rota",
            Who::Agent(_) => "agent",
            Who::First(layers) if layers.are_sticky() => "sticky",
            Who::First(_) => "ring first",
            Who::Group(group) => match site[group].order {
                Order::All => "ring all",
                Order::InOrder => "ring in order",
                Order::RoundRobin => "ring round-robin",
                Order::LongestIdle | Order::FewestCalls | Order::LeastTalk | Order::Skill => "ring by merit",
                Order::Random | Order::Weighted => "ring by chance",
            },
        },
        Act::Forward(_) => "forward",
        Act::Play(_) => "play",
        Act::Ask(_) => "ask",
        Act::Directory { .. } => "directory",
        Act::Menu(_) => "menu",
        Act::Queue(_) => "queue",
        Act::Voicemail(_) => "voicemail",
        Act::Reject(_) => "reject",
        Act::Hangup => "hang up",
        Act::Goto(_) => "goto",
    }
}

const fn outcome_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::NoAnswer => "no answer",
        Outcome::Busy => "busy",
        Outcome::Declined => "declined",
        Outcome::Unreachable => "unreachable",
    }
}
