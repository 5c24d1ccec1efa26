//! How often a party may change its session (RELIABILITY P10).

use clock::Instant;

/// Changes a second; a phone that holds and takes back in haste makes two.
const CHANGES_PER_SECOND: u8 = 5;

/// The changes of one leg in the second that runs.
#[derive(Debug)]
pub(super) struct Pace {
    since: Instant,
    taken: u8,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self { since: now, taken: 0 }
    }

    /// Whether one more may be taken now.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        if now.since(self.since).as_secs() >= 1 {
            *self = Self::new(now);
        }
        self.taken = self.taken.saturating_add(1);
        self.taken <= CHANGES_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn five_changes_a_second_are_taken() {
        let at = |ms| Instant::ZERO + Duration::from_millis(ms);
        let mut pace = Pace::new(at(0));
        let taken = (0..100).filter(|step| pace.allows(at(5_000 + step * 9))).count();
        assert_eq!(taken, 5);
        assert!(pace.allows(at(6_000)));
    }
}
