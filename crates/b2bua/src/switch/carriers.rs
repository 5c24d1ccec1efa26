//! What trunks want done: their REGISTERs go out, their words are kept.

use std::net::SocketAddr;

use callplan::Public;
use clock::{Instant, Key};
use sip::{Message, Method, Status, flow::Flow, transaction::Branch};

use super::{Log, Switch, ping};
use crate::{
    core::{Core, User, Waiter},
    leg::{Leg, Party},
    reach::{Reached, Standing, Terms, Unreachable, is_private},
    trunk::{self, Draft, Failure, Line, RegistrationId, retry_after},
};

impl Switch {
    /// Lets the trunks decide and carries out what they want.
    pub(super) fn trunk(&mut self, work: impl FnOnce(&mut trunk::Trunks, Instant, &mut Vec<trunk::Effect>)) {
        self.trunk_on(None, work);
    }

    fn trunk_on(
        &mut self,
        heard_on: Option<Flow>,
        work: impl FnOnce(&mut trunk::Trunks, Instant, &mut Vec<trunk::Effect>),
    ) {
        let mut wanted = Vec::new();
        work(&mut self.core.trunks, self.core.now.mono, &mut wanted);
        self.core.identity.outside = match self.core.site.public {
            Public::Auto => self.core.trunks.seen_from().filter(|seen| !is_private(seen.ip)),
            Public::Fixed(_) => None,
        };
        for effect in wanted {
            match effect {
                trunk::Effect::Store(request) => self.core.store(request),
                trunk::Effect::Register(id, draft) => self.reach_registrar(id, draft, heard_on),
                trunk::Effect::Ping(far_end) => self.ping(&far_end),
                trunk::Effect::Down(address) => {
                    let Core { now, reach, outputs, .. } = &mut self.core;
                    reach.gives_up(now.mono, address, ping::PATIENCE, outputs);
                }
                trunk::Effect::Back(address) => self.core.reach.forgive(address),
                trunk::Effect::Log(log) => self.core.log(log),
            }
        }
        let down = self.core.trunks.down().collect();
        self.core.reach.set_down(down);
    }

    /// A REGISTER that answers a challenge goes to the server that challenged; any other wherever the carrier may
    /// be reached, most of all where it was before.
    fn reach_registrar(&mut self, id: RegistrationId, draft: Box<Draft>, challenged_on: Option<Flow>) {
        if let Some(flow) = challenged_on.filter(|_| draft.is_signed()) {
            return self.send_register(id, &draft, flow);
        }
        let prefer = self.core.trunks.way(id).and_then(|(sent_to, _)| sent_to);
        let terms = Terms { past: &[], is_urgent: true, prefer };
        match self.core.reach(draft.destination(), terms) {
            Reached::Ready(flow) => self.send_register(id, &draft, flow),
            Reached::Waiting(wait) => drop(self.core.waiting.insert(wait, Waiter::Trunk(id, draft))),
            Reached::Failed(why) => self.register_failed(id, why.into()),
        }
    }

    pub(super) fn send_register(&mut self, id: RegistrationId, draft: &Draft, flow: Flow) {
        let branch = Branch::new(&mut self.core.chance);
        let line = Line { transport: flow.transport, sent_by: self.core.identity.advertised(flow), branch };
        let mut buffer = self.core.buffer();
        let bytes = draft.write(line, &mut buffer);
        self.core.keep(buffer);
        self.core.trunks.sent(id, flow);
        if self.core.start(User::Trunk(id), flow, Method::Register, branch, bytes, None).is_none() {
            self.trunk(|trunks, now, out| trunks.failed(now, id, Unreachable::Full.into(), false, out));
        }
    }

    /// A REGISTER ended without an answer: the carrier's next address comes first from now on.
    pub(super) fn register_failed(&mut self, id: RegistrationId, why: Failure) {
        if let Some((Some(remote), _)) = self.core.trunks.way(id) {
            self.core.reach.avoid(self.core.now.mono, remote);
        }
        let elsewhere = self.registers_elsewhere(id);
        self.trunk(|trunks, now, out| trunks.failed(now, id, why, elsewhere, out));
    }

    /// The answer to a REGISTER. A server that is out of service says nothing of the others of its carrier.
    pub(super) fn register_answered(&mut self, id: RegistrationId, flow: Flow, response: &Message) {
        let is_out = response.status() == Some(Status::SERVICE_UNAVAILABLE);
        if is_out {
            self.core.reach.avoid(self.core.now.mono, flow.remote);
        }
        let elsewhere = is_out && self.registers_elsewhere(id);
        self.trunk_on(Some(flow), |trunks, now, out| trunks.response(now, id, response, elsewhere, out));
    }

    fn registers_elsewhere(&self, id: RegistrationId) -> bool {
        let terms = Terms { is_urgent: true, ..Terms::default() };
        let core = &self.core;
        core.trunks.way(id).is_some_and(|(sent_to, at)| {
            sent_to.is_some() && core.reach.prospect(core.now.mono, at, terms) == Some(Standing::Good)
        })
    }

    /// A request sent down `flow` at `since` found no answer: a connection that has been silent ever since is closed.
    pub(super) fn hang_up_on_the_deaf(&mut self, flow: Flow, since: Instant) {
        if self.core.reach.hangs_up_if_deaf(flow, since, &mut self.core.outputs) {
            let line = format!("the connection to {} is dead: nothing is heard on it", flow.remote);
            self.core.log(Log::Warn(line));
        }
    }

    /// A carrier's address that does not answer is tried last for a while (RFC 3263 §4.3).
    pub(super) fn avoid_silent_trunk(&mut self, leg: Key<Leg>) {
        if let Some(remote) = self.called_carrier(leg) {
            self.core.reach.avoid(self.core.now.mono, remote);
        }
    }

    /// A carrier's address that asks for a rest gets it (RFC 3261 §21.5.4).
    pub(super) fn rest_busy_trunk(&mut self, leg: Key<Leg>, response: &Message) {
        if response.status() != Some(Status::SERVICE_UNAVAILABLE) {
            return;
        }
        let (Some(remote), Some(asked)) = (self.called_carrier(leg), retry_after(response)) else { return };
        self.core.reach.rest(self.core.now.mono, remote, asked);
    }

    /// Where a carrier is being called by this leg.
    fn called_carrier(&self, leg: Key<Leg>) -> Option<SocketAddr> {
        let leg = self.legs.get(leg)?;
        let is_called = leg.is_calling() && matches!(leg.party(), Party::Trunk(_));
        is_called.then(|| leg.flow().remote)
    }
}
