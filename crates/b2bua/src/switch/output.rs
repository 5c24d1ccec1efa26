//! Everything a switch asks of the world around it.

use std::{net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use sip::flow::{Flow, Transport};

use super::input::OpenId;
use crate::reach::Destination;

/// One thing the world has to do; none of them is answered within the same input.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes down this flow.
    Transmit {
        /// Where to.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Open a connection; answered with `FlowEvent::Opened` or `Failed`.
    Open {
        /// Names it.
        id: OpenId,
        /// TCP, TLS or WebSocket.
        transport: Transport,
        /// To whom.
        remote: SocketAddr,
        /// Whom its certificate has to name, over TLS (RFC 5922 §4).
        host: Arc<str>,
    },
    /// Open this connection; what is sent down it waits until it is there. `FlowEvent::Closed` tells when it can't
    /// be had, or has ended.
    OpenAhead {
        /// As it is named from now on.
        flow: Flow,
        /// Whom its certificate has to name, over TLS.
        host: Option<Arc<str>>,
        /// What is sent could also go as a datagram, so it is not to wait for long.
        is_detour: bool,
    },
    /// Close a connection after what was sent.
    Close(Flow),
    /// Keep this.
    Store(store::Request),
    /// Ask a media thread.
    Media {
        /// Which thread.
        thread: u8,
        /// What.
        request: media::control::Request,
    },
    /// Find the servers of a destination (RFC 3263 §4); answered with `Input::Resolved`.
    Resolve {
        /// Names the question.
        question: u64,
        /// Its host is a name.
        destination: Destination,
    },
    /// Judge the passports of a call; answered with `Input::Attested`, or never.
    Verify(Box<Verify>),
    /// Delete this file: a recording that turned out to hold nothing, or a message.
    Discard {
        /// Which.
        path: Arc<Path>,
        /// Kept once the file is gone.
        then: Option<store::Request>,
    },
    /// The call that was asked for has this number, or was not placed.
    Originated(Result<store::CallId, super::NotPlaced>),
    /// Draining is over: no call is left.
    Drained,
    /// A line for the operator's log.
    Log(Log),
}

/// Who vouches for a caller, to be judged (RFC 8224 §6.2).
#[derive(Debug)]
pub struct Verify {
    /// Names the question.
    pub asker: u64,
    /// The values of the Identity headers.
    pub passports: Vec<Box<str>>,
    /// What they have to say.
    pub claim: stir::Claim,
    /// Call-ID they came with.
    pub call_id: Arc<str>,
    /// When, in seconds of the civil clock.
    pub unix: u64,
    /// Whom to believe: what its `stir` says.
    pub site: Arc<callplan::Site>,
}

/// A fact for the operator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Log {
    /// Worth knowing.
    Info(String),
    /// Something the operator should mend.
    Warn(String),
}
