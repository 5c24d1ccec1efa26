//! The stream of a leg, at most one for its life: opened at the first description that we write, aimed at what the
//! party says, closed with the leg.

use std::net::{IpAddr, SocketAddr};

use media::control::{Counts, Latch, Remote, StreamId};

use super::{Refusal, Talk};
use crate::{
    core::Core,
    reach::is_private,
    sdp::{Codec, Codecs, Direction, Local, Profile},
};

/// What the stream of a leg is called and which thread it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub stream: StreamId,
    /// The thread of the call: both legs are on one.
    pub thread: u8,
}

/// The stream of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its name at the media thread.
    pub id: StreamId,
    /// The thread.
    pub thread: u8,
    /// Even RTP port.
    pub port: u16,
}

impl Talk {
    /// The stream, once opened and while it is in a thread's hands.
    pub fn stream(&self) -> Option<Stream> {
        self.stream.filter(|_| self.moving.is_none())
    }

    /// Ends the stream.
    pub(crate) fn close(&mut self, core: &mut Core) {
        if self.ends_later() {
            return;
        }
        if let Some(stream) = self.stream.take() {
            self.is_closing = true;
            core.close_stream(stream);
        }
    }

    /// The media thread closed the stream.
    pub const fn closed(&mut self, counts: Counts) {
        self.is_closing = false;
        self.counts = counts;
    }

    /// Gives up waiting for the media thread.
    pub const fn forget(&mut self) {
        self.is_closing = false;
        self.moving = None;
    }

    /// Whether no stream is open or on its way to be closed.
    pub const fn is_closed(&self) -> bool {
        self.stream.is_none() && !self.is_closing
    }

    /// Packets that passed, once the stream is closed.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn describe(&mut self, codecs: Codecs, at: Place, core: &mut Core) -> Result<Local, Refusal> {
        let stream = match self.stream {
            Some(stream) => stream,
            None => *self.stream.insert(core.open_stream(at.stream, at.thread).ok_or(Refusal::NoPort)?),
        };
        let version = self.local.as_ref().map_or(1, |local| local.version + 1);
        Ok(Local {
            session: at.stream.0,
            version,
            address: core.media_address(self.family(), self.source),
            port: stream.port,
            codecs,
            ptime_ms: self.remote.as_ref().map_or(20, |remote| remote.ptime_ms),
            direction: Direction::SendRecv,
            profile: Profile::Avp,
            // Lines once there stay in their places (RFC 3264 §8).
            position: self.local.as_ref().map_or(0, |local| local.position),
            refused: self.local.as_ref().map(|local| local.refused.clone()).unwrap_or_default(),
        })
    }

    /// An address of the family that the party is told ours in: the one it named, else the one it speaks from.
    fn family(&self) -> IpAddr {
        let named = self.remote.as_ref().map(|remote| remote.address);
        named.filter(|address| !address.is_unspecified()).unwrap_or(self.source)
    }

    /// Tells the media thread where the party listens and which sources to believe.
    pub(super) fn aim(&self, core: &mut Core) {
        let (Some(stream), Some(remote), Some(local)) = (self.stream, &self.remote, &self.local) else {
            return;
        };
        if self.moving.is_some() {
            return;
        }
        let common = remote.common(&local.codecs);
        let rtp = SocketAddr::new(remote.address, remote.port);
        // Sent to ourselves, media would go round for ever (RELIABILITY P4): a party who asks for that hears
        // nothing.
        let held = remote.address.is_unspecified() || remote.port == 0 || core.is_ours(rtp);
        // Phones that hold a call announce `sendonly` and mostly send nothing.
        let must_speak = remote.direction == Direction::SendRecv && !held;
        let latch =
            if self.is_behind_nat(remote.address) { Latch::Behind(self.source) } else { Latch::Strict };
        core.aim_stream(
            stream,
            Remote {
                rtp,
                rtcp: SocketAddr::new(remote.address, remote.rtcp_port),
                latch,
                payloads: common.iter().map(Codec::payload).collect(),
                hears: remote.direction.hears() && !held,
                speaks: remote.direction.speaks() && !held,
                ptime_ms: remote.ptime_ms,
                silence_after: must_speak.then_some(core.site.limits.silence_max),
            },
        );
    }

    /// NAT is detected, not configured (RELIABILITY M1): signalling showed it, or the SDP names a private
    /// address while the signalling comes from a public one.
    fn is_behind_nat(&self, media: IpAddr) -> bool {
        self.behind_nat || (is_private(media) && !is_private(self.source))
    }
}
