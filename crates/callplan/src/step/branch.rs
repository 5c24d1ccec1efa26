//! The phones one step rings at the moment.

use super::Outcome;
use crate::PhoneId;

/// Phones that may ring at once for one call.
pub const BRANCHES_MAX: usize = 60;

/// One ringing of one phone or number, counted from 0 within a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub u32);

/// Phones rung together, under consecutive target ids.
#[derive(Clone, Debug)]
pub(super) struct Branches {
    first: TargetId,
    len: u8,
    // Two arrays, not one of pairs: a pair would be padded to half as much again.
    phones: [PhoneId; BRANCHES_MAX],
    states: [Branch; BRANCHES_MAX],
}

/// How far the ringing of one phone has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// Called, and not heard of since.
    Called,
    /// Rings.
    Rings,
    /// Stopped, or done with otherwise.
    Done(Outcome),
}

impl Branch {
    /// Whether it may still answer.
    pub(super) const fn is_live(self) -> bool {
        match self {
            Self::Called | Self::Rings => true,
            Self::Done(_) => false,
        }
    }

    /// The outcome if it ends now: a phone that never rang was not reached.
    pub(super) const fn so_far(self) -> Outcome {
        match self {
            Self::Called => Outcome::Unreachable,
            Self::Rings => Outcome::NoAnswer,
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
            phones: [PhoneId(0); BRANCHES_MAX],
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

    /// Adds a phone, unless there is no room or it is there already.
    pub(super) fn push(&mut self, phone: PhoneId) -> Option<TargetId> {
        let at = self.len();
        if at == BRANCHES_MAX || self.phones[..at].contains(&phone) {
            return None;
        }
        let target = self.following();
        (self.phones[at], self.states[at]) = (phone, Branch::Called);
        self.len += 1;
        Some(target)
    }

    /// The place of a target that may still answer.
    pub(super) fn live(&self, target: TargetId) -> Option<usize> {
        let at = target.0.checked_sub(self.first.0)? as usize;
        (at < self.len() && self.states[at].is_live()).then_some(at)
    }

    /// The target at a place.
    pub(super) fn target(&self, at: usize) -> TargetId {
        let at = u32::try_from(at).expect("there are at most BRANCHES_MAX");
        TargetId(self.first.0 + at)
    }

    /// The phone at a place.
    pub(super) const fn phone(&self, at: usize) -> PhoneId {
        self.phones[at]
    }

    /// How far the phone at a place has come.
    pub(super) const fn state(&mut self, at: usize) -> &mut Branch {
        &mut self.states[at]
    }

    /// Every phone with its state, in order of their targets.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PhoneId, Branch)> {
        self.phones.into_iter().zip(self.states).take(self.len())
    }
}
