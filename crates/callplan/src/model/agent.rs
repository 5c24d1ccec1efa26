//! Agents: a voice AI, or whoever else answers calls of ours at a SIP address that is not ours.

use std::{sync::Arc, time::Duration};

use super::{PlanId, TrunkId};

/// Somebody at a SIP address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Name in the config.
    pub name: Arc<str>,
    /// The address, as written.
    pub target: Arc<str>,
    /// Who it is there: the user part of the address.
    pub user: Arc<str>,
    /// How long it may take to answer, from when it is called.
    pub within: Duration,
    /// How it is reached, and how many calls it takes at once. Only this agent leads there, and none of its calls come in.
    pub trunk: TrunkId,
    /// Its built-in plan.
    pub plan: PlanId,
}
