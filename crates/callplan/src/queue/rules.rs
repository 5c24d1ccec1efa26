//! What the operator wrote about a queue.

use std::time::Duration;

use crate::{Order, PersonId};

/// How a queue serves its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Its members, each once, in order of declaration.
    pub members: Vec<PersonId>,
    /// What each member weighs where they are drawn by weight.
    pub weights: Vec<u16>,
    /// Which of those who are free is rung.
    pub order: Order,
    /// How long an agent rings.
    pub each: Duration,
    /// How long an agent is left alone who declined, did not answer or was not reached.
    pub rest: Duration,
    /// How long an agent is left alone after a call.
    pub wrap: Duration,
    /// Who else may be rung for a caller who has waited for so long; the shortest wait first.
    pub widen: Vec<Widen>,
    /// Callers that may wait at once; any number, if none.
    pub callers_max: Option<u16>,
    /// How long a caller waits at most; for ever, if none.
    pub wait_max: Option<Duration>,
    /// How often a caller who waits is told how many are before them.
    pub announce_every: Option<Duration>,
    /// Whether callers wait no longer than the queue is open.
    pub closes: bool,
    /// The offer to be called back.
    pub call_back: Option<CallBack>,
}

impl Rules {
    /// Members, then whoever may be rung besides, as they are written; whoever stands there twice, twice.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        let others = self.widen.iter().flat_map(|widen| &widen.with);
        self.members.iter().chain(others).copied()
    }
}

/// More people for a caller who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widen {
    /// Once the caller has waited for so long.
    pub after: Duration,
    /// These may be rung as well; they need not sign in.
    pub with: Vec<PersonId>,
}

/// The offer to be called back instead of waiting on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallBack {
    /// Made once a caller has waited for so long.
    pub offer_after: Duration,
    /// Taken by this key.
    pub key: char,
    /// How often somebody is called back who does not answer.
    pub tries: u8,
    /// How long after one call the next.
    pub again: Duration,
}
