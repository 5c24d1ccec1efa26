//! How the connections of one registration last: one that stood for a while is replaced at once when it breaks, one that
//! did not is given more time each time (RFC 5626 §4.5).

use std::time::Duration;

use clock::{Chance, Instant};

use super::pause::PAUSE_MAX;

/// How long a connection has to last for its end to be no failure.
pub(super) const STEADY: Duration = Duration::from_secs(120);
/// The longest pause after the first that did not; the shortest is half of it.
const PAUSE_FLOW: Duration = Duration::from_secs(30);

/// What is known of the connections that a registration lay on.
#[derive(Debug, Default)]
pub(super) struct FlowRecord {
    /// So many in a row ended before their time.
    lost: u32,
    /// Since when it is registered on the one that stands.
    since: Option<Instant>,
}

impl FlowRecord {
    /// A REGISTER was taken.
    pub(super) fn stands(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// The connection ended; how long to wait before the next, not at all if it had stood long enough.
    pub(super) fn is_lost(&mut self, now: Instant, chance: &mut Chance) -> Duration {
        if self.since.take().is_some_and(|since| now.since(since) >= STEADY) {
            self.lost = 0;
        }
        self.lost = self.lost.saturating_add(1);
        if self.lost == 1 {
            return Duration::ZERO;
        }
        let longest = (PAUSE_FLOW * 2u32.pow(self.lost.min(10) - 2)).min(PAUSE_MAX);
        chance.between(longest / 2, longest)
    }
}
