//! How ringing ends, and how the ends of several mix into one.

/// How the ringing of a target, a member or a whole step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Picked up.
    Answered,
    /// Rang, and nobody picked up in time.
    NoAnswer,
    /// Busy.
    Busy,
    /// Refused.
    Declined,
    /// Not there.
    Unreachable,
}

/// Outcomes heard so far in a step, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard(u8);

impl Heard {
    /// Adds one.
    pub(super) const fn add(&mut self, outcome: Outcome) {
        self.0 |= 1 << outcome as u8;
    }

    /// What they amount to; the rules stand at the head of [`step`](super).
    pub(super) const fn mixed(self) -> Outcome {
        match (self.has(Outcome::NoAnswer), self.has(Outcome::Busy), self.has(Outcome::Declined)) {
            (true, _, _) | (false, true, true) => Outcome::NoAnswer,
            (false, true, false) => Outcome::Busy,
            (false, false, true) => Outcome::Declined,
            (false, false, false) => Outcome::Unreachable,
        }
    }

    const fn has(self, outcome: Outcome) -> bool {
        self.0 & (1 << outcome as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Busy, Declined, NoAnswer, Unreachable};

    #[test]
    fn outcomes_mix_by_the_documented_rules() {
        let table: &[(&[Outcome], Outcome)] = &[
            (&[], Unreachable),
            (&[Unreachable, Unreachable], Unreachable),
            (&[Busy, Busy], Busy),
            (&[Busy, Unreachable], Busy),
            (&[Declined, Declined], Declined),
            (&[Declined, Unreachable], Declined),
            (&[Busy, Declined], NoAnswer),
            (&[Busy, NoAnswer], NoAnswer),
            (&[Declined, NoAnswer], NoAnswer),
            (&[Unreachable, NoAnswer], NoAnswer),
            (&[Busy, Declined, Unreachable, NoAnswer], NoAnswer),
        ];
        for (outcomes, expected) in table {
            let mut heard = Heard::default();
            outcomes.iter().for_each(|outcome| heard.add(*outcome));
            assert_eq!(heard.mixed(), *expected, "{outcomes:?}");
        }
    }
}
