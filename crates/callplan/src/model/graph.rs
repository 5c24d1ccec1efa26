//! Plans as the engine walks them: one graph of nodes for the whole site.
//!
//! A step falls to `next` when it ends unanswered; everything else that leaves a step is a jump, and a
//! jump never comes back. A plan of steps `main` that rings `group:sales` with `busy = "voicemail:sales"`:
//!
//! ```text
//! main#1 ring group:sales ──busy──> main#1.busy voicemail sales
//!    │ next
//! main#2 voicemail reception
//! ```

use std::{fmt, sync::Arc, time::Duration};

use super::{
    AgentId, E164, FactSet, GroupId, Guard, LanguageId, Layers, MailboxId, MenuId, NodeId, NumberId,
    PersonId, PhoneId, PlanId, Prompt, QueueId, RotaId, Screening,
};

/// A plan: written under `[plans]`, or built in for something that can be dialled or led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `sales`, `number:+12025550104`, `menu:main`, `group:sales`, `queue:support`, `person:ana`, `phone:lobby`,
    /// `voicemail:sales`, `agent:frontdesk`.
    pub name: Arc<str>,
    /// Where it comes from.
    pub kind: PlanKind,
    /// Its nodes, steps in order, each followed by the nodes its outcomes own. The first is its entry.
    pub nodes: Vec<NodeId>,
    /// Outside facts that a call entering here may come to read, here or wherever it goes on.
    pub facts: FactSet,
    /// Neither side of its calls learns the other's number or name.
    pub mask: bool,
}

/// Where a plan comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanKind {
    /// `[plans.x]`.
    Written,
    /// The shorthand of a number, in the brief's precedence.
    Number(NumberId),
    /// A menu and what its keys own.
    Menu(MenuId),
    /// A group, then its overflow.
    Group(GroupId),
    /// A queue, and where those go who leave its line.
    Queue(QueueId),
    /// A person, then the own mailbox.
    Person(PersonId),
    /// One phone, then its person's mailbox, else refused.
    Phone(PhoneId),
    /// A message for a mailbox, at once.
    Mailbox(MailboxId),
    /// An agent, then who stands in for it.
    Agent(AgentId),
}

/// One node of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The plan that owns it.
    pub plan: PlanId,
    /// Which step, or which outcome of it.
    pub name: StepName,
    /// Must hold, or the call falls to `next`.
    pub guard: Option<Guard>,
    /// What it does.
    pub act: Act,
    /// Where it falls; `None` only where falling is impossible: an unguarded terminal.
    pub next: Option<NodeId>,
}

/// Names a node within its plan: `2` in `sales#2`, `2.busy` in `sales#2.busy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepName {
    /// The step, counted from 1.
    pub step: u16,
    /// The outcome of it that this node serves.
    pub branch: Branch,
    /// Nodes of one branch, counted from 0: a message and then a hang-up are two.
    pub part: u8,
}

impl StepName {
    /// The step itself.
    pub const fn step(step: u16) -> Self {
        Self { step, branch: Branch::None, part: 0 }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.step)?;
        match self.branch {
            Branch::None => {}
            Branch::Busy => f.write_str(".busy")?,
            Branch::Declined => f.write_str(".declined")?,
            Branch::Else => f.write_str(".else")?,
            Branch::Then => f.write_str(".then")?,
            Branch::Silence => f.write_str(".silence")?,
            Branch::Invalid => f.write_str(".invalid")?,
            Branch::Full => f.write_str(".full")?,
            Branch::Waited => f.write_str(".waited")?,
            Branch::Unstaffed => f.write_str(".unstaffed")?,
            Branch::Closed => f.write_str(".closed")?,
            Branch::Key(key) => write!(f, ".key-{key}")?,
        }
        if self.part > 0 { write!(f, ".{}", self.part + 1) } else { Ok(()) }
    }
}

/// Which outcome of a step owns a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Branch {
    /// The step itself.
    None,
    /// `busy`.
    Busy,
    /// `declined`.
    Declined,
    /// `else`.
    Else,
    /// `then`.
    Then,
    /// `silence` of a menu.
    Silence,
    /// `invalid` of a menu.
    Invalid,
    /// `when_full` of a queue.
    Full,
    /// `when_waited` of a queue.
    Waited,
    /// `when_unstaffed` of a queue.
    Unstaffed,
    /// `when_closed` of a queue.
    Closed,
    /// A key of a menu.
    Key(char),
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Rings somebody inside; an answer ends the plan.
    Ring(Ring),
    /// Rings a number outside; an answer ends the plan.
    Forward(Forward),
    /// Answers the caller, plays a prompt, then falls to `next`.
    Play(Prompt),
    /// Answers the caller, plays a prompt and listens for one key; without it falls to `next`.
    Ask(Ask),
    /// Answers the caller, who spells a name and is offered whoever has it; without anybody it leads to
    /// `nobody`, else falls to `next`.
    Directory {
        /// Where those go who choose nobody.
        nobody: Option<NodeId>,
    },
    /// Answers the caller and asks for a key. Terminal.
    Menu(MenuId),
    /// Answers the caller, who waits in a line. Terminal.
    Queue(QueueId),
    /// Answers the caller and takes a message. Terminal.
    Voicemail(MailboxId),
    /// Refuses a caller not yet answered, else hangs up. Terminal.
    Reject(Refusal),
    /// Ends the call: BYE if the caller was answered, else 480. Terminal.
    Hangup,
    /// Sets what the caller is spoken to in, then falls to `next`.
    Language(LanguageId),
    /// Goes on elsewhere. Terminal.
    Goto(NodeId),
}

