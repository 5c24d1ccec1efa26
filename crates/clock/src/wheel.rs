//! A hierarchical timer wheel for very many deadlines that mostly come to nothing.
//!
//! Entries are hints: none is ever taken back. Whoever is woken looks into its own [`Table`](crate::Table)
//! and ignores a hint that lost its meaning, so stopping a timer costs nothing here.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::Instant;

/// Deadlines in nine levels of 64 slots; a slot of the lowest level is 1.024 ms wide, one of the next 64
/// times that, and so on to the end of time.
///
/// Each entry lies in the level of the highest digit (base 64, of the tick) in which it differs from the
/// wheel's own position. So whatever lies in a lower level is due before anything in a higher one, and
/// within a level slots are due in their order; with the earliest deadline kept per slot, the next one
/// of all is always known exactly.
#[derive(Debug)]
pub struct Wheel<K: Copy> {
    /// Everything of this tick and before has moved to `near`.
    tick: u64,
    /// One bit for each slot of a level that holds an entry.
    occupied: [u64; LEVELS],
    slots: Box<[Slot; LEVELS * SLOTS]>,
    entries: Vec<Entry<K>>,
    /// First of the unused `entries`.
    free: u32,
    /// The few entries of the current tick, or that were late when they came.
    near: BinaryHeap<Due<K>>,
    inserted: u64,
    len: usize,
}

