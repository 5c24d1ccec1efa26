//! Where a call would go: the engine driven through virtual time, with assumed outcomes.
//!
//! [`explain`] calls [`step`](crate::step::step) as the live switch does and carries its actions out on
//! paper: phones behave as the question says, prompts last as long as they last, timers fire when they
//! are due. What it tells is therefore what would happen. It decides nothing itself, and must never
//! reach into the engine's state.

mod assumed;
mod command;
mod cost;
mod drive;
mod given;
mod length;
mod line;
mod of_late;
mod outbound;
mod present;
mod price;
mod print;
mod question;
mod remembered;
mod telling;
mod time;
mod words;

use std::time::Duration;

pub use command::moment;
pub(crate) use command::{dialled_by, from as written_from};
pub use cost::{Cost, CostLeg};
pub(crate) use cost::{Course, Out, course};
pub(crate) use given::BEHAVIOURS;
pub use given::{Behaviour, Given, Party, Reply};
pub use length::of as lasts;
pub use outbound::{Outbound, dialled, outbound};
pub use present::{Fact, Present, hung_on};
pub use price::{Quote, quote};
pub(crate) use print::heading;
pub(crate) use question::number;
pub use question::{NotAsked, Press, Question};
pub use remembered::{Odd, Remembered, remembered};
pub(crate) use time::civil;
pub use time::read_time;
pub(crate) use words::shipped;

use crate::{
    GroupId, MailboxId, NodeId, Notice, Prompt, QueueId, Ringback, Sentence, Site,
    journal::Journal,
    step::{Caller, End, Entry, Outcome, Reason, StopWhy, Target},
};

/// What would happen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The decisions, in order, in words.
    pub lines: Vec<Line>,
    /// The same as the engine gave them.
    pub decisions: Vec<Reason>,
    /// Nodes that the call comes to, in order.
    pub visited: Vec<Visit>,
    /// What the parties would see, for comparing with what they did see.
    pub timeline: Vec<TimelineEvent>,
    /// Round-robin groups whose turn moves, each time it does, with the position to begin with next.
    pub turns: Vec<(GroupId, u32)>,
    /// Round-robin queues whose round moves, each time it does, with the place to begin with next.
    pub rounds: Vec<(QueueId, u32)>,
    /// What the caller is told in a line, and when.
    pub told: Vec<(Duration, Notice)>,
    /// The queue in whose line the caller is, or was last.
    pub line: Option<QueueId>,
    /// Who would be rung, in order of the first ring.
    pub rung: Vec<Rung>,
    /// Steps of the plans gone through that were never reached.
    pub not_asked: Vec<NodeId>,
    /// How it ends; `None` if the caller is still waited for after everything assumed has happened.
    pub end: Option<Finish>,
    /// When it ends, counted from the call's arrival.
    pub lasts: Duration,
    /// What it costs, of a minute of talk; `None` where nothing is rated.
    pub cost: Option<Cost>,
    heading: String,
    names: Vec<String>,
    footing: Vec<String>,
}

/// One decision in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, counted from the call's arrival.
    pub at: Duration,
    /// The node it fell at.
    pub node: NodeId,
    /// What the node does, on the line that begins it: `ring`, or `ring?` if it is conditional.
    pub what: Option<String>,
    /// Whether a conditional node is taken.
    pub taken: Option<bool>,
    /// The rest of the sentence.
    pub text: String,
}

/// A call that comes to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// When, counted from the call's arrival.
    pub at: Duration,
    /// Which.
    pub node: NodeId,
    /// Whether it is taken; a node whose condition does not hold is passed.
    pub taken: bool,
}

/// Something a party sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// When, counted from the call's arrival.
    pub at: Duration,
    /// What.
    pub what: Seen,
}

/// What a party sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// It is called.
    RangStart(Target),
    /// It is called no longer.
    RangStop(Target, RingEnd),
    /// It picked up, and is asked whether it takes the call.
    Screened(Target),
    /// The caller is answered without anybody having picked up.
    Answered,
    /// The caller hears a prompt from its beginning.
    Played(Prompt),
    /// The caller hears music from now on while somebody rings.
    Ringback(Ringback),
    /// The caller is told something from its beginning that hangs on the moment.
    Said(Sentence),
    /// The caller is recorded from now on.
    Recording(MailboxId),
    /// The recording is over.
    Recorded {
        /// For whom.
        mailbox: MailboxId,
        /// Whether a message was left.
        left: bool,
    },
    /// Caller and target talk.
    Bridged(Target),
    /// The plan ended the call.
    Ended(End),
}

/// The ringing of one phone or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Whose.
    pub who: Target,
    /// When it began.
    pub from: Duration,
    /// When it was over.
    pub until: Duration,
    /// How it ended; `None` if it still rang when everything assumed had happened.
    pub end: Option<RingEnd>,
}

/// How the ringing of one phone or number ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RingEnd {
    /// The party said so.
    Said(Outcome),
    /// The plan stopped it.
    Stopped(StopWhy),
}

/// How a call leaves its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finish {
    /// It talks to somebody.
    Bridged(Target),
    /// It ends.
    Ended(End),
}

/// What a node does, in a word, and with what.
pub(crate) fn does(site: &Site, node: NodeId) -> (&'static str, String) {
    words::act(site, &site[node].act)
}

/// How a call ends, in words.
pub(crate) fn ending(site: &Site, course: &Explanation) -> String {
    print::ending(site, course.end)
}

/// Says where the call of `question` would go.
pub fn explain(site: &Site, question: &Question) -> Explanation {
    drive::Drive::new(site, question).run().0
}

/// The same, with the journal that a switch would keep of such a call.
pub fn rehearse(site: &Site, question: &Question) -> (Explanation, Journal) {
    drive::Drive::new(site, question).run()
}
