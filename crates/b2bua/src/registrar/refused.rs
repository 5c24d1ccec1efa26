//! Why a REGISTER changes nothing, and what its phone is told.

use std::time::Duration;

use sip::{Name, Status};

use super::reply::Reply;

/// Why a REGISTER changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// It requires what this registrar doesn't know.
    #[error("unknown extensions required: {0}")]
    PeerExtensions(String),
    /// It is for somebody else's bindings.
    #[error("the address-of-record is not the phone's own")]
    PeerStranger,
    /// A Contact can't be read, or is none that can be called.
    #[error("bad Contact")]
    PeerContact,
    /// An interval is shorter than this least one.
    #[error("interval under {0:?}")]
    PeerInterval(Duration),
    /// The proxy in between can't lead back to the phone's flow.
    #[error("the first hop does not support flows")]
    PeerFirstHop,
    /// A binding was registered by this or a later request already.
    #[error("not newer than what is registered")]
    PeerOrder,
    /// A text is longer than is kept.
    #[error("a text is too long")]
    LimitText,
    /// More contacts in one request than a phone may have.
    #[error("too many contacts")]
    LimitContacts,
    /// No further phone fits.
    #[error("too many phones")]
    LimitPhones,
}

impl Refused {
    pub(super) fn reply(self) -> Reply {
        let reply = Reply::empty(match &self {
            Self::PeerExtensions(_) => Status::BAD_EXTENSION,
            Self::PeerStranger | Self::LimitContacts => Status::FORBIDDEN,
            Self::PeerContact | Self::LimitText => Status::BAD_REQUEST,
            Self::PeerInterval(_) => Status::INTERVAL_TOO_BRIEF,
            Self::PeerFirstHop => Status::FIRST_HOP_LACKS_OUTBOUND_SUPPORT,
            // As an old CSeq is answered within a dialog (RFC 3261 §12.2.2); §10.3 leaves the status open.
            Self::PeerOrder => Status::SERVER_INTERNAL_ERROR,
            Self::LimitPhones => Status::SERVICE_UNAVAILABLE,
        });
        match self {
            Self::PeerExtensions(options) => reply.with(Name::Unsupported, options),
            Self::PeerInterval(least) => reply.with(Name::MinExpires, least.as_secs().to_string()),
            Self::PeerStranger
            | Self::PeerContact
            | Self::PeerFirstHop
            | Self::PeerOrder
            | Self::LimitText
            | Self::LimitContacts
            | Self::LimitPhones => reply,
        }
    }
}
