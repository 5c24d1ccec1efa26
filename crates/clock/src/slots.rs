//! A slab with generations: what a key names is either the very thing it was made for, or nothing.
//!
//! Late answers, stale timers and crossed messages find a dead key instead of a stranger. Freed slots
//! are used again last in, first out, so that a quiet switch stays in few cache lines.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

/// Names one `T` in a [`Slots`] for as long as it lives, and nothing after that.
pub struct Key<T> {
    index: u32,
    generation: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation, of: PhantomData }
    }

    /// The slot it names: below the limit of the slab, and another key's after this one is dead.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The key as one number, for messages to threads that don't know `T`. Never 0 for a key of a slab.
    pub const fn raw(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The key that [`raw`](Self::raw) gave; any other number is a key that names nothing, or a stranger.
    pub const fn from_raw(raw: u64) -> Self {
        Self::new(raw as u32, (raw >> 32) as u32)
    }
}

// Derived traits would ask the same of `T`, which a name does not need.
impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw() == other.raw()
    }
}

impl<T> Eq for Key<T> {}

impl<T> PartialOrd for Key<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Key<T> {
    /// By slot, then by age.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.index, self.generation).cmp(&(other.index, other.generation))
    }
}

impl<T> Hash for Key<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.raw());
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// The slab is at its limit; what was to be kept comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full<T = ()>(pub T);

/// At most `limit` values, each under a [`Key`] of its own.
#[derive(Debug)]
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    /// Index of the slot freed last, [`NONE`] if all are taken.
    free: u32,
    len: usize,
    limit: usize,
}

#[derive(Debug)]
struct Slot<T> {
    /// Counts the lives of this slot from 1; 0 is skipped, so no live key has the raw value 0.
    generation: u32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Taken(T),
    Free { next: u32 },
}

const NONE: u32 = u32::MAX;

impl<T> Slots<T> {
    /// An empty slab for `limit` values, at most 2^32 - 1; memory is taken as it fills.
    pub fn new(limit: usize) -> Self {
        Self { slots: Vec::new(), free: NONE, len: 0, limit: limit.min(NONE as usize) }
    }

    /// Keeps `value`.
    ///
    /// # Errors
    /// [`Full`] with the value when the limit is reached.
    pub fn try_insert(&mut self, value: T) -> Result<Key<T>, Full<T>> {
        match self.vacancy() {
            Some(key) => Ok(self.take(key, value)),
            None => Err(Full(value)),
        }
    }

    /// Keeps what `make` builds, which is told the key it will live under.
    ///
    /// # Errors
    /// [`Full`] when the limit is reached; `make` is not called then.
    pub fn try_insert_with(&mut self, make: impl FnOnce(Key<T>) -> T) -> Result<Key<T>, Full> {
        let key = self.vacancy().ok_or(Full(()))?;
        Ok(self.take(key, make(key)))
    }

