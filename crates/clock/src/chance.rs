//! The one source of randomness: tags, branches, Call-IDs, jitter.

use std::{fmt, time::Duration};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// A stream of random numbers that an outsider can't predict and the same seed repeats.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of this seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// Any number.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Any number.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`, each as likely as the other; 0 if `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        self.below_u64(u64::from(n)) as u32
    }

    /// A duration from `least` to `most`, both included, in whole microseconds; `least` if `most` is less.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        least + Duration::from_micros(self.below_u64(span.saturating_add(1)))
    }

    /// Overwrites `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// Overwrites `token` with lower-case base32 letters, five bits of chance in each (RFC 4648 §6).
    pub fn token(&mut self, token: &mut [u8]) {
        self.0.fill_bytes(token);
        for byte in token {
            *byte = BASE32[usize::from(*byte % 32)];
        }
    }

    /// The high half of a product is uniform once the few draws that would favour small results are
    /// thrown away (Lemire, "Fast random integer generation in an interval").
    fn below_u64(&mut self, n: u64) -> u64 {
        let favoured = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let product = u128::from(self.u64()) * u128::from(n);
            if product as u64 >= favoured {
                return (product >> 64) as u64;
            }
        }
    }
}

impl fmt::Debug for Chance {
    /// Says nothing of the state: it would tell the tags to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats() {
        let draw = |seed| {
            let mut chance = Chance::from_seed([seed; 32]);
            let mut token = [0; 16];
            chance.token(&mut token);
            (chance.u32(), chance.u64(), token)
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut chance = Chance::from_seed([1; 32]);
        let mut seen = [0u32; 5];
        for _ in 0..5_000 {
            seen[chance.below(5) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
        assert_eq!((chance.below(0), chance.below(1)), (0, 0));
    }

    #[test]
    fn between_includes_both_ends() {
        let mut chance = Chance::from_seed([2; 32]);
        let micros = Duration::from_micros;
        let draws: Vec<_> = (0..200).map(|_| chance.between(micros(10), micros(12))).collect();
        assert_eq!(draws.iter().min(), Some(&micros(10)));
        assert_eq!(draws.iter().max(), Some(&micros(12)));
        assert_eq!(chance.between(micros(9), micros(3)), micros(9));
        chance.between(Duration::ZERO, Duration::MAX);
    }

    #[test]
    fn a_token_is_made_of_base32_letters() {
        let mut token = [0; 64];
        Chance::from_seed([3; 32]).token(&mut token);
        assert!(token.iter().all(|byte| BASE32.contains(byte)));
    }
}
