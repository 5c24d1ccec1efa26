//! Music for whoever is on hold, or parked.
//!
//! The media of a leg is ours, so a party that is held is told nothing of it (RFC 3264 §8.4): it goes on sending and
//! hears music in place of whoever holds it. Music plays for a hold by a phone of ours alone: a carrier that holds
//! brings what its own side plays. It is that of the number the caller had called, else that of whoever holds, else
//! the site's, and goes on where this party heard it last.
//!
//! A parked caller hears that of the number they called, else that of `[park]`, else the site's, and goes on hearing it
//! while whoever parked them is rung again; without any there is a tone.

use std::{sync::Arc, time::Duration};

use callplan::{Music, MusicId};
use clock::{Instant, Key};
use media::control::{DoneReason, Request, Source, TaskId};
use smallvec::SmallVec;

use super::{Call, Course, Hands, Phase};
use crate::{
    core::{Core, Purpose},
    leg::{Leg, Party},
    sdp::Description,
};

/// Who is on hold, and how far each party of the call has heard its music.
#[derive(Debug, Default)]
pub(super) struct OnHold {
    hearer: Option<Hearer>,
    heard: SmallVec<[(Key<Leg>, MusicId, Duration); 2]>,
    /// The caller was parked, and whoever parked them is rung.
    returns: bool,
}

/// Whoever is on hold.
#[derive(Clone, Copy, Debug)]
struct Hearer {
    leg: Key<Leg>,
    music: MusicId,
    thread: u8,
    /// What plays; `None` once that has failed, which is not tried again.
    task: Option<TaskId>,
    since: Instant,
}

impl OnHold {
    /// What played has ended by itself, or made room for something else.
    pub(super) fn ended(&mut self, task: TaskId, reason: &DoneReason, now: Instant) {
        let Some(hearer) = self.hearer.filter(|hearer| hearer.task == Some(task)) else { return };
        self.note(hearer, now);
        // Whatever is said to the caller ends what they heard while they waited.
        self.returns &= !matches!(reason, DoneReason::Replaced);
        self.hearer = matches!(reason, DoneReason::Failed(_)).then_some(Hearer { task: None, ..hearer });
    }

    /// Ends the music; its end is told to nobody.
    pub(super) fn stop(&mut self, core: &mut Core) {
        let Some(hearer) = self.hearer.take() else { return };
        if let Some(task) = hearer.task {
            self.note(hearer, core.now.mono);
            core.end_task(task);
            core.media(hearer.thread, Request::Stop { task });
        }
    }

    /// Whoever parked the caller is rung: what the caller hears goes on.
    pub(super) const fn returns(&mut self, returns: bool) {
        self.returns = returns;
    }

    /// Whether somebody hears music.
    pub(super) const fn is_playing(&self) -> bool {
        self.hearer.is_some()
    }

    fn note(&mut self, hearer: Hearer, now: Instant) {
        let so_far = self.position(hearer.leg, hearer.music) + now.since(hearer.since);
        self.heard.retain(|(leg, ..)| *leg != hearer.leg);
        self.heard.push((hearer.leg, hearer.music, so_far));
    }

    fn position(&self, leg: Key<Leg>, music: MusicId) -> Duration {
        let is_it = |(whose, what, _): &&(Key<Leg>, MusicId, Duration)| *whose == leg && *what == music;
        self.heard.iter().find(is_it).map_or(Duration::ZERO, |(.., position)| *position)
    }
}

impl Call {
    /// Lets whoever is on hold hear music, and nobody else.
    pub(super) fn entertain(&mut self, hands: &mut Hands<'_>) {
        if self.site.music.is_empty() {
            return;
        }
        let held = self.held(hands);
        if held == self.on_hold.hearer.map(|hearer| (hearer.leg, hearer.music)) {
            return;
        }
        self.on_hold.stop(hands.core);
        let Some((leg, music)) = held else { return };
        let Some(stream) = hands.legs.get(leg).and_then(|leg| leg.talk().stream()) else { return };
        let task = hands.core.begin_task(self.id, Purpose::Music);
        if let Some(task) = task {
            let skip = self.on_hold.position(leg, music);
            let source = Source::Waves { waves: Arc::clone(&self.site[music].waves), skip };
            let (times, pause) = (None, Duration::ZERO);
            let play = Request::Play { task, stream: stream.id, source, times, pause };
            hands.core.media(stream.thread, play);
        }
        let since = hands.core.now.mono;
        self.on_hold.hearer = Some(Hearer { leg, music, thread: stream.thread, task, since });
    }

    /// The party that a phone of ours keeps on hold, and what it hears. Of two who hold each other neither hears anything.
    fn held(&self, hands: &Hands<'_>) -> Option<(Key<Leg>, MusicId)> {
        let b = match &self.phase {
            Phase::Talking(b) => *b,
            Phase::Routing(Course::Parked(_)) => return Some((self.a, self.parked_music(hands)?)),
            Phase::Routing(Course::Plan(_)) if self.on_hold.returns => {
                return Some((self.a, self.parked_music(hands)?));
            }
            Phase::Routing(_) | Phase::Over(_) => return None,
        };
        let holds = |leg: Key<Leg>| {
            let said = hands.legs.get(leg).and_then(|leg| leg.talk().remote());
            said.is_some_and(Description::is_hold)
        };
        let (held, holder) = match (holds(self.a), holds(b)) {
            (false, true) => (self.a, b),
            (true, false) => (b, self.a),
            (true, true) | (false, false) => return None,
        };
        let party = hands.legs.get(holder)?.party();
        if !matches!(party, Party::Phone(_)) || hands.legs.get(held)?.talk().stream().is_none() {
            return None;
        }
        let called = || self.caller.called.filter(|_| held == self.a);
        let of_number = called().and_then(|number| self.site[number].music);
        let of_person = || self.site[self.site.person(&self.person_of(party)?)?].music;
        let music = of_number.or_else(of_person).or(self.site.music_on_hold)?;
        (!is_silent(&self.site[music])).then_some((held, music))
    }

    /// What a parked caller hears, if not a tone.
    pub(super) fn parked_music(&self, hands: &Hands<'_>) -> Option<MusicId> {
        hands.legs.get(self.a)?.talk().stream()?;
        let of_number = self.caller.called.and_then(|number| self.site[number].music);
        let music = of_number.or(self.site.park.music).or(self.site.music_on_hold)?;
        (!is_silent(&self.site[music])).then_some(music)
    }
}

fn is_silent(music: &Music) -> bool {
    music.waves.is_empty()
}
