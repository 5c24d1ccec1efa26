//! Why the engine did what it did, as ids; `explain` and the story of a call put it into words.

use super::{End, Entry, Event, Named, NotFollowed, Outcome, Target, TargetId, TimerId, Typed};
use crate::{
    Atom, Duty, E164, LanguageId, Layer, NodeId, Notice, PersonId, QueueId, RotaId, Screen, SetBy, Who,
    hours, order::Merit, queue::Exit,
};

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The node at which it fell.
    pub node: NodeId,
    /// What was decided.
    pub kind: ReasonKind,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonKind {
    /// A condition was asked.
    Asked {
        /// Which.
        atom: Atom,
        /// What it said.
        answer: Answer,
    },
    /// The guard kept the call from the node.
    Passed,
    /// The node began.
    Began,
    /// Who of a rota is on.
    OnDuty {
        /// Which rota.
        rota: RotaId,
        /// Why they are.
        duty: Duty,
    },
    /// Whom a layer of the step names; one that names nobody who can be rung is passed over.
    Layer {
        /// Which.
        layer: Layer,
        /// Whom.
        named: Named,
    },
    /// It is a member's turn, for another reason than their place among the members.
    Turn {
        /// Whose.
        person: PersonId,
        /// What speaks for them.
        merit: Merit,
    },
    /// Somebody is rung.
    Rang {
        /// Names the ringing.
        target: TargetId,
        /// Whom.
        who: Target,
    },
    /// Somebody of the step is not rung.
    NotRung {
        /// A person or a phone.
        who: Who,
        /// Why.
        why: NotRung,
    },
    /// No dial rule leads to the number of a forward, or none that its person may use.
    NoRoute,
    /// A target reported for the first time that it rings.
    Rings(TargetId),
    /// A target picked up, and is asked whether they take the call.
    Screened {
        /// Which.
        target: TargetId,
        /// How.
        screen: Screen,
    },
    /// A target is done with.
    Heard {
        /// Which.
        target: TargetId,
        /// How.
        outcome: Outcome,
    },
    /// A target sent the call on, and it goes there.
    SentOn {
        /// Which.
        target: TargetId,
        /// Where to.
        to: Entry,
    },
    /// A target sent the call on, and it does not go there.
    NotSentOn {
        /// Which.
        target: TargetId,
        /// Where to.
        to: Entry,
        /// Why not.
        why: NotFollowed,
    },
    /// A timer ran out.
    TimeUp(TimerId),
    /// A ringing step is over.
    Over(Outcome),
    /// The caller pressed a key at a menu.
    Pressed {
        /// Which.
        key: char,
        /// Where it leads; `None` for a wrong key.
        leads: Option<NodeId>,
    },
    /// The caller spelled a name in the directory.
    Spelled(Typed),
    /// What the caller is spoken to in, told when it first is said or is another.
    Speaks {
        /// Which language.
        language: LanguageId,
        /// Who says so.
        by: SetBy,
    },
    /// Another digit is waited for: the caller may be dialling an extension.
    Dials(Typed),
    /// The caller dialled at a menu.
    Dialled {
        /// What.
        typed: Typed,
        /// Where it leads; `None` if it is no extension.
        leads: Option<NodeId>,
    },
    /// The caller skipped the greeting of a mailbox.
    SkippedGreeting,
    /// The caller left a message, or none.
    Recorded {
        /// Whether there is a message.
        left: bool,
    },
    /// The caller is in the line of a queue.
    Waits(QueueId),
    /// The caller is told something in the line.
    Told(Notice),
    /// The caller is out of the line: somebody took them.
    Taken {
        /// Which line.
        queue: QueueId,
        /// Who did.
        agent: PersonId,
    },
    /// The caller is out of the line, or was not let in.
    LeftLine {
        /// Which line.
        queue: QueueId,
        /// Why.
        exit: Exit,
    },
    /// An event had no meaning here.
    Ignored(Stray),
    /// The call is ended.
    Ended(End),
}

/// What a condition said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// True.
    Yes,
    /// False.
    No,
    /// Nobody told in time: neither `when` nor `unless` is taken.
    Unknown,
    /// What the schedule said; true if open.
    Hours(hours::State),
}

impl Answer {
    /// As a truth value.
    pub const fn is_yes(self) -> bool {
        match self {
            Self::Yes => true,
            Self::No | Self::Unknown => false,
            Self::Hours(state) => state.is_open(),
        }
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Why somebody is not rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotRung {
    /// The person has this many calls and may have no more.
    Busy(u16),
    /// No phone is registered.
    NotRegistered,
    /// The person is away.
    Away,
    /// The person does not want to be disturbed.
    DoNotDisturb,
    /// The person sends calls to a number, where calls for a group do not follow.
    Forwards,
    /// The person wants no calls of this caller.
    Blocked(E164),
    /// It is the caller.
    Caller,
    /// It sent the call on to the group.
    Sender,
    /// The call has as many legs as it may have.
    LegsMax,
}

/// Why an event had no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stray {
    /// The plan is over.
    AfterEnd,
    /// The target was stopped, was done with or never was.
    Target,
    /// The timer does not run.
    Timer,
    /// Nothing of the kind is waited for here.
    NotAwaited,
}

impl Stray {
    /// What an event is that a state does not wait for: late news of a target, or anything else.
    pub(super) const fn of(event: Event) -> Self {
        match event.target() {
            Some(_) => Self::Target,
            None => Self::NotAwaited,
        }
    }
}