/// A list of entries and the earliest deadline among them.
#[derive(Clone, Copy, Debug)]
struct Slot {
    first: u32,
    earliest: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Entry<K> {
    due: Due<K>,
    next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Due<K> {
    at: Instant,
    /// Which insertion it was: equal deadlines leave in the order they came.
    order: u64,
    key: K,
}

const TICK_BITS: u32 = 10;
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// As many as it takes to cover the 54 bits of a tick.
const LEVELS: usize = 9;
const NONE: u32 = u32::MAX;
const EMPTY: Slot = Slot { first: NONE, earliest: Instant::from_micros(u64::MAX) };

impl<K: Copy> Wheel<K> {
    /// An empty wheel standing at `now`.
    pub fn new(now: Instant) -> Self {
        Self {
            tick: tick_of(now),
            occupied: [0; LEVELS],
            slots: Box::new([EMPTY; LEVELS * SLOTS]),
            entries: Vec::new(),
            free: NONE,
            near: BinaryHeap::new(),
            inserted: 0,
            len: 0,
        }
    }

    /// Will give `key` back at `at`; at the next [`pop`](Self::pop) if that has passed.
    pub fn insert(&mut self, at: Instant, key: K) {
        let due = Due { at, order: self.inserted, key };
        self.inserted += 1;
        self.len += 1;
        match slot_of(self.tick, at) {
            None => self.near.push(due),
            Some(slot) => {
                let entry = self.allocate(due);
                self.link(slot, entry);
            }
        }
    }

    /// The earliest deadline of all.
    pub fn next(&self) -> Option<Instant> {
        match self.near.peek() {
            Some(due) => Some(due.at),
            None => self.first_slot().map(|slot| self.slots[slot].earliest),
        }
    }

    /// The next entry due at `now` or before, in the order of deadlines, then of insertion.
    pub fn pop(&mut self, now: Instant) -> Option<(Instant, K)> {
        loop {
            if let Some(due) = self.near.peek() {
                if due.at > now {
                    return None;
                }
                self.len -= 1;
                return self.near.pop().map(|due| (due.at, due.key));
            }
            let slot = self.first_slot()?;
            if self.slots[slot].earliest > now {
                return None;
            }
            self.advance(slot);
        }
    }

    /// How many entries wait, dead hints among them.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot that holds the earliest of all entries outside `near`.
    fn first_slot(&self) -> Option<usize> {
        let level = self.occupied.iter().position(|bits| *bits != 0)?;
        // No slot behind the wheel's own position is ever occupied, so the lowest bit is the earliest.
        Some(level * SLOTS + self.occupied[level].trailing_zeros() as usize)
    }

    /// Moves on to the earliest tick in `slot` and deals its entries out to lower levels and `near`.
    fn advance(&mut self, slot: usize) {
        let Slot { first, earliest } = std::mem::replace(&mut self.slots[slot], EMPTY);
        self.occupied[slot / SLOTS] &= !(1 << (slot % SLOTS));
        self.tick = tick_of(earliest);
        let mut index = first;
        while index != NONE {
            let Entry { due, next } = self.entries[index as usize];
            match slot_of(self.tick, due.at) {
                None => {
                    self.near.push(due);
                    self.entries[index as usize].next = self.free;
                    self.free = index;
                }
                Some(slot) => self.link(slot, index),
            }
            index = next;
        }
    }

    fn allocate(&mut self, due: Due<K>) -> u32 {
        let index = self.free;
        match self.entries.get_mut(index as usize) {
            Some(entry) => {
                self.free = entry.next;
                entry.due = due;
                index
            }
            None => {
                self.entries.push(Entry { due, next: NONE });
                u32::try_from(self.entries.len() - 1).expect("owners are bounded far below 2^32 timers")
            }
        }
    }

    fn link(&mut self, slot: usize, index: u32) {
        let entry = &mut self.entries[index as usize];
        let head = &mut self.slots[slot];
        entry.next = head.first;
        head.first = index;
        head.earliest = head.earliest.min(entry.due.at);
        self.occupied[slot / SLOTS] |= 1 << (slot % SLOTS);
    }
}

const fn tick_of(at: Instant) -> u64 {
    at.as_micros() >> TICK_BITS
}

/// Where a deadline lies as seen from `tick`; `None` if that is in this tick or before it.
const fn slot_of(tick: u64, at: Instant) -> Option<usize> {
    let due = tick_of(at);
    if due <= tick {
        return None;
    }
    let level = (due ^ tick).ilog2() / SLOT_BITS;
    let digit = (due >> (level * SLOT_BITS)) as usize % SLOTS;
    Some(level as usize * SLOTS + digit)
}

impl<K> Due<K> {
    /// What leaves first ranks highest: the heap gives its greatest.
    const fn rank(&self) -> (std::cmp::Reverse<Instant>, std::cmp::Reverse<u64>) {
        (std::cmp::Reverse(self.at), std::cmp::Reverse(self.order))
    }
}

impl<K> PartialEq for Due<K> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<K> Eq for Due<K> {}

impl<K> PartialOrd for Due<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Due<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    fn drain(wheel: &mut Wheel<u32>, now: Instant) -> Vec<(u64, u32)> {
        std::iter::from_fn(|| wheel.pop(now)).map(|(at, key)| (at.as_micros(), key)).collect()
    }

    #[test]
    fn entries_leave_by_deadline_then_by_insertion() {
        let mut wheel = Wheel::new(Instant::ZERO);
        for (key, micros) in [(0, 5_000), (1, 4_000), (2, 5_000), (3, 4_001), (4, 0)] {
            wheel.insert(at(micros), key);
        }
        assert_eq!(wheel.next(), Some(at(0)));
        assert_eq!(drain(&mut wheel, at(4_000)), [(0, 4), (4_000, 1)]);
        assert_eq!(wheel.next(), Some(at(4_001)));
        assert_eq!(drain(&mut wheel, at(9_000)), [(4_001, 3), (5_000, 0), (5_000, 2)]);
        assert!(wheel.is_empty());
        assert_eq!(wheel.next(), None);
    }

    #[test]
    fn a_deadline_in_the_past_is_due_at_once() {
        let mut wheel = Wheel::new(at(10_000_000));
        wheel.insert(at(3), 1);
        assert_eq!(wheel.next(), Some(at(3)));
        assert_eq!(wheel.pop(at(10_000_000)), Some((at(3), 1)));
    }

    #[test]
    fn the_end_of_time_has_its_place() {
        let mut wheel = Wheel::new(Instant::ZERO);
        wheel.insert(at(u64::MAX), 1);
        wheel.insert(Instant::ZERO + Duration::from_secs(86_400 * 365), 2);
        assert_eq!(drain(&mut wheel, at(u64::MAX)), [(31_536_000_000_000, 2), (u64::MAX, 1)]);
    }

    proptest! {
        /// Goal: the wheel is a sorted list, however deadlines and turns interleave.
        #[test]
        fn behaves_like_a_sorted_list(
            steps in prop::collection::vec((0u64..40, 0u32..40, any::<u64>(), 1usize..5), 1..200)
        ) {
            let mut wheel = Wheel::new(at(777));
            let mut model: Vec<(Instant, u32)> = Vec::new();
            let mut now = at(777);
            for (key, (advance_bits, reach_bits, random, inserts)) in steps.into_iter().enumerate() {
                for n in 0..inserts {
                    let reach = random.rotate_left(n as u32 * 7) & ((1 << reach_bits) - 1);
                    let deadline = at((now.as_micros() + reach).saturating_sub(1 << 12));
                    wheel.insert(deadline, key as u32);
                    model.push((deadline, key as u32));
                }
                model.sort_by_key(|(at, _)| *at);
                prop_assert_eq!(wheel.next(), model.first().map(|(at, _)| *at));
                now += Duration::from_micros(random & ((1 << advance_bits) - 1));
                let due = model.partition_point(|(at, _)| *at <= now);
                let expected: Vec<_> = model.drain(..due).collect();
                let popped: Vec<_> = std::iter::from_fn(|| wheel.pop(now)).collect();
                prop_assert_eq!(popped, expected);
                prop_assert_eq!(wheel.len(), model.len());
            }
        }
    }
}
