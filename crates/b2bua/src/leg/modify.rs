//! A change that the party makes to its session (RFC 3261 §14, RFC 6141); `ask` holds those of ours.
//!
//! The media of a leg is ours, so a party's change (hold, a new address, fewer formats) is answered here and
//! the other leg never hears of it. Where media is passed by (`media = "direct"`), the change is passed too.
//!
//! | it comes while | it is |
//! |---|---|
//! | nothing else is under way, or our 2xx to the last waits for its ACK | taken |
//! | a refresh of ours waits for its next try | taken: it refreshes as well |
//! | a request of ours is out, or a change of the other party waits | refused with 491 |
//! | the last of its own has no answer | refused with 500 |

use std::{mem, time::Duration};

use bytes::Bytes;
use sip::{
    Message, Method, Status,
    transaction::{ClientKey, ServerKey},
};

use super::{Leg, News, PATIENCE, T1, T2, Timer, Usage, ask::Ask, uas};
use crate::{core::Core, offer_answer::Exchange};

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
        self.yield_refresh(core);
        match (&self.usage, &self.modify) {
            // RFC 5407 §3.1.5: a re-INVITE that crosses our BYE finds no session any more.
            (Usage::Mortal(_) | Usage::Morgue, _) => {
                core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            }
            // RFC 3261 §14.2: one INVITE at a time; ours out: 491, theirs unanswered: 500.
            (Usage::Established, Modify::Asking { .. } | Modify::Postponed { .. }) => {
                core.refuse(key, request, Status::REQUEST_PENDING);
            }
            (Usage::Established, _) if self.session.is_too_short(request) => {
                self.refuse_interval(key, request, core);
            }
            (Usage::Established, Modify::Idle | Modify::Answered { .. }) => {
                self.change(key, request, core);
            }
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
        let body = request.body();
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
        let body = request.body();
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
            self.talk.pass(description, Exchange::Settled);
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

    /// The session ends while the party's change waits for the other party: it is told 487
    /// (RFC 3261 §15.1.2).
    pub(super) fn end_change(&mut self, core: &mut Core) {
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
        if self.talk.exchange() == Exchange::OfferSent && self.talk.hear_answer(&ack.body(), core).is_err() {
            self.talk.withdraw();
        }
    }
}
