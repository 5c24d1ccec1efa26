//! The INVITE from the party's side (RFC 3261 §13.3).

use std::{mem, time::Duration};

use bytes::Bytes;
use clock::Key;
use sip::{Message, Name, Status, message::respond_to, transaction::ServerKey, uri::Scheme};
use smallvec::SmallVec;

use super::{Leg, News, Outline, PATIENCE, T1, T2, Timer, Usage, prack::Provisionals};
use crate::{
    call::formats::in_words,
    cause::Release,
    core::Core,
    dialog::Dialog,
    identity,
    offer_answer::{Exchange, Refusal, Talk},
    sdp::{self, Codec, Codecs, SdpError, warning},
};

/// An INVITE that waits for our final response.
#[derive(Debug)]
pub(super) struct Invited {
    pub(super) key: ServerKey,
    /// Kept to write responses from.
    pub(super) request: Message,
    /// The strongest provisional sent.
    progress: Progress,
    pub(super) provisionals: Provisionals,
    /// What the caller is told again each minute.
    pub(super) again: Option<(Status, Option<Bytes>)>,
    /// The connection that it came by broke, and its responses have another.
    pub(super) has_moved: bool,
    /// Formats that were to be answered with, none of which was offered.
    unmet: String,
}

impl Invited {
    /// Whether the caller was told that somebody rings.
    pub(super) const fn has_rung(&self) -> bool {
        !matches!(self.progress, Progress::Nothing)
    }
}

/// How far the caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    Ringing,
    Media,
}

/// A 2xx of ours that no ACK has come for (RFC 5407: Moratorium).
#[derive(Debug)]
pub(super) struct Unacknowledged {
    pub(super) key: ServerKey,
    response: Bytes,
    /// CSeq of the INVITE, by which its ACK is known (RFC 3261 §17.1.1.3).
    cseq: u32,
    interval: Duration,
    /// A BYE may only follow the ACK (RFC 3261 §15); until then the wish is kept.
    bye_wanted: Option<Release>,
}

impl Leg {
    /// The leg of a call that comes in; its offer, if it has one, is read.
    ///
    /// # Errors
    /// What the caller is to be told about its offer.
    pub(crate) fn inbound(
        id: Key<Self>,
        outline: Outline,
        key: ServerKey,
        request: &Message,
        mut talk: Talk,
        core: &mut Core,
    ) -> Result<Self, Refusal> {
        let body = sdp::carried(request);
        if !body.is_empty() {
            talk.hear_offer(&body)?;
        }
        let token = identity::leg_token(id, &mut core.chance);
        let dialog = Dialog::of_uas(request, token);
        let provisionals = Provisionals::of(request, outline.rules, &mut core.chance);
        let progress = Progress::Nothing;
        let request = request.clone();
        let (again, has_moved, unmet) = (None, false, String::new());
        let invited = Invited { key, request, progress, provisionals, again, has_moved, unmet };
        let leg = Self::new(id, outline, dialog, Usage::EarlyIn(invited), talk, core.now.mono);
        leg.look_ahead(core);
        Ok(leg)
    }

    /// Tells the caller that somebody rings.
    pub(crate) fn ring(&mut self, core: &mut Core) {
        self.progress(Status::RINGING, Progress::Ringing, None, core);
    }

    /// Whether the caller can be let hear media before the answer. One without an offer takes ours in the first
    /// reliable response; in an unreliable provisional it has no place (RFC 3261 §13.2.1).
    pub(crate) fn can_hear_early(&self) -> bool {
        let is_reliable = matches!(&self.usage, Usage::EarlyIn(it) if it.provisionals.are_reliable());
        self.talk.exchange() != Exchange::Fresh || is_reliable
    }

    /// Lets the caller hear media before the answer, if it [can](Self::can_hear_early).
    ///
    /// # Errors
    /// No common format or no port.
    pub(crate) fn early_media(&mut self, wanted: &[Codec], core: &mut Core) -> Result<(), Refusal> {
        let body = self.description(wanted, core)?;
        self.progress(Status::SESSION_PROGRESS, Progress::Media, Some(body), core);
        Ok(())
    }

    fn progress(&mut self, status: Status, progress: Progress, body: Option<Bytes>, core: &mut Core) {
        let Usage::EarlyIn(invited) = &mut self.usage else { return };
        if invited.progress >= progress {
            return;
        }
        invited.progress = progress;
        self.send_provisional(status, body, core);
    }

