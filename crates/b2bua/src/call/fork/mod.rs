//! The B legs of a call: started, heard, stopped (DESIGN §4: two branches answer, losers are cancelled).
//!
//! A *target* is what the plan rings: one phone, or one number outside. A *branch* is one try to reach it:
//! a contact of the phone, or a trunk. Branches of a phone are tried together, trunks one after another.
//! A target's outcome is told to the plan once, when the last of its branches is over.

mod start;

use std::sync::Arc;

use callplan::{
    E164, PhoneId, TrunkId,
    number::Digits,
    step::{Event, TargetId},
};
use clock::{Key, Slots};
use sip::Status;
use smallvec::SmallVec;
use store::{Direction, LegRecord};

use super::{Call, Hands, Phase, log::Kind, plan::Dialled};
use crate::{
    cause::{Cause, Release},
    leg::{Leg, News, Party},
    reach::WaitId,
    registrar::Binding,
    shared::limit::Holding,
};

/// The B legs of one call.
#[derive(Debug)]
pub(super) struct Fork {
    branches: SmallVec<[Branch; 2]>,
    direction: Direction,
}

/// One try to reach a target.
#[derive(Debug)]
pub(super) struct Branch {
    target: TargetId,
    state: State,
    who: Who,
    holding: Option<Holding>,
    record: LegRecord,
}

/// Whom a branch is to reach.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// A phone of ours.
    Phone(PhoneId),
    /// A number outside, over the first of these trunks that takes it.
    Number { to: Dial, trunks: SmallVec<[TrunkId; 4]>, at_any_limit: bool },
}

/// What a trunk is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dial {
    /// A public number.
    Public(E164),
    /// A short one that has a meaning only here: 112, 911.
    Short(Digits),
}

impl From<E164> for Dial {
    fn from(number: E164) -> Self {
        Self::Public(number)
    }
}

#[derive(Debug)]
enum State {
    /// A name is looked up or a connection opened.
    Reaching(WaitId, TrunkOrContact),
    /// The INVITE is out.
    Calling(Key<Leg>),
    /// 18x came.
    Ringing(Key<Leg>),
    /// 2xx came.
    Up(Key<Leg>),
    /// Stopped by us or ended; the leg may still be on its way out.
    Over(Option<Key<Leg>>, Status),
}

/// What is waited for.
#[derive(Clone, Debug)]
enum TrunkOrContact {
    Trunk(TrunkId),
    Contact(Box<Binding>),
}

impl State {
    const fn leg(&self) -> Option<Key<Leg>> {
        match self {
            Self::Reaching(..) => None,
            Self::Calling(leg) | Self::Ringing(leg) | Self::Up(leg) => Some(*leg),
            Self::Over(leg, _) => *leg,
        }
    }

    const fn is_over(&self) -> bool {
        matches!(self, Self::Over(..))
    }
}

impl Who {
    pub(super) fn dialled(dialled: &Dialled) -> Self {
        Self::Number {
            to: dialled.e164.map_or(Dial::Short(dialled.to), Dial::Public),
            trunks: dialled.trunks.clone(),
            at_any_limit: dialled.is_emergency,
        }
    }
}

impl Fork {
    pub(super) fn new(direction: Direction) -> Self {
        Self { branches: SmallVec::new(), direction }
    }

    pub(super) const fn direction(&self) -> Direction {
        self.direction
    }

    fn position(&self, leg: Key<Leg>) -> Option<usize> {
        self.branches.iter().position(|branch| branch.state.leg() == Some(leg))
    }

    fn of_target(&self, target: TargetId) -> impl Iterator<Item = &Branch> {
        self.branches.iter().filter(move |branch| branch.target == target)
    }

    /// The leg of a target that answered.
    pub(super) fn answered(&self, target: TargetId) -> Option<Key<Leg>> {
        self.of_target(target).find_map(|branch| match branch.state {
            State::Up(leg) => Some(leg),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Over(..) => None,
        })
    }

    /// Whether the branch of this leg is not over.
    pub(super) fn is_live(&self, leg: Key<Leg>) -> bool {
        self.position(leg).is_some_and(|index| !self.branches[index].state.is_over())
    }

    /// Branches that are not over.
    pub(super) fn live(&self) -> usize {
        self.branches.iter().filter(|branch| !branch.state.is_over()).count()
    }

    /// Every leg that was ever made.
    pub(super) fn legs(&self) -> impl Iterator<Item = Key<Leg>> {
        self.branches.iter().filter_map(|branch| branch.state.leg())
    }

