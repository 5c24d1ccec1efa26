//! Somebody who records a prompt by phone: `*77` and its number.
//!
//! ```text
//!  asking ── the tone ──> speaking ── # ──> hearing ── 1 ──> keeping ──> leaving
//!    ^                                         │ 2                          ^
//!    └─────────────────────────────────────────┴── *, silence, nothing said ┘
//! ```
//!
//! Whoever hangs up before pressing 1 keeps nothing. Silence, keys that do nothing and takes without a word are borne
//! three times in a row. The machine knows keys and what has sounded; calls, files and who may record are others'
//! business.

use std::{collections::VecDeque, mem, time::Duration};

use smallvec::SmallVec;

use super::phrase::Phrase;

/// How long a key is waited for once all is said.
const PATIENCE: Duration = Duration::from_secs(6);

/// Silences, wrong keys and empty takes in a row that end it.
const FAULTS_MAX: u8 = 3;

/// What happens to whoever records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The caller is answered and listens.
    Enter,
    /// A key.
    Key(char),
    /// What was asked for last sounded to its end, or can't be heard.
    Played,
    /// The recording is over; whether something was said on it.
    Recorded(bool),
    /// No key came while one was waited for.
    Silence,
    /// The take is the prompt from now on, for good.
    Kept,
    /// It is not: the store is slow.
    NotKept,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Let this be heard, in place of what is.
    Play(Sound),
    /// Let nothing be heard any more.
    Hush,
    /// Record until `#`: `Recorded` follows.
    Record,
    /// End the recording, should it still go on.
    StopRecord,
    /// Wait so long for a key.
    Wait(Duration),
    /// Wait for none.
    WaitNoMore,
    /// The take is to be the prompt: `Kept` or `NotKept` follows.
    Keep,
    /// Say goodbye to the call.
    End,
}

/// Something that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Words of ours.
    Phrase(Phrase),
    /// The tone after which is recorded.
    Beep,
    /// What was recorded last.
    Take,
}

/// What an event leads to.
pub(crate) type Orders = SmallVec<[Order; 4]>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Take {
    stage: Stage,
    /// What is said after what sounds now.
    ahead: VecDeque<Sound>,
    /// Faults in a row.
    faults: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asking,
    Speaking,
    Hearing,
    Keeping,
    Leaving,
}

impl Take {
    /// Nothing is recorded yet.
    pub(crate) const fn new() -> Self {
        Self { stage: Stage::Asking, ahead: VecDeque::new(), faults: 0 }
    }

    /// Takes one event and says what follows.
    pub(crate) fn handle(&mut self, event: Event, out: &mut Orders) {
        match (event, self.stage) {
            (Event::Enter, _) => self.ask(),
            (Event::Key(key), Stage::Asking | Stage::Hearing) => {
                self.ahead.clear();
                out.extend([Order::Hush, Order::WaitNoMore]);
                self.pressed(key, out);
            }
            // Heard in the stream it has ended the recording already; told by INFO nobody else hears it.
            (Event::Key('#'), Stage::Speaking) => out.push(Order::StopRecord),
            (Event::Recorded(true), Stage::Speaking) => {
                self.stage = Stage::Hearing;
                self.ahead.extend([Sound::Take, Sound::Phrase(Phrase::TAKE_CHOICES)]);
            }
            (Event::Recorded(false), Stage::Speaking) => {
                self.stage = Stage::Asking;
                self.fault(&[Sound::Phrase(Phrase::TAKE), Sound::Beep]);
            }
            (Event::Silence, Stage::Hearing) => self.fault(&[Sound::Phrase(Phrase::TAKE_CHOICES)]),
            (Event::Kept, Stage::Keeping) => self.leave(Some(Phrase::TAKE_KEPT)),
            (Event::NotKept, Stage::Keeping) => self.leave(Some(Phrase::NOT_KEPT)),
            (Event::Played, _) => {}
            // What comes too late changes nothing.
            (Event::Key(_) | Event::Recorded(_) | Event::Silence | Event::Kept | Event::NotKept, _) => return,
        }
        self.go_on(out);
    }

    /// The next sound, or what comes when there is none.
    fn go_on(&mut self, out: &mut Orders) {
        match (self.ahead.pop_front(), self.stage) {
            (Some(sound), _) => out.push(Order::Play(sound)),
            (None, Stage::Asking) => {
                self.stage = Stage::Speaking;
                out.push(Order::Record);
            }
            (None, Stage::Hearing) => out.push(Order::Wait(PATIENCE)),
            (None, Stage::Leaving) => out.push(Order::End),
            (None, Stage::Speaking | Stage::Keeping) => {}
        }
    }

