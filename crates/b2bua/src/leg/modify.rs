//! A change to an established session: the re-INVITE from either side (RFC 3261 §14, RFC 6141).
//!
//! The media of a leg is ours, so a party's change (hold, a new address, fewer formats) is answered here and
//! the other leg never hears of it. Where media is passed by (`media = "direct"`), the change is passed too.

use std::time::Duration;

use bytes::Bytes;
use sip::{
    Message, Method, Name, Status,
    transaction::{Branch, ClientKey, ServerKey},
};

use super::{Leg, News, PATIENCE, T1, T2, Timer, Usage, uas};
use crate::{
    cause::Release,
    core::{Core, User},
    dialog::MAX_FORWARDS,
    identity,
    offer_answer::Exchange,
};

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
    Asking { key: ClientKey, cseq: u32, offer: Bytes },
    /// Ours met theirs and is to be tried again.
    Postponed { offer: Bytes },
}

impl Modify {
    pub(super) fn is_asking(&self, of: ClientKey) -> bool {
        matches!(self, Self::Asking { key, .. } if *key == of)
    }
}

impl Leg {
    /// The party wants a change.
    pub(super) fn reinvite(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        match (&self.usage, &self.modify) {
            // RFC 5407 §3.1.5: a re-INVITE that crosses our BYE finds no session any more.
            (Usage::Mortal(_) | Usage::Morgue, _) => {
                core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            }
            // RFC 3261 §14.2: one INVITE at a time; ours out: 491, theirs unanswered: 500.
            (Usage::Established, Modify::Asking { .. } | Modify::Postponed { .. }) => {
                core.refuse(key, request, Status::REQUEST_PENDING);
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

    fn change(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        self.dialog.refresh_target(request);
        if self.talk.is_passed() {
            return self.pass_change(key, request, core);
        }
        let body = request.body();
        let answer = if body.is_empty() {
            self.talk.offer_again(self.place(), core)
        } else {
            self.talk.hear_offer(&body).and_then(|()| self.talk.answer_again(self.place(), core))
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

    fn pass_change(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        let body = request.body();
        if body.is_empty() {
            // It asks for an offer: what the other party said last is one (RFC 3261 §14.2).
            self.modify = Modify::Passed { key, request: request.clone() };
            return self.tell(News::OfferAsked, core);
        }
        if let Err(refusal) = self.talk.hear_offer(&body) {
            return core.refuse(key, request, refusal.status());
        }
        self.modify = Modify::Passed { key, request: request.clone() };
        self.tell(News::ChangeAsked, core);
    }

    /// The other party answered a change that was passed to it.
    pub(crate) fn answer_change(&mut self, description: &Bytes, core: &mut Core) {
        if let Modify::Passed { key, request } = std::mem::take(&mut self.modify) {
            self.talk.pass(Exchange::Settled);
            self.succeed_change(key, &request, description, core);
        }
        self.watch(core);
    }

    /// The other party refused it.
    pub(crate) fn refuse_change(&mut self, status: Status, core: &mut Core) {
        if let Modify::Passed { .. } = &self.modify
            && let Modify::Passed { key, request } = std::mem::take(&mut self.modify)
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

    fn succeed_change(&mut self, key: ServerKey, request: &Message, description: &[u8], core: &mut Core) {
        let response = uas::response(key, request, Status::OK, &self.dialog, Some(description), core);
        core.respond(key, Status::OK, response.clone());
        self.modify = Modify::Answered { key, response, cseq: request.cseq().number, interval: T1 };
        self.alarm.table.arm(Timer::Retransmit, core.now.mono + T1);
        self.alarm.table.arm(Timer::AckOverdue, core.now.mono + PATIENCE);
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

    /// Asks the party for a change that the other leg wants. While another change is under way the wish
    /// waits; a later wish takes its place.
    pub(crate) fn ask_change(&mut self, offer: Bytes, core: &mut Core) {
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) => self.send_reinvite(offer, core),
            (Usage::Established | Usage::Moratorium(_), _) => {
                self.tell(News::ChangeRefused(Status::REQUEST_PENDING), core);
            }
            _ => self.tell(News::ChangeRefused(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST), core),
        }
        self.watch(core);
    }

    fn send_reinvite(&mut self, offer: Bytes, core: &mut Core) {
        let way = self.way(core);
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(way, branch);
        let contact = core.identity.contact(way, self.dialog.local_tag(), self.dialog.is_sips()).to_string();
        let mut buffer = core.buffer();
        let bytes = self
            .dialog
            .request(&mut buffer, &Method::Invite, &via)
            .header(Name::MaxForwards, MAX_FORWARDS)
            .header(Name::Contact, contact)
            .header(Name::Allow, identity::ALLOW)
            .body("application/sdp", &offer)
            .end();
        core.keep(buffer);
        let user = User::Leg(self.id);
        match core.start(user, way, Method::Invite, branch, bytes, None) {
            Some(key) => {
                self.talk.pass(Exchange::OfferSent);
                self.modify = Modify::Asking { key, cseq: self.dialog.local_cseq(), offer };
            }
            None => self.tell(News::ChangeRefused(Status::SERVICE_UNAVAILABLE), core),
        }
    }

    pub(super) fn modified(&mut self, status: Status, response: &Message, core: &mut Core) {
        if status.is_provisional() {
            return;
        }
        let Modify::Asking { cseq, offer, .. } = std::mem::take(&mut self.modify) else { return };
        if status.is_success() {
            self.dialog.refresh_target(response);
            self.acknowledge(cseq, core);
            if self.talk.hear_answer(&response.body(), core).is_ok() {
                self.tell(News::ChangeTaken, core);
            }
        } else if status == Status::REQUEST_PENDING {
            // RFC 3261 §14.1: the owner of the Call-ID waits longer, so that the two don't meet again.
            let (least, most) = if self.dialog.is_call_id_ours() { (2_100, 4_000) } else { (0, 2_000) };
            let wait = core.chance.between(Duration::from_millis(least), Duration::from_millis(most));
            core.counters.glares += 1;
            self.talk.withdraw();
            self.modify = Modify::Postponed { offer };
            self.alarm.table.arm(Timer::ModifyAgain, core.now.mono + wait);
        } else {
            self.modify_failed(status, core);
        }
    }

    pub(super) fn modify_again(&mut self, core: &mut Core) {
        if let Modify::Postponed { offer } = std::mem::take(&mut self.modify) {
            self.send_reinvite(offer, core);
        }
    }

    /// The change is off, the session goes on; unless the party says that there is none (RFC 3261 §14.1).
    pub(super) fn modify_failed(&mut self, status: Status, core: &mut Core) {
        self.modify = Modify::Idle;
        self.talk.withdraw();
        self.tell(News::ChangeRefused(status), core);
        if matches!(status, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT) {
            self.tell(News::HungUp(Release::Normal), core);
            self.leave(Release::Normal, core);
        }
    }
}
