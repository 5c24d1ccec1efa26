//! What became of those who were rung: mobiles, numbers to which people send their calls, who was asked whether they
//! take the call, and who serves a queue.

use callplan::{
    Act, Site,
    explain::{Explanation, RingEnd},
    step::{NotRung, Outcome, Reason, ReasonKind, StopWhy, Target, TargetId},
};

use super::{Pairs, kinds::outcome_of};

/// Why somebody is rung.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Mobile,
    /// Where a person sends calls.
    Forward,
    /// One who serves a queue.
    Agent,
    Other,
}

struct Rung {
    target: TargetId,
    by: As,
    is_asked: bool,
}

/// Counts what a call went through.
pub(super) fn of(site: &Site, explanation: &Explanation, pairs: &mut Pairs) {
    let mut rung: Vec<Rung> = Vec::new();
    let mut has_tried = false;
    let decisions = &explanation.decisions;
    for (at, reason) in decisions.iter().enumerate() {
        if reason.kind == ReasonKind::Began {
            has_tried = false;
        }
        if let ReasonKind::Rang { target, who } = reason.kind {
            let by = by(site, *reason, who);
            match by {
                As::Mobile => pairs.count(("mobile", "rung")),
                As::Forward => {
                    pairs.count(("person forwards", if has_tried { "after ringing" } else { "at once" }));
                }
                As::Agent | As::Other => {}
            }
            rung.push(Rung { target, by, is_asked: false });
        }
        if let ReasonKind::NotRung { why: NotRung::Away, .. } = reason.kind
            && decisions.get(at + 1).is_some_and(|next| next.node != reason.node)
        {
            pairs.count(("person away", "elsewhere"));
        }
        has_tried |= matches!(reason.kind, ReasonKind::Rang { .. } | ReasonKind::NotRung { .. });
        let of = |target| move |rung: &&mut Rung| rung.target == target;
        if let ReasonKind::Screened { target, .. } = reason.kind {
            pairs.count(("screen", "asked"));
            rung.iter_mut().filter(of(target)).for_each(|rung| rung.is_asked = true);
        }
        if let ReasonKind::Heard { target, outcome } = reason.kind
            && let Some(rung) = rung.iter_mut().find(|rung| rung.target == target)
        {
            heard(rung, outcome, pairs);
        }
    }
    for (rung, seen) in rung.iter().zip(&explanation.rung) {
        match (rung, seen.end) {
            (Rung { by: As::Agent, .. }, Some(RingEnd::Stopped(StopWhy::Timeout))) => {
                pairs.count(("agent", "no answer"));
            }
            (
                Rung { is_asked: true, .. },
                Some(RingEnd::Stopped(StopWhy::AnsweredElsewhere | StopWhy::Missed)),
            ) => pairs.count(("screen", "others took it")),
            (Rung { is_asked: true, .. }, Some(RingEnd::Stopped(StopWhy::CallerLeft))) => {
                pairs.count(("screen", "caller left"));
            }
            (Rung { .. }, Some(RingEnd::Stopped(_) | RingEnd::Said(_)) | None) => {}
        }
    }
}

fn by(site: &Site, reason: Reason, who: Target) -> As {
    match who {
        Target::Number { to, by: Some(person), .. } if site[person].mobile == Some(to) => As::Mobile,
        Target::Number { by: Some(_), .. } => As::Forward,
        Target::Phone(_) if matches!(site[reason.node].act, Act::Queue(_)) => As::Agent,
        Target::Number { by: None, .. } | Target::Phone(_) | Target::Agent(_) => As::Other,
    }
}

fn heard(rung: &mut Rung, outcome: Outcome, pairs: &mut Pairs) {
    if std::mem::take(&mut rung.is_asked) {
        match outcome {
            Outcome::Answered => pairs.count(("screen", "accepted")),
            Outcome::Declined => pairs.count(("screen", "declined")),
            Outcome::NoAnswer => pairs.count(("screen", "no key")),
            Outcome::Busy | Outcome::Unreachable => {}
        }
    }
    match rung.by {
        As::Mobile => pairs.count(("mobile", outcome_of(outcome))),
        As::Agent => pairs.count(("agent", outcome_of(outcome))),
        As::Forward if outcome == Outcome::Answered => pairs.count(("person forwards", "answered")),
        As::Forward | As::Other => {}
    }
}
