//! How a trunk is doing, as the operator is told.

use std::sync::Arc;

use clock::Instant;
use smallvec::SmallVec;

use super::challenge::Unanswered;

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
            Self::Refused { why, retry } => format!("{why}; again in {} s", retry.since(now).as_secs()),
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
    #[error("unreachable")]
    Unreachable,
}

impl Failure {
    /// Whether another server of the carrier might do better: nothing was said about user and secret.
    pub(super) const fn is_of_server(self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable => true,
            Self::Status(status) => status.code() >= 500,
            Self::Challenge(_) => false,
        }
    }
}
