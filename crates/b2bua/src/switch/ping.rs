//! Asking the servers of trunks whether they are there.

use std::{net::SocketAddr, time::Duration};

use sip::{Message, Method, Status, flow::Flow, transaction::Branch};
use smallvec::SmallVec;

use super::Switch;
use crate::{
    core::{User, Waiter},
    reach::{Reached, Terms},
    trunk::{FarEnd, Line, PingId, write_ping},
};

/// How long a server may take for its answer; shorter than the shortest pause between two questions.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

impl Switch {
    /// Asks at each address of the server.
    pub(super) fn ping(&mut self, far_end: &FarEnd) {
        let addresses: SmallVec<[SocketAddr; 4]> = self.core.reach.known(&far_end.at).collect();
        for (id, address) in self.core.trunks.pings(far_end, &addresses) {
            let others: SmallVec<[SocketAddr; 4]> =
                addresses.iter().copied().filter(|other| *other != address).collect();
            let terms = Terms { past: &others, is_urgent: true, prefer: None };
            match self.core.reach(&far_end.at, terms) {
                Reached::Ready(flow) => self.send_ping(id, far_end, flow),
                Reached::Waiting(wait) => {
                    self.core.waiting.insert(wait, Waiter::Ping(id, Box::new(far_end.clone())));
                }
                Reached::Failed(_) => self.ping_ended(id, false),
            }
        }
    }

    pub(super) fn send_ping(&mut self, id: PingId, far_end: &FarEnd, flow: Flow) {
        let branch = Branch::new(&mut self.core.chance);
        let line = Line { transport: flow.transport, sent_by: self.core.identity.advertised(flow), branch };
        let mut buffer = self.core.buffer();
        let bytes = write_ping(far_end, line, &mut self.core.chance, &mut buffer);
        self.core.keep(buffer);
        if self.core.start(User::Ping(id), flow, Method::Options, branch, bytes, Some(PATIENCE)).is_none() {
            self.ping_ended(id, true);
        }
    }

    /// Whatever a server says shows that it is there, but for the words by which one says that what lies behind
    /// it is not.
    pub(super) fn ping_answered(&mut self, id: PingId, response: &Message) {
        let status = response.status().unwrap_or(Status::SERVER_INTERNAL_ERROR);
        if !status.is_provisional() {
            self.core.trunks.hear_ping(id, response);
            let is_out = matches!(status, Status::REQUEST_TIMEOUT | Status::SERVICE_UNAVAILABLE);
            self.ping_ended(id, !is_out);
        }
    }

    pub(super) fn ping_ended(&mut self, id: PingId, is_answered: bool) {
        self.trunk(|trunks, _, out| trunks.pinged(id, is_answered, out));
    }
}
