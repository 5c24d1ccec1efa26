//! Joining caller and callee: ringback and early media before the answer, the bridge after it, changes of
//! the session while it lasts.

use std::net::IpAddr;

use bytes::Bytes;
use callplan::{Ringback, step::TargetId};
use clock::Key;
use media::control::Request as MediaRequest;
use sip::Status;

use super::{Call, Hands, Phase, fork::stop_leg, log::Kind, plan::service_codecs, release::Ending};
use crate::{
    cause::{Cause, Release},
    core::Effect,
    leg::{Leg, News},
    offer_answer::Refusal,
    sdp::Codecs,
    service::tone,
    shared::limit::Holding,
};

impl Call {
    /// Lets the caller know that somebody rings: 180, the callee's own early media if it is the only one,
    /// or a tone of ours if the caller was answered already.
    pub(super) fn tell_ringing(&mut self, b: Option<Key<Leg>>, with_media: bool, hands: &mut Hands<'_>) {
        if !matches!(self.phase, Phase::Routing(_)) {
            return;
        }
        if self.is_answered() {
            self.tell_transferor(Status::RINGING, hands);
            return self.sound_ringing(hands);
        }
        if self.ringback.music().is_some() && self.sounds_early(hands) {
            return self.sound_ringing(hands);
        }
        let is_heard = with_media && hands.legs.get(self.a).is_some_and(Leg::can_hear_early);
        match b.filter(|b| is_heard && self.is_only_branch(*b)) {
            Some(b) if self.join_early(b, hands).is_ok() => {}
            Some(_) | None => {
                if let Some(a) = hands.legs.get_mut(self.a) {
                    a.ring(hands.core);
                }
                if self.hears_us {
                    self.sound_ringing(hands);
                }
            }
        }
    }

    /// Lets the caller hear the switch before the answer; whether they do. Whoever is rung is heard once they answer.
    pub(super) fn sounds_early(&mut self, hands: &mut Hands<'_>) -> bool {
        let Some(a) = hands.legs.get_mut(self.a) else { return false };
        let is_heard = a.can_hear_early() && a.early_media(&service_codecs(), hands.core).is_ok();
        self.hears_us |= is_heard;
        is_heard
    }

    fn join_early(&mut self, b: Key<Leg>, hands: &mut Hands<'_>) -> Result<(), Refusal> {
        let Some(codecs) = spoken_by(b, hands) else { return Err(Refusal::NoPort) };
        let Some(a) = hands.legs.get_mut(self.a) else { return Ok(()) };
        a.early_media(&codecs, hands.core)?;
        self.voice.stop_play(hands.core);
        self.early = Some(b);
        self.connect(b, hands);
        Ok(())
    }

    /// Whose media the caller heard is gone, and the hunt goes on. The caller's phone plays what comes in the
    /// stream that it was told of and rings by itself no more (RFC 3960 §3.2), so a tone of ours comes there.
    pub(super) fn fill_silence(&mut self, hands: &mut Hands<'_>) {
        let is_gone = self.early.is_some_and(|b| !self.fork.is_live(b));
        if is_gone && matches!(self.phase, Phase::Routing(_)) && !self.is_answered() {
            self.early = None;
            self.sound_ringing(hands);
        }
    }

    /// A caller who has a stream hears the music that this rings with, else a tone of ours.
    pub(super) fn sound_ringing(&mut self, hands: &mut Hands<'_>) {
        // Whom somebody was rung for, and nobody took, is answered and missed them all the same.
        self.has_waited |= matches!(self.ringback, Ringback::Answered(_));
        if self.is_telling() {
            return;
        }
        if let Some(music) = self.ringback.music()
            && self.voice.music(self.id, music, &self.site, self.a, hands)
        {
            return;
        }
        if self.on_hold.is_playing() {
            return;
        }
        let country = self.site.country_of(self.caller.called);
        self.voice.ringback(self.id, tone::ringback(country), self.a, hands);
    }

    /// The plan joins caller and target; the plan is over.
    pub(super) fn bridge(&mut self, target: TargetId, hands: &mut Hands<'_>) {
        let Some(b) = self.fork.answered(target) else { return };
        self.voice.stop_all(hands.core);
        self.would_ring_nobody();
        self.screens.end_all(hands.core);
        self.alarm.table.clear_all();
        self.meets_callee(b, hands);
        if let Err(refusal) = self.answer_caller(b, hands) {
            stop_leg(b, Release::NoMedia, hands);
            return self.end(Ending::refused(Cause::NoMedia, refusal.status()), hands);
        }
        self.phase = Phase::Talking(b);
        self.has_talked = true;
        if hands.core.agains.legs().any(|calling| calling == self.a) {
            hands.core.effects.push_back(Effect::Reached(self.a));
        }
        self.connect(b, hands);
        self.note(hands.core, Kind::Bridged, 0, target.0, 0);
        self.hold_person(b, hands);
        self.transfer_done(b, hands);
        // A caller who was answered before may have taken more formats than the callee.
        self.agree_anew(hands);
        self.introduce(self.a, hands);
    }

