//! A caller in the line of a queue: what the call asks of the line, what the line says, and what is heard meanwhile.
//!
//! A call in a line says so itself; whoever runs it tells the line when it is no longer there.

use std::{sync::Arc, time::Duration};

use callplan::{
    InLine, Notice, QueueId,
    queue::{CallerId, Refusal},
    step::{Ask, Caller, Event, Word},
};
use clock::Key;
use media::control::Source;

use super::{Call, Course, Hands, Phase};
use crate::{
    core::Effect,
    leg::Leg,
    service::{phrase::of_notice, tone},
    shared::{
        queue::{At, Waits},
        rehearsal::Ahead,
    },
};

/// What a call asks of the line of a queue. People go by their names: a line may run on another version of the site.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// Takes the caller in, into a line that sees a time so far ahead.
    Join(CallerId, Waits, Ahead),
    /// The caller pressed a key.
    Key(char),
    /// Somebody who was rung picked up.
    Answered(Arc<str>),
    /// Somebody who was to be rung won't answer.
    Refused(Arc<str>, Refusal),
    /// The caller waits no longer.
    Left,
}

impl Call {
    /// The queue in whose line its caller waits.
    pub(crate) fn line(&self) -> Option<Arc<str>> {
        let Phase::Routing(Course::Plan(plan)) = &self.phase else { return None };
        plan.0.line().map(|queue| self.line_for(queue))
    }

    /// The leg of whoever talks with its caller.
    pub(crate) const fn talks_with(&self) -> Option<Key<Leg>> {
        if let Phase::Talking(leg) = self.phase { Some(leg) } else { None }
    }

    /// Whether whoever asked for it is still to pick up.
    pub(crate) const fn is_asking(&self) -> bool {
        matches!(self.phase, Phase::Routing(Course::Originated(_)))
    }

    /// Whoever is to pick up is rung no longer.
    pub(crate) fn stops_asking(&mut self, hands: &mut Hands<'_>) {
        self.dialled_too_long(hands);
        self.settle(hands);
    }

    pub(super) fn ask_line(&self, queue: QueueId, ask: Ask, hands: &mut Hands<'_>) {
        let name = |person: callplan::PersonId| self.site[person].name.clone();
        let asked = match ask {
            Ask::Join => {
                let Phase::Routing(Course::Plan(plan)) = &self.phase else { return };
                let person = Some(self.caller.person.clone()).filter(|person| !person.is_empty());
                let number = match plan.1.caller {
                    // Whoever rehearses is not called back.
                    Caller::Number(number) if !self.is_rehearsal() => Some(number),
                    Caller::Number(_) | Caller::Phone(_) | Caller::Withheld => None,
                };
                let since = hands.core.now.wall;
                let waits = Waits { at: At::Line(self.id), number, person, since, tries: 0 };
                Asked::Join(CallerId(plan.1.chance), waits, self.line_ahead())
            }
            Ask::Key(key) => Asked::Key(key),
            Ask::Answered(person) => Asked::Answered(name(person)),
            Ask::Refused(person, refusal) => Asked::Refused(name(person), refusal),
        };
        hands.core.effects.push_back(Effect::Line(self.id, self.line_for(queue), asked));
    }

    /// The line says something of the caller.
    pub(crate) fn hears_line(&mut self, word: Word, hands: &mut Hands<'_>) {
        self.has_waited |= word == Word::Waits;
        self.advance(Event::Line(word), hands);
        self.settle(hands);
    }

    /// Tells a caller who waits something, word by word; whether they hear it.
    pub(super) fn tell_waiting(&mut self, notice: Notice, hands: &mut Hands<'_>) -> bool {
        self.voice.stop_play(hands.core);
        let words = of_notice(notice);
        let sounds = &hands.core.sounds.words;
        let known: Vec<_> = words.iter().filter_map(|word| sounds.get(word.name()).cloned()).collect();
        self.voice.say_all(self.id, known.into_iter().map(Source::Wave), self.a, hands)
    }

    /// Lets a caller who waits hear this over and over; the country's ringing tone if that is nothing.
    pub(super) fn play_in_line(&mut self, heard: InLine, hands: &mut Hands<'_>) {
        self.voice.stop_play(hands.core);
        let is_heard = match heard {
            InLine::Tone => false,
            InLine::Prompt(prompt) => {
                self.voice.repeat(self.id, (prompt, Duration::ZERO), &self.site, self.a, hands)
            }
            InLine::Music(music) => self.voice.music(self.id, music, &self.site, self.a, hands),
        };
        if !is_heard {
            let country = self.site.country_of(self.caller.called);
            self.voice.ringback(self.id, tone::ringback(country), self.a, hands);
        }
    }
}
