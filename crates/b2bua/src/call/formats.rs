//! Formats of two who talk (RFC 3264): whoever speaks one of those that we speak, G.711, G.722 and Opus, is understood by
//! whoever speaks another of them, for the relay changes each into each.
//!
//! Nobody is changed without need. Who is rung is offered first what the caller speaks, then what we make of that, and
//! the caller is answered with what the callee took, if it has that. Others meet later, by transfer, pickup or from a
//! slot, or one of the two changes its mind: then they are changed, and nobody is asked for anything. Asking would spare
//! the processor little, costs a re-INVITE on a leg that works, and is refused often enough.
//!
//! Only where that can't be, since one of the two speaks nothing of ours, it is asked by re-INVITE to speak as the other
//! does, whoever has said before that it can, and if it refuses the other one. If neither will, the call ends with
//! `no-media`, and the operator reads what each of them speaks.
//!
//! Whoever was answered before a service of ours has it is asked for what can be played and recorded here, if it speaks
//! nothing of that. Whose media passed us by, and who meets somebody whose media does not, is asked for it.

use std::{fmt::Write, time::Duration};

use clock::Key;
use sip::Status;
use smallvec::SmallVec;

use super::{Call, Hands, Phase, Timer, plan::service_codecs, release::Ending};
use crate::{
    cause::Cause,
    leg::{Leg, News},
    offer_answer::{Exchange, Talk, one_sound},
    sdp::{Codec, Codecs, with_ours},
};

/// A change of either side that stands in the way may be over by then.
const AGAIN: Duration = Duration::from_secs(1);

/// So often a change that stands in the way is waited for: no request outlives 64*T1 (RFC 3261 §17.1.1.2).
const WAITS_MAX: u8 = 40;

/// What ends it.
const MEND: &str = "let each of them speak PCMA or PCMU as well";

/// How two come to speak alike.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// Who will not speak as the other does.
    refused: SmallVec<[Key<Leg>; 2]>,
    waits: u8,
    /// It is about the caller and a service of ours.
    is_with_service: bool,
}

impl Call {
    /// Two met, or one of the two speaks something else from here on.
    pub(super) fn agree_anew(&mut self, hands: &mut Hands<'_>) {
        // A service that had the caller asked for something has it still, until somebody else meets it.
        let is_with_service = self.agreement.is_with_service && matches!(self.phase, Phase::Routing(_));
        self.agreement = Agreement { is_with_service, ..Agreement::default() };
        self.agree(hands);
    }

    /// Asks one of the two to speak as the other does, unless they understand each other.
    pub(super) fn agree(&mut self, hands: &mut Hands<'_>) {
        self.alarm.table.clear(Timer::Agree);
        if self.agreement.is_with_service {
            return self.ask_for_service(hands);
        }
        let Phase::Talking(b) = self.phase else { return };
        let (Some(one), Some(other)) = (talk(self.a, hands), talk(b, hands)) else { return };
        match (one.is_passed(), other.is_passed()) {
            (true, false) => return self.bring_home(self.a, b, b, hands),
            (false, true) => return self.bring_home(b, self.a, b, hands),
            (true, true) | (false, false) => {}
        }
        let (Some(ours), Some(theirs)) = (one.spoken(), other.spoken()) else { return };
        if [one, other].iter().any(|talk| talk.exchange() != Exchange::Settled) {
            return self.agree_later(hands);
        }
        let (Some(ours), Some(theirs)) = (one_sound(ours), one_sound(theirs)) else { return };
        if understand(&ours, &theirs) {
            return;
        }
        // Who came last is asked first, unless the other one alone has said that it can.
        let knows =
            |talk: &Talk, wanted: &Codecs| talk.remote().is_some_and(|said| understand(&said.codecs, wanted));
        let mut asks = [(b, ours), (self.a, theirs)];
        if knows(one, &asks[1].1) && !knows(other, &asks[0].1) {
            asks.reverse();
        }
        match asks.into_iter().find(|(leg, _)| !self.agreement.refused.contains(leg)) {
            Some((leg, codecs)) => {
                if let Some(leg) = hands.legs.get_mut(leg) {
                    leg.ask_to_speak(with_ours(codecs), hands.core);
                }
            }
            None => self.disagree(b, hands),
        }
    }

    /// Media of this party passed us by until it met another: it is asked for it, in what the other speaks.
    fn bring_home(&mut self, leg: Key<Leg>, to: Key<Leg>, b: Key<Leg>, hands: &mut Hands<'_>) {
        if self.agreement.refused.contains(&leg) {
            return self.disagree(b, hands);
        }
        let spoken = talk(to, hands).and_then(Talk::spoken).unwrap_or_else(service_codecs);
        if let Some(leg) = hands.legs.get_mut(leg) {
            leg.ask_to_speak(with_ours(spoken), hands.core);
        }
        self.connect(b, hands);
    }

