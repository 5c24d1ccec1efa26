//! What people did of late, as the question assumes it.

use std::time::Duration;

use clock::Wall;

use super::Question;
use crate::{PersonId, Tally, parse::length};

impl Question {
    /// Assumes `idle 5m`, `answered 3` or `talked 20m` of a person; whether it is one of these.
    pub(crate) fn assume_tally(&mut self, person: PersonId, text: &str) -> bool {
        let Some((word, value)) = text.split_once(' ') else { return false };
        let (before, value) = (self.tally_of(person), value.trim());
        let tally = match word {
            "idle" => length(value).map(|idle| Tally { ended: Some(before_by(self.at, idle)), ..before }),
            "answered" => value.parse().ok().map(|calls| Tally { calls, ..before }),
            "talked" => length(value).map(|talk| Tally { talk, ..before }),
            _ => None,
        };
        self.tallies.extend(tally.map(|tally| (person, tally)));
        tally.is_some()
    }

    /// What a person did of late.
    pub(super) fn tally_of(&self, person: PersonId) -> Tally {
        self.tallies.iter().rfind(|(who, _)| *who == person).map(|(_, tally)| *tally).unwrap_or_default()
    }
}

fn before_by(at: Wall, time: Duration) -> Wall {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Wall::from_unix_micros(at.unix_micros().saturating_sub(micros))
}
