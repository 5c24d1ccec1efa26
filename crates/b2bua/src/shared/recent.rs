//! A bounded memory of keys from the network: what is touched again stays, the stalest makes room.
//!
//! Keys are kept as 64 bits of a secret hash, so nobody can choose keys that meet, and no key costs more
//! than another.

use std::hash::{Hash, Hasher};

use clock::Instant;
use siphasher::sip::SipHasher13;

/// Entries that share a place; the stalest of them makes room.
const WAYS: usize = 8;

/// Remembers a `T` for each of its latest keys.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    keyed: SipHasher13,
    /// Each grows to [`WAYS`] entries at most, so that a small site needs little.
    sets: Box<[Vec<Entry<T>>]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    tag: u64,
    touched: Instant,
    value: T,
}

impl<T: Copy + Default> Recent<T> {
    /// Room for about `limit` keys, hashed under a secret.
    pub(crate) fn new(limit: usize, secret: &[u8; 16]) -> Self {
        let sets = limit.div_ceil(WAYS).next_power_of_two();
        Self { keyed: SipHasher13::new_with_key(secret), sets: (0..sets).map(|_| Vec::new()).collect() }
    }

    /// What is remembered of `key`.
    pub(crate) fn get(&self, key: &impl Hash) -> Option<T> {
        let tag = self.tag(key);
        let set = &self.sets[self.place(tag)];
        set.iter().find(|entry| entry.tag == tag).map(|entry| entry.value)
    }

    /// Remembers what `change` makes of what was remembered of `key`, or of nothing.
    pub(crate) fn put(&mut self, key: &impl Hash, now: Instant, change: impl FnOnce(T) -> T) {
        let tag = self.tag(key);
        let set = &mut self.sets[self.place(tag)];
        if let Some(entry) = set.iter_mut().find(|entry| entry.tag == tag) {
            entry.touched = now;
            entry.value = change(entry.value);
            return;
        }
        let entry = Entry { tag, touched: now, value: change(T::default()) };
        if set.len() < WAYS {
            set.push(entry);
        } else if let Some(stalest) = set.iter_mut().min_by_key(|entry| entry.touched) {
            *stalest = entry;
        }
    }

    fn tag(&self, key: &impl Hash) -> u64 {
        let mut hasher = self.keyed;
        key.hash(&mut hasher);
        hasher.finish()
    }

    fn place(&self, tag: u64) -> usize {
        tag as usize & (self.sets.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn the_stalest_makes_room() {
        let mut recent = Recent::new(WAYS, &[7; 16]);
        for key in 0..WAYS as u64 {
            recent.put(&key, at(key), |_| key);
        }
        recent.put(&0u64, at(100), |value| value + 1000);
        recent.put(&"another", at(101), |_| 9);
        assert_eq!(recent.get(&0u64), Some(1000));
        assert_eq!(recent.get(&1u64), None);
        assert_eq!(recent.get(&2u64), Some(2));
        assert_eq!(recent.get(&"another"), Some(9));
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_than_its_room() {
        let mut recent = Recent::new(1000, &[7; 16]);
        for key in 0..50_000u64 {
            recent.put(&key, at(key), |_| key);
        }
        assert_eq!(recent.sets.iter().map(Vec::len).max(), Some(WAYS));
        assert!(recent.sets.len() * WAYS <= 1024);
    }
}
