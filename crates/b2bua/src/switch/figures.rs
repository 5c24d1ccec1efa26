//! How the switch does, in numbers that are read without a copy of everything: a change of the config is judged by them.

use std::sync::Arc;

use callplan::Site;

use super::{Draining, Switch};
use crate::counters::Counters;

/// The switch at one moment, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The version in force.
    pub version: u32,
    /// Phones that are registered.
    pub registered: usize,
    /// Those of them that a site to come does not have.
    pub leaving: usize,
    /// Each trunk by its name, and whether calls can be expected to go through.
    pub trunks: Vec<(Arc<str>, bool)>,
    /// Counts since the start.
    pub counters: Counters,
    /// No new calls are taken.
    pub is_draining: bool,
}

impl Switch {
    /// How it does; and how many registrations it would lose if `next` came into force.
    pub fn figures(&self, next: Option<&Site>) -> Figures {
        Figures {
            version: self.core.site.version,
            registered: self.core.registrar.registered(),
            leaving: next.map_or(0, |next| self.core.registrar.leaving(next)),
            trunks: self.trunk_views().into_iter().map(|it| (it.name, it.is_usable)).collect(),
            counters: self.core.counters,
            is_draining: self.draining != Draining::No,
        }
    }
}
