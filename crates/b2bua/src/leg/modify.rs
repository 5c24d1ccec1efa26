//! A change to an established session, from either side: re-INVITE (RFC 3261 §14, RFC 6141), and UPDATE
//! where a change of ours may be one.
//!
//! The media of a leg is ours, so a party's change (hold, a new address, fewer formats) is answered here and
//! the other leg never hears of it. Where media is passed by (`media = "direct"`), the change is passed too.

use std::{mem, time::Duration};

use bytes::Bytes;
use sip::{
    Message, Method, Name, Status,
    transaction::{Branch, ClientKey, ServerKey},
};

use super::{Leg, News, PATIENCE, Party, T1, T2, Timer, Usage, uas};
use crate::{
    cause::Release,
    core::{Core, Credentials, User},
    dialog::MAX_FORWARDS,
    identity,
    offer_answer::Exchange,
    trunk::{Answered, Challenged},
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
    Asking { key: ClientKey, cseq: u32, ask: Box<Ask> },
    /// Ours met theirs and is to be tried again.
    Postponed { ask: Box<Ask> },
}

/// What we ask of the party.
#[derive(Debug)]
pub(super) struct Ask {
    purpose: Purpose,
    /// INVITE or UPDATE.
    method: Method,
    /// Empty in an UPDATE that only refreshes.
    offer: Bytes,
    /// Intervals that were too short for the party.
    intervals: u8,
    answered: Answered,
    credentials: Credentials,
}

/// Why we ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The other leg wants it.
    Change,
    /// The session must not expire (RFC 4028).
    Refresh,
}

/// Most 422 that one request is sent again for; each asks for more than the last.
pub(super) const INTERVALS_MAX: u8 = 3;

impl Ask {
    fn new(purpose: Purpose, method: Method, offer: Bytes) -> Box<Self> {
        let (answered, credentials) = (Answered::default(), Credentials::new());
        Box::new(Self { purpose, method, offer, intervals: 0, answered, credentials })
    }

    pub(super) fn refresh_by_update() -> Box<Self> {
        Self::new(Purpose::Refresh, Method::Update, Bytes::new())
    }

    pub(super) fn refresh_by_invite(offer: Bytes) -> Box<Self> {
        Self::new(Purpose::Refresh, Method::Invite, offer)
    }

