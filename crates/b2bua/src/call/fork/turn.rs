//! Legs that change their place: who stays becomes the caller of what follows, who transferred is left behind.

use std::{mem, sync::Arc};

use callplan::{E164, step::TargetId};
use clock::Key;
use sip::Status;
use smallvec::SmallVec;
use store::LegRecord;

use super::{Branch, Onward, State, Who, stop_leg};
use crate::{
    call::{Call, Caller, Hands, transfer::First},
    cause::Release,
    leg::{Leg, News, Party, Side},
    shared::limit::Holding,
};

/// Who is on a leg, its record, and what is held for it.
type Taken = (Caller, LegRecord, SmallVec<[Holding; 2]>);

impl Call {
    /// Whoever is on a branch, as one who calls. What was hidden stays so.
    fn party_of(&self, branch: &Branch, hands: &Hands<'_>) -> Caller {
        let trunk = |number: Option<E164>| {
            let trunk = branch.record.party.strip_prefix("trunk:").unwrap_or(&branch.record.party);
            Caller::outside(number, Party::Trunk(trunk.into()), self.caller.present)
        };
        let caller = match &branch.who {
            Who::Phone(phone) => Caller::of_phone(&self.site, *phone),
            Who::Number(outside) => trunk(outside.to().e164()),
            Who::Caller(caller) => (**caller).clone(),
        };
        let hides = branch.state.leg().and_then(|leg| hands.legs.get(leg)).is_some_and(Leg::hides);
        Caller {
            is_masked: caller.is_masked || self.caller.is_masked,
            is_private: caller.is_private || hides,
            ..caller
        }
    }

    /// Who is on the leg of a branch, and whether a number outside was called for them.
    pub(in crate::call) fn reached_on(&self, leg: Key<Leg>, hands: &Hands<'_>) -> Option<(Caller, bool)> {
        let branch = &self.fork.branches[self.fork.position(leg)?];
        Some((self.party_of(branch, hands), matches!(branch.who, Who::Number(_))))
    }

    /// The callee who talks takes the caller's place, and the caller the callee's.
    pub(in crate::call) fn turn_round(&mut self, b: Key<Leg>, hands: &mut Hands<'_>) {
        let Some(index) = self.fork.position(b) else { return };
        self.first.get_or_insert_with(|| Box::new(First::of(&self.caller, &self.a_record)));
        let caller = self.party_of(&self.fork.branches[index], hands);
        let branch = &mut self.fork.branches[index];
        let State::Up(leg) = &mut branch.state else { return };
        let was = mem::replace(&mut self.caller, caller);
        let person = Some(was.person.clone()).filter(|person| !person.is_empty());
        branch.who = Who::Caller(Box::new(was));
        mem::swap(leg, &mut self.a);
        mem::swap(&mut branch.record, &mut self.a_record);
        for holding in branch.holdings.drain(..) {
            self.holdings.push((self.a, holding));
        }
        for (leg, side) in [(self.a, Side::A), (*leg, Side::B(branch.target))] {
            if let Some(leg) = hands.legs.get_mut(leg) {
                leg.takes(side);
            }
        }
        self.charge(person, hands);
    }

    /// A branch that answered has the caller's place, which nobody had.
    pub(in crate::call) fn take_callers_place(&mut self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let Some(index) = self.fork.position(leg) else { return };
        let branch = self.fork.branches.remove(index);
        let caller = self.party_of(&branch, hands);
        let Branch { record, holdings, .. } = branch;
        let (present, called) = (self.caller.present, self.caller.called);
        self.caller = Caller { present, called, ..caller };
        for (of, _) in self.holdings.iter_mut().filter(|(of, _)| *of == self.a) {
            *of = leg;
        }
        self.holdings.extend(holdings.into_iter().map(|holding| (leg, holding)));
        (self.a, self.a_record) = (leg, record);
        if let Some(leg) = hands.legs.get_mut(leg) {
            leg.takes(Side::A);
        }
    }

    /// An outside call stays on the account of whoever dialled it and leaves (RELIABILITY A9); who comes back has
    /// it as their own again.
    fn charge(&mut self, was: Option<Arc<str>>, hands: &mut Hands<'_>) {
        let is_account = |held: &(Key<Leg>, Holding)| matches!(held.1, Holding::Account(_));
        while let Some(index) = self.holdings.iter().position(is_account) {
            let (_, account) = self.holdings.remove(index);
            hands.core.limits.give_back(&account);
        }
        if let Some(person) = was.filter(|_| matches!(self.caller.leg, Party::Trunk(_))) {
            let account = Holding::Account(person);
            hands.core.limits.take(&account);
            self.holdings.push((self.a, account));
        }
    }

