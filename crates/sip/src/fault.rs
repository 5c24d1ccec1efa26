//! Why bytes are no SIP message, grouped by who is at fault, and the status that tells the peer (RFC 3261 §21.4).

use crate::{Status, header::Name};

/// What is wrong with a message, or with a value in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but line ends: a keep-alive (RFC 5626 §4.4.1).
    #[error("no message")]
    PeerEmpty,
    /// The first line is of another protocol, or noise.
    #[error("not SIP")]
    PeerNotSip,
    /// The first line is meant to be SIP, but breaks RFC 3261 §7.1 or §7.2.
    #[error("malformed start line")]
    PeerStartLine,
    /// A version other than 2.0.
    #[error("SIP version not supported")]
    PeerVersion,
    /// A header line without colon, with a bad name or with a bare CR or LF.
    #[error("malformed header line")]
    PeerLine,
    /// No empty line ends the head.
    #[error("head without end")]
    PeerHeadEnd,
    /// A header that every message must have is not there (RFC 3261 §8.1.1).
    #[error("missing {0}")]
    PeerMissing(Name),
    /// A header that may stand once stands twice.
    #[error("repeated {0}")]
    PeerRepeated(Name),
    /// A header's value breaks its grammar.
    #[error("malformed {0}")]
    PeerHeader(Name),
    /// A URI breaks RFC 3261 §19.1.1 or RFC 3966 §3.
    #[error("malformed URI")]
    PeerUri,
    /// A name-addr or addr-spec breaks RFC 3261 §20.10.
    #[error("malformed address")]
    PeerAddress,
    /// A `;name=value` list breaks its grammar.
    #[error("malformed parameter")]
    PeerParameter,
    /// A header value that is none of the above breaks its grammar.
    #[error("malformed header value")]
    PeerValue,
    /// The method of the request is not the one in CSeq (RFC 3261 §8.1.1.5).
    #[error("CSeq of another method")]
    PeerMethod,
    /// Content-Length is no number, stands twice with different numbers, or is missing on a stream.
    #[error("bad Content-Length")]
    PeerContentLength,
    /// Content-Length promises more than the datagram holds (RFC 3261 §18.3).
    #[error("body shorter than Content-Length")]
    PeerBodyShort,
    /// More bytes than a message may have.
    #[error("message too large")]
    LimitMessage,
    /// More header lines than a message may have.
    #[error("too many header lines")]
    LimitLines,
    /// A header line longer than allowed.
    #[error("header line too long")]
    LimitLine,
    /// More Vias than a message may have.
    #[error("too many Vias")]
    LimitVias,
    /// More parameters than a value may have.
    #[error("too many parameters")]
    LimitParameters,
}

impl Fault {
    /// What the peer is told; `None` where no answer makes sense.
    pub const fn status(&self) -> Option<Status> {
        match self {
            Self::PeerEmpty | Self::PeerNotSip => None,
            Self::PeerVersion => Some(Status::VERSION_NOT_SUPPORTED),
            Self::LimitMessage => Some(Status::MESSAGE_TOO_LARGE),
            Self::PeerStartLine
            | Self::PeerLine
            | Self::PeerHeadEnd
            | Self::PeerMissing(_)
            | Self::PeerRepeated(_)
            | Self::PeerHeader(_)
            | Self::PeerUri
            | Self::PeerAddress
            | Self::PeerParameter
            | Self::PeerValue
            | Self::PeerMethod
            | Self::PeerContentLength
            | Self::PeerBodyShort
            | Self::LimitLines
            | Self::LimitLine
            | Self::LimitVias
            | Self::LimitParameters => Some(Status::BAD_REQUEST),
        }
    }

    /// The same fault, told as one of this header where nothing nearer is known.
    pub(crate) const fn of(self, name: Name) -> Self {
        let is_of_a_value =
            matches!(self, Self::PeerUri | Self::PeerAddress | Self::PeerParameter | Self::PeerValue);
        if is_of_a_value { Self::PeerHeader(name) } else { self }
    }
}
