//! How a trunk is doing, as the operator is told.

use std::sync::Arc;

use clock::Instant;
use smallvec::SmallVec;

use super::challenge::Unanswered;
use crate::reach::{Blame, Unreachable};

/// How a trunk is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Name in the config.
    pub name: Arc<str>,
    /// Its registrations, one for each server of the carrier; one word for a trunk that does not register.
    pub health: SmallVec<[Health; 1]>,
}

/// How a registration is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The trunk does not register: both sides know the other's address.
    ByAddress,
    /// Not yet, or no longer.
    Unregistered,
    /// The first answer is awaited.
    Registering,
    /// The carrier knows us until then.
    Registered {
        /// When its binding ends, unless refreshed.
        until: Instant,
    },
    /// The carrier does not know us.
    Refused {
        /// Why.
        why: Failure,
        /// When the next attempt is made.
        retry: Instant,
    },
}

impl Health {
    /// Whether calls can be expected to go through.
    pub const fn is_usable(&self) -> bool {
        matches!(self, Self::ByAddress | Self::Registered { .. })
    }

    /// In the operator's words.
    pub fn told(&self, now: Instant) -> String {
        match self {
            Self::ByAddress => "known by address".to_owned(),
            Self::Unregistered => "not registered".to_owned(),
            Self::Registering => "registering".to_owned(),
            Self::Registered { until } => format!("registered for {} s", until.since(now).as_secs()),
            Self::Refused { why, retry } => {
                format!("{}; again in {} s", why.blame().told(why), retry.since(now).as_secs())
            }
        }
    }
}

/// Why a trunk is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The carrier refused.
    #[error("refused with {status} {}", .0.reason(), status = .0)]
    Status(sip::Status),
    /// Its challenge can't be answered, or our answer was refused.
    #[error(transparent)]
    Challenge(#[from] Unanswered),
    /// No answer came.
    #[error("no answer")]
    TimedOut,
    /// There is no way to it.
    #[error("unreachable: {0}")]
    Unreachable(#[from] Unreachable),
}

impl Failure {
    /// Who erred, and what mends it.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Status(status) => of_status(status.code()),
            Self::Challenge(why) => why.blame(),
            Self::TimedOut => {
                Blame::between("see whether `host` and `transport` are right and no firewall stands between")
            }
            Self::Unreachable(why) => why.blame(),
        }
    }
}

/// What a carrier means by refusing a REGISTER (RFC 3261 §21).
const fn of_status(status: u16) -> Blame {
    match status {
        ..400 => Blame::ours("it takes registrations elsewhere: write as `host` where"),
        403 => Blame::theirs("ask it whether the account is open and may come from our address"),
        404 => Blame::ours("it knows no such account: write as `user` the one it gave you"),
        408 => Blame::theirs("what lies behind its edge does not answer: nothing to do here"),
        423 => Blame::theirs("it asks for intervals that nobody can keep: tell it"),
        480 => Blame::theirs("it takes no registrations now: nothing to do here"),
        400..500 => Blame::ours("what we sent is not to its liking: ask it why"),
        500..600 => Blame::theirs("it is out of order: nothing to do here"),
        600.. => Blame::theirs("ask it whether the account is open"),
    }
}

impl Unanswered {
    /// Who erred, and what mends it.
    pub const fn blame(self) -> Blame {
        match self {
            Self::PeerStranger => Blame::between("somebody else answers in its place: nothing is given away"),
            Self::PeerRealm => {
                Blame::theirs("nothing is given away; if the realm is the carrier's own, write it as `realm`")
            }
            Self::PeerScheme => Blame::theirs("have it ask by Digest with MD5, SHA-256 or SHA-512-256"),
            Self::PeerRefused => Blame::ours("write the ones that it gave you"),
            Self::LimitChallenges => Blame::theirs("it asks again and again: tell it"),
            Self::LocalNoSecret => Blame::ours("write the `user` and `secret` that it gave you"),
        }
    }
}

impl Failure {
    /// Whether another server of the carrier might do better: nothing was said about user and secret.
    pub(super) const fn is_of_server(self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable(_) => true,
            Self::Status(status) => status.code() >= 500,
            Self::Challenge(_) => false,
        }
    }
}
