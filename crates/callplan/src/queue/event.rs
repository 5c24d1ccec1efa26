//! What happens to a queue, and what it asks for.

use std::time::Duration;

use super::{CallerId, Need};
use crate::PersonId;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A caller comes.
    Joins {
        /// Who; never the number of another.
        caller: CallerId,
        /// Who has more is served before; 0 for most.
        priority: u8,
        /// What an agent has to be able to do for them.
        need: Option<Need>,
    },
    /// A caller is at home again behind whoever waits: the process before knew of them.
    Returns(CallerId),
    /// A caller hung up, or was taken elsewhere.
    Leaves(CallerId),
    /// A caller who was sent home has hung up, and can be called.
    IsHome(CallerId),
    /// A caller who waits pressed a key.
    Key(CallerId, char),
    /// An agent who was rung for this caller picked up.
    Answered(CallerId, PersonId),
    /// An agent who was rung for this caller will not answer.
    Refused(CallerId, PersonId, Refusal),
    /// An agent's call with a caller of the queue is over.
    Ended(PersonId),
    /// An agent serves the queue from now on.
    SignsIn(PersonId),
    /// An agent serves it no longer; one who talks finishes.
    SignsOut(PersonId),
    /// Something changed of whom the floor knows: somebody registered, hung up elsewhere, is available again.
    Changed,
    /// The opening hours of the queue began.
    Opens,
    /// They ended.
    Closes,
    /// A timer ran out that was neither cleared nor armed anew.
    Fired(Timer),
}

/// Why an agent who was rung will not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// They declined.
    Declined,
    /// They are busy.
    Busy,
    /// None of their phones was reached, or the one that rang broke.
    Unreachable,
}

/// The timers of a queue; arming one that runs starts it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// An agent has rung for long enough.
    Ring(PersonId),
    /// An agent is left alone, after a call or after not answering.
    Alone(PersonId),
    /// More people may be rung for a caller.
    Widen(CallerId),
    /// A caller has waited for long enough.
    Wait(CallerId),
    /// A caller is told where they stand.
    Announce(CallerId),
    /// A caller is offered to be called back.
    Offer(CallerId),
}

/// One thing to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The caller is in the line: music, until something else is said.
    Wait(CallerId),
    /// Ring an agent for a caller.
    Ring(CallerId, PersonId),
    /// Ring them no longer. One who was stopped reports nothing more.
    Stop(CallerId, PersonId, StopWhy),
    /// Join caller and agent; the caller is out of the line. Whoever went home is called.
    Join(CallerId, PersonId),
    /// The caller leaves the line without an agent.
    Leave(CallerId, Exit),
    /// Tell a caller where they stand.
    Say {
        /// Whom.
        caller: CallerId,
        /// How many are served before them, and themselves.
        position: u16,
        /// How long it may take, as far as that can be told.
        wait: Option<Duration>,
    },
    /// Offer a caller to be called back by this key.
    Offer(CallerId, char),
    /// The caller is told that they keep their place, and hung up on.
    SendHome(CallerId),
    /// Remember where the next round begins.
    Advance(u32),
    /// Arm a timer.
    Arm(Timer, Duration),
    /// Disarm a timer that runs.
    Clear(Timer),
}

/// Why an agent is rung no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopWhy {
    /// They have rung for long enough.
    Timeout,
    /// Another agent answered.
    AnsweredElsewhere,
    /// The caller is gone, or waits no longer.
    CallerLeft,
    /// They signed out.
    SignedOut,
}

/// Why a caller leaves the line without an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// As many wait as may.
    Full,
    /// Waited for as long as anybody does.
    Waited,
    /// Nobody is signed in.
    Unstaffed,
    /// The queue is closed.
    Closed,
}
