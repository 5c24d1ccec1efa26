//! What `when` and `unless` ask, and the lists they ask about.

use std::sync::Arc;

use super::{Attest, E164, Fact, FactSet, HoursId, ListId};

/// Stands before a step: the step is taken only if it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Taken when the condition is true.
    When(Condition),
    /// Taken when the condition is false. Unknown takes neither, so this is no mere negation.
    Unless(Condition),
}

impl Guard {
    /// The condition, whichever way it is asked.
    pub const fn condition(&self) -> &Condition {
        match self {
            Self::When(condition) | Self::Unless(condition) => condition,
        }
    }
}

/// A condition over what is known of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// True if all are.
    All(Vec<Self>),
    /// True if one is.
    Any(Vec<Self>),
    /// True if it is not.
    Not(Box<Self>),
    /// One question.
    Atom(Atom),
}

/// One question of a condition, with the fact it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom {
    /// `hours:x`: the schedule is open; reads the wall clock.
    Open(HoursId),
    /// `caller in list:x`; reads the caller's number. A withheld caller is in no list.
    CallerIn(ListId),
    /// `caller withheld`; reads the caller's number.
    CallerWithheld,
    /// `contact.known`; reads an outside fact. A phone of ours and a withheld caller are no contacts.
    ContactKnown,
    /// `caller.attest >= "B"`; reads an outside fact. A phone of ours proved itself, which is A; a withheld number
    /// is nobody's to vouch for.
    AttestAtLeast(Attest),
    /// `caller.attest = "bad"`.
    AttestIs(Attest),
}

impl Condition {
    /// The outside facts that it reads.
    pub(crate) fn facts(&self, facts: &mut FactSet) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.facts(facts)),
            Self::Not(part) => part.facts(facts),
            Self::Atom(Atom::ContactKnown) => facts.insert(Fact::ContactKnown),
            Self::Atom(Atom::AttestAtLeast(_) | Atom::AttestIs(_)) => facts.insert(Fact::CallerAttest),
            Self::Atom(Atom::Open(_) | Atom::CallerIn(_) | Atom::CallerWithheld) => {}
        }
    }
}

/// A list of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name in the config.
    pub name: Arc<str>,
    /// The numbers, sorted.
    pub numbers: Box<[E164]>,
}

impl List {
    /// Whether `number` is in the list.
    pub fn contains(&self, number: E164) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
}