    /// Answers with the formats of `wanted` that the caller offered, or with an offer of them if it had none.
    ///
    /// # Errors
    /// No common format or no port; the INVITE then still waits.
    pub(crate) fn answer(&mut self, wanted: &[Codec], core: &mut Core) -> Result<(), Refusal> {
        if matches!(self.usage, Usage::EarlyIn(_)) {
            let body = self.description(wanted, core)?;
            self.succeed(&body, core);
        }
        Ok(())
    }

    /// Answers with the callee's own description: media passes us by.
    pub(crate) fn answer_passing(&mut self, description: &Bytes, core: &mut Core) {
        self.talk.pass(description, Exchange::Settled);
        self.succeed(description, core);
    }

    pub(super) fn succeed(&mut self, body: &Bytes, core: &mut Core) {
        let Usage::EarlyIn(invited) = &mut self.usage else { return };
        if invited.provisionals.hold_answer() {
            return;
        }
        self.alarm.table.clear(Timer::Provisional);
        let Usage::EarlyIn(invited) = mem::replace(&mut self.usage, Usage::Established) else { return };
        let mut lines = self.session.agree(&invited.request);
        lines.extend(self.company.take_due().map(|other| (Name::PAssertedIdentity, other.into())));
        // Offered in a provisional and answered in its PRACK: here it would be a new offer (RFC 3261 §13.2.1).
        let said = (&*lines, Some(&**body).filter(|_| !invited.provisionals.have_offered()));
        let bytes = response(invited.key, &invited.request, Status::OK, &self.dialog, said, core);
        core.respond(invited.key, Status::OK, bytes.clone());
        let cseq = invited.request.cseq().number;
        let key = invited.key;
        self.usage =
            Usage::Moratorium(Unacknowledged { key, response: bytes, cseq, interval: T1, bye_wanted: None });
        self.alarm.table.arm(Timer::Retransmit, core.now.mono + T1);
        self.alarm.table.arm(Timer::AckOverdue, core.now.mono + PATIENCE);
        self.keep_time(core);
        self.watch(core);
    }

    /// Our description: what was said in a 183 stands for the 200 too (RFC 6337 §3.1.1).
    fn description(&mut self, wanted: &[Codec], core: &mut Core) -> Result<Bytes, Refusal> {
        match self.talk.exchange() {
            Exchange::OfferHeard => {
                let answer = self.talk.answer(wanted, self.place(), core);
                if let (Err(Refusal::Sdp(SdpError::NoFormat)), Usage::EarlyIn(invited)) =
                    (&answer, &mut self.usage)
                {
                    invited.unmet = in_words(wanted);
                }
                answer
            }
            Exchange::Fresh => self.talk.offer(Codecs::from(wanted), self.place(), core),
            Exchange::Settled | Exchange::OfferSent => Ok(self.talk.repeated()),
        }
    }

    /// Refuses the call.
    pub(crate) fn refuse(&mut self, status: Status, core: &mut Core) {
        let Usage::EarlyIn(invited) = &self.usage else { return };
        let unmet = warning::no_format(&invited.unmet).filter(|_| status == Status::NOT_ACCEPTABLE_HERE);
        let unmet = unmet.map(|(code, text)| warning::value(&core.site.domain, (code, &text)));
        let lines: SmallVec<[(Name, String); 1]> = unmet.into_iter().map(|it| (Name::Warning, it)).collect();
        let bytes = response(invited.key, &invited.request, status, &self.dialog, (&lines, None), core);
        core.respond(invited.key, status, bytes);
        self.die(core);
    }

    /// The caller cancelled: 200 for its CANCEL was sent; the INVITE gets 487 unless it has its answer
    /// already (RFC 3261 §9.2).
    pub(crate) fn cancelled(&mut self, core: &mut Core) {
        if matches!(self.usage, Usage::EarlyIn(_)) {
            self.tell(News::Cancelled, core);
            self.refuse(Status::REQUEST_TERMINATED, core);
        }
    }

