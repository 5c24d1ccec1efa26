//! The branch of a request of ours (RFC 3261 §8.1.1.7).

use std::fmt;

use clock::Chance;

use crate::header::COOKIE;

/// Names one of our client transactions, and the CANCEL that goes with it: the magic cookie and 80 random bits.
///
/// That much can't be guessed, so a response that carries it comes from somebody who saw the request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Branch([u8; LETTERS]);

const LETTERS: usize = 16;

impl Branch {
    /// A branch that no request had before.
    pub fn new(chance: &mut Chance) -> Self {
        let mut letters = [0; LETTERS];
        chance.token(&mut letters);
        Self(letters)
    }

    /// Reads the branch of a response; `None` if it can't be one of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self(text.strip_prefix(COOKIE)?.as_bytes().try_into().ok()?))
    }

    /// The random part.
    pub(super) const fn letters(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Branch {
    /// As it stands in a Via.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(COOKIE)?;
        f.write_str(
            std::str::from_utf8(&self.0).expect("made of letters, or cut from a str at its ASCII end"),
        )
    }
}

impl fmt::Debug for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