    const fn has_offer(&self) -> bool {
        !self.offer.is_empty()
    }
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
        self.dialog.refresh_target(request);
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
        if let Modify::Passed { key, request } = mem::take(&mut self.modify) {
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

    /// Asks the party for a change that the other leg wants. While another change is under way the wish
    /// waits; a later wish takes its place.
    pub(crate) fn ask_change(&mut self, offer: Bytes, core: &mut Core) {
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) => {
                self.ask(Ask::new(Purpose::Change, Method::Invite, offer), core);
            }
            (Usage::Established | Usage::Moratorium(_), _) => {
                self.tell(News::ChangeRefused(Status::REQUEST_PENDING), core);
            }
            _ => self.tell(News::ChangeRefused(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST), core),
        }
        self.watch(core);
    }

    /// Sends a re-INVITE or UPDATE.
    pub(super) fn ask(&mut self, ask: Box<Ask>, core: &mut Core) {
        let way = self.way(core);
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(way, branch);
        let contact = core.identity.contact(way, self.dialog.local_tag(), self.dialog.is_sips()).to_string();
        let mut buffer = core.buffer();
        let writer = self
            .dialog
            .request(&mut buffer, &ask.method, &via)
            .header(Name::MaxForwards, MAX_FORWARDS)
            .header(Name::Contact, contact)
            .header(Name::Allow, identity::ALLOW);
        let mut writer = self.session.ask(writer, false);
        for credential in &ask.credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        let writer = if ask.has_offer() { writer.body("application/sdp", &ask.offer) } else { writer };
        let bytes = writer.end();
        core.keep(buffer);
        let user = User::Leg(self.id);
        match core.start(user, way, ask.method.clone(), branch, bytes, None) {
            Some(key) => {
                if ask.has_offer() {
                    self.talk.offered(&ask.offer);
                }
                self.modify = Modify::Asking { key, cseq: self.dialog.local_cseq(), ask };
            }
            None => self.change_refused(&ask, Status::SERVICE_UNAVAILABLE, core),
        }
    }

    pub(super) fn modified(
        &mut self,
        status: Status,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        if status.is_provisional() {
            return;
        }
        let Modify::Asking { cseq, ask, .. } = mem::take(&mut self.modify) else { return };
        if status.is_success() {
            return self.change_taken(cseq, &ask, response, core);
        }
        if ask.has_offer() {
            self.talk.withdraw();
        }
        match status {
            Status::REQUEST_PENDING => self.postpone(ask, core),
            Status::SESSION_INTERVAL_TOO_SMALL => self.ask_longer(ask, response, core),
            Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => {
                self.ask_again_proven(ask, response, is_from_party, core);
            }
            Status::METHOD_NOT_ALLOWED | Status::NOT_IMPLEMENTED if ask.method == Method::Update => {
                self.session.refused_update();
                let offer = if ask.has_offer() { ask.offer } else { self.talk.repeated() };
                self.ask(Ask::new(ask.purpose, Method::Invite, offer), core);
            }
            _ => self.change_failed(&ask, status, core),
        }
    }

    fn change_taken(&mut self, cseq: u32, ask: &Ask, response: &Message, core: &mut Core) {
        self.dialog.refresh_target(response);
        if ask.method == Method::Invite {
            self.credentials.clone_from(&ask.credentials);
            self.acknowledge(cseq, core);
        }
        self.session.hear(response);
        self.keep_time(core);
        let is_heard = !ask.has_offer() || self.talk.hear_answer(&response.body(), core).is_ok();
        if !is_heard {
            self.talk.withdraw();
        }
        match (ask.purpose, is_heard) {
            (Purpose::Change, true) => self.tell(News::ChangeTaken, core),
            (Purpose::Change, false) => {
                self.tell(News::ChangeRefused(Status::NOT_ACCEPTABLE_HERE), core);
            }
            (Purpose::Refresh, _) => {}
        }
    }

    /// RFC 3261 §14.1: the owner of the Call-ID waits longer, so that the two don't meet again.
    fn postpone(&mut self, ask: Box<Ask>, core: &mut Core) {
        let (least, most) = if self.dialog.is_call_id_ours() { (2_100, 4_000) } else { (0, 2_000) };
        let wait = core.chance.between(Duration::from_millis(least), Duration::from_millis(most));
        core.counters.glares += 1;
        self.modify = Modify::Postponed { ask };
        self.alarm.table.arm(Timer::ModifyAgain, core.now.mono + wait);
    }

    fn ask_longer(&mut self, mut ask: Box<Ask>, response: &Message, core: &mut Core) {
        ask.intervals += 1;
        if ask.intervals <= INTERVALS_MAX && self.session.raise(response) {
            self.ask(ask, core);
        } else {
            self.change_failed(&ask, Status::SESSION_INTERVAL_TOO_SMALL, core);
        }
    }

    /// A carrier may challenge any request, not only the first.
    fn ask_again_proven(
        &mut self,
        mut ask: Box<Ask>,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        let credentials = match &self.party {
            Party::Trunk(trunk) => {
                let uri = self.dialog.request_uri();
                let request = Challenged { method: &ask.method, uri, body: &ask.offer };
                core.answer_challenge(trunk, &mut ask.answered, request, response, is_from_party)
            }
            Party::Phone(_) => None,
        };
        match credentials {
            Some(credentials) => {
                ask.credentials = credentials;
                self.ask(ask, core);
            }
            None => self.change_failed(&ask, response.status().unwrap_or(Status::FORBIDDEN), core),
        }
    }

    pub(super) fn modify_again(&mut self, core: &mut Core) {
        if let Modify::Postponed { ask } = mem::take(&mut self.modify) {
            self.ask(ask, core);
        }
    }

    /// No answer came to a change of ours.
    pub(super) fn modify_unanswered(&mut self, status: Status, core: &mut Core) {
        let Modify::Asking { ask, .. } = mem::take(&mut self.modify) else { return };
        if ask.has_offer() {
            self.talk.withdraw();
        }
        self.change_failed(&ask, status, core);
    }

    /// The change is off, the session goes on; unless the party says that there is none (RFC 3261 §14.1,
    /// RFC 4028 §10).
    fn change_failed(&mut self, ask: &Ask, status: Status, core: &mut Core) {
        self.change_refused(ask, status, core);
        if matches!(status, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT) {
            let release = match ask.purpose {
                Purpose::Change => Release::Normal,
                Purpose::Refresh => Release::NotRefreshed,
            };
            self.tell(News::HungUp(release), core);
            self.leave(release, core);
        }
    }

    fn change_refused(&mut self, ask: &Ask, status: Status, core: &mut Core) {
        match ask.purpose {
            Purpose::Change => self.tell(News::ChangeRefused(status), core),
            Purpose::Refresh => self.refresh_later(core),
        }
    }
}
