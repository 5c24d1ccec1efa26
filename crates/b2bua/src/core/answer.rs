//! Answers that begin nothing: refusals, bare statuses, what strangers are told.

use bytes::Bytes;
use callplan::Session;
use sip::{Message, Name, Status, flow::Flow, message::respond_to, transaction::ServerKey};
use smallvec::SmallVec;

use super::{Core, Wires};
use crate::{
    extension,
    identity::{ALLOW, ALLOW_OUTSIDE, SUPPORTED},
    sdp::warning,
};

impl Core {
    /// Answers a stranger, and keeps nothing of its transaction (RELIABILITY P7).
    pub(crate) fn answer_stranger(&mut self, key: ServerKey, request: &Message, bytes: Bytes) {
        let Some(flow) = self.transactions.flow_of(key) else { return };
        if !is_proportionate(flow, request.raw().len(), &bytes) {
            self.counters.unanswered += 1;
            return self.forget(key);
        }
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.respond_stateless(key, bytes, &mut out);
    }

    /// Keeps nothing of a request that is not worth an answer.
    pub(crate) fn forget(&mut self, key: ServerKey) {
        self.transactions.forget(key);
    }

    /// Answers with a bare status: no body, no Contact.
    pub(crate) fn refuse(&mut self, key: ServerKey, request: &Message, status: Status) {
        self.refuse_with(key, request, status, &[]);
    }

    /// Answers 500 with a short Retry-After: another change is under way (RFC 3261 §14.2).
    pub(crate) fn refuse_for_now(&mut self, key: ServerKey, request: &Message) {
        let seconds = self.chance.below(11).to_string();
        self.refuse_with(key, request, Status::SERVER_INTERNAL_ERROR, &[(Name::RetryAfter, &seconds)]);
    }

    /// Answers OPTIONS with what there is (RFC 3261 §11.2).
    pub(crate) fn answer_options(&mut self, key: ServerKey, request: &Message, rules: Session) {
        let supported = extensions(rules);
        let allow = if request.to_tag().is_some() { ALLOW } else { ALLOW_OUTSIDE };
        let abilities = [
            (Name::Allow, allow),
            (Name::Accept, "application/sdp, application/dtmf-relay"),
            (Name::AcceptEncoding, "identity"),
            (Name::Supported, &*supported),
        ];
        self.refuse_with(key, request, Status::OK, &abilities);
    }

    /// Answers with a status and some headers.
    pub(crate) fn refuse_with(
        &mut self,
        key: ServerKey,
        request: &Message,
        status: Status,
        headers: &[(Name, &str)],
    ) {
        let Some(flow) = self.transactions.flow_of(key) else { return };
        let agent = self.identity.agent.clone();
        // Only who was let in is refused here: a stranger learns nothing of what is spoken (RELIABILITY P8).
        let warning = (status == Status::NOT_ACCEPTABLE_HERE).then(|| warning::objection(request)).flatten();
        let warning = warning.map(|it| warning::value(&self.site.domain, it));
        let own = warning.iter().map(|it| (Name::Warning, &**it)).chain([(Name::Server, &*agent)]);
        let headers: SmallVec<[(Name, &str); 5]> = headers.iter().copied().chain(own).collect();
        let bytes = self.refusal(flow, request, status, &headers);
        self.respond(key, status, bytes);
    }

    /// The bytes of a refusal; also for those answered without a transaction. It does not say who refuses: a stranger
    /// that looks for switches of one kind is told nothing.
    pub(crate) fn refusal(
        &mut self,
        flow: Flow,
        request: &Message,
        status: Status,
        headers: &[(Name, &str)],
    ) -> Bytes {
        let mut tag = [0; 12];
        self.chance.token(&mut tag);
        let tag = str::from_utf8(&tag).expect("base32 letters are ASCII");
        let mut buffer = self.buffer();
        let mut writer = respond_to(&mut buffer, request, flow.remote, status, Some(tag));
        for (name, value) in headers {
            writer = writer.text(*name, value);
        }
        let bytes = writer.end();
        self.keep(buffer);
        bytes
    }
}

/// Value of `Supported` towards a party with these rules: extensions of calls, then those of the registrar.
pub(crate) fn extensions(rules: Session) -> String {
    let of_calls = extension::supported(rules);
    let separator = if of_calls.is_empty() { "" } else { ", " };
    [of_calls, separator, SUPPORTED].concat()
}

/// Whether an answer is at most twice as long as what asked for it: a datagram may name another's address as
/// its source, and must not be worth more there than here (RELIABILITY P8).
pub(crate) fn is_proportionate(flow: Flow, asked: usize, answer: &Bytes) -> bool {
    flow.transport.is_reliable() || answer.len() <= 2 * asked
}
