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
    #[error("its name has no address")]
    NoAddress,
    /// No socket of ours speaks that transport and address family.
    #[error("we have no socket for that transport and address family")]
    NoSocket,
    /// No name server says whether it has one.
    #[error("no name server answers for its name")]
    NoNameServer,
    /// No address took a connection; what the last one did.
    #[error(transparent)]
    Connection(#[from] Fault),
    /// The connection broke, or the network says that nobody is there.
    #[error("nobody is there")]
    Gone,
    /// Neither name nor connection came in time.
    #[error("neither name nor connection came in time")]
    Late,
    /// Too many are waiting already.
    #[error("too many are waiting for a connection")]
    Full,
}

/// Why a connection could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody listens there.
    #[error("it refuses the connection")]
    Refused,
    /// Nobody answered in time.
    #[error("no connection comes about")]
    Silent,
    /// The system knows no way.
    #[error("there is no route to it")]
    NoRoute,
    /// The system would not make one.
    #[error("this system makes no connection")]
    System,
    /// It proves to be somebody else (RFC 5922 §7.2).
    #[error("its certificate is for another name")]
    OtherName,
    /// Its certificate does not hold now.
    #[error("its certificate does not hold now")]
    Expired,
    /// Nobody whom we believe has signed for it.
    #[error("its certificate is signed by nobody we believe")]
    UnknownAuthority,
    /// No version, no cipher, no certificate, or no TLS at all.
    #[error("it speaks no TLS with us")]
    NoTls,
}
