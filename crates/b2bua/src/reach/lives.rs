//! Which connections live, and which are let go.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use clock::Instant;
use sip::flow::Flow;

use super::{Reach, is_carrier};
use crate::switch::Output;

impl Reach {
    /// Somebody spoke on `flow`: its connection lives. If it is one of ours, such connections can be had.
    pub fn hears(&mut self, now: Instant, flow: Flow, out: &mut VecDeque<Output>) {
        if self.connections.hears(now, flow) {
            out.extend(self.troubles.over(flow.remote).map(Output::Log));
        }
    }

    /// Whether what is sent down `flow` leaves this machine: datagrams do, a stream as long as its connection lives.
    pub fn is_up(&self, flow: Flow) -> bool {
        !flow.transport.is_reliable() || self.connections.is_up(flow.connection)
    }

    /// A request sent down `flow` at `since` found no answer: if nothing at all was heard on a connection of ours
    /// from then on, the peer no longer knows of it, and it is closed. Whoever comes next opens another.
    pub fn hangs_up_if_deaf(&mut self, flow: Flow, since: Instant, out: &mut VecDeque<Output>) -> bool {
        let deaf = self.connections.deaf(flow.connection, since);
        out.extend(deaf.map(Output::Close));
        deaf.is_some()
    }

    /// What was asked at `remote` in the last `while_asked` was in vain: connections that we opened to it and that nothing
    /// was heard on meanwhile are closed, lest they are used when somebody is back. One that refuses, even to serve, is there.
    pub fn gives_up(
        &mut self,
        now: Instant,
        remote: SocketAddr,
        while_asked: Duration,
        out: &mut VecDeque<Output>,
    ) {
        out.extend(self.connections.deaf_to(now, remote, while_asked).into_iter().map(Output::Close));
    }

    pub(super) fn spare_if_many(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        if self.connections.are_many() {
            self.spare(now, out);
        }
    }

    pub(super) fn spare(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        let Self { connections, kept, names, .. } = self;
        let closed = connections.spare(now, |peer| is_carrier(peer, kept, names));
        out.extend(closed.into_iter().map(Output::Close));
    }
}
