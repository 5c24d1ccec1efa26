//! The menu step: a greeting, one key, and what silence and wrong keys lead to.

use super::{
    Action, Event, ReasonKind, Stray, TimerId,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{MenuId, NodeId, Retry};

/// A menu that waits for a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    menu: MenuId,
    /// Rounds that ended in silence.
    silences: u8,
    /// Wrong keys.
    wrongs: u8,
    /// Whether the greeting still plays; afterwards the key timer runs.
    pub(super) playing: bool,
}

impl Engine<'_> {
    /// Begins a menu.
    pub(super) fn ask(&mut self, menu: MenuId) -> Flow {
        self.answer();
        self.act(Action::Collect { on: true });
        self.greet(Asking { menu, silences: 0, wrongs: 0, playing: true })
    }

    /// A menu hears something.
    pub(super) fn asking(&mut self, asking: Asking, event: Event) -> Flow {
        match event {
            Event::PlayDone if asking.playing => {
                self.arm(TimerId::Key, self.site[asking.menu].silence.after);
                self.wait(State::Asking(Asking { playing: false, ..asking }))
            }
            Event::TimerFired(TimerId::Key) => {
                let silences = asking.silences.saturating_add(1);
                let retry = self.site[asking.menu].silence.retry;
                self.again(Asking { silences, ..asking }, silences, retry)
            }
            Event::Key(key) => self.pressed(asking, key),
            Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::SentOn { .. }
            | Event::Enter
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(TimerId::Step | TimerId::Turn | TimerId::Message | TimerId::Fact)
            | Event::CallerLeft => self.ignore(State::Asking(asking), Stray::of(event)),
        }
    }

    fn pressed(&mut self, asking: Asking, key: char) -> Flow {
        let leads = self.site[asking.menu].keys.find(key);
        self.because(ReasonKind::Pressed { key, leads });
        if asking.playing {
            self.act(Action::StopPlay);
        }
        self.disarm(TimerId::Key);
        match leads {
            Some(node) => self.lead(node),
            None => {
                let wrongs = asking.wrongs.saturating_add(1);
                let retry = self.site[asking.menu].invalid;
                self.again(Asking { wrongs, ..asking }, wrongs, retry)
            }
        }
    }

    /// Greets once more, or gives up after as many rounds as the menu allows.
    fn again(&mut self, asking: Asking, failed: u8, retry: Retry) -> Flow {
        if failed > retry.repeat { self.lead(retry.then) } else { self.greet(asking) }
    }

    fn greet(&mut self, asking: Asking) -> Flow {
        self.play(self.site[asking.menu].greeting);
        self.wait(State::Asking(Asking { playing: true, ..asking }))
    }

    fn lead(&mut self, node: NodeId) -> Flow {
        self.act(Action::Collect { on: false });
        Flow::Go(node)
    }
}
