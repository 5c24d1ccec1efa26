//! What trunks want done: their REGISTERs go out, their words are kept.

use callplan::Public;
use clock::Instant;
use sip::{Method, flow::Flow, transaction::Branch};

use super::Switch;
use crate::{
    core::{User, Waiter},
    reach::{Reached, is_private},
    trunk::{self, Draft, Failure, Line, RegistrationId},
};

impl Switch {
    /// Lets the trunks decide and carries out what they want.
    pub(super) fn trunk(&mut self, work: impl FnOnce(&mut trunk::Trunks, Instant, &mut Vec<trunk::Effect>)) {
        let mut wanted = Vec::new();
        work(&mut self.core.trunks, self.core.now.mono, &mut wanted);
        self.core.identity.outside = match self.core.site.public {
            Public::Auto => self.core.trunks.seen_from().filter(|seen| !is_private(seen.ip)),
            Public::Fixed(_) => None,
        };
        for effect in wanted {
            match effect {
                trunk::Effect::Store(request) => self.core.store(request),
                trunk::Effect::Register(id, draft) => self.reach_registrar(id, draft),
                trunk::Effect::Log(log) => self.core.log(log),
            }
        }
    }

    fn reach_registrar(&mut self, id: RegistrationId, draft: Box<Draft>) {
        match self.core.reach(draft.destination()) {
            Reached::Ready(flow) => self.send_register(id, &draft, flow),
            Reached::Waiting(wait) => drop(self.core.waiting.insert(wait, Waiter::Trunk(id, draft))),
            Reached::Failed(_) => {
                self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out))
            }
        }
    }

    pub(super) fn send_register(&mut self, id: RegistrationId, draft: &Draft, flow: Flow) {
        let branch = Branch::new(&mut self.core.chance);
        let line = Line { transport: flow.transport, sent_by: self.core.identity.advertised(flow), branch };
        let mut buffer = self.core.buffer();
        let bytes = draft.write(line, &mut buffer);
        self.core.keep(buffer);
        if self.core.start(User::Trunk(id), flow, Method::Register, branch, bytes, None).is_none() {
            self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out));
        }
    }
}
