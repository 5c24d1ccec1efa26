//! Transfers: a party leaves and somebody else takes its place (RFC 5589).
//!
//! ```text
//!   Talking ── REFER of one ──> Routing to its target ── answered ──> Talking, the one who referred is freed
//!      ^                                │
//!      └── the old call still stands ───┴── it had hung up ──> Routing: it is rung back
//! ```
//!
//! Whoever stays becomes the caller of the new course, so the plan engine, the limits and the record know
//! nothing of transfers: who is to be rung next is decided as for any call. `REFER` is never passed on.

mod attended;
mod park;
mod place;

use std::sync::Arc;

use callplan::{
    E164, NumberId, PhoneId,
    step::{Cursor, Entry},
};
use clock::Key;
use sip::Status;

pub(crate) use self::place::{Newcomer, Place};
use super::{Call, Caller, Course, Hands, Phase, log::Kind, release::Ending};
use crate::{
    cause::Release,
    leg::{Leg, Party},
    shared::limit::Holding,
};

/// Courses that one call may follow; then it is to be ended, not transferred.
const COURSES_MAX: u16 = 100;

/// How a call began, for its record.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) caller: Caller,
    pub(super) sip_call_id: Arc<str>,
    pub(super) answered_ms: Option<u32>,
}

impl First {
    pub(super) fn of(caller: &Caller, leg: &store::LegRecord) -> Self {
        Self { caller: caller.clone(), sip_call_id: leg.sip_call_id.clone(), answered_ms: leg.answered_ms }
    }
}

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Who made it; the leg may be gone.
    by: Key<Leg>,
    /// Whose phone it is; none of a carrier.
    phone: Option<PhoneId>,
    /// The person, if an outside number is called on their account.
    account: Option<Arc<str>>,
    /// The number of ours that led the call where it was.
    called: Option<NumberId>,
}

/// Where somebody is transferred to.
#[derive(Debug)]
pub(crate) struct Target {
    /// The phone that transfers, if it is one.
    pub(crate) by: Option<PhoneId>,
    /// What its dialling leads to.
    pub(crate) course: Course,
    /// The number of ours that it leads to: its mask, label and way of ringing hold from there on.
    pub(crate) called: Option<NumberId>,
    /// The number of ours that an outside leg shows.
    pub(crate) present: Option<E164>,
    /// The person on whose account an outside number is called.
    pub(crate) account: Option<Arc<str>>,
}

impl Transfer {
    /// The person on whose account an outside number is called.
    pub(super) const fn account(&self) -> Option<&Arc<str>> {
        self.account.as_ref()
    }
}

impl Call {
    /// Whether a party of it may transfer the other now.
    ///
    /// # Errors
    /// What it is told: nobody else is there, or it is being transferred already.
    pub(crate) const fn may_transfer(&self) -> Result<(), Status> {
        match (&self.phase, &self.transfer) {
            (Phase::Talking(_), None) if self.courses < COURSES_MAX => Ok(()),
            (Phase::Talking(_), None) => Err(Status::FORBIDDEN),
            (Phase::Routing(_) | Phase::Talking(_), Some(_)) => Err(Status::REQUEST_PENDING),
            (Phase::Routing(_), None) => Err(Status::TEMPORARILY_UNAVAILABLE),
            (Phase::Over(_), _) => Err(Status::DECLINE),
        }
    }

    /// Who talks with the party of this leg.
    pub(crate) fn opposite(&self, leg: Key<Leg>) -> Option<Key<Leg>> {
        let Phase::Talking(b) = self.phase else { return None };
        Some(if leg == self.a { b } else { self.a })
    }

