//! What the engine asks for: actions, in order, with the reasons beside them.

use std::time::Duration;

use super::{Ask, Reason, TargetId, TimerId};
use crate::{
    AgentId, DialId, E164, FactSet, GroupId, InLine, MailboxId, Notice, PersonId, PhoneId, Prompt, QueueId,
    Refusal, Ringback, Screen, Sentence,
};

/// One thing to be done for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ring somebody, on every contact.
    Start {
        /// Names this ringing in events and in `Stop`; never used twice in a call.
        target: TargetId,
        /// Whom.
        who: Target,
        /// Whether they will be asked before they have the call, so that the switch has to be heard by them.
        is_screened: bool,
    },
    /// Let whoever picked up hear a prompt again and again, and tell their keys by
    /// [`KeyOf`](super::Event::KeyOf), until they are stopped or bridged. The caller hears that it still rings.
    Screen {
        /// Which ringing.
        target: TargetId,
        /// What they hear, and the keys.
        screen: Screen,
    },
    /// Ring no longer. A target that was stopped reports nothing more.
    Stop {
        /// Which ringing.
        target: TargetId,
        /// Why, for the Reason header and the record.
        why: StopWhy,
    },
    /// Arm a timer.
    Timer {
        /// Which.
        timer: TimerId,
        /// How long from now.
        after: Duration,
    },
    /// Disarm a timer that runs.
    ClearTimer(TimerId),
    /// Ask for these outside facts, all together; asked for once, when the call arrives. Each is told with
    /// [`Told`](super::Event::Told), or never.
    Ask(FactSet),
    /// Answer the caller; asked for once, before the first prompt.
    Answer,
    /// Play to the caller, in place of what is playing.
    Play {
        /// What.
        prompt: Prompt,
    },
    /// Say this to the caller, in place of what is playing; [`PlayDone`](super::Event::PlayDone) follows.
    Say(Sentence),
    /// Tell something to a caller who waits, in place of what is playing; [`PlayDone`](super::Event::PlayDone) follows.
    Tell(Notice),
    /// Play what somebody hears who waits in a line, over and over, in place of what is playing.
    Music(InLine),
    /// From now on the caller hears this while somebody rings; said where it changes, before anybody is rung.
    Ringback(Ringback),
    /// Ask something of the line of a queue; it answers by [`Line`](super::Event::Line). Whoever is in no line any more
    /// after a step leaves it, without being asked for.
    Line {
        /// Which queue.
        queue: QueueId,
        /// What.
        ask: Ask,
    },
    /// End what is playing; no [`PlayDone`](super::Event::PlayDone) follows.
    StopPlay,
    /// Report the caller's keys, or no longer.
    Collect {
        /// Whether to.
        on: bool,
    },
    /// Record the caller until `#`, silence, the limit or [`Action::StopRecord`].
    Record {
        /// For whom.
        mailbox: MailboxId,
        /// Longest message.
        max: Duration,
        /// Silence that ends it.
        silence: Duration,
    },
    /// End the recording; [`RecordDone`](super::Event::RecordDone) follows.
    StopRecord,
    /// Remember whose turn it is in a round-robin group, for the next call.
    Advance {
        /// Which group.
        group: GroupId,
        /// Position of the member to begin with.
        to: u32,
    },
    /// Join caller and target, answering the caller if need be. The plan is over.
    Bridge {
        /// Who answered.
        target: TargetId,
    },
    /// End the call. The plan is over.
    End(End),
}

/// Whom a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A phone of ours.
    Phone(PhoneId),
    /// A number outside.
    Number {
        /// Which.
        to: E164,
        /// The dial rule whose trunks are tried in order.
        rule: DialId,
        /// The person who sends calls there, on whose account it is; none for a step of a plan.
        by: Option<PersonId>,
    },
    /// An agent, at its address outside.
    Agent(AgentId),
}

/// Why a target is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopWhy {
    /// It rang for as long as the step or the turn lasts.
    Timeout,
    /// Another target answered.
    AnsweredElsewhere,
    /// Another member of a group answered, and this one is to see that they missed it.
    Missed,
    /// The person declined on another phone.
    DeclinedElsewhere,
    /// Who picked up did not take the call: by a key, or by none in time.
    NotTaken,
    /// The caller hung up.
    CallerLeft,
    /// The plan ended for a [`Fault`].
    Fault,
}

/// How a plan ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The caller hung up first.
    Left,
    /// The call went to voicemail, as far as recording.
    Voicemail {
        /// Which mailbox.
        mailbox: MailboxId,
        /// Whether a message was left.
        left: bool,
    },
    /// The caller went home and is called back; the place in the line is kept.
    WentHome(QueueId),
    /// The plan refused the caller; one who was answered is hung up on.
    Rejected(Refusal),
    /// The plan hung up; one who was not answered is told 480.
    HungUp,
    /// The plan could not go on, which `check` should have seen.
    Failed(Fault),
}

impl End {
    /// What a caller is told who was not answered; `None` where such a caller cannot be any more.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Left | Self::Voicemail { .. } | Self::WentHome(_) => None,
            Self::Rejected(refusal) => Some(refusal.status()),
            Self::HungUp => Some(480),
            Self::Failed(_) => Some(500),
        }
    }
}

/// Why a plan could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// One event led through more than [`HOPS_MAX`](super::HOPS_MAX) nodes: a loop that never waits.
    Loop,
    /// The call went through more than [`NODES_PER_CALL_MAX`](super::NODES_PER_CALL_MAX) nodes.
    TooLong,
    /// A node has nowhere to fall to.
    DeadEnd,
    /// The cursor belongs to another version of the site.
    Version,
}

/// What one or more steps asked for; cleared and used again by whoever drives the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// To be carried out in this order.
    pub actions: Vec<Action>,
    /// Why, in the order of the decisions.
    pub reasons: Vec<Reason>,
}

impl Steps {
    /// Forgets everything but the memory it uses.
    pub fn clear(&mut self) {
        self.actions.clear();
        self.reasons.clear();
    }
}
