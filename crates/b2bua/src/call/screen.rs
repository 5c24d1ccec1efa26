//! Whoever picks up outside and is asked whether they take the call: what they hear, and their keys.
//!
//! Their leg is up and nobody's yet: it hears the switch alone, and the caller that it still rings.

use std::time::Duration;

use callplan::{
    Screen,
    step::{Event, TargetId},
};
use clock::Key;
use media::control::Request as MediaRequest;
use smallvec::SmallVec;

use super::{Call, Hands, log::Kind, plan::Pending};
use crate::{cause::Release, core::Core, leg::Leg, service::voice::Voice};

/// Silence between two rounds of what they hear.
const BETWEEN: Duration = Duration::from_secs(1);

/// Those who are asked just now.
#[derive(Debug, Default)]
pub(super) struct Screens(SmallVec<[Screened; 1]>);

#[derive(Debug)]
struct Screened {
    target: TargetId,
    leg: Key<Leg>,
    voice: Voice,
}

impl Screens {
    /// Nobody asks this one any more; whether somebody did.
    pub(super) fn end(&mut self, target: TargetId, core: &mut Core) -> bool {
        let before = self.0.len();
        self.end_those(|screened| screened.target == target, core);
        self.0.len() < before
    }

    /// Nobody is asked any more.
    pub(super) fn end_all(&mut self, core: &mut Core) {
        self.end_those(|_| true, core);
    }

    fn end_those(&mut self, over: impl Fn(&Screened) -> bool, core: &mut Core) {
        self.0.retain(|screened| {
            let is_over = over(screened);
            if is_over {
                screened.voice.stop_all(core);
            }
            !is_over
        });
    }

    fn target_of(&self, leg: Key<Leg>) -> Option<TargetId> {
        self.0.iter().find(|screened| screened.leg == leg).map(|screened| screened.target)
    }
}

impl Call {
    /// Asks whoever picked up. One whom the switch can't be heard by has not taken the call.
    pub(super) fn screen(
        &mut self,
        target: TargetId,
        screen: Screen,
        hands: &mut Hands<'_>,
        pending: &mut Pending,
    ) {
        let Some(leg) = self.fork.answered(target) else { return };
        let mut voice = Voice::default();
        voice.collect(self.id, true, leg, hands);
        if !voice.is_collecting() {
            self.stop_target(target, Release::NoMedia, hands);
            return pending.push(Event::Unreachable(target));
        }
        // A prompt that is missing is silence, and keys count all the same.
        voice.repeat(self.id, (screen.say, BETWEEN), &self.site, leg, hands);
        self.note(hands.core, Kind::Screened, 0, target.0, 0);
        self.screens.0.push(Screened { target, leg, voice });
        if self.early == Some(leg) {
            self.leave_early(leg, hands);
        }
        self.tell_ringing(None, false, hands);
    }

    /// The caller hears whoever is asked no more, and that it rings instead.
    fn leave_early(&mut self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        self.early = None;
        if let Some(stream) = hands.legs.get(leg).and_then(|leg| leg.talk().stream()) {
            hands.core.media(stream.thread, MediaRequest::Disconnect { stream: stream.id });
        }
        self.sound_ringing(hands);
    }

    /// Whoever is asked pressed a key.
    pub(super) fn key_of_callee(&mut self, leg: Key<Leg>, key: char, hands: &mut Hands<'_>) {
        let Some(target) = self.screens.target_of(leg) else { return };
        self.note(hands.core, Kind::Key, 1, target.0, u64::from(u32::from(key)));
        self.advance(Event::KeyOf { target, key }, hands);
        self.settle(hands);
    }
}
