//! A change that the party makes to its session (RFC 3261 §14, RFC 6141); `ask` holds those of ours.
//!
//! The media of a leg is ours, so a party's change (hold, a new address, fewer formats) is answered here and
//! the other leg never hears of it. Where media is passed by (`media = "direct"`), the change is passed too.
//!
//! | it comes while | it is |
//! |---|---|
//! | nothing else is under way, or our 2xx to the last waits for its ACK | taken (RFC 5407 §3.1.4) |
//! | the ACK to our 2xx is to bring the answer to our offer | refused with 491 (RFC 5407 §3.1.5) |
//! | a refresh of ours is out that offers nothing, or one waits for its next try | taken: it refreshes as well |
//! | formats that we ask for wait for their next try | taken, and ours are asked for anew |
//! | an offer of ours is out, or a change of the other party waits | refused with 491 |
//! | the last of its own has no answer | refused with 500 |

use std::{mem, time::Duration};

use bytes::Bytes;
use sip::{
    Message, Method, Status,
    transaction::{ClientKey, ServerKey},
};

use super::{Leg, News, PATIENCE, T1, T2, Timer, Usage, ask::Ask, uas};
use crate::{core::Core, offer_answer::Exchange, sdp};

/// A change under way; at most one at a time in each direction.
#[derive(Debug, Default)]
pub(super) enum Modify {
    /// None.
    #[default]
    Idle,
    /// Theirs, handed to the call; `key` waits for our final response.
    Passed { key: ServerKey, request: Message },
    /// Theirs; our 2xx waits for its ACK.
    Answered { key: ServerKey, response: Bytes, cseq: u32, interval: Duration },
    /// Ours is out.
    Asking { key: ClientKey, cseq: u32, ask: Box<Ask> },
    /// Ours met theirs and is to be tried again.
    Postponed { ask: Box<Ask> },
}

impl Modify {
    pub(super) fn is_asking(&self, of: ClientKey) -> bool {
        matches!(self, Self::Asking { key, .. } if *key == of)
    }
}

impl Leg {
    /// The party wants a change.
    pub(super) fn reinvite(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        if self.floods(core) {
            return core.refuse_for_now(key, request);
        }
        self.yield_postponed(core);
        self.presume_acknowledged(core);
        match (&self.usage, &self.modify) {
            // RFC 5407 §3.2.2: a re-INVITE that crosses our BYE finds no session any more.
            (Usage::Mortal(_) | Usage::Morgue, _) => {
                core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            }
            // RFC 5407 §3.1.5: the answer to our offer is on its way in an ACK.
            (Usage::Moratorium(_), _) | (Usage::Established, Modify::Answered { .. })
                if self.talk.exchange() == Exchange::OfferSent =>
            {
                core.refuse(key, request, Status::REQUEST_PENDING);
            }
            // RFC 3261 §14.2: one offer at a time; ours out: 491, theirs unanswered: 500.
            (Usage::Established, Modify::Asking { ask, .. } | Modify::Postponed { ask })
                if ask.has_offer() =>
            {
                core.refuse(key, request, Status::REQUEST_PENDING);
            }
            (Usage::Established, _) if self.session.is_too_short(request) => {
                self.refuse_interval(key, request, core);
            }
            (
                Usage::Established,
                Modify::Idle | Modify::Answered { .. } | Modify::Asking { .. } | Modify::Postponed { .. },
            ) => self.change(key, request, core),
            (Usage::Established, Modify::Passed { .. })
            | (Usage::Preparative(_) | Usage::EarlyOut(_) | Usage::EarlyIn(_) | Usage::Moratorium(_), _) => {
                core.refuse_for_now(key, request);
            }
        }
    }

    /// Whether the party asks for changes faster than anybody has reason to (RELIABILITY P10).
    pub(super) fn floods(&mut self, core: &mut Core) -> bool {
        let floods = !self.pace.allows(core.now.mono);
        core.counters.changes_refused += u64::from(floods);
        floods
    }

    fn change(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        if self.talk.is_passed() {
            return self.pass_change(key, request, core);
        }
        let body = sdp::carried(request);
        let place = self.place();
        let answer = if body.is_empty() {
            self.talk.offer_again(place, core)
        } else {
            self.talk.change(&body, place, core)
        };
        match answer {
            Ok(description) => {
                self.succeed_change(key, request, &description, core);
                self.tell(News::Changed, core);
            }
            // The session goes on as it was (RFC 3261 §14.2).
            Err(refusal) => core.refuse(key, request, refusal.status()),
        }
    }

