//! Who gets which caller: the line in front of a team, pure.
//!
//! [`Queue::handle`] takes what happened and says what to do. It holds who waits and what each agent does; who can be
//! rung at all, what people did of late and how well they speak a language it asks of its [`Floor`]. Whoever drives
//! it plays, rings and joins, and keeps the timers. It must never know SIP, media or clocks.
//!
//! ```text
//!   a caller   Joins ──> waits ── Ring ──> offered ── Answered ──> Join, and out of the line
//!                          ^  └─ Key ─> waits at home ┘  │ Refused, or rung for long enough
//!                          └─────────────────────────────┘ keeps the place
//!
//!   an agent   free ── Ring ──> rung ── Answered ──> talks ── Ended ──> wraps up ──> free
//!                ^                └ Refused, or rung for long enough ──> rests ─┘
//! ```
//!
//! - Callers are served in the order of their priority, then of their arrival; one whom nobody who is free can serve
//!   lets those behind pass.
//! - An agent is offered one caller at a time, and a caller is offered to one agent, or to all who are free where the
//!   team rings together.
//! - Whoever declines or does not answer rests, so that the same call does not come straight back; the caller keeps
//!   the place.
//! - What is said to a caller who waits stops nothing: agents ring on meanwhile.
//! - A queue without anybody signed in serves nobody: callers leave it.

mod agent;
mod caller;
mod event;
mod machine;
mod pace;
mod rules;

pub use agent::Doing;
pub use caller::{CallerId, Need, SkillId};
pub use event::{Action, Event, Exit, Refusal, StopWhy, Timer};
pub use machine::Queue;
pub use rules::{CallBack, Rules, Widen};

use crate::{PersonId, Tally};

/// What a queue may ask of the switch as it is at this moment.
pub trait Floor {
    /// Whether a person's phones could ring now: registered, not busy with another call, and not unwilling.
    fn can_ring(&self, person: PersonId) -> bool;

    /// Whether a person would be rung for this very caller; nobody is for themselves, or for whom they have blocked.
    fn would_take(&self, person: PersonId, caller: CallerId) -> bool;

    /// Whether a person could call this caller back, by their own permissions; nobody calls whoever has no number.
    fn may_call_back(&self, person: PersonId, caller: CallerId) -> bool;

    /// What a person did of late.
    fn tally_of(&self, person: PersonId) -> Tally;

    /// How good a person is at something, 0 for not at all.
    fn skill_of(&self, person: PersonId, skill: SkillId) -> u8;
}

#[cfg(test)]
mod tests;