    /// The ACK for our 2xx.
    pub(crate) fn acknowledged(&mut self, ack: &Message, core: &mut Core) {
        match mem::replace(&mut self.usage, Usage::Established) {
            Usage::Moratorium(waiting) if waiting.cseq != ack.cseq().number => {
                self.usage = Usage::Moratorium(waiting);
            }
            Usage::Moratorium(waiting) => {
                self.alarm.table.clear(Timer::Retransmit);
                self.alarm.table.clear(Timer::AckOverdue);
                self.after_ack(waiting.bye_wanted, ack, core);
            }
            Usage::Established => self.modify_acknowledged(ack, core),
            usage @ (Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Mortal(_)
            | Usage::Morgue) => self.usage = usage,
        }
        self.watch(core);
    }

    fn after_ack(&mut self, bye_wanted: Option<Release>, ack: &Message, core: &mut Core) {
        if let Some(release) = bye_wanted {
            return self.leave(release, core);
        }
        if self.talk.exchange() == Exchange::OfferSent
            && self.talk.hear_answer(&sdp::carried(ack), core).is_err()
        {
            self.tell(News::HungUp(Release::NoMedia), core);
            return self.leave(Release::NoMedia, core);
        }
        self.tell(News::Acknowledged, core);
    }

    /// Whoever changes a session has heard our 2xx: its ACK is late, or lost (RFC 5407 §3.1.4). Where that is to
    /// bring an answer, or a BYE of ours waits for it, it is waited for all the same.
    pub(super) fn presume_acknowledged(&mut self, core: &mut Core) {
        let Usage::Moratorium(waiting) = &self.usage else { return };
        if waiting.bye_wanted.is_some() || self.talk.exchange() != Exchange::Settled {
            return;
        }
        self.usage = Usage::Established;
        self.alarm.table.clear(Timer::Retransmit);
        self.alarm.table.clear(Timer::AckOverdue);
        self.tell(News::Acknowledged, core);
    }

    pub(super) fn leave_after_ack(&mut self, release: Release) {
        if let Usage::Moratorium(waiting) = &mut self.usage {
            waiting.bye_wanted.get_or_insert(release);
        }
    }

    /// Sends the 2xx again, at T1 doubling to T2, on reliable transports too (RFC 3261 §13.3.1.4).
    pub(super) fn retransmit(&mut self, core: &mut Core) {
        let Usage::Moratorium(waiting) = &self.usage else { return self.modify_retransmit(core) };
        self.finds_again(waiting.key, core);
        if let Usage::Moratorium(waiting) = &mut self.usage {
            core.respond(waiting.key, Status::OK, waiting.response.clone());
            waiting.interval = (waiting.interval * 2).min(T2);
            self.alarm.table.arm(Timer::Retransmit, core.now.mono + waiting.interval);
        }
    }

    /// 64*T1 without an ACK: the session is ended with BYE (RFC 3261 §13.3.1.4).
    pub(super) fn ack_overdue(&mut self, core: &mut Core) {
        self.alarm.table.clear(Timer::Retransmit);
        core.counters.unacknowledged += 1;
        self.tell(News::HungUp(Release::NoAck), core);
        self.usage = Usage::Established;
        self.leave(Release::NoAck, core);
    }
}

/// A response on the dialog, with our Contact and, for 2xx and 18x, the caller's record-route
/// (RFC 3261 §12.1.1).
pub(super) fn response(
    key: ServerKey,
    request: &Message,
    status: Status,
    dialog: &Dialog,
    (lines, body): (&[(Name, String)], Option<&[u8]>),
    core: &mut Core,
) -> Bytes {
    // Without its transaction nobody waits for the response.
    let Some(flow) = core.transactions.flow_of(key) else { return Bytes::new() };
    let mut buffer = core.buffer();
    let tag = dialog.local_tag();
    let is_sips = dialog.is_sips() || request.request_uri().is_some_and(|uri| uri.scheme() == Scheme::Sips);
    let mut writer = respond_to(&mut buffer, request, flow.remote, status, Some(tag));
    if status.code() < 300 {
        writer = writer
            .copy(request, Name::RecordRoute)
            .header(Name::Contact, core.identity.contact(flow, tag, is_sips))
            .header(Name::Allow, identity::ALLOW);
    }
    for (name, value) in lines {
        writer = writer.header(*name, value);
    }
    writer = writer.header(Name::Server, &core.identity.agent);
    if let Some(body) = body {
        writer = writer.body("application/sdp", body);
    }
    let bytes = writer.end();
    core.keep(buffer);
    bytes
}
