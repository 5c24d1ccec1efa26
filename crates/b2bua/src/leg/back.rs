//! Responses to an INVITE whose connection broke (RFC 3261 §18.2.2): a carrier is connected to, where its Via says that
//! it listens. A phone is not, for it mostly sits behind a NAT; it calls again.

use std::{mem, net::SocketAddr};

use sip::{Status, flow::Flow, transaction::ServerKey};

use super::{Leg, News, Party, Usage, way};
use crate::core::Core;

impl Leg {
    /// The connection is gone that the responses to the party's INVITE go down.
    pub(crate) fn flow_lost(&mut self, key: ServerKey, core: &mut Core) {
        if let Usage::EarlyIn(invited) = &mut self.usage
            && invited.key == key
        {
            // Once: who can't be connected to is gone.
            let has_moved = mem::replace(&mut invited.has_moved, true);
            let port = invited.request.way_back().port();
            let back = if has_moved { None } else { self.way_back(port, core) };
            match back {
                Some(flow) => self.goes_on_by(key, flow, core),
                None => self.is_left(core),
            }
        } else if matches!(&self.usage, Usage::Moratorium(waiting) if waiting.key == key) {
            let flow = self.way(core);
            self.goes_on_by(key, flow, core);
        }
    }

    /// A connection to whom the INVITE is of, where its Via says that it listens.
    fn way_back(&self, port: Option<u16>, core: &mut Core) -> Option<Flow> {
        let Party::Trunk(trunk) = &self.party else { return None };
        let port = port.unwrap_or(self.flow.transport.port());
        way::back(self.flow, SocketAddr::new(self.flow.remote.ip(), port), trunk, core)
    }

    fn goes_on_by(&mut self, key: ServerKey, flow: Flow, core: &mut Core) {
        core.transactions.moves(key, flow);
        self.flow = flow;
    }

    /// Nobody is there to answer.
    fn is_left(&mut self, core: &mut Core) {
        self.tell(News::Cancelled, core);
        // Nobody hears it, but the INVITE's transaction has to end.
        self.refuse(Status::REQUEST_TERMINATED, core);
    }
}
