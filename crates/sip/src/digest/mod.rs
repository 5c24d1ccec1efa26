//! Digest authentication, both sides (RFC 7616, RFC 8760; RFC 3261 §22).
//!
//! Hashes, proofs and nonces; it keeps no accounts and no clock, and knows no policy: who may do what, and which
//! challenge of a trunk may be answered at all, is decided above.

mod answer;
mod count;
mod hash;
mod nonce;
mod offer;
mod verify;

pub use answer::{Request, Secret, answer};
pub use count::{Count, NonceCounts};
pub use hash::{Algorithm, Ha1, ha1};
pub use nonce::{Age, NONCE_LIFE, NonceKey};
pub use offer::Offer;
pub use verify::{Form, verify};

pub use crate::header::{Challenge, Credentials};

/// What a proof covers; the lesser stands first, as it is the one every body survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// The kind of this word; `None` for one that this switch doesn't know.
    pub fn of(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("auth") {
            Some(Self::Auth)
        } else if word.eq_ignore_ascii_case("auth-int") {
            Some(Self::AuthInt)
        } else {
            None
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}
