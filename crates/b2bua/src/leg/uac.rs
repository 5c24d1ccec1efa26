//! The INVITE from our side (RFC 3261 §13.2).

use std::{mem, time::Duration};

use bytes::Bytes;
use clock::{Instant, Key};
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    transaction::{Branch, ClientKey},
};

use super::{Cancel, Leg, News, Outline, Party, Usage, again::Attempt, early::Forks, elsewhere};
use crate::{
    cause::Release,
    core::{Core, Credentials, User},
    dialog::{Beginning, Dialog, Origin},
    identity::{
        self,
        location::{Located, MIXED},
        told::Lines,
    },
    offer_answer::{Exchange, Refusal, Talk},
    sdp::{self, Codecs, SdpError},
    trunk::Answered,
};

/// What an INVITE says besides its dialog; kept while it may have to be sent again with credentials.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Request-URI and route, which its CANCEL repeats.
    pub origin: Origin,
    /// Hops left, one fewer than the A leg came with, so that a loop through us ends (RFC 5393).
    pub max_forwards: u8,
    /// What the party is told about who calls, beside From.
    pub(crate) lines: Lines,
    /// Where the caller is, for those who help.
    pub(crate) location: Option<Located>,
    /// Whether it calls for help.
    pub is_for_help: bool,
    /// How long the party may stay silent; a trunk is given up before 64*T1 so that the next can be tried.
    pub timeout: Option<Duration>,
}

/// An INVITE of ours under way.
#[derive(Debug)]
pub(super) struct Inviting {
    pub(super) key: ClientKey,
    /// Branch and CSeq, which its CANCEL repeats (RFC 3261 §9.1).
    pub(super) branch: Branch,
    pub(super) cseq: u32,
    pub(super) cancel: Cancel,
    pub(super) draft: Box<Draft>,
    pub(super) offer: Bytes,
    /// Intervals that were too short for the party (RFC 4028 §7.3).
    pub(super) intervals: u8,
    /// Challenges answered so far.
    pub(super) answered: Answered,
    /// What answered them; the ACK repeats it (RFC 3261 §22.1).
    pub(super) credentials: Credentials,
    /// The way it was too large for.
    pub(super) outgrown: Option<Flow>,
    /// Whether a provisional response came, so that a CANCEL may follow.
    pub(super) is_proceeding: bool,
    /// Whether one came that says more than 100, which any hop may say.
    pub(super) has_rung: bool,
    /// Early dialogs that it began.
    forks: Forks,
}

impl Leg {
    /// A leg that is to call a party; nothing is sent yet.
    pub(crate) fn outbound(
        id: Key<Self>,
        outline: Outline,
        beginning: Beginning,
        talk: Talk,
        now: Instant,
    ) -> Self {
        Self::new(id, outline, Dialog::of_uac(beginning), Usage::Morgue, talk, now)
    }

    /// Sends the INVITE with an offer of these formats.
    ///
    /// # Errors
    /// The status the call would be refused with: no port, no transaction slot.
    pub(crate) fn invite(&mut self, codecs: Codecs, draft: Draft, core: &mut Core) -> Result<(), Status> {
        let offer = self.talk.offer(codecs, self.place(), core).map_err(Refusal::status)?;
        self.send_invite(Attempt::first(draft, offer), core)
    }

    /// Sends the INVITE with the caller's own offer: media passes us by.
    ///
    /// # Errors
    /// As [`invite`](Self::invite).
    pub(crate) fn invite_passing(
        &mut self,
        offer: Bytes,
        draft: Draft,
        core: &mut Core,
    ) -> Result<(), Status> {
        self.talk.pass(&offer, Exchange::OfferSent);
        self.send_invite(Attempt::first(draft, offer), core)
    }

    pub(super) fn send_invite(&mut self, attempt: Attempt, core: &mut Core) -> Result<(), Status> {
        let branch = Branch::new(&mut core.chance);
        let mut bytes = self.write_invite(&attempt, branch, core);
        let outgrown = self.outgrow(bytes.len(), core);
        if outgrown.is_some() {
            bytes = self.write_invite(&attempt, branch, core);
        }
        let Attempt { draft, offer, intervals, answered, credentials } = attempt;
        let key = core
            .start(User::Leg(self.id), self.flow, Method::Invite, branch, bytes, draft.timeout)
            .ok_or(Status::SERVICE_UNAVAILABLE)?;
        self.usage = Usage::Preparative(Inviting {
            key,
            branch,
            cseq: self.dialog.local_cseq(),
            cancel: Cancel::Unwanted,
            draft,
            offer,
            intervals,
            answered,
            credentials,
            outgrown,
            is_proceeding: false,
            has_rung: false,
            forks: Forks::default(),
        });
        Ok(())
    }