    /// What `key` names, if it still lives.
    pub fn get(&self, key: Key<T>) -> Option<&T> {
        match self.slots.get(key.index as usize)? {
            Slot { generation, content: Content::Taken(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    /// What `key` names, if it still lives, to be changed.
    pub fn get_mut(&mut self, key: Key<T>) -> Option<&mut T> {
        match self.slots.get_mut(key.index as usize)? {
            Slot { generation, content: Content::Taken(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Takes out what `key` names; the key and its copies are dead from here on.
    pub fn remove(&mut self, key: Key<T>) -> Option<T> {
        self.get(key)?;
        let slot = &mut self.slots[key.index as usize];
        slot.generation = slot.generation.checked_add(1).unwrap_or(1);
        let content = std::mem::replace(&mut slot.content, Content::Free { next: self.free });
        self.free = key.index;
        self.len -= 1;
        match content {
            Content::Taken(value) => Some(value),
            Content::Free { .. } => None,
        }
    }

    /// The key of what is in a slot now.
    pub fn key_at(&self, index: u32) -> Option<Key<T>> {
        match self.slots.get(index as usize)? {
            Slot { generation, content: Content::Taken(_) } => Some(Key::new(index, *generation)),
            Slot { content: Content::Free { .. }, .. } => None,
        }
    }

    /// How many values are kept.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is kept.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many values may be kept.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// All values with their keys, in the order of slots: the same for the same history.
    pub fn iter(&self) -> impl Iterator<Item = (Key<T>, &T)> {
        self.slots.iter().zip(0..).filter_map(|(slot, index)| match &slot.content {
            Content::Taken(value) => Some((Key::new(index, slot.generation), value)),
            Content::Free { .. } => None,
        })
    }

    /// All live keys, in the order of slots.
    pub fn keys(&self) -> impl Iterator<Item = Key<T>> {
        self.iter().map(|(key, _)| key)
    }

    /// The key the next value will get; `None` at the limit. For values that have to know one another's keys
    /// before either is kept.
    pub fn vacancy(&self) -> Option<Key<T>> {
        if self.len >= self.limit {
            return None;
        }
        Some(match self.slots.get(self.free as usize) {
            Some(slot) => Key::new(self.free, slot.generation),
            None => Key::new(self.slots.len() as u32, 1),
        })
    }

    fn take(&mut self, key: Key<T>, value: T) -> Key<T> {
        match self.slots.get_mut(key.index as usize) {
            Some(slot) => {
                if let Content::Free { next } = slot.content {
                    self.free = next;
                }
                slot.content = Content::Taken(value);
            }
            None => self.slots.push(Slot { generation: key.generation, content: Content::Taken(value) }),
        }
        self.len += 1;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_dies_with_its_value() {
        let mut slots = Slots::new(4);
        let first = slots.try_insert("first").unwrap();
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.try_insert("second").unwrap();
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get(second), Some(&"second"));
    }

    #[test]
    fn freed_slots_are_used_again_last_in_first_out() {
        let mut slots = Slots::new(4);
        let keys: Vec<_> = (0..4).map(|n| slots.try_insert(n).unwrap()).collect();
        slots.remove(keys[1]);
        slots.remove(keys[3]);
        assert_eq!(slots.try_insert(10).unwrap().index, 3);
        assert_eq!(slots.try_insert(11).unwrap().index, 1);
        assert_eq!(slots.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [0, 11, 2, 10]);
    }

    #[test]
    fn the_limit_refuses_and_gives_the_value_back() {
        let mut slots = Slots::new(1);
        let key = slots.try_insert("kept").unwrap();
        assert_eq!(slots.try_insert("late"), Err(Full("late")));
        assert_eq!(slots.try_insert_with(|_| unreachable!("not asked to build")), Err(Full(())));
        slots.remove(key);
        assert!(slots.is_empty());
        slots.try_insert("late").unwrap();
        assert_eq!((slots.len(), slots.limit()), (1, 1));
    }

    #[test]
    fn a_value_can_know_its_own_key() {
        let mut slots = Slots::new(2);
        let key = slots.try_insert_with(|key: Key<u64>| key.raw()).unwrap();
        assert_eq!(slots.get(key), Some(&key.raw()));
        assert_eq!(Key::from_raw(key.raw()), key);
        assert_ne!(key.raw(), 0);
    }

    #[test]
    fn a_slot_knows_who_is_in_it() {
        let mut slots = Slots::new(2);
        let first = slots.try_insert("first").unwrap();
        assert_eq!(slots.key_at(first.index()), Some(first));
        slots.remove(first);
        assert_eq!((slots.key_at(first.index()), slots.key_at(9)), (None, None));
        let second = slots.try_insert("second").unwrap();
        assert_eq!(slots.key_at(first.index()), Some(second));
    }

    #[test]
    fn a_slot_that_lived_out_its_generations_skips_zero() {
        let mut slots = Slots::new(1);
        let key = slots.try_insert(()).unwrap();
        slots.slots[0].generation = u32::MAX;
        slots.remove(Key::new(key.index, u32::MAX));
        assert_eq!(slots.try_insert(()).unwrap().generation, 1);
    }
}
