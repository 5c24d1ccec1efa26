//! What a single decision says of a step.

use std::time::Duration;

use callplan::{
    Act, Atom, Guard, NodeId, Notice, Order, Refusal, Site, Who, hours,
    order::Merit,
    queue::Exit,
    step::{Answer, End, Named, NotRung, Outcome, ReasonKind, TimerId},
};

use super::Pair;

pub(super) fn pair_of(site: &Site, node: NodeId, kind: ReasonKind, is_answered: bool) -> Option<Pair> {
    let (act, guard) = (&site[node].act, site[node].guard.as_ref());
    match kind {
        ReasonKind::Passed => guard.map(|guard| (word_of(guard), "passed")),
        ReasonKind::Began => match (guard, act) {
            (Some(guard), _) => Some((word_of(guard), "taken")),
            (None, Act::Goto(_)) => Some(("goto", "taken")),
            (None, _) => None,
        },
        ReasonKind::Asked { atom, answer } => Some(asked(atom, answer)),
        ReasonKind::Heard { outcome: Outcome::Answered, .. } if !matches!(act, Act::Queue(_)) => {
            Some((name_of(site, act), "answered"))
        }
        ReasonKind::Over(outcome) => Some((name_of(site, act), outcome_of(outcome))),
        ReasonKind::NotRung { why, .. } => match why {
            NotRung::Busy(_) => Some(("not rung", "busy")),
            NotRung::NotRegistered => Some(("not rung", "not registered")),
            NotRung::Caller => Some(("not rung", "the caller")),
            NotRung::Away => Some(("not rung", "away")),
            NotRung::DoNotDisturb => Some(("not rung", "do not disturb")),
            NotRung::Forwards => Some(("not rung", "sends calls on")),
            NotRung::LegsMax | NotRung::Sender | NotRung::Blocked(_) => None,
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
        ReasonKind::Told(notice) => match notice {
            Notice::Place { wait: None, .. } => Some(("queue", "told the place")),
            Notice::Place { wait: Some(_), .. } => Some(("queue", "told the wait")),
            Notice::Offer(_) => Some(("queue", "offered")),
            Notice::KeptPlace => None,
        },
        ReasonKind::Taken { .. } => Some((name_of(site, act), "taken")),
        ReasonKind::LeftLine { exit, .. } => Some(match exit {
            Exit::Waited => (name_of(site, act), "waited"),
            Exit::Full => ("queue", "full"),
            Exit::Unstaffed => ("queue", "unstaffed"),
            Exit::Closed => ("queue", "closed"),
        }),
        ReasonKind::Ended(end) => ended(site, act, end, is_answered),
        ReasonKind::Heard { .. }
        | ReasonKind::TimeUp(TimerId::Step | TimerId::Message | TimerId::Fact | TimerId::Target)
        | ReasonKind::Rang { .. }
        | ReasonKind::SentOn { .. }
        | ReasonKind::NotSentOn { .. }
        | ReasonKind::Dials(_)
        | ReasonKind::Spelled(_)
        | ReasonKind::Speaks { .. }
        | ReasonKind::Screened { .. }
        | ReasonKind::Rings(_)
        | ReasonKind::NoRoute
        | ReasonKind::OnDuty { .. }
        | ReasonKind::Waits(_)
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
        End::WentHome(_) => Some(("queue", "went home")),
        End::Voicemail { .. } | End::Failed(_) => None,
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
            Who::OnCall(_) => "forward rota",
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
        Act::Language(_) => "language",
        Act::Menu(_) => "menu",
        Act::Queue(queue) => match site[*queue].rules.order {
            Order::All => "queue together",
            Order::InOrder => "queue in order",
            Order::RoundRobin => "queue round-robin",
            Order::LongestIdle | Order::FewestCalls | Order::LeastTalk | Order::Skill => "queue by merit",
            Order::Random | Order::Weighted => "queue by chance",
        },
        Act::Voicemail(_) => "voicemail",
        Act::Reject(_) => "reject",
        Act::Hangup => "hang up",
        Act::Goto(_) => "goto",
    }
}

pub(super) const fn outcome_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::NoAnswer => "no answer",
        Outcome::Busy => "busy",
        Outcome::Declined => "declined",
        Outcome::Unreachable => "unreachable",
    }
}
