//! The menu step: a greeting, one key, and what silence and wrong keys lead to. Where a menu says so, an extension may
//! be dialled as well.
//!
//! ```text
//! 1        a key, and extensions begin with it: another digit is waited for; without one it is the key
//! 1 0 2    an extension: at once if none is longer, else once no other digit comes, or `#`
//! 1 9 ...  no extension: a wrong key, once no other digit comes
//! ```

use std::time::Duration;

use super::{
    Action, Event, ReasonKind, Stray, TimerId, Typed,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{MenuId, NodeId, Retry};

/// How long another digit is waited for while an extension is dialled.
pub const DIGIT_WAIT: Duration = Duration::from_secs(2);

/// A menu that waits for a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    menu: MenuId,
    /// Rounds that ended in silence.
    silences: u8,
    /// Wrong keys.
    wrongs: u8,
    /// Whether the greeting still plays; afterwards the key timer runs, or that of the next digit.
    pub(super) playing: bool,
    /// What may become an extension.
    typed: Typed,
}

impl Engine<'_> {
    /// Begins a menu.
    pub(super) fn ask(&mut self, menu: MenuId) -> Flow {
        self.answer();
        self.act(Action::Collect { on: true });
        self.greet(Asking { menu, silences: 0, wrongs: 0, playing: true, typed: Typed::default() })
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
            Event::TimerFired(TimerId::Digit) => self.dialled(asking),
            Event::Key(key) => self.pressed(asking, key),
            Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::SentOn { .. }
            | Event::KeyOf { .. }
            | Event::Enter
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(
                TimerId::Step | TimerId::Turn | TimerId::Message | TimerId::Fact | TimerId::Target,
            )
            | Event::CallerLeft => self.ignore(State::Asking(asking), Stray::of(event)),
        }
    }

    fn pressed(&mut self, asking: Asking, key: char) -> Flow {
        if asking.playing {
            self.act(Action::StopPlay);
        }
        self.disarm(TimerId::Key);
        let asking = Asking { playing: false, ..asking };
        let is_dialled = self.site[asking.menu].dial_extension;
        match key {
            '#' if !asking.typed.is_empty() => self.dialled(asking),
            '0'..='9' if is_dialled => self.dials(Asking { typed: asking.typed.and(key), ..asking }),
            _ if asking.typed.is_empty() => self.chosen(asking, key),
            _ => self.not_dialled(asking),
        }
    }

    /// One digit more.
    fn dials(&mut self, asking: Asking) -> Flow {
        let typed = asking.typed;
        let goes_on = typed.digits().is_some_and(|digits| self.site.extends(digits));
        let is_whole = typed.digits().is_some_and(|digits| self.site.extension(digits).is_some());
        match (goes_on, typed.only()) {
            (false, Some(key)) => self.chosen(asking, key),
            (false, None) if is_whole => self.dialled(asking),
            // Of what is no extension the rest is awaited too, lest it be taken for a key of the next round.
            (true, _) | (false, None) => {
                self.because(ReasonKind::Dials(typed));
                self.arm(TimerId::Digit, DIGIT_WAIT);
                self.wait(State::Asking(asking))
            }
        }
    }

    /// No other digit comes.
    fn dialled(&mut self, asking: Asking) -> Flow {
        self.disarm(TimerId::Digit);
        let typed = asking.typed;
        let owner = typed.digits().and_then(|digits| self.site.extension(digits));
        match (owner, typed.only()) {
            (Some(owner), _) => {
                let leads = self.site.entry(self.site.plan_of(owner));
                self.because(ReasonKind::Dialled { typed, leads: Some(leads) });
                self.lead(leads)
            }
            (None, Some(key)) => self.chosen(asking, key),
            (None, None) => self.not_dialled(asking),
        }
    }

    /// What was dialled is no extension.
    fn not_dialled(&mut self, asking: Asking) -> Flow {
        self.because(ReasonKind::Dialled { typed: asking.typed, leads: None });
        self.disarm(TimerId::Digit);
        self.wrong(asking)
    }

    /// A key is pressed that is no part of an extension.
    fn chosen(&mut self, asking: Asking, key: char) -> Flow {
        let leads = self.site[asking.menu].keys.find(key);
        self.because(ReasonKind::Pressed { key, leads });
        match leads {
            Some(node) => self.lead(node),
            None => self.wrong(asking),
        }
    }

    fn wrong(&mut self, asking: Asking) -> Flow {
        let wrongs = asking.wrongs.saturating_add(1);
        let retry = self.site[asking.menu].invalid;
        self.again(Asking { wrongs, ..asking }, wrongs, retry)
    }

    /// Greets once more, or gives up after as many rounds as the menu allows.
    fn again(&mut self, asking: Asking, failed: u8, retry: Retry) -> Flow {
        if failed > retry.repeat { self.lead(retry.then) } else { self.greet(asking) }
    }

    fn greet(&mut self, asking: Asking) -> Flow {
        self.play(self.site[asking.menu].greeting);
        self.wait(State::Asking(Asking { playing: true, typed: Typed::default(), ..asking }))
    }

    fn lead(&mut self, node: NodeId) -> Flow {
        self.act(Action::Collect { on: false });
        Flow::Go(node)
    }
}
