//! A change that we ask of the party: re-INVITE (RFC 3261 §14), or UPDATE (RFC 3311) where the party takes it.
//!
//! Either the other leg wants it, as media passes us by, or the session must not expire. It is sent again where
//! it met a change of the party (491), was too short (422) or lacked credentials (401, 407).

use std::{mem, net::SocketAddr, time::Duration};

use bytes::Bytes;
use sip::{Message, Method, Name, Status, flow::Flow, transaction::Branch};

use super::{Leg, News, Party, Timer, Usage, large::STREAM_PATIENCE, modify::Modify};
use crate::{
    cause::Release,
    core::{Core, Credentials, User},
    identity,
    offer_answer::{Exchange, Refusal},
    sdp::{self, Codecs},
    trunk::{Answered, Challenged, Stage, retry_after},
};

/// What we ask of the party.
#[derive(Debug)]
pub(super) struct Ask {
    purpose: Purpose,
    /// INVITE or UPDATE.
    method: Method,
    /// Empty in an UPDATE that only refreshes.
    offer: Bytes,
    /// The formats that it offers in place of those spoken; none where it passes on a description or changes nothing.
    codecs: Codecs,
    /// Intervals that were too short for the party.
    intervals: u8,
    /// So often it met another change of the party.
    met: u8,
    answered: Answered,
    credentials: Credentials,
    /// Where a datagram would have gone that it is too large for.
    detour: Option<SocketAddr>,
}

/// Why we ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The other leg wants it.
    Change,
    /// The session must not expire (RFC 4028).
    Refresh,
}

/// How long a re-INVITE may have nothing but provisional responses: a proxy that speaks for the party gives it up after
/// 64*T1 itself.
const ANSWER_PATIENCE: Duration = Duration::from_secs(64);

/// So often a change is tried again that met another: a party that is never free has something else amiss.
const MEETINGS_MAX: u8 = 5;

/// Longest that a party which is busy with another change may ask for (RFC 3261 §14.2).
const BUSY_MAX: Duration = Duration::from_secs(10);

/// Most 422 that one request is sent again for; each asks for more than the last.
pub(super) const INTERVALS_MAX: u8 = 3;

impl Ask {
    fn new(purpose: Purpose, method: Method, offer: Bytes) -> Box<Self> {
        let (answered, credentials) = (Answered::default(), Credentials::new());
        let codecs = Codecs::new();
        let detour = None;
        Box::new(Self { purpose, method, offer, codecs, intervals: 0, met: 0, answered, credentials, detour })
    }

    /// The other party wants it.
    pub(super) fn for_other(method: Method, offer: Bytes) -> Box<Self> {
        Self::new(Purpose::Change, method, offer)
    }

    /// The other party speaks these formats.
    pub(super) fn to_speak(codecs: Codecs) -> Box<Self> {
        Box::new(Self { codecs, ..*Self::new(Purpose::Change, Method::Invite, Bytes::new()) })
    }

    pub(super) fn refresh_by_update() -> Box<Self> {
        Self::new(Purpose::Refresh, Method::Update, Bytes::new())
    }

    pub(super) fn refresh_by_invite(offer: Bytes) -> Box<Self> {
        Self::new(Purpose::Refresh, Method::Invite, offer)
    }

    pub(super) const fn has_offer(&self) -> bool {
        !self.offer.is_empty()
    }

    /// Where it would have gone, if it went another way for its size.
    pub(super) const fn detour(&self) -> Option<SocketAddr> {
        self.detour
    }
}

