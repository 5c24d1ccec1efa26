//! Which versions of the config calls hold: a call stays on the one that it began with.

use std::{collections::BTreeMap, sync::Arc};

use super::Switch;

/// A version that calls hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldVersion {
    /// Which.
    pub version: u32,
    /// Calls that began on it and are not gone.
    pub calls: usize,
    /// Which of them came first.
    pub oldest: Oldest,
}

/// The call that came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oldest {
    /// Its number in records, by which calls are in order of their arrival.
    pub number: store::CallId,
    /// Who calls; empty if withheld.
    pub from: Arc<str>,
    /// What was dialled.
    pub to: Arc<str>,
}

impl Switch {
    /// Every version that calls hold, the oldest first; the one in force is among them if any call began on it.
    pub fn held_versions(&self) -> Vec<HeldVersion> {
        let mut held: BTreeMap<u32, (usize, &crate::call::Call)> = BTreeMap::new();
        for (_, call) in self.calls.iter() {
            let (calls, oldest) = held.entry(call.site().version).or_insert((0, call));
            *calls += 1;
            if call.number() < oldest.number() {
                *oldest = call;
            }
        }
        let shape = |(version, (calls, oldest)): (u32, (usize, &crate::call::Call))| HeldVersion {
            version,
            calls,
            oldest: Oldest {
                number: oldest.number(),
                from: oldest.from().into(),
                to: oldest.dialled().into(),
            },
        };
        held.into_iter().map(shape).collect()
    }
}
