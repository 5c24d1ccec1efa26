//! Queues: the line in front of a team, as it is written.

use std::{sync::Arc, time::Duration};

use super::{HoursId, NodeId, PlanId, Prompt, Ringback, Shown};
use crate::queue::Rules;

/// A queue: callers wait in a line until somebody who serves it is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Name in the config.
    pub name: Arc<str>,
    /// Extension, 2 to 6 digits.
    pub ext: Option<Arc<str>>,
    /// Who serves it, and how.
    pub rules: Arc<Rules>,
    /// Whether callers are told how long it may take, beside where they stand.
    pub tells_wait: bool,
    /// What they hear, over and over.
    pub music: Option<Prompt>,
    /// The same where it is music of the site, or the ringing tone.
    pub ringback: Option<Ringback>,
    /// The hours outside which nobody waits; none if the line never closes.
    pub hours: Option<HoursId>,
    /// Where callers go who don't wait, or no longer.
    pub exits: LineExits,
    /// Built-in plan: into the line, and where those go who leave it.
    pub plan: PlanId,
    /// What agents' phones show of its calls.
    pub shown: Shown,
    /// Whether agents who ring together learn that another has answered; else their phones show a missed call.
    pub answered_elsewhere: bool,
}

/// Where callers go who don't wait in a line, or no longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineExits {
    /// As many wait as may.
    pub full: Option<NodeId>,
    /// They have waited for as long as anybody does.
    pub waited: Option<NodeId>,
    /// Nobody is signed in. Every compiled queue has it.
    pub unstaffed: Option<NodeId>,
    /// The hours are over.
    pub closed: Option<NodeId>,
}

impl LineExits {
    /// Every exit there is.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> {
        [self.full, self.waited, self.unstaffed, self.closed].into_iter().flatten()
    }
}

/// What callers are told while they wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Where they stand.
    Place {
        /// How many are served before them, and themselves.
        position: u16,
        /// How long it may take, as far as that can be told.
        wait: Option<Duration>,
    },
    /// They may go home and be called back: this key.
    Offer(char),
    /// They keep their place, and are called back.
    KeptPlace,
}

impl Notice {
    /// How long it takes to say it, about: `explain` counts with this.
    pub const LASTS: Duration = Duration::from_secs(4);
}