impl Leg {
    /// Asks the party for a change that the other leg wants. While another change is under way the wish
    /// waits; a later wish takes its place.
    pub(crate) fn ask_change(&mut self, offer: Bytes, core: &mut Core) {
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) => {
                self.ask(Ask::for_other(Method::Invite, offer), core);
            }
            (Usage::Established | Usage::Moratorium(_), _) => {
                self.tell(News::ChangeRefused(Status::REQUEST_PENDING), core);
            }
            _ => self.tell(News::ChangeRefused(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST), core),
        }
        self.watch(core);
    }

    /// Sends a re-INVITE or UPDATE.
    pub(super) fn ask(&mut self, mut ask: Box<Ask>, core: &mut Core) {
        if let Err(refusal) = self.offer_formats(&mut ask, core) {
            return self.change_refused(&ask, refusal.status(), core);
        }
        let way = self.way(core);
        let told = self.company.take_due().map(str::to_owned);
        let (mut branch, mut bytes) = self.write_ask(&ask, told.as_deref(), (way, way), core);
        let detour = self.detour(bytes.len(), way, core);
        if let Some(stream) = detour {
            (branch, bytes) = self.write_ask(&ask, told.as_deref(), (stream, way), core);
        }
        ask.detour = detour.map(|_| way.remote);
        let (user, flow) = (User::Leg(self.id), detour.unwrap_or(way));
        let patience = detour.map(|_| STREAM_PATIENCE);
        match core.start(user, flow, ask.method.clone(), branch, bytes, patience) {
            Some(key) => {
                if ask.has_offer() {
                    self.talk.offered(&ask.offer);
                }
                if ask.method == Method::Invite {
                    self.alarm.table.arm(Timer::ModifyOverdue, core.now.mono + ANSWER_PATIENCE);
                }
                self.modify = Modify::Asking { key, cseq: self.dialog.local_cseq(), ask };
            }
            None => {
                if ask.has_offer() {
                    self.talk.withdraw();
                }
                self.change_refused(&ask, Status::SERVICE_UNAVAILABLE, core);
            }
        }
    }

    /// Describes the formats that are asked for, as often as that is tried: what was refused is withdrawn, and an answer
    /// counts by what we have said ourselves.
    fn offer_formats(&mut self, ask: &mut Ask, core: &mut Core) -> Result<(), Refusal> {
        if !ask.codecs.is_empty() && self.talk.exchange() != Exchange::OfferSent {
            ask.offer = self.talk.offer_instead(ask.codecs.clone(), self.place(), core)?;
        }
        Ok(())
    }

    /// Writes it for this flow, to be answered to this way; `told` is whom the party has to know that it talks with.
    fn write_ask(
        &mut self,
        ask: &Ask,
        told: Option<&str>,
        (flow, way): (Flow, Flow),
        core: &mut Core,
    ) -> (Branch, Bytes) {
        let mut buffer = core.buffer();
        let (branch, mut writer) = self.begin_by(flow, way, &ask.method, &mut buffer, core);
        writer = writer.header(Name::Allow, identity::ALLOW);
        if let Some(other) = told {
            writer = writer.header(Name::PAssertedIdentity, other);
        }
        writer = self.session.ask(writer, false);
        for credential in &ask.credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        let writer = if ask.has_offer() { writer.body("application/sdp", &ask.offer) } else { writer };
        let bytes = writer.end();
        core.keep(buffer);
        (branch, bytes)
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
        self.alarm.table.clear(Timer::ModifyOverdue);
        if status.is_success() {
            return self.change_taken(cseq, &ask, response, core);
        }
        if ask.has_offer() {
            self.talk.withdraw();
        }
        match status {
            Status::REQUEST_PENDING => self.postpone(ask, None, core),
            Status::SERVER_INTERNAL_ERROR if response.header(Name::RetryAfter).is_some() => {
                self.postpone(ask, retry_after(response), core);
            }
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
        let is_heard = !ask.has_offer() || self.talk.hear_answer(&sdp::carried(response), core).is_ok();
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

    /// RFC 3261 §14.1: the owner of the Call-ID waits longer, so that the two don't meet again. A party that is not done
    /// with another change says itself when it may be (§14.2).
    fn postpone(&mut self, mut ask: Box<Ask>, after: Option<Duration>, core: &mut Core) {
        ask.met += 1;
        if ask.met > MEETINGS_MAX {
            return self.change_failed(&ask, Status::SERVER_INTERNAL_ERROR, core);
        }
        let (least, most) = if self.dialog.is_call_id_ours() { (2_100, 4_000) } else { (0, 2_000) };
        let wait = core.chance.between(Duration::from_millis(least), Duration::from_millis(most));
        let wait = after.map_or(wait, |after| after.min(BUSY_MAX));
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
        // What is signed is the body that goes out.
        if let Err(refusal) = self.offer_formats(&mut ask, core) {
            return self.change_failed(&ask, refusal.status(), core);
        }
        let credentials = match &self.party {
            Party::Trunk(trunk) => {
                let uri = self.dialog.request_uri();
                let request = Challenged { method: &ask.method, uri, body: &ask.offer, stage: Stage::Dialog };
                core.answer_challenge(trunk, &mut ask.answered, request, response, is_from_party)
            }
            Party::Phone(_) => None,
        };
        match credentials {
            Some(credentials) => {
                ask.credentials = credentials;
                self.ask(ask, core);
            }
            None => {
                if ask.has_offer() {
                    self.talk.withdraw();
                }
                self.change_failed(&ask, response.status().unwrap_or(Status::FORBIDDEN), core);
            }
        }
    }

    pub(super) fn modify_again(&mut self, core: &mut Core) {
        if let Modify::Postponed { .. } = &self.modify
            && let Modify::Postponed { ask } = mem::take(&mut self.modify)
        {
            self.ask(ask, core);
        }
    }

    /// What waits for its next try makes way for a change of the party, which refreshes as well: a refresh of ours, or
    /// formats that we ask for. If that one fails, ours comes again. What the other party wants is not ours to put off.
    pub(super) fn yield_postponed(&mut self, core: &mut Core) {
        let is_ours = |ask: &Ask| ask.purpose == Purpose::Refresh || !ask.codecs.is_empty();
        if let Modify::Postponed { ask } = &self.modify
            && is_ours(ask)
            && let Modify::Postponed { ask } = mem::take(&mut self.modify)
        {
            self.alarm.table.clear(Timer::ModifyAgain);
            self.change_refused(&ask, Status::REQUEST_PENDING, core);
        }
    }

    /// A change of ours was taken in, and no more is heard of it.
    pub(super) fn modify_overdue(&mut self, core: &mut Core) {
        if let Modify::Asking { key, .. } = &self.modify {
            core.forsake(*key);
            self.modify_unanswered(Status::REQUEST_TIMEOUT, core);
        }
    }

    /// No answer came to a change of ours.
    pub(super) fn modify_unanswered(&mut self, status: Status, core: &mut Core) {
        let Modify::Asking { ask, .. } = mem::take(&mut self.modify) else { return };
        self.alarm.table.clear(Timer::ModifyOverdue);
        if ask.has_offer() {
            self.talk.withdraw();
        }
        if let Some(ask) = self.squeeze_change(ask, core) {
            self.change_failed(&ask, status, core);
        }
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
