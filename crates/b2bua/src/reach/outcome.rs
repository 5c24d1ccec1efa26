//! What is asked of a way, and what comes of it.

use std::net::SocketAddr;

use sip::flow::Flow;
use smallvec::SmallVec;

use super::WaitId;

/// What a request asks of its way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// Addresses that were tried already.
    pub past: &'a [SocketAddr],
    /// Those who asked for a rest are tried too, after all others.
    pub is_urgent: bool,
    /// Comes before others that did as well.
    pub prefer: Option<SocketAddr>,
}

/// Outcomes told to those who waited, in the order in which they had asked for a slot.
pub type Told = SmallVec<[(WaitId, Result<Flow, Unreachable>); 2]>;

/// The answer to "how do I get there".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Send now.
    Ready(Flow),
    /// The outcome comes under this id.
    Waiting(WaitId),
    /// There is no way.
    Failed(Unreachable),
}

/// Why there is no flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// No socket of ours speaks that transport and address family.
    #[error("we have no socket for that transport and address family")]
    NoSocket,
    /// Every address refused the connection.
    #[error("the connection was refused")]
    Refused,
    /// Neither name nor connection came in time.
    #[error("neither name nor connection came in time")]
    Late,
    /// Too many are waiting already.
    #[error("too many are waiting for a connection")]
    Full,
}
