//! Connections that are written to before they stand, for requests too large for a datagram.

use std::{collections::VecDeque, net::SocketAddr};

use clock::Instant;
use sip::flow::{Flow, Transport};

use super::{Peer, Reach};
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
        let peer = Peer { transport: Transport::Tcp, remote, host: None };
        if let Some(flow) = self.connections.to(now, &peer) {
            return Some(flow);
        }
        let local = self.socket(Transport::Tcp, remote)?;
        self.ahead = self.ahead.checked_add(1).filter(|ahead| *ahead < CONNECTIONS_AHEAD)?;
        let connection = CONNECTIONS_AHEAD | self.ahead;
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        self.connections.hold(now, peer, flow);
        out.push_back(Output::OpenAhead(flow));
        self.spare_if_many(now, out);
        Some(flow)
    }

    /// Nothing came of a connection to `remote`: it is not tried for a while.
    pub fn takes_datagrams_only(&mut self, now: Instant, remote: SocketAddr) {
        self.datagrams_only.note(now, remote);
    }
}
