//! What can happen to a call that its plan has to hear of.

use super::{Entry, TargetId, Word};
use crate::Fact;

/// One thing that happened. Of a target exactly one of `Answered`, `Busy`, `Declined`, `Unreachable` and
/// `SentOn` is reported, unless it was stopped before; of one that answered and is asked, `Unreachable` once it hung
/// up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The call arrived.
    Enter,
    /// The target rings (180), or is at least said to be (183).
    Ringing(TargetId),
    /// The target picked up. Of several only the first wins.
    Answered(TargetId),
    /// The target is busy (486, 600).
    Busy(TargetId),
    /// Somebody at the target refused (603, 403 and the like).
    Declined(TargetId),
    /// The target was not reached: no such number, not registered, no reply, no trunk, no codec.
    Unreachable(TargetId),
    /// The target sends the call on to a group, a mailbox or a number of ours (302), and is done with. Whether anybody
    /// may go there from it was asked; where phones or numbers outside are named, they ring as this target.
    SentOn {
        /// Which.
        target: TargetId,
        /// Where to.
        to: Entry,
    },
    /// The caller pressed a key; reported only while asked to collect.
    Key(char),
    /// Whoever is [asked](super::Action::Screen) pressed a key.
    KeyOf {
        /// Who.
        target: TargetId,
        /// Which.
        key: char,
    },
    /// The prompt asked for last played to its end, or cannot be played. Not told of one that was
    /// stopped or replaced.
    PlayDone,
    /// The recording is over: `#`, silence, the limit, a stop, or it could not be made.
    RecordDone {
        /// Whether there is a message worth keeping.
        left: bool,
    },
    /// A timer ran out that was neither cleared nor armed anew.
    TimerFired(TimerId),
    /// An outside fact was told; the facts handed in have it.
    Told(Fact),
    /// What the line says of the caller who waits in it.
    Line(Word),
    /// The caller hung up, before or after being answered.
    CallerLeft,
}

impl Event {
    /// The target it is about; `None` if it is about none.
    pub const fn target(self) -> Option<TargetId> {
        match self {
            Self::Ringing(target)
            | Self::Answered(target)
            | Self::Busy(target)
            | Self::Declined(target)
            | Self::Unreachable(target)
            | Self::SentOn { target, .. }
            | Self::KeyOf { target, .. } => Some(target),
            Self::Enter
            | Self::Key(_)
            | Self::PlayDone
            | Self::RecordDone { .. }
            | Self::Told(_)
            | Self::Line(_)
            | Self::TimerFired(_)
            | Self::CallerLeft => None,
        }
    }
}

/// The timers a plan has; arming one that runs starts it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimerId {
    /// How long a ringing step lasts at most.
    Step,
    /// How long one member rings whose turn it is.
    Turn,
    /// How long a menu waits for a key after its greeting.
    Key,
    /// How long the end of a recording is waited for after the caller hung up.
    Message,
    /// How long an outside fact is waited for.
    Fact,
    /// How long another digit is waited for while an extension is dialled.
    Digit,
    /// What is due next of single targets: how long one that is asked may take.
    Target,
}

impl TimerId {
    /// Every timer.
    pub const ALL: [Self; 7] =
        [Self::Step, Self::Turn, Self::Key, Self::Message, Self::Fact, Self::Digit, Self::Target];
}
