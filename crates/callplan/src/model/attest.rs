//! How far a caller's number is vouched for, and what the switch needs to know that and to vouch itself.

use std::{fmt, sync::Arc};

use super::PemFile;

/// What is known of the caller's number (RFC 8588); the later is the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attest {
    /// `bad`: somebody vouches, and it does not hold.
    Bad,
    /// `none`: nobody vouches.
    None,
    /// `C`: where the call came into the network.
    C,
    /// `B`: who calls.
    B,
    /// `A`: who calls, and that the number is theirs.
    A,
}

impl Attest {
    /// Every one, with its word in the config.
    pub const ALL: [(&'static str, Self); 5] =
        [("A", Self::A), ("B", Self::B), ("C", Self::C), ("none", Self::None), ("bad", Self::Bad)];

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, attest)| attest)
    }
}

impl From<stir::Level> for Attest {
    fn from(level: stir::Level) -> Self {
        match level {
            stir::Level::A => Self::A,
            stir::Level::B => Self::B,
            stir::Level::C => Self::C,
        }
    }
}

impl fmt::Display for Attest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::ALL.into_iter().find(|(_, attest)| attest == self).map(|(word, _)| word);
        f.write_str(word.expect("every one has its word"))
    }
}

/// `[stir]`: whose signatures are believed, and how ours is made (RFC 8224).
#[derive(Clone, Debug, Default)]
pub struct Stir {
    /// The authorities of carriers' certificates; without them nobody is believed.
    pub roots: Option<PemFile>,
    /// Hosts that certificates may be fetched from, wherever they are; none allows every public one.
    pub repositories: Vec<Arc<str>>,
    /// What we sign with.
    pub signer: Option<stir::Signer>,
}
