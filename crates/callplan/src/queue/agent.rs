//! What the people who serve a queue do.

use std::collections::BTreeMap;

use super::CallerId;
use crate::PersonId;

/// What an agent does, as far as the queue knows; whether they are signed in is another thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Doing {
    /// Nothing: may be rung.
    #[default]
    Nothing,
    /// Is rung for this caller.
    Rung(CallerId),
    /// Talks with a caller of the queue.
    Talks,
    /// Is left alone for a while: after a call, or after not answering.
    Alone,
}

/// Everybody who does something or has signed out; whoever is not here is signed in and does nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Agents(BTreeMap<PersonId, Agent>);

/// One who does something or has signed out.
#[derive(Clone, Copy, Debug, Default)]
struct Agent {
    is_out: bool,
    doing: Doing,
}

impl Agents {
    pub(super) fn is_out(&self, person: PersonId) -> bool {
        self.0.get(&person).is_some_and(|agent| agent.is_out)
    }

    pub(super) fn doing(&self, person: PersonId) -> Doing {
        self.0.get(&person).map_or(Doing::Nothing, |agent| agent.doing)
    }

    pub(super) fn sign(&mut self, person: PersonId, is_out: bool) {
        self.change(person, |agent| agent.is_out = is_out);
    }

    pub(super) fn does(&mut self, person: PersonId, doing: Doing) {
        self.change(person, |agent| agent.doing = doing);
    }

    /// Everybody goes by another id, or is forgotten.
    pub(super) fn rename(&mut self, now_is: &impl Fn(PersonId) -> Option<PersonId>) {
        let agents = std::mem::take(&mut self.0);
        self.0 = agents.into_iter().filter_map(|(person, agent)| Some((now_is(person)?, agent))).collect();
    }

    /// Whether nobody does anything.
    pub(super) fn are_idle(&self) -> bool {
        self.0.values().all(|agent| agent.doing == Doing::Nothing)
    }

    fn change(&mut self, person: PersonId, change: impl FnOnce(&mut Agent)) {
        let agent = self.0.entry(person).or_default();
        change(agent);
        if !agent.is_out && agent.doing == Doing::Nothing {
            self.0.remove(&person);
        }
    }
}