    fn answer_caller(&mut self, b: Key<Leg>, hands: &mut Hands<'_>) -> Result<(), Refusal> {
        if self.is_answered() {
            return Ok(());
        }
        let passed =
            hands.legs.get(b).and_then(|leg| leg.talk().passable()).filter(|_| is_passed(b, hands)).cloned();
        let codecs = spoken_by(b, hands);
        let Some(a) = hands.legs.get_mut(self.a) else { return Ok(()) };
        match (passed, codecs) {
            (Some(description), _) => a.answer_passing(&description, hands.core),
            (None, Some(codecs)) => a.answer(&codecs, hands.core)?,
            (None, None) => return Err(Refusal::NoPort),
        }
        self.caller_answered(hands);
        Ok(())
    }

    /// Notes that the caller was answered, by a callee or a service.
    pub(super) fn caller_answered(&mut self, hands: &mut Hands<'_>) {
        if self.a_record.answered_ms.is_none() {
            self.a_record.answered_ms = Some(self.log.at_ms(hands.core.now.mono));
            self.a_record.status = 200;
            self.count(|counters| &mut counters.answered, hands.core);
            self.note(hands.core, Kind::CallerAnswered, 0, 0, 0);
            self.rate_caller(hands);
        }
    }

    pub(super) const fn is_answered(&self) -> bool {
        self.a_record.answered_ms.is_some()
    }

    /// Feeds both streams from each other; where media passes us by there is none.
    pub(super) fn connect(&self, b: Key<Leg>, hands: &mut Hands<'_>) {
        let stream = |leg| hands.legs.get(leg).and_then(|leg| leg.talk().stream());
        if let (Some(a), Some(b)) = (stream(self.a), stream(b)) {
            hands.core.media(a.thread, MediaRequest::Connect { a: a.id, b: b.id });
        }
    }

    /// The callee's person has one call more; from now on the two talk.
    pub(super) fn hold_person(&mut self, b: Key<Leg>, hands: &mut Hands<'_>) {
        if !self.is_rehearsal() {
            hands.core.begin_talk(self.a, &self.caller.person, false);
        }
        let person = hands.legs.get(b).and_then(|leg| self.person_of(leg.party()));
        if let Some(person) = person {
            if !self.is_rehearsal() {
                hands.core.begin_talk(b, &person, true);
            }
            let holding = Holding::Person(person);
            hands.core.limits.take(&holding);
            self.holdings.push((b, holding));
            self.rang(b, hands);
        }
    }

    /// The caller's own offer, if both trunks let media pass us by and the callee can reach its address.
    pub(super) fn passable_offer(&self, callee: IpAddr, hands: &Hands<'_>) -> Option<Bytes> {
        let talk = hands.legs.get(self.a)?.talk();
        let is_alike = |said: IpAddr| said.to_canonical().is_ipv4() == callee.to_canonical().is_ipv4();
        let offer = talk.passable().filter(|_| talk.remote().is_some_and(|said| is_alike(said.address)));
        let is_ours = self.is_answered() || self.ringback != Ringback::Tone;
        offer.filter(|offer| !is_ours && !offer.is_empty()).cloned()
    }

    /// A change of a session whose media passes us by goes to the other leg, and its answer back.
    pub(super) fn change(&mut self, of: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        if self.hears_agreement(of, news, hands) {
            return;
        }
        let Phase::Talking(b) = self.phase else { return self.refuse_passed(of, hands) };
        let other = if of == self.a { b } else { self.a };
        if matches!(news, News::ChangeAsked | News::OfferAsked) && !is_passed(other, hands) {
            return self.refuse_passed(of, hands);
        }
        let said_by =
            |leg| hands.legs.get(leg).and_then(|leg| leg.talk().passable()).cloned().unwrap_or_default();
        let (said, offered) = (said_by(of), said_by(other));
        if news == News::OfferAsked {
            if let Some(leg) = hands.legs.get_mut(of) {
                leg.answer_change(&offered, hands.core);
            }
            return;
        }
        let Some(leg) = hands.legs.get_mut(other) else { return };
        match news {
            News::ChangeAsked => leg.ask_change(said, hands.core),
            News::ChangeTaken => leg.answer_change(&said, hands.core),
            News::ChangeRefused(status) => leg.refuse_change(Cause::passed_on(status), hands.core),
            News::OfferAsked
            | News::Ringing
            | News::EarlyMedia
            | News::Answered
            | News::AnsweredTooLate
            | News::Refused(_)
            | News::Unanswered(_)
            | News::NotLetIn
            | News::Cancelled
            | News::Acknowledged
            | News::Changed
            | News::StreamClosed
            | News::Moved
            | News::HungUp(_)
            | News::Key(_)
            | News::Gone => {}
        }
    }
}

impl Call {
    /// Nobody is there who could answer a change of this party, or nobody any more.
    pub(super) fn refuse_passed(&self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        if let Some(leg) = hands.legs.get_mut(leg) {
            leg.refuse_change(Status::REQUEST_PENDING, hands.core);
        }
    }
}

fn spoken_by(leg: Key<Leg>, hands: &Hands<'_>) -> Option<Codecs> {
    let talk = hands.legs.get(leg)?.talk();
    let ours = &talk.local()?.codecs;
    // Who was made an offer in our 2xx answers it in the ACK.
    Some(talk.remote().map_or_else(|| ours.clone(), |said| said.common(ours)))
}

fn is_passed(leg: Key<Leg>, hands: &Hands<'_>) -> bool {
    hands.legs.get(leg).is_some_and(|leg| leg.talk().is_passed())
}
