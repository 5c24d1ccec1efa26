//! The timers of one state machine, by name.

use smallvec::SmallVec;

use crate::Instant;

/// Which of a machine's timers run, and until when. Exact, where a [`Wheel`](crate::Wheel) only hints.
///
/// Three run without memory of their own; more are possible.
#[derive(Clone, Debug)]
pub struct Table<T: Copy + Eq> {
    /// In arming order.
    armed: SmallVec<[(T, Instant); 3]>,
}

impl<T: Copy + Eq> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + Eq> Table<T> {
    /// No timer runs.
    pub fn new() -> Self {
        Self { armed: SmallVec::new() }
    }

    /// Has `timer` fire at `at`; if it runs already, that replaces it.
    pub fn arm(&mut self, timer: T, at: Instant) {
        self.clear(timer);
        self.armed.push((timer, at));
    }

    /// Stops `timer`, if it runs.
    pub fn clear(&mut self, timer: T) {
        self.armed.retain(|(armed, _)| *armed != timer);
    }

    /// Stops all.
    pub fn clear_all(&mut self) {
        self.armed.clear();
    }

    /// Whether `timer` runs.
    pub fn is_armed(&self, timer: T) -> bool {
        self.armed.iter().any(|(armed, _)| *armed == timer)
    }

    /// All that run and when they fire, in arming order.
    pub fn armed(&self) -> impl Iterator<Item = (T, Instant)> {
        self.armed.iter().copied()
    }

    /// When the first of them fires.
    pub fn next(&self) -> Option<Instant> {
        self.armed.iter().map(|(_, at)| *at).min()
    }

    /// Stops and gives the earliest timer due at `now`; of equals the one armed first.
    pub fn pop(&mut self, now: Instant) -> Option<T> {
        let (index, _) =
            self.armed.iter().enumerate().filter(|(_, (_, at))| *at <= now).min_by_key(|(_, (_, at))| *at)?;
        Some(self.armed.remove(index).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn the_earliest_fires_first_and_equals_in_arming_order() {
        let mut table = Table::new();
        for (timer, micros) in [('b', 20), ('a', 10), ('c', 20), ('d', 30)] {
            table.arm(timer, at(micros));
        }
        assert_eq!(table.next(), Some(at(10)));
        assert_eq!(std::iter::from_fn(|| table.pop(at(20))).collect::<String>(), "abc");
        assert_eq!(table.next(), Some(at(30)));
    }

    #[test]
    fn arming_again_replaces() {
        let mut table = Table::new();
        table.arm('a', at(10));
        table.arm('a', at(50));
        assert_eq!(table.pop(at(49)), None);
        assert_eq!(table.pop(at(50)), Some('a'));
        assert!(!table.is_armed('a'));
        assert_eq!(table.armed().count(), 0);
    }

    #[test]
    fn a_cleared_timer_never_fires() {
        let mut table = Table::new();
        table.arm('a', at(10));
        table.arm('b', at(10));
        table.clear('a');
        assert!(table.is_armed('b') && !table.is_armed('a'));
        table.clear_all();
        assert_eq!((table.next(), table.pop(at(99))), (None, None));
    }
}
