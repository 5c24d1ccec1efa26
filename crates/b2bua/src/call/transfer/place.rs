//! A phone takes a place in a call by an INVITE of its own: of one who talks (RFC 3891 §3), of a target that
//! rings (pickup), or at the other end of a caller who waits in a slot.
//!
//! It is answered at once, with formats that the party it will talk with speaks. The call goes on as if it
//! had been rung itself, so the plan, the limits and the one record know nothing of pickups.

use std::sync::Arc;

use callplan::{
    PhoneId,
    step::{Event, TargetId},
};
use clock::{Instant, Key};
use sip::Status;

use crate::{
    call::{
        Call, Hands, Phase,
        fork::{Who, leg_record},
        formats::tell_apart,
        log::Kind,
        plan::Course,
    },
    leg::Leg,
    offer_answer::{Talk, one_sound},
    sdp::Codecs,
};

/// Whose place is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// That of a target that rings.
    Ringing(TargetId),
    /// That of a party that talks.
    Talking(Key<Leg>),
    /// At the other end of a caller in a slot.
    Waiting,
}

/// Who takes it.
pub(crate) struct Newcomer {
    /// Its leg, whose INVITE waits.
    pub(crate) leg: Key<Leg>,
    /// Its phone, in the version that the call runs on.
    pub(crate) phone: PhoneId,
    /// What its record names it by.
    pub(crate) number: Arc<str>,
    /// Call-ID of its INVITE.
    pub(crate) sip_call_id: Arc<str>,
}

impl Call {
    /// The place that this leg has, if another can take it.
    pub(crate) fn place_held(&self, leg: Key<Leg>) -> Option<Place> {
        if self.talks(leg) {
            return Some(Place::Talking(leg));
        }
        self.is_hunting().then(|| self.fork.rings_on(leg)).flatten().map(Place::Ringing)
    }

    /// The target that has rung longest on one of these phones, and since when.
    pub(crate) fn rings_at(&self, phones: &[PhoneId]) -> Option<(Instant, Place)> {
        let (since_ms, target) = self.fork.rings_at(phones).filter(|_| self.is_hunting())?;
        let since = self.began.mono + std::time::Duration::from_millis(since_ms.into());
        Some((since, Place::Ringing(target)))
    }

    /// Whether the plan looks for somebody.
    const fn is_hunting(&self) -> bool {
        matches!(self.phase, Phase::Routing(Course::Plan(_)))
    }

    /// Gives a place to whoever asks for it.
    ///
    /// # Errors
    /// What it is told: the two would have no format in common. The call goes on as it was.
    pub(crate) fn give_place(
        &mut self,
        place: Place,
        newcomer: Newcomer,
        hands: &mut Hands<'_>,
    ) -> Result<(), Status> {
        let opposite = self.opposite_of(place);
        let [spoken, said] = self.spoken_opposite(opposite, newcomer.leg, hands);
        self.present(place, &newcomer, hands);
        let leg = hands.legs.get_mut(newcomer.leg).ok_or(Status::SERVER_INTERNAL_ERROR)?;
        let answered = leg.answer(&spoken, hands.core).or_else(|_| leg.answer(&said, hands.core));
        if let Err(refusal) = answered {
            tell_apart(newcomer.leg, opposite, "the one can't take a place in the call of the other", hands);
            return Err(refusal.status());
        }
        let site = self.site.clone();
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let party = format!("phone:{}", site[newcomer.phone].name).into();
        let mut record = leg_record(party, newcomer.number, at_ms, newcomer.sip_call_id);
        (record.answered_ms, record.status) = (Some(at_ms), Status::OK.code());
        let (leg, who) = (newcomer.leg, Who::Phone(newcomer.phone));
        match place {
            Place::Ringing(target) => {
                self.add_joined(target, who, leg, record);
                self.note(hands.core, Kind::Answered, 1, target.0, 0);
                self.stop_others(target, leg, hands);
                self.advance(Event::Answered(target), hands);
            }
            Place::Talking(instead) => {
                if let Phase::Talking(b) = self.phase
                    && instead == self.a
                {
                    self.turn_round(b, hands);
                }
                self.note(hands.core, Kind::Replaced, 0, 0, 0);
                self.seat(leg, who, record, hands);
                self.hold_person(leg, hands);
            }
            Place::Waiting => {
                self.leave_slot(hands);
                self.seat(leg, who, record, hands);
                self.hold_person(leg, hands);
            }
        }
        self.settle(hands);
        Ok(())
    }

    /// Whom somebody in this place talks with, or will.
    fn opposite_of(&self, place: Place) -> Key<Leg> {
        match (place, &self.phase) {
            (Place::Talking(leg), Phase::Talking(b)) if leg == self.a => *b,
            (Place::Talking(_) | Place::Ringing(_) | Place::Waiting, _) => self.a,
        }
    }

    /// The formats of whoever a newcomer will talk with: what it speaks, and what it has said that it can, which it may
    /// be asked for later. One that offered nothing is made an offer of a single one, since its answer comes when the
    /// other party has its own.
    fn spoken_opposite(&self, other: Key<Leg>, newcomer: Key<Leg>, hands: &Hands<'_>) -> [Codecs; 2] {
        let talk = |leg: Key<Leg>| hands.legs.get(leg).map(Leg::talk);
        let settled = talk(other).and_then(Talk::spoken).filter(|_| self.is_answered());
        let spoken = settled.unwrap_or_else(|| self.offered_codecs(hands));
        if talk(newcomer).is_some_and(|talk| talk.remote().is_none()) {
            let single = one_sound(spoken).unwrap_or_default();
            return [single.clone(), single];
        }
        let said = talk(other).and_then(Talk::remote).map(|said| said.codecs.clone()).unwrap_or_default();
        [spoken, said]
    }

    /// Tells whoever takes a place who is at the other end (RFC 3325 §9.1 in a response): after another phone of
    /// theirs what that one knew. Who wanted to stay unknown there stays so.
    fn present(&mut self, place: Place, newcomer: &Newcomer, hands: &mut Hands<'_>) {
        let is_hidden = match place {
            Place::Talking(leg) if leg == self.a => self.caller.is_private,
            Place::Talking(leg) => hands.legs.get(leg).is_some_and(Leg::hides),
            Place::Ringing(_) | Place::Waiting => false,
        };
        if let Some(leg) = hands.legs.get_mut(newcomer.leg).filter(|_| is_hidden) {
            leg.hide();
        }
        let is_unknown = self.caller.is_private || self.caller.number.is_empty();
        let other = match place {
            Place::Talking(leg) => hands.legs.get(leg).map(|leg| leg.other().into()),
            Place::Ringing(_) | Place::Waiting if is_unknown => None,
            Place::Ringing(_) | Place::Waiting => Some(self.told_phone(newcomer.phone).from),
        };
        if let (Some(other), Some(leg)) = (other, hands.legs.get_mut(newcomer.leg)) {
            leg.meets(other);
        }
    }
}
