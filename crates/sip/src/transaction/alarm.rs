//! Which slot to look into next, for a slab of machines that each have a table of timers.

use clock::{Instant, Wheel};

/// A wheel of slots. It keeps no more than one entry of each, so that a slot used for a thousand short transactions a
/// second, as in a flood, does not leave a thousand dead ones; and it knows what each slot waits for, so that one who
/// waits longer by now is not looked into (most do: they were answered before they would have been repeated).
#[derive(Debug)]
pub(super) struct Alarm {
    wheel: Wheel<u32>,
    slots: Vec<Set>,
}

/// What is set for a slot.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// When it wants to be looked into.
    wanted: Instant,
    /// Its earliest entry in the wheel, whatever that was made for.
    entry: Instant,
}

/// Not set: the end of time.
const UNSET: Instant = Instant::from_micros(u64::MAX);

impl Alarm {
    pub(super) fn new(now: Instant) -> Self {
        Self { wheel: Wheel::new(now), slots: Vec::new() }
    }

    /// Has `slot` looked into at `at`, and not before; never if that is `None`.
    pub(super) fn set(&mut self, slot: u32, at: Option<Instant>) {
        let index = slot as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, Set { wanted: UNSET, entry: UNSET });
        }
        let set = &mut self.slots[index];
        set.wanted = at.unwrap_or(UNSET);
        if set.wanted < set.entry {
            set.entry = set.wanted;
            self.wheel.insert(set.wanted, slot);
        }
    }

    /// A slot to look into now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<u32> {
        while let Some((at, slot)) = self.wheel.pop(now) {
            let set = &mut self.slots[slot as usize];
            if set.entry != at {
                // An earlier one stood for it.
                continue;
            }
            set.entry = UNSET;
            if set.wanted <= now {
                set.wanted = UNSET;
                return Some(slot);
            }
            if set.wanted != UNSET {
                set.entry = set.wanted;
                self.wheel.insert(set.wanted, slot);
            }
        }
        None
    }

    /// When to [`pop`](Self::pop) next; there may be nothing then.
    pub(super) fn next(&self) -> Option<Instant> {
        self.wheel.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_used_over_and_over_leaves_one_entry() {
        let mut alarm = Alarm::new(Instant::ZERO);
        for used in 0..1000 {
            alarm.set(3, Some(Instant::from_micros(32_000_000 + used)));
        }
        assert_eq!(alarm.wheel.len(), 1);
        assert_eq!(alarm.next(), Some(Instant::from_micros(32_000_000)));
        assert_eq!(alarm.pop(Instant::from_micros(31_999_999)), None);
        assert_eq!(alarm.pop(Instant::from_micros(32_000_000)), None, "the last one is later");
        assert_eq!(alarm.pop(Instant::from_micros(32_000_999)), Some(3));
        assert_eq!(alarm.next(), None);
    }

    #[test]
    fn an_earlier_deadline_comes_before_a_later_one() {
        let mut alarm = Alarm::new(Instant::ZERO);
        let at = Instant::from_micros;
        alarm.set(0, Some(at(9_000_000)));
        alarm.set(0, Some(at(1_000_000)));
        assert_eq!(alarm.pop(at(1_000_000)), Some(0));
        alarm.set(0, Some(at(8_000_000)));
        assert_eq!(alarm.next(), Some(at(8_000_000)));
        assert_eq!(alarm.pop(at(9_000_000)), Some(0));
        assert_eq!(alarm.pop(at(9_000_000)), None);
    }
    #[test]
    fn who_waits_longer_by_now_or_for_nothing_is_not_looked_into() {
        let (at, mut alarm) = (Instant::from_micros, Alarm::new(Instant::ZERO));
        alarm.set(0, Some(at(500_000)));
        alarm.set(1, Some(at(500_000)));
        alarm.set(0, Some(at(5_000_000)));
        alarm.set(1, None);
        assert_eq!(alarm.pop(at(500_000)), None);
        assert_eq!(alarm.next(), Some(at(5_000_000)));
        assert_eq!(alarm.pop(at(5_000_000)), Some(0));
        assert_eq!(alarm.next(), None);
    }
}