    pub(super) fn pass_change(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        let body = sdp::carried(request);
        if body.is_empty() {
            // It asks for an offer: what the other party said last is one (RFC 3261 §14.2).
            self.modify = Modify::Passed { key, request: request.clone() };
            return self.tell(News::OfferAsked, core);
        }
        if self.talk.passable() == Some(&body) {
            // A refresh: the other party has nothing to say to it.
            let description = self.talk.repeated();
            return self.grant_change(key, request, &description, core);
        }
        if let Err(refusal) = self.talk.hear_offer(&body) {
            return core.refuse(key, request, refusal.status());
        }
        self.modify = Modify::Passed { key, request: request.clone() };
        self.tell(News::ChangeAsked, core);
    }

    /// The other party answered a change that was passed to it.
    pub(crate) fn answer_change(&mut self, description: &Bytes, core: &mut Core) {
        if let Modify::Passed { .. } = &self.modify
            && let Modify::Passed { key, request } = mem::take(&mut self.modify)
        {
            let is_offer = sdp::carried(&request).is_empty();
            self.talk.pass(description, if is_offer { Exchange::OfferSent } else { Exchange::Settled });
            self.grant_change(key, &request, description, core);
        }
        self.watch(core);
    }

    /// The other party refused it.
    pub(crate) fn refuse_change(&mut self, status: Status, core: &mut Core) {
        if let Modify::Passed { .. } = &self.modify
            && let Modify::Passed { key, request } = mem::take(&mut self.modify)
        {
            self.talk.withdraw();
            core.refuse(key, &request, status);
        }
    }

    /// The session ends. While the party's change waits for the other party it is told 487 (RFC 3261 §15.1.2); for the
    /// answer to one of ours nobody waits any more.
    pub(super) fn end_change(&mut self, core: &mut Core) {
        if let Modify::Asking { key, .. } = &self.modify {
            core.forsake(*key);
        }
        self.refuse_change(Status::REQUEST_TERMINATED, core);
    }

    fn grant_change(&mut self, key: ServerKey, request: &Message, description: &[u8], core: &mut Core) {
        if *request.method() == Method::Update {
            self.update_taken(key, request, Some(description), core);
        } else {
            self.succeed_change(key, request, description, core);
        }
    }

    fn succeed_change(&mut self, key: ServerKey, request: &Message, description: &[u8], core: &mut Core) {
        self.dialog.refresh_target(request);
        let lines = self.session.agree(request);
        let said = (&*lines, Some(description));
        let response = uas::response(key, request, Status::OK, &self.dialog, said, core);
        core.respond(key, Status::OK, response.clone());
        self.modify = Modify::Answered { key, response, cseq: request.cseq().number, interval: T1 };
        self.alarm.table.arm(Timer::Retransmit, core.now.mono + T1);
        self.alarm.table.arm(Timer::AckOverdue, core.now.mono + PATIENCE);
        self.keep_time(core);
    }

    pub(super) fn modify_retransmit(&mut self, core: &mut Core) {
        let Modify::Answered { key, .. } = &self.modify else { return };
        self.finds_again(*key, core);
        if let Modify::Answered { key, response, interval, .. } = &mut self.modify {
            core.respond(*key, Status::OK, response.clone());
            *interval = (*interval * 2).min(T2);
            self.alarm.table.arm(Timer::Retransmit, core.now.mono + *interval);
        }
    }

    pub(super) fn modify_acknowledged(&mut self, ack: &Message, core: &mut Core) {
        if !matches!(self.modify, Modify::Answered { cseq, .. } if cseq == ack.cseq().number) {
            return;
        }
        self.modify = Modify::Idle;
        self.alarm.table.clear(Timer::Retransmit);
        self.alarm.table.clear(Timer::AckOverdue);
        if self.talk.exchange() == Exchange::OfferSent {
            self.hear_answer_in_ack(&sdp::carried(ack), core);
        }
    }

    /// The party was asked what it wants by an offer of ours. What is new in its answer goes on to the other leg
    /// where media passes us by, or the other party would send to where nobody listens (RFC 3725 §4).
    fn hear_answer_in_ack(&mut self, answer: &Bytes, core: &mut Core) {
        let said_before = self.talk.passable().cloned();
        if self.talk.hear_answer(answer, core).is_err() {
            self.talk.withdraw();
        } else if self.talk.is_passed() && self.talk.passable() != said_before.as_ref() {
            self.tell(News::ChangeAsked, core);
        }
    }
}
