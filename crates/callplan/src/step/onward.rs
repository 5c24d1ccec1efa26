//! A target that sends the call on to a place of ours that is more than phones: a group, a mailbox, a number with a plan.
//!
//! | sent on to | and the call |
//! |---|---|
//! | a group | rings it in place of the target, in its order and each member as long as ever, for what is left of the step, whose exits stay |
//! | a number of ours, a mailbox | leaves the step for the plan there, as if it had come for that |
//!
//! Either is in place of all that the step rings, so it is for the last who is left: while somebody else rings, or has yet
//! to have their turn, nobody may take the call away from them, and the target counts as busy. Neither a place where
//! the call was before nor more than [`SENT_ON_MAX`] are gone to (RFC 3261 §8.1.3.4).

use super::{
    Entry, Facts, Outcome, ReasonKind, TimerId,
    branch::{Branch, Branches, Callee},
    engine::{Engine, Flow},
    ring::Ringing,
    screen::Agenda,
};
use crate::{GroupId, PhoneId, Ring, Who};

/// Places of ours that one call is sent on to.
pub const SENT_ON_MAX: usize = 5;

/// Why a call does not go where a target sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotFollowed {
    /// Others of the step ring, or have yet to have their turn.
    #[error("others ring, or are to")]
    NotAlone,
    /// It would go in a circle.
    #[error("the call was there before")]
    Before,
    /// It was sent on as often as it may be.
    #[error("it was sent on {SENT_ON_MAX} times already")]
    TooOften,
    /// Whoever helps calls back, and no plan stands in their way.
    #[error("whoever helps calls back")]
    CallBack,
}

/// Places that a call was sent on to.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentOn([Option<Entry>; SENT_ON_MAX]);

/// A group that rings in place of the step's target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instead {
    pub(super) group: GroupId,
    /// The phone that sent the call there, whose person it is not brought back to.
    pub(super) by: PhoneId,
}

impl NotFollowed {
    /// What it comes to for the target.
    const fn outcome(self) -> Outcome {
        match self {
            Self::NotAlone => Outcome::Busy,
            Self::Before | Self::TooOften | Self::CallBack => Outcome::Unreachable,
        }
    }
}

impl SentOn {
    pub(super) const NOWHERE: Self = Self([None; SENT_ON_MAX]);

    /// Notes a place.
    ///
    /// # Errors
    /// The call may not go there.
    fn add(&mut self, to: Entry, facts: &Facts) -> Result<(), NotFollowed> {
        if matches!(facts.entry, Entry::CallBack(_)) {
            return Err(NotFollowed::CallBack);
        }
        if facts.entry == to || self.0.contains(&Some(to)) {
            return Err(NotFollowed::Before);
        }
        let free = self.0.iter_mut().find(|place| place.is_none()).ok_or(NotFollowed::TooOften)?;
        *free = Some(to);
        Ok(())
    }
}

impl Engine<'_> {
    /// The target at `at` sends the call on.
    pub(super) fn sent_on(&mut self, mut ringing: Ringing, at: usize, to: Entry) -> Flow {
        let target = ringing.branches.target(at);
        let ring = self.rung(&ringing);
        if let Err(why) = self.may_go_on(&ringing, to) {
            self.because(ReasonKind::NotSentOn { target, to, why });
            // A number outside is out of reach where a phone of ours would be busy.
            let outcome = if ring.is_some() { why.outcome() } else { Outcome::Unreachable };
            return self.done_with(ringing, at, outcome);
        }
        self.because(ReasonKind::SentOn { target, to });
        let (Entry::Group(group), Some(ring), Callee::Phone(by)) = (to, ring, ringing.branches.callee(at))
        else {
            self.cursor.following = ringing.branches.following();
            return self.come_to(to);
        };
        ringing.instead = Some(Instead { group, by });
        (ringing.branches, ringing.legs) = (Branches::new(ringing.branches.following()), 0);
        (ringing.is_of_group, ringing.group, ringing.turns) = (true, Some(group), None);
        (ringing.alone, ringing.agenda) = (None, Agenda::default());
        self.disarm(TimerId::Turn);
        let ring = self.meant(&ring, &ringing);
        self.call_group(group, &ring, &mut ringing);
        self.ring_on(ringing)
    }

    /// Whether the call may leave what it rings for `to`; then it did.
    fn may_go_on(&mut self, ringing: &Ringing, to: Entry) -> Result<(), NotFollowed> {
        let others = ringing.branches.states().filter(|state| state.is_live() || *state == Branch::Later);
        if others.count() > 1 || self.is_turn_left(ringing) {
            return Err(NotFollowed::NotAlone);
        }
        if let (Some(group), Entry::Group(other)) = (ringing.group, to)
            && group == other
        {
            return Err(NotFollowed::Before);
        }
        self.cursor.sent_on.add(to, self.facts)
    }

    /// Goes through the plan of a place, as if the call had come for that.
    fn come_to(&mut self, to: Entry) -> Flow {
        let plan = to.plan(self.site);
        let untold = self.site[plan].facts.without(self.facts.told.facts());
        if !untold.is_empty() {
            self.cursor.asked = self.world.now().mono;
            self.ask_for(untold);
        }
        Flow::Go(self.site.entry(plan))
    }

    /// What a step does by now: a group that rings in its place does so as in its own plan.
    pub(super) fn meant(&self, ring: &Ring, ringing: &Ringing) -> Ring {
        let Some(Instead { group, .. }) = ringing.instead else { return ring.clone() };
        let own = self.site[self.site.entry(self.site[group].plan)].act.ring();
        let each = own.map_or(ring.each, |own| own.each);
        Ring { who: Who::Group(group), each, ..ring.clone() }
    }
}
