//! Who one step rings at the moment: phones, and numbers outside.

use super::Outcome;
use crate::{PersonId, PhoneId};

/// Phones and numbers that may ring at once for one call.
pub const BRANCHES_MAX: usize = 60;

/// One ringing of one phone or number, counted from 0 within a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub u32);

/// Who is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    /// A phone of ours.
    Phone(PhoneId),
    /// Somebody outside: where a person sends calls, or the number or agent of the step.
    Outside(Option<PersonId>),
}

/// The same in half the room: a cursor holds sixty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed(u32);

impl Packed {
    const OUTSIDE: u32 = 1 << 31;
    const OF_STEP: u32 = u32::MAX;
}

impl From<Callee> for Packed {
    fn from(callee: Callee) -> Self {
        // Phones and people are fewer than a config has bytes.
        match callee {
            Callee::Phone(phone) => Self(phone.0 & !Self::OUTSIDE),
            Callee::Outside(Some(person)) => Self(person.0 | Self::OUTSIDE),
            Callee::Outside(None) => Self(Self::OF_STEP),
        }
    }
}

impl From<Packed> for Callee {
    fn from(Packed(packed): Packed) -> Self {
        match packed {
            Packed::OF_STEP => Self::Outside(None),
            person if person & Packed::OUTSIDE != 0 => {
                Self::Outside(Some(PersonId(person & !Packed::OUTSIDE)))
            }
            phone => Self::Phone(PhoneId(phone)),
        }
    }
}

/// Those rung together, under consecutive target ids.
#[derive(Clone, Debug)]
pub(super) struct Branches {
    first: TargetId,
    len: u8,
    // Two arrays, not one of pairs: a pair would be padded to half as much again.
    callees: [Packed; BRANCHES_MAX],
    states: [Branch; BRANCHES_MAX],
}

/// How far the ringing of one of them has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// Is called later.
    Later,
    /// Called, and not heard of since.
    Called,
    /// Rings.
    Rings,
    /// Picked up outside, and is asked whether they take the call.
    Asked,
    /// Stopped, or done with otherwise.
    Done(Outcome),
}

impl Branch {
    /// Whether it may still take the call.
    pub(super) const fn is_live(self) -> bool {
        match self {
            Self::Called | Self::Rings | Self::Asked => true,
            Self::Later | Self::Done(_) => false,
        }
    }

    /// The outcome if it ends now: who never rang was not reached.
    pub(super) const fn so_far(self) -> Outcome {
        match self {
            Self::Later | Self::Called => Outcome::Unreachable,
            Self::Rings | Self::Asked => Outcome::NoAnswer,
            Self::Done(outcome) => outcome,
        }
    }
}

impl Branches {
    /// None yet; the first will be `first`.
    pub(super) const fn new(first: TargetId) -> Self {
        Self {
            first,
            len: 0,
            callees: [Packed(0); BRANCHES_MAX],
            states: [Branch::Done(Outcome::Unreachable); BRANCHES_MAX],
        }
    }

    /// The id that comes after the last.
    pub(super) fn following(&self) -> TargetId {
        self.target(self.len())
    }

    /// How many there are, done ones included.
    pub(super) fn len(&self) -> usize {
        self.len.into()
    }

    /// Adds one, unless there is no room or it is there already.
    pub(super) fn push(&mut self, callee: Callee) -> Option<TargetId> {
        let (at, packed) = (self.len(), Packed::from(callee));
        if at == BRANCHES_MAX || self.callees[..at].contains(&packed) {
            return None;
        }
        let target = self.following();
        (self.callees[at], self.states[at]) = (packed, Branch::Called);
        self.len += 1;
        Some(target)
    }

    /// The place of a target that may still take the call.
    pub(super) fn live(&self, target: TargetId) -> Option<usize> {
        let at = target.0.checked_sub(self.first.0)? as usize;
        (at < self.len() && self.states[at].is_live()).then_some(at)
    }

    /// The target at a place.
    pub(super) fn target(&self, at: usize) -> TargetId {
        let at = u32::try_from(at).expect("there are at most BRANCHES_MAX");
        TargetId(self.first.0 + at)
    }

    /// Who is at a place.
    pub(super) fn callee(&self, at: usize) -> Callee {
        self.callees[at].into()
    }

    /// How far the one at a place has come.
    pub(super) const fn state(&mut self, at: usize) -> &mut Branch {
        &mut self.states[at]
    }

    /// How far each has come, in order of their targets.
    pub(super) fn states(&self) -> impl Iterator<Item = Branch> {
        self.states.into_iter().take(self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_packed_is_unpacked() {
        let phones = [0, 1, (1 << 31) - 1].map(|id| Callee::Phone(PhoneId(id)));
        let people = [0, 1, (1 << 30)].map(|id| Callee::Outside(Some(PersonId(id))));
        for callee in phones.into_iter().chain(people).chain([Callee::Outside(None)]) {
            assert_eq!(Callee::from(Packed::from(callee)), callee);
        }
    }
}
