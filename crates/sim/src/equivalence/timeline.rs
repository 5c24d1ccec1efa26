//! What parties did and were told during one call, in order.

use std::{fmt, sync::Arc, time::Duration};

/// One thing that a party did or was told, at the moment it left or reached the switch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    /// Counted from the call's arrival.
    pub at: Duration,
    /// Whose.
    pub party: Arc<str>,
    /// What.
    pub what: What,
}

/// What it did or was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// It is called.
    Rings,
    /// It picked up.
    PicksUp,
    /// It refused, with this status.
    Refuses(u16),
    /// It is called no longer: CANCEL, with the cause of its Reason.
    Silenced(Option<u16>),
    /// Its own call was answered.
    Answered,
    /// Its own call came to nothing, with this status.
    Fails(u16),
    /// It hangs up: BYE, or CANCEL before the answer.
    HangsUp,
    /// It is hung up on: BYE, with the cause of its Reason.
    Dropped(Option<u16>),
    /// It hears a prompt or the beep, from the beginning, known by its length in milliseconds.
    Hears(u128),
    /// It is recorded from here on.
    Speaks,
    /// It was recorded for so many milliseconds.
    Spoke(u128),
    /// A message from it lies in a mailbox, begun now, of so many milliseconds.
    Left(Arc<str>, u128),
}

/// Puts events in order.
pub(super) fn sorted(mut events: Vec<Event>) -> Vec<Event> {
    events.sort();
    events
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:11.6} {} ", self.at.as_secs_f64(), self.party)?;
        let cause = |f: &mut fmt::Formatter<'_>, cause: &Option<u16>| match cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        };
        match &self.what {
            What::Rings => f.write_str("rings"),
            What::PicksUp => f.write_str("picks up"),
            What::Refuses(status) => write!(f, "refuses {status}"),
            What::Silenced(why) => f.write_str("is silenced").and_then(|()| cause(f, why)),
            What::Answered => f.write_str("is answered"),
            What::Fails(status) => write!(f, "fails {status}"),
            What::HangsUp => f.write_str("hangs up"),
            What::Dropped(why) => f.write_str("is dropped").and_then(|()| cause(f, why)),
            What::Hears(lasts) => write!(f, "hears {lasts} ms"),
            What::Speaks => f.write_str("is recorded"),
            What::Spoke(lasted) => write!(f, "spoke {lasted} ms"),
            What::Left(mailbox, lasted) => write!(f, "left {mailbox} {lasted} ms"),
        }
    }
}

/// Both timelines side by side, rows that differ marked.
pub(super) fn side_by_side(expected: &[Event], observed: &[Event]) -> String {
    let mut text = format!("  {:48} {}\n", "explained", "seen by the parties");
    let (mut left, mut right) = (expected, observed);
    while !left.is_empty() || !right.is_empty() {
        let (one, other) = (left.first(), right.first());
        let (one, other) = match (one, other) {
            (Some(one), Some(other)) if one < other => (Some(one), None),
            (Some(one), Some(other)) if one > other => (None, Some(other)),
            both => both,
        };
        left = &left[usize::from(one.is_some())..];
        right = &right[usize::from(other.is_some())..];
        let word = |event: Option<&Event>| event.map(Event::to_string).unwrap_or_default();
        let mark = if one == other { ' ' } else { '!' };
        text.push_str(format!("{mark} {:48} {}", word(one), word(other)).trim_end());
        text.push('\n');
    }
    text
}
