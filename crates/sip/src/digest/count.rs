//! Each count of a nonce is good for one request (RFC 7616 §3.4.5, §5.5).

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use clock::Instant;

use super::NONCE_LIFE;

/// Counts seen of the nonces in use, 45 bytes each.
///
/// Only nonces whose proof was right get here, so strangers can't fill it. A nonce is known by a hash of 64 bits:
/// nonces are made by [`NonceKey`](super::NonceKey), so nobody can choose two that collide.
#[derive(Debug)]
pub struct NonceCounts {
    seen: HashMap<u64, Window, Hasher>,
    /// In the order of first use, which is the order of expiry.
    ages: VecDeque<(Instant, u64)>,
    limit: usize,
}

type Hasher = BuildHasherDefault<DefaultHasher>;

/// What a count is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Not seen before; now it is.
    New,
    /// Seen before, zero, or too far behind: answer `stale=true`.
    Used,
    /// No room for another nonce: answer `stale=true`, the client comes back.
    Full,
}

/// The highest count and which of the 64 up to it were seen, the highest in bit 0.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    highest: u32,
    seen: u64,
}

impl NonceCounts {
    /// Room for so many nonces at a time.
    pub fn new(limit: usize) -> Self {
        Self { seen: HashMap::default(), ages: VecDeque::new(), limit }
    }

    /// Uses up this count of this nonce.
    pub fn take(&mut self, nonce: &str, count: u32, now: Instant) -> Count {
        self.forget(now);
        let nonce = Hasher::default().hash_one(nonce);
        let is_full = self.seen.len() >= self.limit;
        let window = match self.seen.get_mut(&nonce) {
            Some(window) => window,
            None if is_full => return Count::Full,
            None => {
                self.ages.push_back((now + NONCE_LIFE, nonce));
                self.seen.entry(nonce).or_default()
            }
        };
        if window.take(count) { Count::New } else { Count::Used }
    }

    /// Nonces remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn forget(&mut self, now: Instant) {
        // A nonce first used now was made before, so it is stale before it is forgotten.
        while self.ages.front().is_some_and(|(until, _)| *until < now) {
            let (_, nonce) = self.ages.pop_front().expect("just seen");
            self.seen.remove(&nonce);
        }
    }
}

impl Window {
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let Some(bit) = 1_u64.checked_shl(self.highest - count) else { return false };
        let is_new = count > 0 && self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }
}
