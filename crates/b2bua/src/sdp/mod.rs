//! Session descriptions (RFC 8866) as far as a phone switch reads and writes them.
//!
//! Reading is tolerant: what a line says is used when it can be, skipped when it cannot, and only what
//! would leave a call without sound is an error. Writing is our own: one audio stream, everything else
//! that was offered is refused in its place (RFC 3264 §6).

mod codec;
mod read;
pub(crate) mod warning;
mod write;

use std::net::IpAddr;

use bytes::Bytes;
use sip::Message;
use smallvec::SmallVec;

pub(crate) use self::codec::with_ours;
pub use self::{
    codec::{Codec, Encoding},
    read::SdpError,
    write::Local,
};

/// Media type of a description.
pub(crate) const SDP: &str = "application/sdp";
/// Longest description read, in bytes; beyond it the answer is 413.
pub const SDP_BYTES_MAX: usize = 32 * 1024;
/// Most m-lines read; beyond it the answer is 488.
pub const MEDIA_LINES_MAX: usize = 16;
/// Most formats of the audio line; the rest are not taken.
pub const CODECS_MAX: usize = 24;

/// What a party said about its audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Where it wants RTP.
    pub address: IpAddr,
    /// RTP port; 0 means that it refuses the stream.
    pub port: u16,
    /// RTCP port if it named one (RFC 3605), else the one above `port`.
    pub rtcp_port: u16,
    /// Formats, the preferred one first.
    pub codecs: Codecs,
    /// Milliseconds a packet it would like to get, 10 to 60.
    pub ptime_ms: u8,
    /// Which way it wants media to flow, in its own words.
    pub direction: Direction,
    /// The profile of the audio line, to be echoed.
    pub profile: Profile,
    /// Position of the audio line among all m-lines.
    pub position: usize,
    /// The other m-lines in order, each to be refused in its place.
    pub refused: Vec<Refused>,
}

/// The description that a message carries, alone or beside other things; empty if there is none.
pub(crate) fn carried(message: &Message) -> Bytes {
    message.body_of(SDP)
}

/// Formats of one audio line.
pub type Codecs = SmallVec<[Codec; 4]>;

/// RTP profiles we speak (RFC 3551, RFC 4585).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `RTP/AVP`.
    Avp,
    /// `RTP/AVPF`.
    Avpf,
}

impl Profile {
    /// As written in an m-line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avp => "RTP/AVP",
            Self::Avpf => "RTP/AVPF",
        }
    }
}

/// An m-line that we do not take: media, protocol and formats, as they have to be echoed with port 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `video`, `image` and so on.
    pub media: Box<str>,
    /// Protocol and formats.
    pub rest: Box<str>,
}

/// Which way media flows, in the words of the one who says it (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// It sends and will not listen: the usual hold.
    SendOnly,
    /// It listens only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// As written in an a-line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What the answerer says when it wants all that this offer allows (RFC 3264 §6.1).
    pub const fn answered(self) -> Self {
        match self {
            Self::SendRecv => Self::SendRecv,
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::Inactive => Self::Inactive,
        }
    }

    /// Whether the one who says it listens.
    pub const fn hears(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// Whether the one who says it sends.
    pub const fn speaks(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }
}
