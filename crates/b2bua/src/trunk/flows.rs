//! What trunks are registered on, and what follows when that breaks (RFC 5626 §4.5).

use clock::Instant;
use sip::flow::Flow;

use super::{Effect, Entry, RegistrationId, Trunks, registration::Event};

impl Trunks {
    /// A REGISTER is sent down this flow.
    pub fn sent(&mut self, id: RegistrationId, flow: Flow) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.sent_on = Some(flow);
        }
    }

    /// Whether somebody is registered on this flow.
    pub fn are_on(&self, flow: Flow) -> bool {
        self.entries.iter().any(|(_, entry)| entry.sent_on == Some(flow))
    }

    /// A connection ended: whoever is registered on it is known to its carrier by a way that is none.
    pub fn flow_closed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Effect>) {
        let is_on_it = |(_, entry): &(_, &Entry)| entry.sent_on == Some(flow);
        let on_it: Vec<_> = self.entries.iter().filter(is_on_it).map(|(id, _)| id).collect();
        for id in on_it {
            self.handle(now, id, Event::FlowLost, false, out);
        }
    }
}