    /// Takes whoever talks with the caller out of the call; a copy of the record stays.
    pub(in crate::call) fn take_out(&mut self, b: Key<Leg>, hands: &Hands<'_>) -> Option<Taken> {
        let index = self.fork.position(b)?;
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let caller = self.party_of(&self.fork.branches[index], hands);
        let branch = &mut self.fork.branches[index];
        let record = branch.record.clone();
        branch.record.ended_ms = at_ms;
        branch.state = State::Over(None, Status::OK);
        let own = mem::take(&mut branch.holdings);
        Some((caller, record, self.take_holdings(b, own)))
    }

    /// What the call holds for a leg that leaves it, and what its branch held.
    fn take_holdings(&mut self, leg: Key<Leg>, mut taken: SmallVec<[Holding; 2]>) -> SmallVec<[Holding; 2]> {
        while let Some(index) = self.holdings.iter().position(|held| held.0 == leg) {
            taken.push(self.holdings.remove(index).1);
        }
        taken
    }

    /// Somebody who was not rung here is one of the call's branches.
    pub(in crate::call) fn add_joined(
        &mut self,
        target: TargetId,
        who: Who,
        leg: Key<Leg>,
        record: LegRecord,
    ) {
        let (state, flows, holdings) = (State::Up(leg), Vec::new(), SmallVec::new());
        self.fork.branches.push(Branch { target, state, who, flows, holdings, tab: None, record });
        self.hide_with(self.fork.branches.len() - 1);
    }

    /// After a transfer that came to nothing everybody has their place again; the callee's leg.
    pub(in crate::call) fn turn_back(&mut self, by: Key<Leg>, hands: &mut Hands<'_>) -> Key<Leg> {
        let is_caller = |first: &First, branch: &Branch| branch.record.sip_call_id == first.sip_call_id;
        let index = self.fork.position(by);
        let first = self.first.as_ref().zip(index.map(|index| &self.fork.branches[index]));
        if !first.is_some_and(|(first, branch)| is_caller(first, branch)) {
            return by;
        }
        let callee = self.a;
        self.turn_round(by, hands);
        callee
    }

    /// From here on another course is followed: what was rung is past.
    pub(in crate::call) fn retire(&mut self) {
        self.courses = self.courses.saturating_add(1);
        self.fork.past.extend(self.fork.branches.drain(..));
        self.fork.onward = Onward::default();
    }

    /// Takes a leg that still stands back among those that count; its holdings never left it.
    pub(in crate::call) fn recall(&mut self, leg: Key<Leg>) -> bool {
        let is_it = |branch: &Branch| matches!(branch.state, State::Up(up) if up == leg);
        let Some(index) = self.fork.past.iter().position(is_it) else { return false };
        let branch = self.fork.past.remove(index);
        self.fork.branches.push(branch);
        true
    }

    /// News of a leg of an earlier course: it may only end.
    pub(super) fn news_of_past(&mut self, leg: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        let is_it = |branch: &Branch| branch.state.leg() == Some(leg);
        let Some(index) = self.fork.past.iter().position(is_it) else { return };
        match news {
            News::HungUp(_) => self.past_over(index, Status::OK, hands),
            News::Gone => {
                self.past_over(index, Status::OK, hands);
                if let State::Over(leg, _) = &mut self.fork.past[index].state {
                    *leg = None;
                }
            }
            News::ChangeAsked | News::OfferAsked => self.refuse_passed(leg, hands),
            News::Ringing
            | News::EarlyMedia
            | News::Answered
            | News::AnsweredTooLate
            | News::Refused(_)
            | News::Unanswered(_)
            | News::NotLetIn
            | News::Cancelled
            | News::Acknowledged
            | News::StreamClosed
            | News::Changed
            | News::ChangeTaken
            | News::ChangeRefused(_)
            | News::Moved
            | News::Key(_) => {}
        }
    }

    /// Ends whatever stands of earlier courses.
    pub(in crate::call) fn stop_past(&mut self, release: Release, hands: &mut Hands<'_>) {
        for index in 0..self.fork.past.len() {
            let branch = &self.fork.past[index];
            if let Some(leg) = branch.state.leg().filter(|_| !branch.state.is_over()) {
                self.past_over(index, Status::OK, hands);
                stop_leg(leg, release, hands);
            }
        }
    }

    fn past_over(&mut self, index: usize, status: Status, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let leg = self.fork.past[index].come_to_end(at_ms, status, hands.core);
        self.let_go(leg, hands);
    }

    /// Gives back what was held for a leg that ended.
    pub(in crate::call) fn let_go(&mut self, leg: Option<Key<Leg>>, hands: &mut Hands<'_>) {
        let is_its = |held: &mut (Key<Leg>, Holding)| Some(held.0) == leg;
        while let Some(index) = self.holdings.iter_mut().position(is_its) {
            let (_, holding) = self.holdings.remove(index);
            hands.core.limits.give_back(&holding);
        }
    }
}