    fn write_invite(&mut self, attempt: &Attempt, branch: Branch, core: &mut Core) -> Bytes {
        let via = core.identity.via(self.flow, branch);
        let contact =
            core.identity.contact(self.flow, self.dialog.local_tag(), self.dialog.is_sips()).to_string();
        let mut buffer = core.buffer();
        let mut writer = self
            .dialog
            .request(&mut buffer, &Method::Invite, &via)
            .header(Name::MaxForwards, attempt.draft.max_forwards)
            .header(Name::Contact, contact)
            .header(Name::Allow, identity::ALLOW)
            .header(Name::UserAgent, &core.identity.agent);
        writer = self.session.ask(writer, true);
        for (name, value) in &attempt.draft.lines {
            writer = writer.header(*name, value);
        }
        for credential in &attempt.credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        let enclosed = attempt.draft.location.as_ref().map(|it| it.enclose(&attempt.offer));
        let bytes = match &enclosed {
            Some(both) => writer.body(MIXED, both).end(),
            None => writer.body("application/sdp", &attempt.offer).end(),
        };
        core.keep(buffer);
        bytes
    }

    /// A response to a request of ours.
    pub(crate) fn response(&mut self, key: ClientKey, flow: Flow, response: &Message, core: &mut Core) {
        let Some(status) = response.status() else { return };
        if self.referral.is_told_by(key) {
            return self.notified(status, core);
        }
        if self.company.is_told_by(key) {
            return self.introduced(status, Some(response), core);
        }
        let is_from_party = self.is_of_party(flow, core);
        match mem::replace(&mut self.usage, Usage::Morgue) {
            Usage::Preparative(inviting) | Usage::EarlyOut(inviting) if inviting.key == key => {
                self.inviting(inviting, status, response, is_from_party, core);
            }
            Usage::Preparative(mut inviting) if inviting.forks.are_pracking(key) => {
                self.prack_answered(&mut inviting.forks, key, response, is_from_party, core);
                self.usage = Usage::Preparative(inviting);
            }
            Usage::EarlyOut(mut inviting) if inviting.forks.are_pracking(key) => {
                self.prack_answered(&mut inviting.forks, key, response, is_from_party, core);
                self.usage = Usage::EarlyOut(inviting);
            }
            Usage::Mortal(leaving) if leaving.key == key => {
                self.leaving(leaving, status, response, is_from_party, core);
            }
            Usage::Established if self.modify.is_asking(key) => {
                self.usage = Usage::Established;
                self.modified(status, response, is_from_party, core);
            }
            usage @ (Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Mortal(_)
            | Usage::Morgue) => {
                self.usage = usage;
                self.success_again(response, core);
            }
        }
        self.watch(core);
    }

