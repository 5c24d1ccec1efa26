//! Which slot to look into next, for a slab of machines that each have a table of timers.

use clock::{Instant, Wheel};

/// A wheel of slots. It keeps no more than the earliest deadline of each, so that a slot used for a
/// thousand short transactions a second, as in a flood, does not leave a thousand dead entries.
#[derive(Debug)]
pub(super) struct Alarm {
    wheel: Wheel<u32>,
    /// The earliest entry of each slot in the wheel, whoever it was made for.
    set: Vec<Instant>,
}

/// Not set: the end of time.
const UNSET: Instant = Instant::from_micros(u64::MAX);

impl Alarm {
    pub(super) fn new(now: Instant) -> Self {
        Self { wheel: Wheel::new(now), set: Vec::new() }
    }

    /// Has `slot` looked into at `at`, or before.
    pub(super) fn set(&mut self, slot: u32, at: Instant) {
        let index = slot as usize;
        if index >= self.set.len() {
            self.set.resize(index + 1, UNSET);
        }
        if at < self.set[index] {
            self.set[index] = at;
            self.wheel.insert(at, slot);
        }
    }

    /// A slot to look into now; there may be nothing due, or nothing at all.
    pub(super) fn pop(&mut self, now: Instant) -> Option<u32> {
        let (at, slot) = self.wheel.pop(now)?;
        if self.set[slot as usize] == at {
            self.set[slot as usize] = UNSET;
        }
        Some(slot)
    }

    /// When to [`pop`](Self::pop) next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.wheel.next()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_slot_used_over_and_over_leaves_one_entry() {
        let mut alarm = Alarm::new(Instant::ZERO);
        for used in 0..1000 {
            alarm.set(3, Instant::ZERO + Duration::from_micros(32_000_000 + used));
        }
        assert_eq!(alarm.wheel.len(), 1);
        assert_eq!(alarm.next(), Some(Instant::from_micros(32_000_000)));
        assert_eq!(alarm.pop(Instant::from_micros(31_999_999)), None);
        assert_eq!(alarm.pop(Instant::from_micros(32_000_000)), Some(3));
        assert_eq!(alarm.next(), None);
    }

    #[test]
    fn an_earlier_deadline_comes_before_a_later_one() {
        let mut alarm = Alarm::new(Instant::ZERO);
        alarm.set(0, Instant::from_micros(9_000_000));
        alarm.set(0, Instant::from_micros(1_000_000));
        assert_eq!(alarm.pop(Instant::from_micros(1_000_000)), Some(0));
        alarm.set(0, Instant::from_micros(8_000_000));
        assert_eq!(alarm.next(), Some(Instant::from_micros(8_000_000)));
    }
}
