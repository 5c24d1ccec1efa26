//! The end of branches: stopped by the plan, by another that answered, or by themselves.

use callplan::step::TargetId;
use clock::Key;
use sip::Status;

use super::{Branch, State};
use crate::{
    call::{Call, Hands, log::Kind},
    cause::Release,
    core::Core,
    leg::Leg,
};

impl Call {
    /// Other contacts of the phone that answered.
    pub(in crate::call) fn stop_others(&mut self, target: TargetId, winner: Key<Leg>, hands: &mut Hands<'_>) {
        self.fork.onward.forget(target);
        for index in 0..self.fork.branches.len() {
            let branch = &self.fork.branches[index];
            if branch.target == target && branch.state.leg() != Some(winner) {
                self.stop_branch(index, Release::AnsweredElsewhere, hands);
            }
        }
    }

    /// Marks a branch as over and gives back what it held.
    pub(super) fn branch_over(&mut self, index: usize, status: Status, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let leg = self.fork.branches[index].come_to_end(at_ms, status, hands.core);
        self.let_go(leg, hands);
    }

    /// The plan stops a target.
    pub(in crate::call) fn stop_target(&mut self, target: TargetId, release: Release, hands: &mut Hands<'_>) {
        self.fork.onward.forget(target);
        self.would_ring_no_more(target, hands);
        for index in 0..self.fork.branches.len() {
            if self.fork.branches[index].target == target {
                self.stop_branch(index, release, hands);
            }
        }
    }

    /// Stops whatever still rings or talks.
    pub(in crate::call) fn stop_branches(&mut self, release: Release, hands: &mut Hands<'_>) {
        self.stop_rung(release, hands);
        self.stop_past(release, hands);
    }

    /// The same of this course alone.
    pub(in crate::call) fn stop_rung(&mut self, release: Release, hands: &mut Hands<'_>) {
        self.would_ring_nobody();
        for index in 0..self.fork.branches.len() {
            self.stop_branch(index, release, hands);
        }
    }

    fn stop_branch(&mut self, index: usize, release: Release, hands: &mut Hands<'_>) {
        let branch = &self.fork.branches[index];
        if branch.state.is_over() {
            return;
        }
        let (leg, target) = (branch.state.leg(), branch.target);
        self.fork.branches[index].flows.clear();
        self.note(hands.core, Kind::Stopped, 0, target.0, 0);
        self.branch_over(index, Status::REQUEST_TERMINATED, hands);
        if let Some(leg) = leg {
            stop_leg(leg, release, hands);
        }
    }
}

impl Branch {
    /// Notes the end, once, and gives back what it held; the leg that may still be on its way out.
    pub(super) fn come_to_end(&mut self, at_ms: u32, status: Status, core: &mut Core) -> Option<Key<Leg>> {
        if !self.state.is_over() || self.record.ended_ms == 0 {
            self.record.ended_ms = at_ms;
            if self.record.status == 0 {
                self.record.status = status.code();
            }
        }
        for holding in self.holdings.drain(..) {
            core.limits.give_back(&holding);
        }
        if let Some(tab) = self.tab.take() {
            core.close_tab(&tab);
        }
        let leg = self.state.leg();
        if let Some(leg) = leg {
            core.settle(leg, &mut self.record);
        }
        self.state = State::Over(leg, status);
        leg
    }
}

/// Orders a leg of this call to end.
pub(in crate::call) fn stop_leg(leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
    if let Some(leg) = hands.legs.get_mut(leg) {
        leg.stop(release, hands.core);
    }
}