    fn inviting(
        &mut self,
        inviting: Inviting,
        status: Status,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        if status.is_provisional() {
            self.provisional(inviting, status, response, core);
        } else if status.is_success() {
            self.success(inviting, response, core);
        } else if matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED) {
            self.challenged(inviting, status, response, is_from_party, core);
        } else if status == Status::SESSION_INTERVAL_TOO_SMALL {
            self.interval_refused(inviting, response, core);
        } else {
            self.elsewhere = elsewhere::named_in(response);
            self.failed(&inviting, News::Refused(status), core);
        }
    }

    fn provisional(&mut self, mut inviting: Inviting, status: Status, response: &Message, core: &mut Core) {
        inviting.is_proceeding = true;
        if status != Status::TRYING {
            inviting.has_rung = true;
            self.rings(&inviting.answered, core);
            self.session.note(response);
            let is_new = self.acknowledge_provisional(&mut inviting.forks, inviting.cseq, response, core);
            if is_new {
                self.progressed(&mut inviting, response, core);
            }
        }
        self.usage =
            if self.dialog.is_known() { Usage::EarlyOut(inviting) } else { Usage::Preparative(inviting) };
        self.cancel_if_waiting(core);
    }

    /// A carrier that lets a call in shows whether it asks, and in which realm.
    fn rings(&self, answered: &Answered, core: &mut Core) {
        if let Party::Trunk(trunk) = &self.party {
            core.trunks.rings(trunk, answered);
        }
    }

    /// An early dialog rings, or sends media. A fork downstream makes several: the last that began to send is
    /// heard, until a 2xx chooses.
    fn progressed(&mut self, inviting: &mut Inviting, response: &Message, core: &mut Core) {
        let is_first = !self.dialog.is_known() && response.to_tag().is_some();
        let body = sdp::carried(response);
        let fork = inviting.forks.of(response).filter(|fork| fork.answer.is_none() && !body.is_empty());
        // A useless description in a provisional is no reason to end a call that may still be answered.
        let speaks = fork.filter(|_| self.talk.hear_answer(&body, core).is_ok());
        let is_media = speaks.is_some();
        if let Some(fork) = speaks {
            fork.takes_answer(body, response);
        }
        if is_first || is_media {
            self.dialog.learn(response);
            self.look_ahead(core);
        }
        if !inviting.cancel.is_wanted() {
            self.tell(if is_media { News::EarlyMedia } else { News::Ringing }, core);
        }
    }

    fn success(&mut self, mut inviting: Inviting, response: &Message, core: &mut Core) {
        self.alarm.table.clear_all();
        self.rings(&inviting.answered, core);
        let is_listened_to = self.dialog.is_known() && self.dialog.owns_response(response);
        self.dialog.learn(response);
        self.credentials = inviting.credentials.clone();
        self.acknowledge(inviting.cseq, core);
        self.usage = Usage::Established;
        self.session.hear(response);
        self.hear_privacy(response);
        self.keep_time(core);
        if let Some(release) = inviting.cancel.release() {
            // The answer crossed our CANCEL (RFC 5407 §3.1.2): it is a call now, so end it as one.
            core.counters.answers_too_late += 1;
            self.tell(News::AnsweredTooLate, core);
            return self.leave(release, core);
        }
        match self.hear_success(&mut inviting.forks, is_listened_to, response, core) {
            Ok(()) => self.tell(News::Answered, core),
            Err(refusal) => {
                self.tell(News::Refused(refusal.status()), core);
                self.leave(Release::NoMedia, core);
            }
        }
    }

    /// Whose media was heard before does not matter: the dialog that answers is listened to, as it said reliably
    /// before, as it says now, or as it said at all.
    fn hear_success(
        &mut self,
        forks: &mut Forks,
        is_listened_to: bool,
        response: &Message,
        core: &mut Core,
    ) -> Result<(), Refusal> {
        let stands = is_listened_to && self.talk.exchange() == Exchange::Settled;
        let fork = forks.of(response);
        let is_settled = fork.as_ref().is_some_and(|fork| fork.is_settled);
        let said_before = fork.and_then(|fork| fork.answer.take());
        let body = Some(sdp::carried(response)).filter(|body| !body.is_empty() && !is_settled);
        match body {
            Some(body) => self.talk.hear_answer(&body, core),
            None if stands => Ok(()),
            None => match said_before {
                Some(answer) => self.talk.hear_answer(&answer, core),
                // A server that takes another tag for its answer than for what it described before.
                None if self.talk.exchange() == Exchange::Settled => Ok(()),
                None => Err(SdpError::NoAudio.into()),
            },
        }
    }

    pub(super) fn failed(&mut self, inviting: &Inviting, news: News, core: &mut Core) {
        if !inviting.cancel.is_wanted() {
            self.tell(news, core);
        }
        self.die(core);
    }

    /// The transaction `key` ended without a response: `status` is 408 for time, 503 for the transport
    /// (RFC 3261 §8.1.3.1).
    pub(crate) fn unanswered(&mut self, key: ClientKey, status: Status, core: &mut Core) {
        if self.referral.is_told_by(key) {
            return self.notified(status, core);
        }
        if self.company.is_told_by(key) {
            return self.introduced(status, None, core);
        }
        match mem::replace(&mut self.usage, Usage::Morgue) {
            Usage::Preparative(inviting) | Usage::EarlyOut(inviting) if inviting.key == key => {
                match inviting.other_way(status, core) {
                    Some(datagram) => self.squeeze(inviting, datagram, core),
                    None => self.failed(&inviting, News::Unanswered(status), core),
                }
            }
            Usage::Mortal(leaving) if leaving.key == key => self.leaves_unheard(leaving, status, core),
            Usage::Established if self.modify.is_asking(key) => {
                self.usage = Usage::Established;
                self.modify_unanswered(status, core);
            }
            usage @ (Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Mortal(_)
            | Usage::Morgue) => self.usage = usage,
        }
        self.watch(core);
    }

    /// Sends the ACK for a 2xx (RFC 3261 §13.2.2.4): no timer repeats it, each 2xx that comes again does.
    pub(super) fn acknowledge(&mut self, cseq: u32, core: &mut Core) {
        let way = self.way(core);
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(way, branch);
        let mut buffer = core.buffer();
        let mut writer = self.dialog.ack(&mut buffer, &via, cseq);
        for credential in &self.credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        let bytes = writer.end();
        core.keep(buffer);
        core.transmit(way, bytes);
    }
}
