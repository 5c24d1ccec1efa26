//! A caller who records a prompt: what [`Take`] asks for, carried out.

use std::{mem, sync::Arc, time::Duration};

use callplan::step::Event as Told;
use media::control::{RecordUntil, Source};
use smallvec::{SmallVec, smallvec};

use super::{
    Call, Course, Hands, Phase,
    attend::{self, Did},
    log::Kind,
    release::Ending,
};
use crate::{
    cause::Cause,
    core::{Core, Effect},
    service::{
        take::{Event, Order, Orders, Sound, Take},
        tone,
        voice::Made,
    },
    shared::{promise::Statement, recorded::Recorded},
    switch::Output,
};

/// The longest prompt that is recorded by phone.
const TAKE_MAX: Duration = Duration::from_secs(180);
/// `#` as an event of RFC 4733.
const POUND: u16 = 1 << 11;

/// A prompt that is being recorded.
#[derive(Debug)]
pub(crate) struct Taking {
    /// Its name in the config.
    prompt: Arc<str>,
    take: Take,
    /// What was recorded last and is kept by nobody yet.
    made: Option<Made>,
    /// How many were begun.
    takes: u32,
}

impl Taking {
    /// The prompt of this name is to be recorded.
    pub(crate) const fn new(prompt: Arc<str>) -> Self {
        Self { prompt, take: Take::new(), made: None, takes: 0 }
    }
}

impl Call {
    /// Answers, and asks the caller to speak.
    pub(super) fn begin_taking(&mut self, hands: &mut Hands<'_>) {
        self.attend(hands);
        self.take(Event::Enter, hands);
    }

    /// What happens to a caller who records.
    pub(super) fn hear_taking(&mut self, told: Told, hands: &mut Hands<'_>) {
        let event = match self.attended(told, hands) {
            Some(Did::Press(key)) => Event::Key(key),
            Some(Did::Played) => Event::Played,
            Some(Did::Silence) => Event::Silence,
            Some(Did::Record(left)) => Event::Recorded(left),
            None => return,
        };
        self.take(event, hands);
    }

    /// A recording of a prompt is over, and its file safe; one that nobody asks for any more goes.
    pub(super) fn taken(&mut self, made: Option<Made>, hands: &mut Hands<'_>) {
        let ms = made.as_ref().map_or(0, |made| u64::from(made.lasted_ms));
        self.note(hands.core, Kind::Recorded, u8::from(made.is_some()), 0, ms);
        let left = made.is_some();
        let late = match &mut self.phase {
            Phase::Routing(Course::Taking(taking)) => mem::replace(&mut taking.made, made),
            Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_) => made,
        };
        discard(late, hands.core);
        self.advance(Told::RecordDone { left }, hands);
    }

    /// Whether what was recorded is the prompt from now on.
    pub(super) fn told_taker(&mut self, is_kept: bool, hands: &mut Hands<'_>) {
        self.take(if is_kept { Event::Kept } else { Event::NotKept }, hands);
    }

    fn take(&mut self, event: Event, hands: &mut Hands<'_>) {
        let mut events: SmallVec<[Event; 2]> = smallvec![event];
        while let Some(event) = events.pop() {
            let Phase::Routing(Course::Taking(taking)) = &mut self.phase else { return };
            let mut orders = Orders::new();
            taking.take.handle(event, &mut orders);
            events.extend(orders.into_iter().filter_map(|order| self.follow_take(order, hands)));
        }
    }

    /// Does what is asked for; what follows at once.
    fn follow_take(&mut self, order: Order, hands: &mut Hands<'_>) -> Option<Event> {
        match order {
            Order::Play(sound) => return (!self.sounds_take(sound, hands)).then_some(Event::Played),
            Order::Hush => self.voice.stop_play(hands.core),
            Order::Wait(patience) => self.await_key(Some(patience), hands),
            Order::WaitNoMore => self.await_key(None, hands),
            Order::Record => return (!self.record_take(hands)).then_some(Event::Recorded(false)),
            Order::StopRecord => self.voice.stop_record(hands.core),
            Order::Keep => self.keep_take(hands),
            Order::End => self.end(Ending::by_switch(Cause::PlanEnded), hands),
        }
        None
    }

    /// Lets the caller hear something; false if that can't be.
    fn sounds_take(&mut self, sound: Sound, hands: &mut Hands<'_>) -> bool {
        let source = match (sound, &self.phase) {
            (Sound::Phrase(phrase), _) => attend::recording(phrase, hands.core),
            (Sound::Beep, _) => Some(Source::Tone(tone::BEEP)),
            (Sound::Take, Phase::Routing(Course::Taking(taking))) => {
                taking.made.as_ref().map(|made| Source::File(made.path.clone()))
            }
            (Sound::Take, Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_)) => None,
        };
        source.is_some_and(|source| self.voice.say(self.id, source, self.a, hands))
    }

    fn record_take(&mut self, hands: &mut Hands<'_>) -> bool {
        let Phase::Routing(Course::Taking(taking)) = &mut self.phase else { return false };
        taking.takes += 1;
        // The name is the call's, never the caller's (RELIABILITY I5).
        let file = format!("{:016x}-{}.wav", self.number.0, taking.takes).into();
        let until = RecordUntil { max: TAKE_MAX, silence: Duration::ZERO, keys: POUND };
        self.note(hands.core, Kind::Recording, 0, 0, 0);
        self.voice.record_take(self.id, file, until, self.a, hands)
    }

    /// The take is the prompt once that lasts; until then nothing more is said.
    fn keep_take(&mut self, hands: &mut Hands<'_>) {
        let Phase::Routing(Course::Taking(taking)) = &mut self.phase else { return };
        let Some(made) = taking.made.take() else { return };
        let by = self.caller.person.clone();
        let recorded = Recorded { file: made.file, lasted_ms: made.lasted_ms, at: made.began, by };
        let statement = Statement::Recorded(taking.prompt.clone(), Some(recorded));
        hands.core.effects.push_back(Effect::Say(self.id, statement));
    }
}

/// Whoever recorded is gone: what they did not keep goes.
pub(super) fn give_up(taking: Taking, core: &mut Core) {
    discard(taking.made, core);
}

fn discard(made: Option<Made>, core: &mut Core) {
    if let Some(made) = made {
        core.outputs.push_back(Output::Discard { path: made.path, then: None });
    }
}
