//! How long callers have to wait, by how long those before them took.

use std::{collections::BTreeMap, time::Duration};

use clock::Instant;

use crate::PersonId;

/// A new call weighs this part of the mean.
const PART: u32 = 8;

/// How long a call keeps an agent.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    began: BTreeMap<PersonId, Instant>,
    mean: Option<Duration>,
}

impl Pace {
    /// Everybody goes by another id, or is forgotten.
    pub(super) fn rename(&mut self, now_is: &impl Fn(PersonId) -> Option<PersonId>) {
        let began = std::mem::take(&mut self.began);
        self.began = began.into_iter().filter_map(|(person, at)| Some((now_is(person)?, at))).collect();
    }

    /// An agent has a call.
    pub(super) fn begins(&mut self, agent: PersonId, now: Instant) {
        self.began.insert(agent, now);
    }

    /// An agent is free for the next then.
    pub(super) fn ends(&mut self, agent: PersonId, free: Instant) {
        let Some(began) = self.began.remove(&agent) else { return };
        let took = free.since(began);
        self.mean = Some(self.mean.map_or(took, |mean| mean - mean / PART + took / PART));
    }

    /// How long the caller at this position waits while so many agents serve the queue; nobody knows before the first
    /// call is over.
    pub(super) fn wait(&self, position: u16, agents: usize) -> Option<Duration> {
        let agents = u32::try_from(agents).ok().filter(|agents| *agents > 0)?;
        Some(self.mean? * u32::from(position) / agents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_how_long_calls_take() {
        let (ana, mut pace) = (PersonId(0), Pace::default());
        let at = |second| Instant::ZERO + Duration::from_secs(second);
        assert_eq!(pace.wait(1, 1), None);
        pace.begins(ana, at(0));
        pace.ends(ana, at(80));
        assert_eq!(pace.wait(3, 2), Some(Duration::from_secs(120)));
        pace.begins(ana, at(100));
        pace.ends(ana, at(260));
        assert_eq!(pace.wait(1, 1), Some(Duration::from_secs(90)));
        assert_eq!(pace.wait(1, 0), None, "nobody serves it");
        pace.ends(ana, at(300));
        assert_eq!(pace.wait(1, 1), Some(Duration::from_secs(90)), "a call ends once");
    }
}
