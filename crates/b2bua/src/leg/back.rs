//! An INVITE whose connection broke before its final response.
//!
//! One of the party's is answered by another (RFC 3261 §18.2.2): a carrier is connected to, where its Via says that it
//! listens. A phone is not, for it mostly sits behind a NAT; it calls again. A 2xx that waits for its ACK looks for a
//! way each time that it is repeated: as often as that, and no more, whoever takes no connection is asked for one.
//!
//! | one of ours, and the party | then |
//! |---|---|
//! | said nothing yet | it ends: 503 (RFC 3261 §8.1.3.1) |
//! | rings | it goes on, and its answer comes by another connection; a second call would make two phones ring |
//! | said no more than 100, as any hop does that knows nothing of it | it is cancelled, and to the call it is 503 |
//! | was told CANCEL | it is told again, lest that went down with the connection |
//! | was asked for a change | nothing comes of that; a refresh is tried again |

use std::{mem, net::SocketAddr};

use sip::{
    Status,
    flow::Flow,
    transaction::{ClientKey, ServerKey},
};

use super::{Cancel, Leg, News, Party, Usage, way};
use crate::{cause::Release, core::Core};

impl Leg {
    /// The connection is gone by which the final response to an INVITE of ours was to come.
    pub(crate) fn flow_failed(&mut self, key: ClientKey, core: &mut Core) {
        match &mut self.usage {
            Usage::Preparative(inviting) | Usage::EarlyOut(inviting) if inviting.key == key => {
                match inviting.cancel {
                    Cancel::Unwanted if inviting.has_rung => {}
                    Cancel::Unwanted => self.is_cut_off(core),
                    Cancel::Sent(release) => {
                        inviting.cancel = Cancel::Wanted(release);
                        self.cancel_if_waiting(core);
                    }
                    Cancel::Wanted(_) | Cancel::Wayless(..) => {}
                }
            }
            Usage::Established if self.modify.is_asking(key) => {
                core.forsake(key);
                self.modify_unanswered(Status::SERVICE_UNAVAILABLE, core);
            }
            Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Mortal(_)
            | Usage::Morgue => {}
        }
        self.watch(core);
    }

    /// Nobody knows whether anybody rings.
    fn is_cut_off(&mut self, core: &mut Core) {
        if matches!(self.party, Party::Trunk(_)) {
            core.reach.avoid(core.now.mono, self.flow.remote);
        }
        self.tell(News::Unanswered(Status::SERVICE_UNAVAILABLE), core);
        self.stop(Release::NoAnswer, core);
    }

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
        }
    }

    /// A 2xx is about to be repeated: by another way, if its connection is gone.
    pub(super) fn finds_again(&mut self, key: ServerKey, core: &mut Core) {
        let flow = core.transactions.flow_of(key);
        if flow.is_some_and(|flow| !core.reach.is_up(flow)) {
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
