//! Streams of media threads, and the addresses that media comes to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use media::control::{Remote, Request as MediaRequest, StreamId};

use super::Core;
use crate::offer_answer::Stream;

impl Core {
    /// Whether a packet to `address` would come to ourselves (RELIABILITY P4).
    pub(crate) fn is_ours(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let is_here = self.media_addresses.contains(&ip) || self.identity.is_here(ip);
        self.identity.is_ours(address) || (is_here && self.ports.are_bound(address.port()))
    }

    /// The address that a party sends its media to whose signalling comes from `source`, in the family of `like`
    /// if we have one there.
    pub(crate) fn media_address(&self, like: IpAddr, source: IpAddr) -> IpAddr {
        let is_v4 = like.to_canonical().is_ipv4();
        let alike = self.media_addresses.iter().find(|ours| ours.is_ipv4() == is_v4);
        let own = *alike.or(self.media_addresses.first()).unwrap_or(&IpAddr::V4(Ipv4Addr::LOCALHOST));
        let beside = self.identity.beside(source).filter(|here| here.is_ipv4() == own.is_ipv4());
        let outside = || self.identity.outside_for(own, source).map(|outside| outside.ip);
        beside.or_else(outside).unwrap_or(own)
    }

    /// Opens a stream on a port that is bound already; `None` when none is.
    pub(crate) fn open_stream(&mut self, id: StreamId, thread: u8) -> Option<Stream> {
        let port = self.ports.take(thread)?;
        self.media(thread, MediaRequest::Open { stream: id, port });
        Some(Stream { id, thread, port })
    }

    /// Tells a media thread about the party of a stream.
    pub(crate) fn aim_stream(&mut self, stream: Stream, remote: Remote) {
        self.media(stream.thread, MediaRequest::Aim { stream: stream.id, remote: Box::new(remote) });
    }

    /// Ends a stream; its port comes back when the thread announces it again.
    pub(crate) fn close_stream(&mut self, stream: Stream) {
        self.ports.leave(stream.thread);
        self.media(stream.thread, MediaRequest::Close { stream: stream.id });
    }
}
