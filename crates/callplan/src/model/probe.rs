//! Numbers that are tried each night by calls over real trunks.

use super::{DayTime, E164, NumberId, TrunkId};

/// When which numbers are tried, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// When, by the clocks of the site.
    pub at: DayTime,
    /// Which.
    pub numbers: Vec<NumberId>,
    /// The number of ours that calls; another on the same trunk if none.
    pub from: Option<E164>,
    /// The trunk that the calls go out by; each number's own if none.
    pub trunk: Option<TrunkId>,
}
