//! What the plan of a call decided, as its log has it: written while the call goes, and found again from its journal.
//!
//! Both are made by one function, so they can be compared: a record whose journal does not lead to its own log tells
//! of a plan that hangs on something that nobody wrote down.

use std::time::Duration;

use callplan::{
    Site, Who,
    journal::{self, Broken},
    order::Merit,
    step::{Named, NotRung, Reason, ReasonKind},
};
use clock::Instant;

use super::log::{Event, Kind, of_not_rung};

/// A decision that is kept: its kind, detail, target and value.
pub(super) type Decision = (Kind, u8, u32, u64);

/// What the log keeps of a decision; `None` of one that it has in another way, or not.
pub(super) fn of_reason(reason: &Reason) -> Option<Decision> {
    match reason.kind {
        ReasonKind::Began => Some((Kind::Node, 0, 0, reason.node.0.into())),
        ReasonKind::NotRung { who, why } => {
            let (detail, id) = match who {
                Who::Person(person) => (0, person.0),
                Who::Phone(phone) => (1, phone.0),
                Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => return None,
            };
            if let NotRung::Blocked(_) = why {
                return Some((Kind::Blocked, detail, 0, id.into()));
            }
            let (reason, calls) = of_not_rung(why)?;
            Some((Kind::NotRung, detail, reason, u64::from(calls) << 32 | u64::from(id)))
        }
        ReasonKind::Layer { layer, named } => {
            let value = match named {
                Named::Is(_) => 0,
                Named::Nobody => 1,
                Named::TooLongAgo => 2,
                Named::Untold => 3,
            };
            Some((Kind::Layer, layer as u8, 0, value))
        }
        ReasonKind::Turn { person, merit } => {
            let (detail, value) = of_merit(merit);
            Some((Kind::Turn, detail, person.0, value))
        }
        ReasonKind::Asked { .. }
        | ReasonKind::Passed
        | ReasonKind::OnDuty { .. }
        | ReasonKind::Rang { .. }
        | ReasonKind::NoRoute
        | ReasonKind::Rings(_)
        | ReasonKind::Screened { .. }
        | ReasonKind::Heard { .. }
        | ReasonKind::SentOn { .. }
        | ReasonKind::NotSentOn { .. }
        | ReasonKind::TimeUp(_)
        | ReasonKind::Over(_)
        | ReasonKind::Pressed { .. }
        | ReasonKind::Dials(_)
        | ReasonKind::Spelled(_)
        | ReasonKind::Speaks { .. }
        | ReasonKind::Dialled { .. }
        | ReasonKind::SkippedGreeting
        | ReasonKind::Recorded { .. }
        | ReasonKind::Waits(_)
        | ReasonKind::Told(_)
        | ReasonKind::Taken { .. }
        | ReasonKind::LeftLine { .. }
        | ReasonKind::Ignored(_)
        | ReasonKind::Ended(_) => None,
    }
}

/// What speaks for somebody whose turn it is, as the log has it.
fn of_merit(merit: Merit) -> (u8, u64) {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    match merit {
        Merit::Idle(idle) => (0, idle.map_or(u64::MAX, ms)),
        Merit::Calls(calls) => (1, calls.into()),
        Merit::Talk(talk) => (2, ms(talk)),
        Merit::Chance => (3, 0),
    }
}

/// The decisions among the events of a log; `None` where some of them are left out.
pub fn decisions(events: &[u8]) -> Option<Vec<Event>> {
    const KEPT: [Kind; 5] = [Kind::Node, Kind::NotRung, Kind::Blocked, Kind::Layer, Kind::Turn];
    let is_whole = Event::read_all(events).all(|event| event.kind != Kind::LeftOut as u8);
    let is_kept = |event: &Event| KEPT.iter().any(|kind| *kind as u8 == event.kind);
    is_whole.then(|| Event::read_all(events).filter(is_kept).collect())
}

/// The same, decided again from the journal of the call; `None` if that is not whole.
///
/// # Errors
/// It is no journal, or `site` is not the version that the call ran on.
pub fn decided_again(site: &Site, journal: &[u8]) -> Result<Option<Vec<Event>>, Broken> {
    let recorded = journal::read(site, journal)?;
    if recorded.is_cut {
        return Ok(None);
    }
    let replayed = journal::replay(site, &recorded);
    let events = replayed.iter().flat_map(|moment| {
        let at_ms = moment.now.mono.since(Instant::ZERO).as_millis();
        let at_ms = u32::try_from(at_ms).unwrap_or(u32::MAX);
        moment.steps.reasons.iter().filter_map(of_reason).map(move |(kind, detail, target, value)| Event {
            at_ms,
            kind: kind as u8,
            detail,
            target: u16::try_from(target).unwrap_or(u16::MAX),
            value,
        })
    });
    Ok(Some(events.collect()))
}
