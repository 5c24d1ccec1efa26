//! Whether one address answers OPTIONS, as a machine (RELIABILITY F7).
//!
//! ```text
//!     Unheard ── answer ──► Up ── 2 misses in a row ──► Down
//!                           ▲                            │
//!                           └──── 2 answers in a row ────┘
//! ```
//!
//! Who never answered an OPTIONS has not fallen silent: many carriers drop them, and are judged by calls alone.

/// Misses after which an address is down, and answers after which it is up again.
const TURNS_AFTER: u8 = 2;

/// What is known of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// It never answered.
    Unheard,
    /// It answers, but for the last so many.
    Up { misses: u8 },
    /// It does not answer, but for the last so many.
    Down { answers: u8 },
}

/// What a beat changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// Calls go elsewhere from now on.
    Down,
    /// It is back in use.
    Up,
}

impl Pulse {
    /// An OPTIONS was answered, or was not.
    pub(super) fn beat(&mut self, is_answered: bool) -> Option<Turned> {
        let before = *self;
        *self = match (before, is_answered) {
            (Self::Unheard, false) => Self::Unheard,
            (Self::Unheard | Self::Up { .. }, true) => Self::Up { misses: 0 },
            (Self::Up { misses }, false) if misses + 1 < TURNS_AFTER => Self::Up { misses: misses + 1 },
            (Self::Up { .. } | Self::Down { .. }, false) => Self::Down { answers: 0 },
            (Self::Down { answers }, true) if answers + 1 < TURNS_AFTER => {
                Self::Down { answers: answers + 1 }
            }
            (Self::Down { .. }, true) => Self::Up { misses: 0 },
        };
        match (before, *self) {
            (Self::Up { .. }, Self::Down { .. }) => Some(Turned::Down),
            (Self::Down { .. }, Self::Up { .. }) => Some(Turned::Up),
            (Self::Unheard | Self::Up { .. } | Self::Down { .. }, _) => None,
        }
    }

    /// Whether calls go elsewhere.
    pub(super) const fn is_down(self) -> bool {
        matches!(self, Self::Down { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_misses_take_down_who_has_answered_and_two_answers_bring_it_back() {
        for (beats, turns) in [
            ("xxxxx", "....."),
            (".x.x.", "....."),
            (".xx", "..D"),
            (".xxxx", "..D.."),
            (".xx..", "..D.U"),
            (".xx.x..", "..D...U"),
            (".xx..x.xx", "..D.U...D"),
        ] {
            let mut pulse = Pulse::Unheard;
            let told: String = beats
                .chars()
                .map(|beat| match pulse.beat(beat == '.') {
                    Some(Turned::Down) => 'D',
                    Some(Turned::Up) => 'U',
                    None => '.',
                })
                .collect();
            assert_eq!(told, turns, "{beats}");
        }
    }
}
