//! Requests of ours that were answered: nothing is left to do for them but to drop copies of the final response, until
//! timer K (RFC 3261 §17.1.2.2).
//!
//! Most requests are answered in a moment and then wait thousands of times as long. Their slots, timers and flows would
//! all have left the caches by the end of that, so no more is kept of one than its fingerprint and its end. T4 is the
//! same for all: they end in the order in which they were answered.

use std::{
    collections::{HashSet, VecDeque},
    hash::BuildHasherDefault,
};

use clock::Instant;

use super::fingerprint::{Fingerprint, Uniform};

/// Every request that waits for timer K.
#[derive(Debug, Default)]
pub(super) struct Completed {
    /// Half of a fingerprint is enough to tell what is dropped either way.
    known: HashSet<u64, BuildHasherDefault<Uniform>>,
    ends: VecDeque<(Instant, u64)>,
}

impl Completed {
    /// Has copies of the response to this request dropped until `timer_k`.
    pub(super) fn add(&mut self, id: Fingerprint, timer_k: Instant) {
        self.known.insert(id.bits());
        self.ends.push_back((timer_k, id.bits()));
    }

    /// Whether a response with this fingerprint is such a copy.
    pub(super) fn has(&self, id: Fingerprint) -> bool {
        self.known.contains(&id.bits())
    }

    /// When timer K fires next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.ends.front().map(|(timer_k, _)| *timer_k)
    }

    /// Fires each timer K that is due.
    pub(super) fn tick(&mut self, now: Instant) {
        while self.next().is_some_and(|timer_k| timer_k <= now) {
            let end = self.ends.pop_front();
            end.map(|(_, id)| self.known.remove(&id));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use clock::Chance;

    use super::*;
    use crate::transaction::{Branch, fingerprint::Secret};

    #[test]
    fn each_is_known_until_its_own_timer_k() {
        let (secret, mut chance) = (Secret::new(&[7; 16]), Chance::from_seed([1; 32]));
        let mut fingerprint = || secret.client(Branch::new(&mut chance), "NOTIFY");
        let (first, second) = (fingerprint(), fingerprint());
        let (soon, later) = (Instant::from_micros(5_000_000), Instant::from_micros(5_000_001));
        let mut completed = Completed::default();
        completed.add(first, soon);
        completed.add(second, later);
        assert_eq!((completed.len(), completed.next()), (2, Some(soon)));
        completed.tick(Instant::from_micros(4_999_999));
        assert!(completed.has(first) && completed.has(second) && !completed.has(fingerprint()));
        completed.tick(soon);
        assert!(!completed.has(first) && completed.has(second));
        assert_eq!((completed.len(), completed.next()), (1, Some(later)));
        completed.tick(later);
        assert_eq!((completed.known.len(), completed.len(), completed.next()), (0, 0, None));
    }

    #[test]
    fn whoever_looks_late_ends_all_that_are_due() {
        let (secret, mut chance) = (Secret::new(&[7; 16]), Chance::from_seed([1; 32]));
        let mut completed = Completed::default();
        for timer_k in [1, 2, 3, 9].map(Instant::from_micros) {
            completed.add(secret.client(Branch::new(&mut chance), "NOTIFY"), timer_k);
        }
        completed.tick(Instant::from_micros(3));
        assert_eq!((completed.known.len(), completed.next()), (1, Some(Instant::from_micros(9))));
    }
}
