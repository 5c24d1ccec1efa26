//! Nonces that prove themselves: nothing is kept for a challenge that is never answered (RFC 7616 §3.3, §5.4).

use std::{fmt, time::Duration};

use clock::Wall;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hash::Hex;

/// How long a nonce is good for.
pub const NONCE_LIFE: Duration = Duration::from_secs(60);

/// Hexadecimal digits of the time in a nonce, and of its count.
const TIME: usize = 16;
const COUNT: usize = 8;
/// Bytes of the code that are kept: 128 bits are beyond guessing.
const CODE: usize = 16;

/// The key that this switch's nonces are made with; it outlives restarts, so that nonces do.
#[derive(Clone)]
pub struct NonceKey {
    keyed: Hmac<Sha256>,
    issued: u32,
}

/// What a nonce is to this switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Ours, for this scope and young enough.
    Fresh,
    /// Ours, but too old, or from a time to come: the clock jumped.
    Stale,
    /// Not ours, or for another scope.
    Foreign,
}

impl NonceKey {
    /// A key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("a key of any length will do");
        Self { keyed, issued: 0 }
    }

    /// A new nonce for a scope: whatever must be the same when it comes back.
    pub fn issue(&mut self, wall: Wall, scope: &[u8]) -> String {
        // Two challenges of the same microsecond must differ, or the count of one would use up that of the other.
        self.issued = self.issued.wrapping_add(1);
        let mut stamp = [0; (TIME + COUNT) / 2];
        let (time, count) = stamp.split_at_mut(TIME / 2);
        time.copy_from_slice(&wall.unix_micros().to_be_bytes());
        count.copy_from_slice(&self.issued.to_be_bytes());
        let stamp = Hex::of(&stamp);
        let code = self.code(stamp.as_str(), scope);
        [stamp.as_str(), code.as_str()].concat()
    }

    /// Whether a nonce is one of ours, and its age.
    pub fn check(&self, nonce: &str, wall: Wall, scope: &[u8]) -> Age {
        let Some((stamp, code)) = nonce.split_at_checked(TIME + COUNT) else { return Age::Foreign };
        if !self.code(stamp, scope).is(code) {
            return Age::Foreign;
        }
        let issued = u64::from_str_radix(&stamp[..TIME], 16).expect("the code says that we wrote it");
        let age = wall.unix_micros().checked_sub(issued as i64).and_then(|age| u64::try_from(age).ok());
        match age {
            Some(age) if Duration::from_micros(age) <= NONCE_LIFE => Age::Fresh,
            Some(_) | None => Age::Stale,
        }
    }

    fn code(&self, stamp: &str, scope: &[u8]) -> Hex {
        let mut mac = self.keyed.clone();
        mac.update(stamp.as_bytes());
        mac.update(scope);
        Hex::of(&&mac.finalize().into_bytes()[..CODE])
    }
}

/// Secrets don't go into logs.
impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey")
    }
}
