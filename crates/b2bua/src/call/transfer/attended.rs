//! Attended transfer: two calls become one (RFC 3515 with RFC 3891, RFC 5589 §7).
//!
//! The older call goes on, since it is the one that the outside world began; the party of the other one joins
//! it, and the other call ends as `transferred`. Each has its record.
//!
//! Whoever takes a place by an INVITE of their own joins in the same way, without a call they came from.

use std::sync::Arc;

use callplan::{Site, step::TargetId};
use clock::{Instant, Key};
use smallvec::SmallVec;
use store::{CallId, LegRecord};

use crate::{
    call::{Call, Caller, Course, Hands, Phase, fork::Who, log::Kind, release::Ending},
    cause::{Cause, Release},
    leg::{Leg, Side},
    shared::limit::Holding,
};

/// A party on its way from one call to another.
pub(crate) struct Handed {
    leg: Key<Leg>,
    /// Who it is, as one who calls: what they asked for and what is known of them goes with them (RFC 3323 §4.2).
    caller: Caller,
    /// The version of the site that they are known by.
    site: Arc<Site>,
    record: LegRecord,
    holdings: SmallVec<[Holding; 2]>,
    /// What its record counts from.
    began: Instant,
    /// The call it leaves.
    from: CallId,
}

impl Call {
    /// The target of whoever joined: no plan rang it.
    pub(crate) const JOINED: TargetId = TargetId(0);

    /// Whether this leg talks with another one here.
    pub(crate) fn talks(&self, leg: Key<Leg>) -> bool {
        matches!(self.phase, Phase::Talking(b) if self.transfer.is_none() && (leg == self.a || leg == b))
    }

    /// Whether this leg is the caller's and still waits for somebody, or asks after a slot, where nobody is.
    pub(crate) fn is_waiting(&self, leg: Key<Leg>) -> bool {
        let dials =
            matches!(self.phase, Phase::Routing(Course::Plan(_) | Course::Dialled(_) | Course::Asking));
        dials && self.transfer.is_none() && leg == self.a
    }

    /// The caller wants somebody else to have what it called: the call ends as if it had given up.
    pub(crate) fn given_up(&mut self, hands: &mut Hands<'_>) {
        let has_asked = matches!(self.phase, Phase::Routing(Course::Asking));
        self.caller_left(if has_asked { Cause::Transferred } else { Cause::Cancelled }, hands);
        self.settle(hands);
    }

    /// The party that talks with `leg` goes over to call `to`; this one ends.
    pub(crate) fn hand_over(&mut self, leg: Key<Leg>, to: CallId, hands: &mut Hands<'_>) -> Option<Handed> {
        let Phase::Talking(b) = self.phase else { return None };
        // Whoever stays behind has the caller's place.
        let caller = self.a;
        if leg == b {
            self.turn_round(b, hands);
        }
        let leg = if leg == b { caller } else { b };
        let (caller, record, holdings) = self.take_out(leg, hands)?;
        self.note(hands.core, Kind::Transferred, 1, 0, to.0);
        let (site, began, from) = (self.site.clone(), self.began.mono, self.number);
        let handed = Handed { leg, caller, site, record, holdings, began, from };
        self.end(Ending::by_caller(Cause::Transferred), hands);
        self.settle(hands);
        Some(handed)
    }

    /// Somebody from another call takes the place of `leg`, who is freed.
    pub(crate) fn take_in(&mut self, leg: Key<Leg>, handed: Handed, hands: &mut Hands<'_>) {
        let Phase::Talking(b) = self.phase else { return };
        if leg == self.a {
            self.turn_round(b, hands);
        }
        let Handed { leg: joins, caller, site, mut record, holdings, began, from } = handed;
        let caller = caller.moved(&site, &self.site);
        self.caller.is_masked |= caller.is_masked;
        self.meets_caller(joins, hands);
        let shift = u32::try_from(began.since(self.began.mono).as_millis()).unwrap_or(u32::MAX);
        record.started_ms = record.started_ms.saturating_add(shift);
        for at_ms in [&mut record.rang_ms, &mut record.answered_ms].into_iter().flatten() {
            *at_ms = at_ms.saturating_add(shift);
        }
        self.holdings.extend(holdings.into_iter().map(|holding| (joins, holding)));
        self.note(hands.core, Kind::Transferred, 1, 0, from.0);
        self.seat(joins, Who::Caller(Box::new(caller)), record, hands);
        self.settle(hands);
    }

    /// From here on the caller talks with this leg; whoever it talked with is freed.
    pub(in crate::call) fn seat(
        &mut self,
        joins: Key<Leg>,
        who: Who,
        record: LegRecord,
        hands: &mut Hands<'_>,
    ) {
        self.retire();
        self.add_joined(Self::JOINED, who, joins, record);
        self.phase = Phase::Talking(joins);
        self.stop_past(Release::Normal, hands);
        let (id, thread) = (self.id, self.thread);
        let is_here = hands
            .legs
            .get_mut(joins)
            .is_some_and(|leg| leg.join(id, Side::B(Self::JOINED), thread, hands.core));
        if is_here {
            self.connect(joins, hands);
        }
        self.meets_callee(joins, hands);
        self.agree_anew(hands);
        // What they are asked for their media tells them as well.
        for leg in [self.a, joins] {
            self.introduce(leg, hands);
        }
    }

    /// The stream of somebody who joined has come over.
    pub(in crate::call) fn moved(&self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        if let Phase::Talking(b) = self.phase
            && (leg == b || leg == self.a)
        {
            self.connect(b, hands);
        }
    }
}
