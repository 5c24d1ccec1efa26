//! The directory step: the caller spells a name, and whoever has such a name is offered, one after another.
//!
//! ```text
//! asked ── letters ──> spelling ── # or a while ──> offering ── 1 ──> whoever is offered
//!   ^  └── no key in time ──┐          │ nobody       │ any other key, or none: the next; none left
//!   └───────────── told ─────────<─────┴──────────────┘   after three rounds: the step is left
//! ```

use std::time::Duration;

use super::{
    Action, Event, ReasonKind, Stray, TimerId, Typed,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{Act, Directory, Listed, NodeId, OFFERS_MAX, Prompt, PromptId};

/// Rounds in which nobody is found before the step is left.
pub const ROUNDS: u8 = 3;
/// How long the first letter is waited for.
const FIRST_WAIT: Duration = Duration::from_secs(6);
/// How long another letter is waited for; letters take longer to find than digits.
const LETTER_WAIT: Duration = Duration::from_secs(3);
/// How long after an offer a key is waited for.
const OFFER_WAIT: Duration = Duration::from_secs(2);

/// A caller who looks for somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking {
    /// Rounds that came to nothing.
    rounds: u8,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Asked for letters; the request still plays, or the key timer runs.
    Asked { playing: bool },
    /// Spells; the digit timer runs.
    Spelling(Typed),
    /// Is offered one of those who match; the offer still plays, or the key timer runs.
    Offering { typed: Typed, at: u8, playing: bool },
    /// Is told that nobody was found, or nobody more.
    Told,
}

impl Looking {
    /// Whether something plays; else a timer runs.
    pub(super) const fn is_playing(self) -> bool {
        match self.stage {
            Stage::Asked { playing } | Stage::Offering { playing, .. } => playing,
            Stage::Told => true,
            Stage::Spelling(_) => false,
        }
    }
}

impl<'a> Engine<'a> {
    /// Begins a directory step.
    pub(super) fn look_up(&mut self) -> Flow {
        self.answer();
        self.act(Action::Collect { on: true });
        self.ask_for_name(0)
    }

    /// A caller in the directory does something, or nothing.
    pub(super) fn looking(&mut self, looking: Looking, event: Event) -> Flow {
        let Looking { rounds, stage } = looking;
        match (event, stage) {
            (Event::Key('2'..='9'), Stage::Asked { playing }) => {
                self.hush(playing);
                self.spells(rounds, Typed::default(), event)
            }
            (Event::Key('2'..='9'), Stage::Spelling(typed)) => self.spells(rounds, typed, event),
            (Event::Key('#'), Stage::Spelling(typed))
            | (Event::TimerFired(TimerId::Digit), Stage::Spelling(typed)) => {
                self.disarm(TimerId::Digit);
                self.look_for(rounds, typed)
            }
            (Event::Key('*'), Stage::Spelling(_)) => {
                self.disarm(TimerId::Digit);
                self.look_again(rounds)
            }
            (Event::Key(key), Stage::Offering { typed, at, playing }) => {
                self.hush(playing);
                self.answers_offer(rounds, (typed, at), key)
            }
            (Event::TimerFired(TimerId::Key), Stage::Offering { typed, at, .. }) => {
                self.offer_listed(rounds, typed, at + 1)
            }
            (Event::PlayDone, Stage::Asked { playing: true }) => {
                self.arm(TimerId::Key, FIRST_WAIT);
                self.look(rounds, Stage::Asked { playing: false })
            }
            (Event::PlayDone, Stage::Offering { typed, at, playing: true }) => {
                self.arm(TimerId::Key, OFFER_WAIT);
                self.look(rounds, Stage::Offering { typed, at, playing: false })
            }
            (Event::TimerFired(TimerId::Key), Stage::Asked { .. }) | (Event::PlayDone, Stage::Told) => {
                self.look_again(rounds)
            }
            (event, _) => self.ignore(State::Looking(looking), Stray::of(event)),
        }
    }

