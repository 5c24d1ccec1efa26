//! Plans as written, between reading and compiling: names resolved, places remembered.

use std::time::Duration;

use crate::{
    model::{
        AgentId, E164, GroupId, Guard, LanguageId, Layer, MailboxId, MenuId, PersonId, PlanId, Prompt,
        QueueId, Refusal, Screening, Who,
    },
    parse::Place,
};

/// One step.
pub(crate) struct Step {
    pub(crate) place: Place,
    pub(crate) guard: Option<Guard>,
    pub(crate) deed: Deed,
}

/// What a step does. A name that could not be resolved was a finding, and the deed is [`Deed::Broken`].
pub(crate) enum Deed {
    Ring {
        who: Who,
        lasts: Option<Duration>,
        screening: Screening,
        outcomes: Outcomes,
    },
    Forward {
        to: E164,
        place: Place,
        lasts: Option<Duration>,
        screening: Screening,
        outcomes: Outcomes,
    },
    Play {
        prompt: Prompt,
        then: Option<Jump>,
    },
    Ask {
        prompt: Prompt,
        key: char,
        within: Duration,
        to: Jump,
    },
    Directory {
        nobody: Option<Jump>,
    },
    Language {
        language: LanguageId,
        then: Option<Jump>,
    },
    Menu(MenuId),
    Queue(QueueId),
    Voicemail(MailboxId),
    Reject(Refusal),
    Hangup,
    Goto(Jump),
    /// Could not be read, but for what follows it.
    Broken(After),
}

/// What follows a step that could not be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// The next step: nobody answers for ever.
    Next,
    /// Nothing: what it does ends a call, or leads elsewhere.
    Nothing,
    /// Nobody knows.
    Unknown,
}

impl Deed {
    /// Where its number stands, if it has one of its own.
    pub(crate) const fn place(&self) -> Option<Place> {
        match self {
            Self::Forward { place, .. } => Some(*place),
            Self::Ring { .. }
            | Self::Play { .. }
            | Self::Ask { .. }
            | Self::Directory { .. }
            | Self::Language { .. }
            | Self::Menu(_)
            | Self::Queue(_)
            | Self::Voicemail(_)
            | Self::Reject(_)
            | Self::Hangup
            | Self::Goto(_)
            | Self::Broken(_) => None,
        }
    }
}

/// Where a step that rings leads when nobody answers.
#[derive(Default)]
pub(crate) struct Outcomes {
    pub(crate) busy: Option<Jump>,
    pub(crate) declined: Option<Jump>,
    pub(crate) otherwise: Option<Jump>,
    /// Whether a rung group's own `else` gives way to what follows.
    pub(crate) overrides: bool,
}

/// Where something leads. A jump never comes back.
pub(crate) struct Jump {
    pub(crate) place: Place,
    pub(crate) to: To,
}

pub(crate) enum To {
    /// The beginning of a plan, written or built in.
    Plan(PlanId),
    /// A step written where it is needed.
    Deed(Box<Deed>),
}

/// A group's way of ringing, and its own overflow.
pub(crate) struct Ringing {
    /// How long one member rings.
    pub(crate) each: Option<Duration>,
    /// How long the group rings.
    pub(crate) total: Option<Duration>,
    pub(crate) outcomes: Outcomes,
}

/// A menu's exits.
pub(crate) struct Exits {
    pub(crate) keys: Vec<(char, Jump)>,
    pub(crate) silence: Option<Jump>,
    pub(crate) invalid: Option<Jump>,
}

/// Where callers go who don't wait in a line, or no longer.
#[derive(Default)]
pub(crate) struct Overflow {
    pub(crate) full: Option<Jump>,
    pub(crate) waited: Option<Jump>,
    pub(crate) unstaffed: Option<Jump>,
    pub(crate) closed: Option<Jump>,
}

/// What becomes of calls to a line for texts: each part that is written, in this order.
#[derive(Clone, Copy)]
pub(crate) struct Inbound {
    /// Whom a caller is taken back to, and how long that counts.
    pub(crate) sticky: Option<(Layer, Option<Duration>)>,
    /// How long each part rings.
    pub(crate) lasts: Option<Duration>,
    /// Whether whoever a caller is taken back to is asked on a phone outside.
    pub(crate) screening: Screening,
    /// The number that is rung then.
    pub(crate) forward: Option<(E164, Place)>,
    /// How the caller is refused whom nobody took.
    pub(crate) refusal: Refusal,
}

/// What a number does.
pub(crate) enum Use {
    /// Runs a written plan.
    Plan(PlanId),
    /// Runs what its shorthand compiles to.
    Shorthand(Shorthand),
    /// Is a line for texts.
    Inbound(Inbound),
    /// Could not be read.
    Broken,
}

/// The shorthand of a number, each part with the place of its key.
#[derive(Default)]
pub(crate) struct Shorthand {
    pub(crate) menu: Option<(MenuId, Place)>,
    pub(crate) group: Option<(GroupId, Place)>,
    pub(crate) queue: Option<(QueueId, Place)>,
    pub(crate) agent: Option<(AgentId, Place)>,
    pub(crate) person: Option<(PersonId, Place)>,
    pub(crate) forward: Option<(E164, Place)>,
    pub(crate) mailbox: Option<(MailboxId, Place)>,
    /// How long each step rings.
    pub(crate) ring: Option<Duration>,
}
