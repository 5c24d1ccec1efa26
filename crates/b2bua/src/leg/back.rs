//! Responses to an INVITE whose connection broke (RFC 3261 §18.2.2): a carrier is connected to, where its Via says that
//! it listens. A phone is not, for it mostly sits behind a NAT; it calls again.

use std::{mem, net::SocketAddr};

use sip::{Status, flow::Flow, transaction::ServerKey};

use super::{Leg, News, Party, Usage, uas::Invited, way};
use crate::core::Core;

impl Leg {
    /// The connection is gone that the responses to the party's INVITE go down.
    pub(crate) fn flow_lost(&mut self, key: ServerKey, core: &mut Core) {
        match mem::replace(&mut self.usage, Usage::Morgue) {
            Usage::EarlyIn(mut invited) if invited.key == key => {
                let back = self.way_back(&mut invited, core);
                self.usage = Usage::EarlyIn(invited);
                match back {
                    Some(flow) => self.goes_on_by(key, flow, core),
                    None => self.is_left(core),
                }
            }
            Usage::Moratorium(waiting) if waiting.key == key => {
                self.usage = Usage::Moratorium(waiting);
                let flow = self.way(core);
                self.goes_on_by(key, flow, core);
            }
            usage @ (Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Mortal(_)
            | Usage::Morgue) => self.usage = usage,
        }
    }

    /// A connection to whom the INVITE is of, once: who can't be connected to is gone.
    fn way_back(&self, invited: &mut Invited, core: &mut Core) -> Option<Flow> {
        let Party::Trunk(trunk) = &self.party else { return None };
        if mem::replace(&mut invited.has_moved, true) {
            return None;
        }
        let port = invited.request.way_back().port().unwrap_or(self.flow.transport.port());
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
