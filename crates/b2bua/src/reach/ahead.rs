//! Connections that are written to before they stand: for requests too large for a datagram, and in the place of one
//! that broke.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

use clock::Instant;
use sip::flow::{Flow, Transport};

use super::{Destination, Peer, Place, Reach, Terms};
use crate::switch::Output;

/// Connections that are opened ahead are numbered by us, with this bit; others by who opens them, without.
const CONNECTIONS_AHEAD: u32 = 1 << 31;

impl Reach {
    /// A connection to `remote` that may be written to ahead of its being there, for a request too large for a
    /// datagram (RFC 3261 §18.1.1). Where it can't be had it ends as any other does. `None` where no socket of
    /// ours is for it, or [`takes_datagrams_only`](Self::takes_datagrams_only) was said of late.
    pub fn stream_ahead(
        &mut self,
        now: Instant,
        remote: SocketAddr,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        if self.datagrams_only.holds(now, remote) {
            return None;
        }
        self.ahead(now, Peer { transport: Transport::Tcp, remote, host: None }, true, out)
    }

    /// Nothing came of a connection to `remote`: it is not tried for a while.
    pub fn takes_datagrams_only(&mut self, now: Instant, remote: SocketAddr) {
        self.datagrams_only.note(now, remote);
    }

    /// The way to a place whose connection broke (RFC 3261 §18.1.1, §18.2.2): another that stands by now, else one
    /// that may be written to at once. Over TLS its certificate has to name `host`.
    pub fn again(
        &mut self,
        now: Instant,
        place: Place,
        host: Option<&Arc<str>>,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        let (transport, remote) = place;
        if !transport.is_reliable() {
            let local = self.socket(transport, remote)?;
            return Some(Flow { transport, local, remote, connection: 0 });
        }
        let host = host.filter(|_| transport.is_secure()).cloned();
        self.ahead(now, Peer { transport, remote, host }, false, out)
    }

    /// The same to the first address of `destination` that `may` be used; `host` is whom to believe at an address
    /// that has no name of its own.
    pub fn again_at(
        &mut self,
        now: Instant,
        destination: &Destination,
        host: Option<&Arc<str>>,
        may: impl Fn(Place) -> bool,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        let places = self.served(now, destination, may, out)?;
        let places = self.allowed(now, places, Terms { is_urgent: true, ..Terms::default() });
        let host = host.filter(|_| destination.numeric().is_some()).unwrap_or(&destination.host);
        places.iter().find_map(|place| self.again(now, *place, Some(host), out))
    }

    fn ahead(
        &mut self,
        now: Instant,
        peer: Peer,
        is_detour: bool,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        if let Some(flow) = self.connections.to(now, &peer) {
            return Some(flow);
        }
        let Peer { transport, remote, host } = peer.clone();
        let local = self.socket(transport, remote)?;
        self.ahead = self.ahead.checked_add(1).filter(|ahead| *ahead < CONNECTIONS_AHEAD)?;
        let connection = CONNECTIONS_AHEAD | self.ahead;
        let flow = Flow { transport, local, remote, connection };
        self.connections.hold(now, peer, flow);
        out.push_back(Output::OpenAhead { flow, host, is_detour });
        self.spare_if_many(now, out);
        Some(flow)
    }
}
