//! Who guesses PINs: ten wrong ones in five minutes close an extension to all, as passwords close an account
//! (RELIABILITY A5). A person's own phone asks for none, so nobody is locked out of their own messages.

use clock::Instant;

use super::recent::Recent;
use crate::auth::{Failures, Limits};

/// Remembers wrong PINs, by the extension that was typed.
#[derive(Debug)]
pub(crate) struct Guesses {
    limits: Limits,
    failures: Recent<Failures>,
}

impl Guesses {
    /// Nothing was guessed yet.
    pub(crate) fn new(secret: &[u8; 16]) -> Self {
        let limits = Limits::default();
        // Extensions have six digits at most; whoever types others fills nothing but this.
        Self { limits, failures: Recent::new(1024, secret) }
    }

    /// Whether a PIN for `ext` is not even looked at.
    pub(crate) fn is_closed(&self, now: Instant, ext: &str) -> bool {
        self.failures.get(&ext).is_some_and(|failures| failures.close(now))
    }

    /// One more was wrong.
    pub(crate) fn failed(&mut self, now: Instant, ext: &str) {
        let limits = self.limits;
        self.failures.put(&ext, now, |failures| failures.one_more(now, &limits));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ten_wrong_pins_close_an_extension_for_a_while() {
        let mut guesses = Guesses::new(&[1; 16]);
        let now = Instant::ZERO + Duration::from_secs(3600);
        for tried in 0..10 {
            assert!(!guesses.is_closed(now, "101"), "after {tried}");
            guesses.failed(now, "101");
        }
        assert!(guesses.is_closed(now, "101") && !guesses.is_closed(now, "102"));
        let pause = Limits::default().pause;
        assert!(guesses.is_closed(now + (pause - Duration::from_secs(1)), "101"));
        assert!(!guesses.is_closed(now + pause, "101"));
    }
}
