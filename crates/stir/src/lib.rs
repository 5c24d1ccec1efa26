//! Passports of calls: who vouches for a caller's number, signed (RFC 8224, RFC 8225, SHAKEN by RFC 8588).
//!
//! `sign` writes what we vouch for; the feature `verify` reads what others do and judges it. Nothing here
//! fetches a certificate, knows the time or keeps a call: bytes and clocks are handed in. Signatures are ES256
//! with a nonce made from key and message (RFC 6979), so the same call is signed alike each time.

#![forbid(unsafe_code)]

mod sign;
#[cfg(feature = "verify")]
mod verify;

pub use sign::{Signer, Unusable};
#[cfg(feature = "verify")]
pub use verify::{Bad, Passport, Replays, Roots};

/// How much whoever signs knows of the caller (RFC 8588 §4, ATIS-1000074).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing but where the call came in.
    C,
    /// Who it is, but not that the number is theirs.
    B,
    /// Who it is, and that the number is theirs.
    A,
}

impl Level {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

/// What a passport is about: a call from one number to another. Numbers are digits alone, country code first
/// (RFC 8225 §5.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who calls.
    pub orig: String,
    /// Who is called.
    pub dest: String,
}

impl Claim {
    /// Between two numbers, however they are separated; the plus goes.
    pub fn between(orig: &str, dest: &str) -> Self {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect();
        Self { orig: digits(orig), dest: digits(dest) }
    }
}
