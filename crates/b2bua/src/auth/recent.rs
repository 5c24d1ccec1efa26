//! A bounded memory of keys from the network: what is touched again stays, the stalest makes room.
//!
//! Keys are kept as 64 bits of a secret hash, so nobody can choose keys that meet, and memory is the same
//! whoever sends whatever.

use std::hash::{Hash, Hasher};

use clock::Instant;
use siphasher::sip::SipHasher13;

/// Entries that share a place; the stalest of them makes room.
const WAYS: usize = 8;

/// Remembers a `T` for each of its latest keys.
#[derive(Debug)]
pub(super) struct Recent<T> {
    keyed: SipHasher13,
    sets: Box<[[Option<Entry<T>>; WAYS]]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    tag: u64,
    touched: Instant,
    value: T,
}

impl<T: Copy + Default> Recent<T> {
    /// Room for about `limit` keys, hashed under a secret.
    pub(super) fn new(limit: usize, secret: &[u8; 16]) -> Self {
        let sets = limit.div_ceil(WAYS).max(1).next_power_of_two();
        Self { keyed: SipHasher13::new_with_key(secret), sets: vec![[None; WAYS]; sets].into() }
    }

    /// What is remembered of `key`.
    pub(super) fn get(&self, key: &impl Hash) -> Option<T> {
        let tag = self.tag(key);
        let set = &self.sets[self.set_of(tag)];
        set.iter().flatten().find(|entry| entry.tag == tag).map(|entry| entry.value)
    }

    /// Remembers what `change` makes of what was remembered of `key`, or of nothing.
    pub(super) fn put(&mut self, key: &impl Hash, now: Instant, change: impl FnOnce(T) -> T) {
        let tag = self.tag(key);
        let at = self.set_of(tag);
        let set = &mut self.sets[at];
        let known = set.iter().position(|entry| entry.is_some_and(|entry| entry.tag == tag));
        let stalest = || (0..WAYS).min_by_key(|way| set[*way].map(|entry| entry.touched));
        let way = known.or_else(stalest).expect("a set has ways");
        let value = change(known.and_then(|way| set[way]).map(|entry| entry.value).unwrap_or_default());
        set[way] = Some(Entry { tag, touched: now, value });
    }

    fn tag(&self, key: &impl Hash) -> u64 {
        let mut hasher = self.keyed;
        key.hash(&mut hasher);
        hasher.finish()
    }

    fn set_of(&self, tag: u64) -> usize {
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
    fn the_stalest_makes_room_and_memory_stays_the_same() {
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
}
