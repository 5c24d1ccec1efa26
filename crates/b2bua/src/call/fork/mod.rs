//! The B legs of a call: started, heard, stopped (DESIGN §4: two branches answer, losers are cancelled).
//!
//! A *target* is what the plan rings: one phone, or one number outside. A *branch* is one try to reach it:
//! a contact of the phone, or a trunk. Branches of a phone are tried together, trunks one after another.
//! A target's outcome is told to the plan once, when the last of its branches is over.

mod hear;
mod onward;
mod outside;
mod start;
mod stop;
mod turn;

use std::sync::Arc;

use callplan::{
    AgentId, E164, PhoneId, Site, TrunkId,
    number::Digits,
    step::{Event, TargetId},
};
use clock::Key;
use sip::Status;
use smallvec::SmallVec;
use store::{Direction, LegRecord};

use self::{hear::End, onward::Onward};
pub(super) use self::{outside::Outside, stop::stop_leg};
use super::{Call, Caller, dialled::Dialled};
use crate::{
    cause::Cause,
    core::Core,
    identity::told::Why,
    leg::{Leg, Party},
    reach::WaitId,
    registrar::Binding,
    shared::{ledger::Tab, limit::Holding},
    trunk::FarEnd,
};

/// The B legs of one call.
#[derive(Debug)]
pub(super) struct Fork {
    branches: SmallVec<[Branch; 2]>,
    /// Where targets sent the call on to.
    onward: Onward,
    /// Branches that no plan has to do with any more: of a course before a transfer. The leg of one who
    /// transferred may still stand.
    past: Vec<Branch>,
    direction: Direction,
    /// Why the last number outside was not even called, if a bound of money forbade it.
    unpaid: Option<Cause>,
}

/// One try to reach a target.
#[derive(Debug)]
pub(super) struct Branch {
    target: TargetId,
    state: State,
    who: Who,
    /// Other flows of the same device, tried if this one leads nowhere.
    flows: Vec<Binding>,
    /// A channel of its trunk, and a leg of whoever pays it.
    holdings: SmallVec<[Holding; 2]>,
    /// What it is to cost, until it is answered.
    tab: Option<Tab>,
    record: LegRecord,
}

/// Whom a branch is to reach.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// A phone of ours.
    Phone(PhoneId),
    /// A number outside.
    Number(Outside),
    /// Nobody: whoever is there called, or was handed over by another call.
    Caller(Box<Caller>),
}

/// What a trunk is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dial {
    /// A public number.
    Public(E164),
    /// An emergency number: 112, 911.
    Help(Digits),
    /// A short one that has a meaning in this country alone: 988, 118500.
    Short(Digits),
    /// Whoever answers at an address: no number, and no carrier's.
    Agent(AgentId),
}

impl Dial {
    /// The public number, if it is one.
    pub(super) const fn e164(self) -> Option<E164> {
        match self {
            Self::Public(number) => Some(number),
            Self::Help(_) | Self::Short(_) | Self::Agent(_) => None,
        }
    }
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
    /// A trunk, and by which of its servers.
    Trunk(TrunkId, FarEnd),
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
    pub(super) fn dialled(dialled: &Dialled, site: &Site, payer: Option<Arc<str>>) -> Self {
        let to = match dialled.e164 {
            Some(number) => Dial::Public(number),
            None if dialled.is_emergency => Dial::Help(dialled.to),
            None => Dial::Short(dialled.to),
        };
        Self::Number(Outside::over(site, to, &dialled.trunks, dialled.is_emergency).paid_by(payer))
    }

    /// Whether nobody who talks with them may learn of the other.
    fn is_masked(&self, site: &Site) -> bool {
        match self {
            Self::Phone(phone) => site[*phone].person.is_some_and(|person| site[person].mask),
            Self::Number(_) => false,
            Self::Caller(caller) => caller.is_masked,
        }
    }
}