    /// The status of the last branch that ended; 480 if none did.
    pub(super) fn last_status(&self) -> Status {
        let statuses = self.branches.iter().rev().filter_map(|branch| match branch.state {
            State::Over(_, status) => Some(status),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Up(_) => None,
        });
        statuses.into_iter().next().unwrap_or(Status::TEMPORARILY_UNAVAILABLE)
    }

    /// What its branches hold of the limits.
    pub(super) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.branches.iter().filter_map(|branch| branch.holding.as_ref())
    }

    /// Notes what passed over each leg that is still there.
    pub(super) fn count_packets(&mut self, legs: &Slots<Leg>) {
        for branch in &mut self.branches {
            if let Some(leg) = branch.state.leg() {
                branch.record.packets = packets(leg, legs);
            }
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = LegRecord> {
        self.branches.iter().map(|branch| branch.record.clone())
    }

    /// What a target came to when all its branches are over: a decline outweighs busy, busy the rest.
    fn outcome(&self, target: TargetId) -> Option<Event> {
        let mut worst = None;
        for branch in self.of_target(target) {
            let State::Over(_, status) = branch.state else { return None };
            worst = worst.max(Some(Verdict::of(status)));
        }
        Some(match worst? {
            Verdict::Unreachable => Event::Unreachable(target),
            Verdict::Busy => Event::Busy(target),
            Verdict::Declined => Event::Declined(target),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Unreachable,
    Busy,
    Declined,
}

impl Verdict {
    const fn of(status: Status) -> Self {
        match Cause::of_status(status) {
            Cause::Busy => Self::Busy,
            Cause::Declined => Self::Declined,
            Cause::HangUp
            | Cause::Cancelled
            | Cause::PlanEnded
            | Cause::NoAnswer
            | Cause::Unreachable
            | Cause::Unallocated
            | Cause::Forbidden
            | Cause::NoMedia
            | Cause::NoAck
            | Cause::Vanished
            | Cause::NotRefreshed
            | Cause::Limit
            | Cause::Loop
            | Cause::Shutdown
            | Cause::Fault => Self::Unreachable,
        }
    }
}

impl Call {
    /// News of a B leg.
    pub(super) fn news_of_branch(&mut self, leg: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        let Some(index) = self.fork.position(leg) else { return };
        let target = self.fork.branches[index].target;
        match news {
            News::Ringing => self.branch_rings(index, false, hands),
            News::EarlyMedia => self.branch_rings(index, true, hands),
            News::Answered => self.branch_answered(index, leg, hands),
            News::AnsweredTooLate => self.note(hands.core, Kind::AnswerTooLate, 0, target.0, 0),
            News::Refused(status) => {
                self.note(hands.core, Kind::Refused, 0, target.0, status.code().into());
                self.branch_over(index, status, hands);
                self.after_branch(index, hands);
            }
            News::HungUp(release) => self.branch_hung_up(index, leg, release, hands),
            News::ChangeAsked | News::OfferAsked | News::ChangeTaken | News::ChangeRefused(_) => {
                self.change(leg, news, hands);
            }
            News::Gone => self.branch_gone(index, hands),
            News::Cancelled | News::Acknowledged | News::Changed | News::StreamClosed | News::Key(_) => {}
        }
    }

    fn branch_rings(&mut self, index: usize, with_media: bool, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if let State::Calling(leg) = branch.state {
            branch.state = State::Ringing(leg);
            branch.record.rang_ms = Some(at_ms);
            self.note(hands.core, Kind::Rang, u8::from(with_media), target.0, 0);
            self.advance(Event::Ringing(target), hands);
        }
        self.tell_ringing(index_leg(&self.fork, index), with_media, hands);
    }

    fn branch_answered(&mut self, index: usize, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if branch.state.is_over() || !matches!(self.phase, Phase::Routing(_)) {
            // The call decided otherwise while the answer was on its way up.
            return stop_leg(leg, Release::AnsweredElsewhere, hands);
        }
        branch.state = State::Up(leg);
        branch.record.answered_ms = Some(at_ms);
        branch.record.status = Status::OK.code();
        self.note(hands.core, Kind::Answered, 0, target.0, 0);
        self.stop_others(target, leg, hands);
        self.advance(Event::Answered(target), hands);
    }

    /// Other contacts of the phone that answered.
    fn stop_others(&mut self, target: TargetId, winner: Key<Leg>, hands: &mut Hands<'_>) {
        for index in 0..self.fork.branches.len() {
            let branch = &self.fork.branches[index];
            if branch.target == target && branch.state.leg() != Some(winner) {
                self.stop_branch(index, Release::AnsweredElsewhere, hands);
            }
        }
    }

    fn branch_hung_up(&mut self, index: usize, leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
        let talking = matches!(self.phase, Phase::Talking(b) if b == leg);
        self.branch_over(index, Status::OK, hands);
        if talking {
            self.callee_hung_up(release, hands);
        } else {
            self.after_branch(index, hands);
        }
    }

    fn branch_gone(&mut self, index: usize, hands: &mut Hands<'_>) {
        if !self.fork.branches[index].state.is_over() {
            self.branch_over(index, Status::REQUEST_TIMEOUT, hands);
            self.after_branch(index, hands);
        }
        if let State::Over(leg, _) = &mut self.fork.branches[index].state {
            *leg = None;
        }
    }

    /// A branch ended: the next trunk is tried, or the plan hears what its target came to.
    fn after_branch(&mut self, index: usize, hands: &mut Hands<'_>) {
        if !matches!(self.phase, Phase::Routing(_)) {
            return;
        }
        let branch = &self.fork.branches[index];
        let (State::Over(_, status), target) = (&branch.state, branch.target) else { return };
        let status = *status;
        if Verdict::of(status) == Verdict::Declined {
            self.stop_target(target, Release::Refused(status), hands);
        } else if let Who::Number { to, trunks, at_any_limit } = self.fork.branches[index].who.clone()
            && self.fails_over(index, status)
            && self.start_trunk(target, to, trunks, at_any_limit, hands)
        {
            return;
        }
        if let Some(event) = self.fork.outcome(target) {
            self.advance(event, hands);
        }
    }

    /// Whether this status of this trunk lets the next one be tried.
    fn fails_over(&self, index: usize, status: Status) -> bool {
        let party = &self.fork.branches[index].record.party;
        let trunk = party.strip_prefix("trunk:").and_then(|name| self.site.trunk(name));
        trunk.is_some_and(|trunk| {
            let rule = &self.site[trunk].fail_over;
            (status == Status::REQUEST_TIMEOUT && rule.timeout) || rule.statuses.contains(&status.code())
        })
    }

    /// Marks a branch as over and gives back what it held.
    fn branch_over(&mut self, index: usize, status: Status, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        if !branch.state.is_over() || branch.record.ended_ms == 0 {
            branch.record.ended_ms = at_ms;
            if branch.record.status == 0 {
                branch.record.status = status.code();
            }
        }
        branch.state = State::Over(branch.state.leg(), status);
        if let Some(holding) = branch.holding.take() {
            hands.core.limits.give_back(&holding);
        }
    }

    /// The plan stops a target.
    pub(super) fn stop_target(&mut self, target: TargetId, release: Release, hands: &mut Hands<'_>) {
        for index in 0..self.fork.branches.len() {
            if self.fork.branches[index].target == target {
                self.stop_branch(index, release, hands);
            }
        }
    }

    /// Stops whatever still rings or talks.
    pub(super) fn stop_branches(&mut self, release: Release, hands: &mut Hands<'_>) {
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
        self.note(hands.core, Kind::Stopped, 0, target.0, 0);
        self.branch_over(index, Status::REQUEST_TERMINATED, hands);
        if let Some(leg) = leg {
            stop_leg(leg, release, hands);
        }
    }

    /// Whether the branch is the only one of its call that is not over, so that its early media may be heard.
    pub(super) fn is_only_branch(&self, leg: Key<Leg>) -> bool {
        let mut live = self.fork.branches.iter().filter(|branch| !branch.state.is_over());
        live.next().is_some_and(|branch| branch.state.leg() == Some(leg)) && live.next().is_none()
    }

    /// Person behind a leg of a phone.
    pub(super) fn person_of(&self, party: &Party) -> Option<Arc<str>> {
        match party {
            Party::Phone(phone) => {
                let person = self.site[self.site.phone(phone)?].person?;
                Some(self.site[person].name.clone())
            }
            Party::Trunk(_) => None,
        }
    }
}

/// Orders a leg of this call to end.
pub(super) fn stop_leg(leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
    if let Some(leg) = hands.legs.get_mut(leg) {
        leg.stop(release, hands.core);
    }
}

/// What passed over a leg, from and to its party.
pub(super) fn packets(leg: Key<Leg>, legs: &Slots<Leg>) -> (u64, u64) {
    let counts = legs.get(leg).map(Leg::counts).unwrap_or_default();
    (counts.received, counts.sent)
}

/// A leg's record at its start.
pub(super) fn leg_record(
    party: Arc<str>,
    number: Arc<str>,
    started_ms: u32,
    sip_call_id: Arc<str>,
) -> LegRecord {
    LegRecord {
        party,
        number,
        started_ms,
        rang_ms: None,
        answered_ms: None,
        ended_ms: 0,
        status: 0,
        sip_call_id,
        packets: (0, 0),
    }
}

fn index_leg(fork: &Fork, index: usize) -> Option<Key<Leg>> {
    fork.branches[index].state.leg()
}
