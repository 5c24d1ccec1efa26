//! Conditions: what `when` and `unless` ask, answered from the facts and the clock, and the wait for a fact
//! that nobody told yet.
//!
//! A call asks for all outside facts of its plan when it arrives and goes on at once. It waits only at a
//! node whose guard hangs on one that is untold, and only until [`Limits::facts_budget`] after its arrival;
//! from then on such a fact is unknown, and unknown takes neither `when` nor `unless`.
//!
//! [`Limits::facts_budget`]: crate::Limits::facts_budget

use super::{
    Action, Answer, Caller, Entry, Event, ReasonKind, Stray, TimerId,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{Atom, Attest, Condition, FactSet, Guard, Pattern};

/// Whether a guard lets a call through.
pub(super) enum Gate {
    /// It does.
    Open,
    /// It does not.
    Shut,
    /// It hangs on a fact that may still be told.
    Untold,
}

/// What a condition comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    /// It hangs on a fact that nobody can tell.
    Unknown,
    /// It hangs on a fact that may still be told.
    Untold,
}

impl Engine<'_> {
    /// Whether the step behind a guard is taken. Every atom answered leaves a reason; those that cannot
    /// change the answer any more are not asked.
    pub(super) fn gate(&mut self, guard: &Guard) -> Gate {
        let before = self.out.reasons.len();
        match (guard, self.truth(guard.condition())) {
            (Guard::When(_), Truth::Yes) | (Guard::Unless(_), Truth::No) => Gate::Open,
            (Guard::When(_), Truth::No) | (Guard::Unless(_), Truth::Yes) | (_, Truth::Unknown) => Gate::Shut,
            (_, Truth::Untold) => {
                // The whole condition is asked again once more is known.
                self.out.reasons.truncate(before);
                Gate::Untold
            }
        }
    }

    fn truth(&mut self, condition: &Condition) -> Truth {
        match condition {
            Condition::All(parts) => self.joined(parts, Truth::No, Truth::Yes),
            Condition::Any(parts) => self.joined(parts, Truth::Yes, Truth::No),
            Condition::Not(part) => match self.truth(part) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                truth @ (Truth::Unknown | Truth::Untold) => truth,
            },
            Condition::Atom(atom) => match self.answer_to(*atom) {
                Some(answer) => {
                    self.because(ReasonKind::Asked { atom: *atom, answer });
                    match answer {
                        Answer::Unknown => Truth::Unknown,
                        Answer::Yes | Answer::No | Answer::Hours(_) if answer.is_yes() => Truth::Yes,
                        Answer::Yes | Answer::No | Answer::Hours(_) => Truth::No,
                    }
                }
                None => Truth::Untold,
            },
        }
    }

    /// One part that `decides` is enough; without one, what is untold weighs more than what is unknown.
    fn joined(&mut self, parts: &[Condition], decides: Truth, otherwise: Truth) -> Truth {
        let mut joined = otherwise;
        for part in parts {
            match self.truth(part) {
                truth if truth == decides => return decides,
                Truth::Untold => joined = Truth::Untold,
                Truth::Unknown if joined == otherwise => joined = Truth::Unknown,
                Truth::Yes | Truth::No | Truth::Unknown => {}
            }
        }
        joined
    }

    /// The answer to an atom; `None` if it may still be told.
    fn answer_to(&self, atom: Atom) -> Option<Answer> {
        Some(match (atom, self.facts.caller) {
            (Atom::Open(hours), _) => match self.world.held(hours) {
                Some(held) => held.is_open.into(),
                None => Answer::Hours(self.site[hours].at(self.world.now().wall)),
            },
            (Atom::CallerIn(list), Caller::Number(number)) => {
                (self.site[list].contains(number) || self.world.is_listed(list, number)).into()
            }
            (Atom::CallerIn(_), Caller::Phone(_) | Caller::Withheld) => Answer::No,
            (Atom::CallerWithheld, caller) => (caller == Caller::Withheld).into(),
            (Atom::CallerFrom(country), Caller::Number(number)) => {
                Pattern::Country(country).holds(number).into()
            }
            (Atom::CallerFrom(country), Caller::Phone(_)) => (country == self.site.country).into(),
            (Atom::CallerFrom(_), Caller::Withheld) => Answer::No,
            (Atom::NumberIs(kind), _) => match self.facts.entry {
                Entry::Number(number) => (self.site[number].kind == kind).into(),
                Entry::Person(_)
                | Entry::Phone(_)
                | Entry::CallBack(_)
                | Entry::Group(_)
                | Entry::Queue(_)
                | Entry::Mailbox(_)
                | Entry::Plan(_) => Answer::No,
            },
            (
                Atom::ContactKnown
                | Atom::ContactKnownTo(_)
                | Atom::ContactTag(_)
                | Atom::ContactOwner(_)
                | Atom::ContactCampaign(_),
                Caller::Phone(_) | Caller::Withheld,
            ) => Answer::No,
            (Atom::ContactKnown, _) => return self.told(self.facts.told.known(), |is_known| is_known),
            (Atom::ContactKnownTo(group), _) => {
                return self.told(self.facts.told.group(), |told| told == Some(group));
            }
            (Atom::ContactTag(tag), _) => {
                return self.told(self.facts.told.tags(), |told| told.contains(tag));
            }
            (Atom::ContactOwner(wanted), _) => {
                return self.told(self.facts.told.owner(), |told| is_wanted(told, wanted));
            }
            (Atom::ContactCampaign(wanted), _) => {
                return self.told(self.facts.told.campaign(), |told| is_wanted(told, wanted));
            }
            (Atom::AttestAtLeast(least), _) => return self.attest(|attest| attest >= least),
            (Atom::AttestIs(wanted), _) => return self.attest(|attest| attest == wanted),
        })
    }

    fn attest(&self, holds: impl Fn(Attest) -> bool) -> Option<Answer> {
        let attest = match self.facts.caller {
            Caller::Phone(_) => Some(Attest::A),
            Caller::Withheld => Some(Attest::None),
            Caller::Number(_) => self.facts.told.attest(),
        };
        self.told(attest, holds)
    }

    /// Whether what was told of a fact holds.
    fn told<T>(&self, told: Option<T>, holds: impl FnOnce(T) -> bool) -> Option<Answer> {
        match told {
            Some(told) => Some(holds(told).into()),
            None => self.too_late(),
        }
    }

    /// Unknown, once nobody waits any longer.
    fn too_late(&self) -> Option<Answer> {
        self.is_too_late().then_some(Answer::Unknown)
    }

    /// Whether nobody waits for a fact any longer.
    pub(super) fn is_too_late(&self) -> bool {
        self.world.now().mono >= self.patience()
    }

    /// Until when a fact is waited for.
    fn patience(&self) -> clock::Instant {
        self.cursor.asked + self.site.limits.facts_budget
    }

    /// Asks for what the plan may come to read. Nothing outside is known of a caller without a number.
    pub(super) fn ask_for(&mut self, facts: FactSet) {
        if !facts.is_empty() && matches!(self.facts.caller, Caller::Number(_)) {
            self.act(Action::Ask(facts));
        }
    }

    /// Waits for a fact, at the node that reads it.
    pub(super) fn wonder(&mut self) -> Flow {
        self.arm(TimerId::Fact, self.patience().since(self.world.now().mono));
        self.wait(State::Wondering)
    }

    /// More is known, or it is too late to wait on.
    pub(super) fn wondering(&mut self, event: Event) -> Flow {
        if matches!(event, Event::Told(_) | Event::TimerFired(TimerId::Fact)) {
            self.disarm(TimerId::Fact);
            return self.begin(self.cursor.node);
        }
        self.ignore(State::Wondering, Stray::of(event))
    }
}

/// Whether it is this one, or any where none is named.
fn is_wanted<T: PartialEq>(told: Option<T>, wanted: Option<T>) -> bool {
    told.is_some() && (wanted.is_none() || told == wanted)
}