    /// The party of leg `by` transfers the other one.
    pub(crate) fn transfer(&mut self, by: Key<Leg>, target: Target, hands: &mut Hands<'_>) {
        let Phase::Talking(b) = self.phase else { return };
        self.note(hands.core, Kind::Transfer, 0, 0, 0);
        // Whom a change was passed to answers it no more.
        for leg in [self.a, b] {
            self.refuse_passed(leg, hands);
        }
        if by == self.a {
            self.turn_round(b, hands);
        }
        let Target { by: phone, mut course, called, present, account } = target;
        let before = self.caller.called;
        self.caller.called = called.or(before);
        // Whoever calls from outside is shown elsewhere by the number of ours that they were led to.
        let is_outside = matches!(self.caller.leg, Party::Trunk(_));
        let led_to = called.filter(|_| is_outside).map(|called| self.site[called].e164);
        self.caller.present = present.or(led_to).or(self.caller.present);
        if let Course::Plan(plan) = &mut course {
            plan.1 = self.caller.facts(plan.1.entry);
        }
        self.comes_from = None;
        self.on_hold.returns(false);
        self.transfer = Some(Box::new(Transfer { by, phone, account, called: before }));
        self.follow(course, hands);
        self.settle(hands);
    }

    /// Follows another course from here on.
    pub(super) fn follow(&mut self, course: Course, hands: &mut Hands<'_>) {
        self.leave_course(hands);
        self.phase = Phase::Routing(course);
        self.start_course(hands);
    }

    fn leave_course(&mut self, hands: &mut Hands<'_>) {
        self.retire();
        self.voice.stop_all(hands.core);
        self.alarm.table.clear_all();
    }

    /// Tells whoever transferred how it goes.
    pub(super) fn tell_transferor(&self, status: Status, hands: &mut Hands<'_>) {
        let leg = self.transfer.as_ref().and_then(|transfer| hands.legs.get_mut(transfer.by));
        if let Some(leg) = leg {
            leg.tell_referral(status, hands.core);
        }
    }

    /// The target answered, with this leg if it has one: whoever transferred is freed.
    pub(super) fn transfer_done(&mut self, with: Key<Leg>, hands: &mut Hands<'_>) {
        self.tell_transferor(Status::OK, hands);
        let Some(transfer) = self.transfer.take() else { return };
        self.note(hands.core, Kind::Transferred, 0, 0, 0);
        if let Some(account) = transfer.account {
            // What somebody sets going outside and leaves stays on their account (RELIABILITY A9).
            let holding = Holding::Account(account);
            hands.core.limits.take(&holding);
            self.holdings.push((with, holding));
        }
        self.stop_past(Release::Normal, hands);
    }

    /// A call that would end in vain goes back to whoever transferred it: the old call still stands, or they
    /// are rung.
    pub(super) fn comes_back(&mut self, ending: Ending, hands: &mut Hands<'_>) -> bool {
        if !ending.is_in_vain() || self.transfer.is_none() {
            return false;
        }
        self.tell_transferor(ending.status(), hands);
        let Some(transfer) = self.transfer.take() else { return false };
        self.caller.called = transfer.called;
        self.stop_rung(Release::Normal, hands);
        let code = u64::from(ending.status().code());
        self.leave_course(hands);
        if self.recall(transfer.by) {
            self.note(hands.core, Kind::TransferFailed, 0, 0, code);
            let callee = self.turn_back(transfer.by, hands);
            self.phase = Phase::Talking(callee);
            self.connect(callee, hands);
            // Either may have changed its mind meanwhile, which nobody followed.
            self.agree_anew(hands);
            return true;
        }
        self.note(hands.core, Kind::TransferFailed, 1, 0, code);
        // A carrier that left is nobody who could be rung.
        if let Some(phone) = transfer.phone {
            self.ring_back(phone, hands);
        }
        transfer.phone.is_some()
    }

    /// Rings whoever left the caller behind.
    pub(super) fn ring_back(&mut self, phone: PhoneId, hands: &mut Hands<'_>) {
        let entry = self.site[phone].person.map_or(Entry::Phone(phone), Entry::Person);
        let facts = self.caller.facts(entry);
        self.follow(Course::Plan(Box::new((Cursor::new(), facts))), hands);
    }

    /// Who began the call, for its record.
    pub(super) fn first(&self) -> First {
        self.first.as_deref().cloned().unwrap_or_else(|| First::of(&self.caller, &self.a_record))
    }
}