    fn look(&mut self, rounds: u8, stage: Stage) -> Flow {
        self.wait(State::Looking(Looking { rounds, stage }))
    }

    /// The site's directory: a step of a site without one is never compiled.
    fn directory(&self) -> Option<&'a Directory> {
        self.site.directory.as_ref()
    }

    fn ask_for_name(&mut self, rounds: u8) -> Flow {
        let Some(directory) = self.directory() else { return self.leave_directory() };
        self.play(Prompt::File(directory.ask));
        self.look(rounds, Stage::Asked { playing: true })
    }

    /// One round came to nothing.
    fn look_again(&mut self, rounds: u8) -> Flow {
        let rounds = rounds.saturating_add(1);
        if rounds >= ROUNDS { self.leave_directory() } else { self.ask_for_name(rounds) }
    }

    fn leave_directory(&mut self) -> Flow {
        self.act(Action::Collect { on: false });
        let nobody =
            if let Act::Directory { nobody } = self.site[self.cursor.node].act { nobody } else { None };
        nobody.map_or(Flow::Fall, Flow::Go)
    }

    /// Ends what plays or waits for the first key.
    fn hush(&mut self, playing: bool) {
        if playing {
            self.act(Action::StopPlay);
        }
        self.disarm(TimerId::Key);
    }

    fn spells(&mut self, rounds: u8, typed: Typed, event: Event) -> Flow {
        let Event::Key(key) = event else { return self.look(rounds, Stage::Spelling(typed)) };
        self.arm(TimerId::Digit, LETTER_WAIT);
        self.look(rounds, Stage::Spelling(typed.and(key)))
    }

    /// The name is spelled as far as it will be.
    fn look_for(&mut self, rounds: u8, typed: Typed) -> Flow {
        self.because(ReasonKind::Spelled(typed));
        self.offer_listed(rounds, typed, 0)
    }

    /// Those whose names begin so. Who spells a long name to its end is looked for by its beginning.
    fn found(&self, typed: Typed) -> impl Iterator<Item = &'a Listed> + use<'a> {
        let entries = self.directory().map_or(&[][..], |directory| &directory.entries);
        entries.iter().filter(move |listed| listed.words.iter().any(|word| word.starts_with(typed.kept())))
    }

    /// Offers the match at a place; tells that there is none there.
    fn offer_listed(&mut self, rounds: u8, typed: Typed, at: u8) -> Flow {
        let Some(directory) = self.directory() else { return self.leave_directory() };
        let place = usize::from(at);
        match self.found(typed).nth(place) {
            Some(listed) if place < OFFERS_MAX => {
                self.play(Prompt::File(listed.offer));
                self.look(rounds, Stage::Offering { typed, at, playing: true })
            }
            Some(_) => self.tell_looking(rounds, directory.more),
            None if at == 0 => self.tell_looking(rounds, directory.nobody),
            None => self.tell_looking(rounds, directory.nobody_else),
        }
    }

    fn tell_looking(&mut self, rounds: u8, told: PromptId) -> Flow {
        self.play(Prompt::File(told));
        self.look(rounds, Stage::Told)
    }

    /// A key behind an offer: `1` takes it, `*` spells anew, any other is for the next.
    fn answers_offer(&mut self, rounds: u8, (typed, at): (Typed, u8), key: char) -> Flow {
        let taken = self.found(typed).nth(at.into()).filter(|_| key == '1');
        let leads: Option<NodeId> = taken.map(|listed| self.site.entry(self.site[listed.person].plan));
        self.because(ReasonKind::Pressed { key, leads });
        match leads {
            Some(node) => {
                self.act(Action::Collect { on: false });
                Flow::Go(node)
            }
            None if key == '*' => self.look_again(rounds),
            None => self.offer_listed(rounds, typed, at + 1),
        }
    }
}
