//! The ask step: a prompt, one key, and a while to press it; without it the call goes on to the next step.

use super::{
    Action, Event, ReasonKind, Stray, TimerId,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{Act, Ask};

/// A caller who is offered one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hoping {
    /// Whether the prompt still plays; afterwards the key timer runs.
    pub(super) playing: bool,
}

impl Engine<'_> {
    /// Begins an ask step.
    pub(super) fn offer_key(&mut self, ask: Ask) -> Flow {
        self.answer();
        self.act(Action::Collect { on: true });
        self.play(ask.prompt);
        self.wait(State::Hoping(Hoping { playing: true }))
    }

    /// An ask step hears something.
    pub(super) fn hoping(&mut self, hoping: Hoping, event: Event) -> Flow {
        let Act::Ask(ask) = self.site[self.cursor.node].act else {
            unreachable!("only an ask step leaves the cursor hoping")
        };
        match event {
            Event::PlayDone if hoping.playing => {
                self.arm(TimerId::Key, ask.within);
                self.wait(State::Hoping(Hoping { playing: false }))
            }
            Event::Key(key) if key == ask.key => {
                self.because(ReasonKind::Pressed { key, leads: Some(ask.to) });
                if hoping.playing {
                    self.act(Action::StopPlay);
                }
                self.act(Action::Collect { on: false });
                Flow::Go(ask.to)
            }
            // Whoever presses another key is told the rest all the same.
            Event::Key(key) => {
                self.because(ReasonKind::Pressed { key, leads: None });
                self.wait(State::Hoping(hoping))
            }
            Event::TimerFired(TimerId::Key) => {
                self.act(Action::Collect { on: false });
                Flow::Fall
            }
            Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::KeyOf { .. }
            | Event::SentOn { .. }
            | Event::Enter
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(
                TimerId::Step
                | TimerId::Turn
                | TimerId::Message
                | TimerId::Fact
                | TimerId::Digit
                | TimerId::Target,
            )
            | Event::CallerLeft => self.ignore(State::Hoping(hoping), Stray::of(event)),
        }
    }
}
