//! All that a call's plan remembers.

use clock::Instant;

use super::{
    TargetId, TimerId,
    ask::Hoping,
    directory::Looking,
    menu::Asking,
    onward::{Instead, SentOn},
    queue::Waiting,
    ring::Ringing,
    voicemail::Message,
};
use crate::{GroupId, LanguageId, NodeId, QueueId, Ringback};

/// Nodes one event may lead through.
pub const HOPS_MAX: u16 = 256;

/// Nodes a call may go through in all: a menu that leads back to itself is left some time.
pub const NODES_PER_CALL_MAX: u16 = 1024;

/// Where a call is in its plan. Every call holds one inline, so it stays small.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// Version of the site the call entered with.
    pub(super) version: u32,
    /// Where it is.
    pub(super) node: NodeId,
    /// When it came there.
    pub(super) entered: Instant,
    /// When outside facts were asked for: as the call came in, or was sent on to another plan.
    pub(super) asked: Instant,
    /// Nodes gone through.
    pub(super) nodes: u16,
    /// Whether the caller was answered.
    pub(super) answered: bool,
    /// What the caller hears while somebody rings.
    pub(super) ringback: Ringback,
    /// What a step set to speak to the caller in.
    pub(super) language: Option<LanguageId>,
    /// What it was told that the caller is spoken to in.
    pub(super) spoken: Option<LanguageId>,
    /// Places of ours that it was sent on to.
    pub(super) sent_on: SentOn,
    /// Timers that run.
    pub(super) timers: Timers,
    /// The id that the next target gets.
    pub(super) following: TargetId,
    /// What it waits for.
    pub(super) state: State,
}

const _: () = assert!(size_of::<Cursor>() <= 512, "a cursor is held for every call");

/// What a cursor waits for.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a call spends its time before the answer in the large one")]
pub(super) enum State {
    /// The call.
    New,
    /// An outside fact that the guard of its node reads.
    Wondering,
    /// Phones and numbers of a ring or forward step.
    Ringing(Ringing),
    /// The end of a play step's prompt.
    Playing,
    /// The one key of an ask step.
    Hoping(Hoping),
    /// A name, or a key behind an offer.
    Looking(Looking),
    /// A key of a menu.
    Asking(Asking),
    /// What the line of a queue says.
    Waiting(Waiting),
    /// A stage of voicemail.
    Message(Message),
    /// Nothing: the call was bridged or ended.
    Over,
}

impl Cursor {
    /// A call that has not arrived yet.
    pub const fn new() -> Self {
        Self {
            version: 0,
            node: NodeId(0),
            entered: Instant::ZERO,
            asked: Instant::ZERO,
            nodes: 0,
            answered: false,
            ringback: Ringback::Tone,
            language: None,
            spoken: None,
            sent_on: SentOn::NOWHERE,
            timers: Timers(0),
            following: TargetId(0),
            state: State::New,
        }
    }

    /// The version of the site that has to be handed in with every further event.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The node the call is at.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// When the call came to that node.
    pub const fn entered(&self) -> Instant {
        self.entered
    }

    /// Whether nothing has happened to the call yet.
    pub const fn is_new(&self) -> bool {
        matches!(self.state, State::New)
    }

    /// Whether the call left its plan, bridged or ended.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The group that rings in place of whom the step is for: whoever was rung sent the call on to it.
    pub const fn instead(&self) -> Option<GroupId> {
        match &self.state {
            State::Ringing(Ringing { instead: Some(Instead { group, .. }), .. }) => Some(*group),
            State::New
            | State::Wondering
            | State::Ringing(_)
            | State::Hoping(_)
            | State::Looking(_)
            | State::Playing
            | State::Asking(_)
            | State::Waiting(_)
            | State::Message(_)
            | State::Over => None,
        }
    }

    /// The queue in whose line the caller waits, or is about to.
    pub const fn line(&self) -> Option<QueueId> {
        if let State::Waiting(waiting) = &self.state { Some(waiting.queue()) } else { None }
    }

    /// Targets that ring or are being called.
    pub fn targets(&self) -> impl Iterator<Item = TargetId> {
        let (ringing, line) = match &self.state {
            State::Ringing(ringing) => (Some(ringing.targets()), None),
            State::Waiting(waiting) => (None, Some(waiting.targets())),
            State::New
            | State::Wondering
            | State::Playing
            | State::Hoping(_)
            | State::Looking(_)
            | State::Asking(_)
            | State::Message(_)
            | State::Over => (None, None),
        };
        ringing.into_iter().flatten().chain(line.into_iter().flatten())
    }

    /// Timers that run.
    pub fn timers(&self) -> impl Iterator<Item = TimerId> {
        let timers = self.timers;
        TimerId::ALL.into_iter().filter(move |timer| timers.runs(*timer))
    }

    /// Whether something is under way that will report: a target, a timer, a prompt or a recording.
    pub fn is_waiting(&self) -> bool {
        match &self.state {
            State::Wondering
            | State::Ringing(_)
            | State::Hoping(Hoping { playing: false })
            | State::Asking(Asking { playing: false, .. }) => self.timers().next().is_some(),
            State::Looking(looking) => looking.is_playing() || self.timers().next().is_some(),
            State::Playing | State::Hoping(_) | State::Asking(_) | State::Waiting(_) | State::Message(_) => {
                true
            }
            State::New | State::Over => false,
        }
    }
}

impl Default for Cursor {
    fn default() -> Self {
        Self::new()
    }
}

/// A set of timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Timers(u8);

impl Timers {
    /// Whether `timer` runs.
    pub(super) const fn runs(self, timer: TimerId) -> bool {
        self.0 & (1 << timer as u8) != 0
    }

    /// Notes that `timer` runs or no longer does.
    pub(super) const fn set(&mut self, timer: TimerId, runs: bool) {
        let bit = 1 << timer as u8;
        if runs { self.0 |= bit } else { self.0 &= !bit }
    }
}
