//! Conditions: what `when` and `unless` ask, answered from the facts and the clock.

use super::{Answer, Caller, ReasonKind, engine::Engine};
use crate::{Atom, Condition, Guard};

impl Engine<'_> {
    /// Whether the step behind a guard is taken. Every atom asked for leaves a reason; those that cannot
    /// change the answer any more are not asked.
    pub(super) fn allows(&mut self, guard: &Guard) -> bool {
        match guard {
            Guard::When(condition) => self.holds(condition),
            Guard::Unless(condition) => !self.holds(condition),
        }
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Atom(atom) => {
                let answer = self.answer_to(*atom);
                self.because(ReasonKind::Asked { atom: *atom, answer });
                answer.is_yes()
            }
        }
    }

    fn answer_to(&self, atom: Atom) -> Answer {
        match (atom, self.facts.caller) {
            (Atom::Open(hours), _) => Answer::Hours(self.site[hours].at(self.world.now().wall)),
            (Atom::CallerIn(list), Caller::Number(number)) => self.site[list].contains(number).into(),
            (Atom::CallerIn(_), Caller::Phone(_) | Caller::Withheld) => Answer::No,
            (Atom::CallerWithheld, caller) => (caller == Caller::Withheld).into(),
        }
    }
}
