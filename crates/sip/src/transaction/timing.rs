//! How long things take: T1, T2, T4 and what RFC 3261 table 4 derives from them.

use std::time::Duration;

/// The base values of all transaction timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// T1: what a round trip is thought to take at most.
    pub t1: Duration,
    /// T2: the longest pause between retransmissions.
    pub t2: Duration,
    /// T4: how long a message may live in the network.
    pub t4: Duration,
    /// How long a transaction user may think about an INVITE before 100 is sent for it (RFC 3261 §17.2.1).
    pub trying: Duration,
}

impl Default for Timing {
    /// The values of RFC 3261.
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            trying: Duration::from_millis(200),
        }
    }
}

/// Timing as one transaction sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace<'a> {
    pub(super) timing: &'a Timing,
    /// Whether the flow repeats by itself what gets lost.
    pub(super) reliable: bool,
}

impl Pace<'_> {
    /// Timers B, F, H, L and M: 64 times T1, after which nobody repeats anything.
    pub(super) const fn lifetime(self) -> Duration {
        self.timing.t1.saturating_mul(64)
    }

    /// The first pause before a retransmission, timers A, E and G; `None` on a reliable flow.
    pub(super) fn first_interval(self) -> Option<Duration> {
        (!self.reliable).then_some(self.timing.t1)
    }

    /// The pause after one of `interval`, for timers E and G.
    pub(super) fn next_interval(self, interval: Duration) -> Duration {
        interval.saturating_mul(2).min(self.timing.t2)
    }

    /// Timer D: "at least 32 seconds", for it is a peer's timer H that is waited for; `None` on a
    /// reliable flow.
    pub(super) fn wait_d(self) -> Option<Duration> {
        (!self.reliable).then(|| self.lifetime().max(Duration::from_secs(32)))
    }

    /// Timer J: as long as the client may repeat the request; `None` on a reliable flow.
    pub(super) fn wait_j(self) -> Option<Duration> {
        (!self.reliable).then(|| self.lifetime())
    }

    /// Timers I and K: until what is still under way has arrived; `None` on a reliable flow.
    pub(super) fn wait_t4(self) -> Option<Duration> {
        (!self.reliable).then_some(self.timing.t4)
    }
}