impl Fork {
    pub(super) fn new(direction: Direction) -> Self {
        Self {
            branches: SmallVec::new(),
            onward: Onward::default(),
            past: Vec::new(),
            direction,
            unpaid: None,
        }
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

    /// The target that rings on this leg of a phone.
    pub(super) fn rings_on(&self, leg: Key<Leg>) -> Option<TargetId> {
        let branch = &self.branches[self.position(leg)?];
        let is_phone = matches!(branch.who, Who::Phone(_));
        matches!(branch.state, State::Ringing(_)).then_some(branch.target).filter(|_| is_phone)
    }

    /// The target that has rung longest on one of these phones, and since when.
    pub(super) fn rings_at(&self, phones: &[PhoneId]) -> Option<(u32, TargetId)> {
        let rings = self.branches.iter().filter_map(|branch| match (&branch.state, &branch.who) {
            (State::Ringing(_), Who::Phone(phone)) if phones.contains(phone) => {
                Some((branch.record.rang_ms?, branch.target))
            }
            (
                State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Up(_) | State::Over(..),
                _,
            ) => None,
        });
        rings.min_by_key(|(since_ms, _)| *since_ms)
    }

    /// Branches that are not over.
    pub(super) fn live(&self) -> usize {
        self.branches.iter().filter(|branch| !branch.state.is_over()).count()
    }

    /// The record of a leg that is still there.
    pub(super) fn record_of(&mut self, leg: Key<Leg>) -> Option<&mut LegRecord> {
        let mut branches = self.past.iter_mut().chain(&mut self.branches);
        branches.find(|branch| branch.state.leg() == Some(leg)).map(|branch| &mut branch.record)
    }

    /// Every leg that was ever made.
    pub(super) fn legs(&self) -> impl Iterator<Item = Key<Leg>> {
        self.past.iter().chain(&self.branches).filter_map(|branch| branch.state.leg())
    }

    /// The status of the last branch that ended; 480 if none did.
    pub(super) fn last_status(&self) -> Status {
        let statuses = self.branches.iter().rev().filter_map(|branch| match branch.state {
            State::Over(_, status) => Some(status),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Up(_) => None,
        });
        statuses.into_iter().next().unwrap_or(Status::TEMPORARILY_UNAVAILABLE)
    }

    /// Why a call goes to yet another target.
    pub(super) fn why_sent_on(&self) -> Why {
        let before = self.since_sent_on().iter().rev().find_map(|branch| match branch.state {
            State::Over(_, status) if matches!(branch.who, Who::Phone(_)) => Some(status),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Up(_) | State::Over(..) => {
                None
            }
        });
        let Some(status) = before else { return Why::Unconditional };
        match Verdict::of(status) {
            Verdict::Busy => Why::Busy(status.code()),
            Verdict::Declined => Why::Sent(status.code()),
            // The phone itself named where else to go.
            Verdict::Unreachable if (300..400).contains(&status.code()) => Why::Sent(status.code()),
            Verdict::Unreachable => Why::NoAnswer,
        }
    }

    /// What its branches hold of the limits.
    pub(super) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.past.iter().chain(&self.branches).flat_map(|branch| &branch.holdings)
    }

    /// Whether a phone of somebody rang whose calls are masked.
    pub(super) fn rang_masked(&self, site: &Site) -> bool {
        self.past.iter().chain(&self.branches).any(|branch| branch.who.is_masked(site))
    }

    /// What is reserved for its branches that were not answered.
    pub(super) fn tabs(&self) -> impl Iterator<Item = &Tab> {
        self.past.iter().chain(&self.branches).filter_map(|branch| branch.tab.as_ref())
    }

    /// Notes what its legs cost that have not ended, as if they did now.
    pub(super) fn settle_up(&mut self, core: &mut Core) {
        for branch in self.past.iter_mut().chain(&mut self.branches) {
            if let Some(leg) = branch.state.leg() {
                core.settle(leg, &mut branch.record);
            }
        }
    }

    /// What its legs that have ended cost.
    pub(super) fn charges(&self) -> impl Iterator<Item = &store::Charge> {
        self.past.iter().chain(&self.branches).filter_map(|branch| branch.record.charge.as_ref())
    }

    /// Why the last number outside was not even called, if a bound of money forbade it.
    pub(super) const fn unpaid(&self) -> Option<Cause> {
        self.unpaid
    }

    pub(super) fn records(&self) -> impl Iterator<Item = LegRecord> {
        self.past.iter().chain(&self.branches).map(|branch| branch.record.clone())
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
            | Cause::Spent
            | Cause::Limit
            | Cause::Loop
            | Cause::Transferred
            | Cause::Shutdown
            | Cause::Fault => Self::Unreachable,
        }
    }
}

impl Call {
    /// Somebody has the call who may be masked: then it stays so, wherever it goes.
    fn hide_with(&mut self, index: usize) {
        self.caller.is_masked |= self.fork.branches[index].who.is_masked(&self.site);
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
        charge: None,
    }
}
