//! What a party hears that comes from us: prompts and tones, in rounds with pauses.

use std::{sync::Arc, time::Duration};

use super::tone::Generator;
use crate::{
    codec::resample::RATE,
    control::{TaskId, Tone},
};

/// One `Play` under way.
#[derive(Clone, Debug)]
pub struct Player {
    task: TaskId,
    sound: Sound,
    /// Rounds still to come after this one; `None` is no end.
    more: Option<u32>,
    /// Samples of silence between two rounds.
    pause: usize,
    state: State,
    played: u64,
}

#[derive(Clone, Debug)]
enum Sound {
    Prompt { samples: Arc<[i16]>, position: usize },
    Tone(Generator),
}

#[derive(Clone, Copy, Debug)]
enum State {
    Sounding,
    Pausing { left: usize },
    Over,
}

impl Player {
    /// Plays 8 kHz samples; they must not be empty.
    pub fn prompt(task: TaskId, samples: Arc<[i16]>, times: Option<u32>, pause: Duration) -> Self {
        Self::new(task, Sound::Prompt { samples, position: 0 }, times, pause)
    }

    /// The same, whose first round begins so far into the prompt; a tone has no such place.
    #[must_use]
    pub fn from(mut self, skip: Duration) -> Self {
        if let Sound::Prompt { samples, position } = &mut self.sound {
            let skip = u64::try_from(skip.as_millis()).unwrap_or(u64::MAX);
            let skip = skip.saturating_mul(u64::from(RATE) / 1000);
            *position = (skip % samples.len() as u64) as usize;
        }
        self
    }

    /// Plays a tone; a round is its cadence.
    pub fn tone(task: TaskId, tone: Tone, times: Option<u32>, pause: Duration) -> Self {
        Self::new(task, Sound::Tone(Generator::new(tone)), times, pause)
    }

    fn new(task: TaskId, sound: Sound, times: Option<u32>, pause: Duration) -> Self {
        let pause = (pause.as_millis() as usize).saturating_mul(RATE as usize / 1000);
        let state = if times == Some(0) { State::Over } else { State::Sounding };
        Self { task, sound, more: times.map(|times| times.saturating_sub(1)), pause, state, played: 0 }
    }

    /// The task it does.
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// Milliseconds played, pauses among them.
    pub fn played_ms(&self) -> u32 {
        u32::try_from(self.played * 1000 / u64::from(RATE)).unwrap_or(u32::MAX)
    }

    /// Writes the next frame, silence after the end; `false` if the end was before this frame.
    pub fn fill(&mut self, frame: &mut [i16]) -> bool {
        let mut filled = 0;
        while filled < frame.len() {
            filled += match self.state {
                State::Sounding => self.sound(&mut frame[filled..]),
                State::Pausing { left } => self.pause(left, &mut frame[filled..]),
                State::Over => break,
            };
        }
        frame[filled..].fill(0);
        self.played += filled as u64;
        filled > 0
    }

    fn sound(&mut self, room: &mut [i16]) -> usize {
        let (wrote, over) = match &mut self.sound {
            Sound::Tone(generator) => generator.fill(room),
            Sound::Prompt { samples, position } => {
                let wrote = room.len().min(samples.len() - *position);
                room[..wrote].copy_from_slice(&samples[*position..*position + wrote]);
                *position = (*position + wrote) % samples.len();
                (wrote, *position == 0)
            }
        };
        if over {
            self.state = self.after_round();
        }
        wrote
    }

    fn pause(&mut self, left: usize, room: &mut [i16]) -> usize {
        let wrote = left.min(room.len());
        room[..wrote].fill(0);
        self.state = match left - wrote {
            0 => State::Sounding,
            left => State::Pausing { left },
        };
        wrote
    }

    fn after_round(&mut self) -> State {
        match &mut self.more {
            Some(0) => return State::Over,
            Some(more) => *more -= 1,
            None => {}
        }
        match self.pause {
            0 => State::Sounding,
            left => State::Pausing { left },
        }
    }
}