    /// A service of ours has a caller who was answered before, maybe by somebody with whom it spoke what can't be played
    /// or recorded here.
    pub(super) fn agree_with_service(&mut self, hands: &mut Hands<'_>) {
        self.agreement = Agreement { is_with_service: true, ..Agreement::default() };
        self.ask_for_service(hands);
    }

    fn ask_for_service(&mut self, hands: &mut Hands<'_>) {
        let Some(caller) = talk(self.a, hands) else { return };
        if caller.spoken().is_some_and(|spoken| spoken.iter().any(Codec::is_ours)) {
            return;
        }
        if self.agreement.refused.contains(&self.a) {
            // Whoever waits in a slot waits for somebody, not for a tone.
            if self.slot().is_none() {
                tell_unheard(self.a, hands);
                self.end(Ending::by_switch(Cause::NoMedia), hands);
            }
        } else if caller.exchange() != Exchange::Settled {
            self.agree_later(hands);
        } else if let Some(leg) = hands.legs.get_mut(self.a) {
            leg.ask_to_speak(service_codecs(), hands.core);
        }
    }

    /// How the asking went. Takes the news if it is about that.
    pub(super) fn hears_agreement(&mut self, of: Key<Leg>, news: News, hands: &mut Hands<'_>) -> bool {
        let is_passed = |leg: Key<Leg>| talk(leg, hands).is_some_and(Talk::is_passed);
        let is_about = match self.phase {
            Phase::Talking(b) => !(is_passed(self.a) && is_passed(b)),
            Phase::Routing(_) => self.agreement.is_with_service,
            Phase::Over(_) => false,
        };
        if !is_about {
            return false;
        }
        let (News::ChangeRefused(_) | News::ChangeTaken) = news else { return false };
        // A phone whose connection broke was not asked at all: it registers anew.
        let is_cut_off = || hands.legs.get(of).is_some_and(|leg| !hands.core.reach.is_up(leg.flow()));
        let waits = news == News::ChangeRefused(Status::REQUEST_PENDING)
            || news == News::ChangeRefused(Status::SERVICE_UNAVAILABLE) && is_cut_off();
        if waits {
            self.agree_later(hands);
        } else {
            // Asked once, whatever it made of that.
            self.agreement.refused.push(of);
            self.agree(hands);
        }
        true
    }

    fn agree_later(&mut self, hands: &mut Hands<'_>) {
        self.agreement.waits += 1;
        if self.agreement.waits > WAITS_MAX {
            return self.end(Ending::by_switch(Cause::NoMedia), hands);
        }
        self.alarm.table.arm(Timer::Agree, hands.core.now.mono + AGAIN);
    }

    fn disagree(&mut self, b: Key<Leg>, hands: &mut Hands<'_>) {
        tell_apart(self.a, b, "neither will speak as the other does: their call ends", hands);
        self.end(Ending::by_switch(Cause::NoMedia), hands);
    }
}

/// Tells the operator that two can't talk with each other, what each of them speaks, and what comes of it.
pub(super) fn tell_apart(one: Key<Leg>, other: Key<Leg>, so: &str, hands: &mut Hands<'_>) {
    let said = |leg| hands.legs.get(leg).map(|leg| (leg.party().to_string(), speaks(leg.talk())));
    let (Some((one, ours)), Some((other, theirs))) = (said(one), said(other)) else { return };
    hands.core.tell_error(&one, &other, |_| {
        format!("{one} speaks {ours}, {other} speaks {theirs}, and {so}; {MEND}")
    });
}

/// Tells the operator that a caller can't hear what is said here.
pub(super) fn tell_unheard(caller: Key<Leg>, hands: &mut Hands<'_>) {
    let said = hands.legs.get(caller).map(|leg| (leg.party().to_string(), speaks(leg.talk())));
    let Some((caller, theirs)) = said.filter(|(_, theirs)| !theirs.is_empty()) else { return };
    hands.core.tell_error(&caller, "unheard", |_| {
        format!("{caller} speaks {theirs}, what is played here is PCMA, PCMU, G722 or opus, and so its call ends; {MEND}")
    });
}

/// Whether what is said first in one is understood in the other, as it is or by the relay.
fn understand(one: &Codecs, other: &Codecs) -> bool {
    one.iter().filter(|ours| ours.is_sound()).any(|ours| other.iter().any(|theirs| ours.relays_to(theirs)))
}

/// Formats for sound that a party said it speaks, in words.
fn speaks(talk: &Talk) -> String {
    talk.remote().map(|said| in_words(&said.codecs)).unwrap_or_default()
}

/// Formats for sound, in words.
pub(crate) fn in_words(codecs: &[Codec]) -> String {
    let mut words = String::new();
    for codec in codecs.iter().filter(|codec| codec.is_sound()) {
        let comma = if words.is_empty() { "" } else { ", " };
        let _ = write!(words, "{comma}{}", codec.encoding.as_str());
    }
    words
}

fn talk<'h>(leg: Key<Leg>, hands: &'h Hands<'_>) -> Option<&'h Talk> {
    hands.legs.get(leg).map(Leg::talk)
}