impl Act {
    /// Whether the call never falls to `next` from here once the guard holds.
    pub const fn is_terminal(&self) -> bool {
        match self {
            Self::Menu(_)
            | Self::Queue(_)
            | Self::Voicemail(_)
            | Self::Reject(_)
            | Self::Hangup
            | Self::Goto(_) => true,
            Self::Ring(_)
            | Self::Forward(_)
            | Self::Play(_)
            | Self::Ask(_)
            | Self::Directory { .. }
            | Self::Language(_) => false,
        }
    }

    /// Whether the switch itself serves the caller, or lets them go, so that nobody rings any more.
    pub const fn is_service(&self) -> bool {
        match self {
            Self::Play(_)
            | Self::Ask(_)
            | Self::Directory { .. }
            | Self::Menu(_)
            | Self::Queue(_)
            | Self::Voicemail(_)
            | Self::Reject(_)
            | Self::Hangup => true,
            Self::Ring(_) | Self::Forward(_) | Self::Language(_) | Self::Goto(_) => false,
        }
    }

    /// Whether something is said to the caller, in some language.
    pub const fn is_spoken(&self) -> bool {
        match self {
            Self::Play(_)
            | Self::Ask(_)
            | Self::Directory { .. }
            | Self::Menu(_)
            | Self::Queue(_)
            | Self::Voicemail(_) => true,
            Self::Ring(_)
            | Self::Forward(_)
            | Self::Language(_)
            | Self::Reject(_)
            | Self::Hangup
            | Self::Goto(_) => false,
        }
    }

    /// What it rings inside; `None` if it is no such step.
    pub const fn ring(&self) -> Option<&Ring> {
        if let Self::Ring(ring) = self { Some(ring) } else { None }
    }

    /// The menu that it asks; `None` if it is no such step.
    pub const fn menu(&self) -> Option<MenuId> {
        if let Self::Menu(menu) = self { Some(*menu) } else { None }
    }

    /// What it rings outside; `None` if it is no such step.
    pub const fn forward(&self) -> Option<&Forward> {
        if let Self::Forward(forward) = self { Some(forward) } else { None }
    }

    /// What it says of asking whoever picks up outside; `None` if it rings nobody.
    pub fn screening(&self) -> Option<Screening> {
        self.ring().map(|ring| ring.screening).or(self.forward().map(|forward| forward.screening))
    }

    /// Where it leads when all are busy, when they declined and when nobody answers; `None` if it rings nobody.
    pub fn outcomes(&self) -> Option<[Option<NodeId>; 3]> {
        let ring = self.ring().map(|ring| [ring.busy, ring.declined, ring.unanswered]);
        ring.or(self.forward().map(|forward| [forward.busy, forward.declined, forward.unanswered]))
    }
}

/// A step that rings inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Who.
    pub who: Who,
    /// How long one member rings when they ring in turn; else the same as `total`.
    pub each: Duration,
    /// How long the step lasts at most: its own `for`, else the group's `total`, else all turns together.
    pub total: Duration,
    /// Whether whoever picks up outside is asked.
    pub screening: Screening,
    /// Where every target busy leads; `None` is where unanswered leads.
    pub busy: Option<NodeId>,
    /// Where a decline leads (of the person, or of every member that rang); `None` is where unanswered leads.
    pub declined: Option<NodeId>,
    /// Where unanswered leads; `None` falls to `next`.
    pub unanswered: Option<NodeId>,
}

/// A step that rings outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The number; the dial rules choose its trunks.
    pub to: E164,
    /// How long it rings.
    pub total: Duration,
    /// Whether whoever picks up is asked.
    pub screening: Screening,
    /// Where busy leads; `None` is where unanswered leads.
    pub busy: Option<NodeId>,
    /// Where a decline leads; `None` is where unanswered leads.
    pub declined: Option<NodeId>,
    /// Where unanswered leads; `None` falls to `next`.
    pub unanswered: Option<NodeId>,
}

/// A step that offers one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What the caller hears.
    pub prompt: Prompt,
    /// The key; any other means nothing.
    pub key: char,
    /// How long after the prompt it is waited for. While the prompt plays it counts as well.
    pub within: Duration,
    /// Where it leads.
    pub to: NodeId,
}

/// Who a step rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Every phone of a person.
    Person(PersonId),
    /// A group, in its order.
    Group(GroupId),
    /// One phone alone.
    Phone(PhoneId),
    /// Whoever is on when the step is reached.
    Rota(RotaId),
    /// Whoever is on then, at their number outside and at none of their phones.
    OnCall(RotaId),
    /// The first of several that is set and can be rung.
    First(Layers),
    /// An agent at its address outside.
    Agent(AgentId),
}

/// How a caller is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// 486.
    Busy,
    /// 603.
    Decline,
    /// 404.
    Unallocated,
    /// 480: nobody answered and nothing follows. Built-in plans only.
    NoAnswer,
}

impl Refusal {
    /// The SIP status the caller gets.
    pub const fn status(self) -> u16 {
        match self {
            Self::Busy => 486,
            Self::Decline => 603,
            Self::Unallocated => 404,
            Self::NoAnswer => 480,
        }
    }
}
