//! UPDATE: a refresh or a change of the session without the three steps of an INVITE, before the answer as
//! well as after it (RFC 3311 §5.2).

use sip::{Message, Name, Status, transaction::ServerKey};

use super::{Leg, News, Usage, modify::Modify, timer::INTERVAL_MIN, uas};
use crate::{core::Core, offer_answer::Exchange, sdp};

impl Leg {
    /// The party refreshes or changes the session.
    pub(super) fn update(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        match &self.usage {
            Usage::EarlyOut(_) | Usage::EarlyIn(_) | Usage::Moratorium(_) | Usage::Established => {}
            Usage::Preparative(_) | Usage::Mortal(_) | Usage::Morgue => {
                return core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            }
        }
        if self.floods(core) {
            return core.refuse_for_now(key, request);
        }
        if self.session.is_too_short(request) {
            return self.refuse_interval(key, request, core);
        }
        let body = sdp::carried(request);
        if !body.is_empty() {
            match self.talk.exchange() {
                // §5.2: an offer while ours is out, or while theirs waits for its answer.
                Exchange::OfferSent => return core.refuse(key, request, Status::REQUEST_PENDING),
                Exchange::OfferHeard | Exchange::Fresh => return core.refuse_for_now(key, request),
                Exchange::Settled => {}
            }
        }
        self.yield_postponed(core);
        if body.is_empty() {
            return self.update_taken(key, request, None, core);
        }
        if self.talk.is_passed() {
            // The other leg has no session yet, or a change of this one is under way.
            let is_free = matches!((&self.usage, &self.modify), (Usage::Established, Modify::Idle));
            if !is_free {
                return core.refuse_for_now(key, request);
            }
            return self.pass_change(key, request, core);
        }
        match self.talk.change(&body, self.place(), core) {
            Ok(description) => {
                self.update_taken(key, request, Some(&description), core);
                self.tell(News::Changed, core);
            }
            // The session goes on as it was.
            Err(refusal) => core.refuse(key, request, refusal.status()),
        }
    }

    /// Answers an UPDATE with 200.
    pub(super) fn update_taken(
        &mut self,
        key: ServerKey,
        request: &Message,
        description: Option<&[u8]>,
        core: &mut Core,
    ) {
        self.dialog.refresh_target(request);
        let lines = self.session.agree(request);
        let response = uas::response(key, request, Status::OK, &self.dialog, (&lines, description), core);
        core.respond(key, Status::OK, response);
        if self.is_up() {
            self.keep_time(core);
        }
    }

    /// Answers 422 to an interval that is too short (RFC 4028 §9).
    pub(super) fn refuse_interval(&self, key: ServerKey, request: &Message, core: &mut Core) {
        let least = INTERVAL_MIN.to_string();
        core.refuse_with(key, request, Status::SESSION_INTERVAL_TOO_SMALL, &[(Name::MinSe, &least)]);
    }
}
