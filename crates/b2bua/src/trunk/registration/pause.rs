//! How long a registration waits after a failure.

use std::time::Duration;

use super::{Failure, Registration, Turn};

/// The longest pause after a first failure, and after any; the shortest is two thirds of it.
const PAUSE_FIRST: Duration = Duration::from_secs(45);
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(30 * 60);
/// The pause before another address of the carrier is tried.
pub(super) const PAUSE_ELSEWHERE: Duration = Duration::from_millis(500);

impl Registration {
    /// How long to wait before the next attempt. The carrier's next address is tried at once (RFC 3263 §4.3); a
    /// carrier that could not even be asked has refused nothing, so its pauses do not grow.
    pub(super) fn pause(&mut self, why: Failure, turn: &mut Turn<'_>) -> Duration {
        if turn.elsewhere {
            return PAUSE_ELSEWHERE;
        }
        let longest = match why {
            Failure::Unreachable(_) => PAUSE_FIRST,
            Failure::Status(_) | Failure::Challenge(_) | Failure::TimedOut => {
                (PAUSE_FIRST * 2u32.pow(self.failures.min(8))).min(PAUSE_MAX)
            }
        };
        self.failures = self.failures.saturating_add(1);
        turn.chance.between(longest * 2 / 3, longest)
    }
}
