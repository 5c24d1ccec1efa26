//! The plan engine: one pure function that decides what a call does next.
//!
//! [`step`] takes what happened to a call, moves the call's [`Cursor`] through the plan, and says what
//! to do ([`Action`]) and why ([`Reason`]). The live switch, `explain` and the simulator drive this one
//! function, so what one of them says is what the others do. It is total: an event that the cursor does
//! not wait for is ignored, with a reason. It must never know SIP, media, sockets or clocks.
//!
//! ```text
//!           Enter                  Start, Timer            Answered
//!   (new) ─────────> plan's entry ──────────────> ringing ──────────> Bridge
//!                       ^   │ Answer, Play, …        │ all over, or time up
//!                       │   v                        v
//!                       └── next, busy, key, goto <──┘      … ──> End
//! ```
//!
//! How outcomes mix when a step rings several phones:
//! - A decline on one phone declines for the person and stops the person's other phones. A person is busy
//!   if a phone is and no other rings on, and out of reach if every phone is.
//! - A step in which anybody rang and did not answer ends unanswered. Else whoever was out of reach does
//!   not count: all others busy is busy, all others declined is declined, a mixture is unanswered, and
//!   with no others it is unreachable. Unanswered and unreachable leave by `else`, and so does an outcome
//!   for which the step names nothing.
//! - Who picks up outside and is to be asked has not answered until they press the key that takes the call: the key
//!   that declines it is a decline, and no key, or hanging up, is no answer.
//! - Whom a person has blocked they have declined when they are called alone, wherever they send their calls; in a
//!   group they are out of reach.
//! - A phone that sends the call on to a group, a mailbox or a number of ours does so for all that the step rings, if it
//!   is the last; else it is busy.

mod action;
mod ask;
mod branch;
mod call;
mod cursor;
mod directory;
mod engine;
mod event;
mod facts;
mod guard;
mod layers;
mod menu;
mod onward;
mod outcome;
mod outside;
mod queue;
mod reason;
mod ring;
mod screen;
mod turn;
mod typed;
mod voicemail;

pub use action::{Action, End, Fault, Steps, StopWhy, Target};
pub use branch::{BRANCHES_MAX, TargetId};
pub use cursor::{Cursor, HOPS_MAX, NODES_PER_CALL_MAX};
pub use directory::ROUNDS;
pub use event::{Event, TimerId};
pub use facts::{ByHand, Caller, Entry, Facts, Told, World};
pub use layers::{Named, named};
pub use menu::DIGIT_WAIT;
pub use onward::{NotFollowed, SENT_ON_MAX};
pub use outcome::Outcome;
pub(crate) use queue::may_go_home;
pub use queue::{Ask, Word, may_call_back, may_serve, may_serve_whom};
pub use reason::{Answer, NotRung, Reason, ReasonKind, Stray};
pub use typed::Typed;

use crate::Site;

/// Moves `cursor` on by one event and appends to `out` what is to be done, in order, and why.
///
/// `site` has to be the version the call entered with. The first event is [`Event::Enter`]; after a
/// [`Action::Bridge`] or [`Action::End`] the cursor is over and ignores whatever still comes.
pub fn step(
    site: &Site,
    cursor: &mut Cursor,
    facts: &Facts,
    world: &dyn World,
    event: Event,
    out: &mut Steps,
) {
    engine::Engine { site, cursor, facts, world, out }.handle(event);
}

#[cfg(test)]
mod tests;