    fn ask(&mut self) {
        self.stage = Stage::Asking;
        self.ahead.extend([Sound::Phrase(Phrase::TAKE), Sound::Beep]);
    }

    fn pressed(&mut self, key: char, out: &mut Orders) {
        let faults = mem::take(&mut self.faults);
        match (self.stage, key) {
            (_, '*') => self.leave(None),
            // Whoever knows the words goes straight to the tone.
            (Stage::Asking, _) => self.ahead.push_back(Sound::Beep),
            (_, '1') => {
                self.stage = Stage::Keeping;
                out.push(Order::Keep);
            }
            (_, '2') => self.ask(),
            _ => {
                self.faults = faults;
                self.fault(&[Sound::Phrase(Phrase::WRONG_KEY), Sound::Phrase(Phrase::TAKE_CHOICES)]);
            }
        }
    }

    /// Borne, unless it is one too many.
    fn fault(&mut self, sounds: &[Sound]) {
        self.faults += 1;
        if self.faults >= FAULTS_MAX {
            return self.leave(None);
        }
        self.ahead.extend(sounds);
    }

    fn leave(&mut self, word: Option<Phrase>) {
        self.stage = Stage::Leaving;
        self.ahead.extend(word.into_iter().chain([Phrase::GOODBYE]).map(Sound::Phrase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an event, in words.
    fn then(take: &mut Take, event: Event) -> String {
        let mut out = Orders::new();
        take.handle(event, &mut out);
        let word = |order: &Order| match order {
            Order::Play(Sound::Phrase(phrase)) => phrase.name().to_owned(),
            Order::Play(Sound::Beep) => "beep".to_owned(),
            Order::Play(Sound::Take) => "the take".to_owned(),
            Order::Hush
            | Order::Record
            | Order::StopRecord
            | Order::Wait(_)
            | Order::WaitNoMore
            | Order::Keep
            | Order::End => {
                format!("{order:?}")
            }
        };
        out.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// One that has been recorded and is about to be heard.
    fn recorded() -> Take {
        let mut take = Take::new();
        assert_eq!(then(&mut take, Event::Enter), "take");
        assert_eq!(then(&mut take, Event::Played), "beep");
        assert_eq!(then(&mut take, Event::Played), "Record");
        assert_eq!(then(&mut take, Event::Key('5')), "");
        assert_eq!(then(&mut take, Event::Key('#')), "StopRecord");
        assert_eq!(then(&mut take, Event::Recorded(true)), "the take");
        take
    }

    #[test]
    fn what_was_said_is_played_and_1_keeps_it() {
        let mut take = recorded();
        assert_eq!(then(&mut take, Event::Played), "take-choices");
        assert_eq!(then(&mut take, Event::Played), "Wait(6s)");
        assert_eq!(then(&mut take, Event::Key('1')), "Hush, WaitNoMore, Keep");
        assert_eq!(then(&mut take, Event::Key('1')), "");
        assert_eq!(then(&mut take, Event::Kept), "take-kept");
        assert_eq!(then(&mut take, Event::Played), "goodbye");
        assert_eq!(then(&mut take, Event::Played), "End");
    }

    #[test]
    fn a_take_that_the_store_does_not_keep_is_told() {
        let mut take = recorded();
        then(&mut take, Event::Key('1'));
        assert_eq!(then(&mut take, Event::NotKept), "not-kept");
    }

    #[test]
    fn key_2_records_again_and_star_leaves() {
        let mut take = recorded();
        assert_eq!(then(&mut take, Event::Key('2')), "Hush, WaitNoMore, take");
        assert_eq!(then(&mut take, Event::Key('5')), "Hush, WaitNoMore, beep");
        assert_eq!(then(&mut take, Event::Played), "Record");
        assert_eq!(then(&mut take, Event::Recorded(true)), "the take");
        assert_eq!(then(&mut take, Event::Key('*')), "Hush, WaitNoMore, goodbye");
    }

    #[test]
    fn three_faults_in_a_row_are_one_too_many() {
        let mut take = recorded();
        assert_eq!(then(&mut take, Event::Key('7')), "Hush, WaitNoMore, wrong-key");
        assert_eq!(then(&mut take, Event::Played), "take-choices");
        assert_eq!(then(&mut take, Event::Silence), "take-choices");
        assert_eq!(then(&mut take, Event::Silence), "goodbye");
        let mut take = Take::new();
        assert_eq!(then(&mut take, Event::Enter), "take");
        for word in ["take", "take", "goodbye"] {
            assert_eq!(then(&mut take, Event::Played), "beep");
            assert_eq!(then(&mut take, Event::Played), "Record");
            assert_eq!(then(&mut take, Event::Recorded(false)), word);
        }
    }
}
