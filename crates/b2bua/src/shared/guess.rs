//! Who guesses PINs: ten wrong ones in five minutes close an extension to all, and whoever tried them to all extensions, as
//! passwords close accounts and sources (RELIABILITY A5). A person's own phone asks for none, so nobody is locked out
//! of their own messages.

use clock::Instant;

use super::recent::Recent;
use crate::auth::{Failures, Limits};

/// Extensions and parties whose failures are kept. Whoever types extensions that nobody has fills nothing but this.
const KEPT: usize = 4096;

/// Remembers wrong PINs.
#[derive(Debug)]
pub(crate) struct Guesses {
    limits: Limits,
    failures: Recent<Failures>,
}

/// A PIN is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try<'a> {
    /// For this extension, as typed.
    pub(crate) ext: &'a str,
    /// By this party: `phone:ana-desk`.
    pub(crate) by: &'a str,
}

/// Whom failures are counted for.
#[derive(Hash)]
enum Whom<'a> {
    Extension(&'a str),
    Party(&'a str),
}

impl Guesses {
    /// Nothing was guessed yet.
    pub(crate) fn new(secret: &[u8; 16]) -> Self {
        Self { limits: Limits::default(), failures: Recent::new(KEPT, secret) }
    }

    /// Whether a PIN is not even looked at.
    pub(crate) fn is_closed(&self, now: Instant, it: Try<'_>) -> bool {
        it.whoms().iter().any(|whom| self.failures.get(whom).is_some_and(|failures| failures.close(now)))
    }

    /// One more was wrong.
    pub(crate) fn failed(&mut self, now: Instant, it: Try<'_>) {
        let limits = self.limits;
        for whom in it.whoms() {
            self.failures.put(&whom, now, |failures| failures.one_more(now, &limits));
        }
    }
}

impl<'a> Try<'a> {
    const fn whoms(self) -> [Whom<'a>; 2] {
        [Whom::Extension(self.ext), Whom::Party(self.by)]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ten_wrong_pins_close_the_extension_and_whoever_tried_for_a_while() {
        let mut guesses = Guesses::new(&[1; 16]);
        let now = Instant::ZERO + Duration::from_secs(3600);
        let of = |ext, by| Try { ext, by };
        for tried in 0..10 {
            assert!(!guesses.is_closed(now, of("101", "ana")), "after {tried}");
            guesses.failed(now, of("101", "ana"));
        }
        let closed = |now, ext, by| guesses.is_closed(now, of(ext, by));
        assert!(closed(now, "101", "ana") && closed(now, "101", "ben") && closed(now, "102", "ana"));
        assert!(!closed(now, "102", "ben"));
        let pause = Limits::default().pause;
        assert!(closed(now + (pause - Duration::from_secs(1)), "101", "ana"));
        assert!(!closed(now + pause, "101", "ana"));
    }

    #[test]
    fn trying_many_extensions_closes_none_of_them_but_whoever_tries() {
        let mut guesses = Guesses::new(&[1; 16]);
        let now = Instant::ZERO + Duration::from_secs(3600);
        let extensions = ["101", "102", "103", "104", "105", "106", "107", "108", "109", "110"];
        for ext in extensions {
            guesses.failed(now, Try { ext, by: "ana" });
        }
        for ext in extensions {
            assert!(guesses.is_closed(now, Try { ext, by: "ana" }));
            assert!(!guesses.is_closed(now, Try { ext, by: "ben" }));
        }
    }
}
