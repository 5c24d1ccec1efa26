//! The end of a call: for its parties at once, for its record when the streams are closed, for its slot when
//! the last leg is gone.

use std::{mem, sync::Arc, time::Duration};

use callplan::step::Event;
use clock::{Now, Wall};
use sip::Status;
use smallvec::SmallVec;
use store::Record;

use super::{Call, Course, Hands, Phase, Timer, log::Kind, mailbox::take_leave, take::give_up};
use crate::{
    cause::{Cause, EndedBy, Outcome, Release},
    core::Core,
    counters::Counters,
    leg::Leg,
    shared::limit::Holding,
};

/// Longest that an ended call waits for its legs: 64*T1 for a lost ACK, once more for the BYE after it.
const OVERDUE: Duration = Duration::from_secs(70);

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    cause: Cause,
    by: EndedBy,
    /// What an unanswered caller is told.
    status: Status,
    /// Set where it does not follow from the cause.
    outcome: Option<Outcome>,
    at: Option<Wall>,
    is_recorded: bool,
}

impl Ending {
    /// What an unanswered caller is told.
    pub(super) const fn status(&self) -> Status {
        self.status
    }

    /// Whether nobody left and nothing broke: somebody was not reached.
    pub(super) const fn is_in_vain(&self) -> bool {
        matches!(self.by, EndedBy::Switch)
            && !matches!(self.cause, Cause::Shutdown | Cause::Fault | Cause::Spent)
    }

    const fn new(cause: Cause, by: EndedBy) -> Self {
        Self { cause, by, status: cause.status(), outcome: None, at: None, is_recorded: false }
    }

    pub(super) const fn by_switch(cause: Cause) -> Self {
        Self::new(cause, EndedBy::Switch)
    }

    pub(super) const fn by_caller(cause: Cause) -> Self {
        Self::new(cause, EndedBy::Caller)
    }

    pub(super) const fn by_callee(cause: Cause) -> Self {
        Self::new(cause, EndedBy::Callee)
    }

    /// The caller is refused with this very status.
    pub(super) const fn refused(cause: Cause, status: Status) -> Self {
        Self { status, ..Self::by_switch(cause) }
    }

    /// The plan came to the end of a voicemail; the caller may be gone, for this cause.
    pub(super) fn voicemail(left: bool, gone: Option<Cause>) -> Self {
        let outcome = Outcome::of_voicemail(left);
        let ending = gone.map_or(Self::by_switch(Cause::PlanEnded), Self::by_caller);
        Self { outcome: Some(outcome), ..ending }
    }
}

impl Call {
    /// The caller gave up before it was answered, hung up after it, or is parted with.
    pub(super) fn caller_left(&mut self, cause: Cause, hands: &mut Hands<'_>) {
        self.left = Some(cause);
        self.note(hands.core, Kind::HungUp, 0, 0, 0);
        // The plan may have a recording to finish; it ends the call when that is done.
        self.advance(Event::CallerLeft, hands);
        if !matches!(self.phase, Phase::Over(_)) && !self.voice.is_recording() {
            self.end(Ending::by_caller(cause), hands);
        }
    }

    /// A recording came to its end because the call did, as when the switch ends all: what was said until then
    /// decides what the call was.
    pub(super) fn recorded_late(&mut self, left: bool) {
        if let Phase::Over(ending) = &mut self.phase {
            ending.outcome.get_or_insert(Outcome::of_voicemail(left));
        }
    }

    /// The callee hung up.
    pub(super) fn callee_hung_up(&mut self, release: Release, hands: &mut Hands<'_>) {
        self.note(hands.core, Kind::HungUp, 1, 0, 0);
        self.end(Ending::by_callee(Cause::of_leaving(release)), hands);
    }

    /// Ends the call for its parties; later endings change nothing.
    pub(super) fn end(&mut self, ending: Ending, hands: &mut Hands<'_>) {
        if matches!(self.phase, Phase::Over(_)) || self.comes_back(ending, hands) {
            return;
        }
        if ending.by as u8 == EndedBy::Switch as u8 {
            self.note(hands.core, Kind::HungUp, 2, 0, 0);
        }
        self.tell_probe(hands);
        let over = Phase::Over(Ending { at: Some(hands.core.now.wall), ..ending });
        match mem::replace(&mut self.phase, over) {
            Phase::Routing(Course::Listening(listener)) => take_leave(*listener, hands.core),
            Phase::Routing(Course::Taking(taking)) => give_up(*taking, hands.core),
            Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_) => {}
        }
        self.alarm.table.clear_all();
        self.alarm.table.arm(Timer::Overdue, hands.core.now.mono + OVERDUE);
        self.voice.stop_all(hands.core);
        self.on_hold.stop(hands.core);
        self.screens.end_all(hands.core);
        let to_branches = match ending.by {
            EndedBy::Caller if !self.is_answered() => Release::CallerLeft,
            EndedBy::Caller | EndedBy::Callee | EndedBy::Switch => self.release_of(ending),
        };
        self.stop_branches(to_branches, hands);
        let to_caller =
            if self.is_answered() { self.release_of(ending) } else { Release::Refused(ending.status) };
        if let Some(a) = hands.legs.get_mut(self.a) {
            a.stop(to_caller, hands.core);
        }
        self.a_record.ended_ms = self.log.at_ms(hands.core.now.mono);
        hands.core.settle(self.a, &mut self.a_record);
        if self.a_record.status == 0 {
            self.a_record.status = ending.status.code();
        }
        for (_, holding) in self.holdings.drain(..) {
            hands.core.limits.give_back(&holding);
        }
    }

    const fn release_of(&self, ending: Ending) -> Release {
        match ending.cause {
            Cause::NoMedia => Release::NoMedia,
            Cause::NoAck => Release::NoAck,
            Cause::Vanished => Release::Vanished,
            Cause::NotRefreshed => Release::NotRefreshed,
            Cause::Spent => Release::Spent,
            Cause::Shutdown => Release::Shutdown,
            Cause::Fault => Release::Fault,
            Cause::HangUp
            | Cause::Cancelled
            | Cause::PlanEnded
            | Cause::Busy
            | Cause::Declined
            | Cause::NoAnswer
            | Cause::Unreachable
            | Cause::Unallocated
            | Cause::Forbidden
            | Cause::Limit
            | Cause::Transferred
            | Cause::Loop => Release::Normal,
        }
    }

    /// Legs or streams that never came to their end: a bug or a dead media thread must not keep the slot.
    pub(super) fn overdue(&mut self, hands: &mut Hands<'_>) {
        self.voice.forget(hands.core);
        for key in self.fork.legs().chain([self.a]).collect::<SmallVec<[_; 4]>>() {
            if let Some(leg) = hands.legs.get_mut(key) {
                leg.give_up(hands.core);
                leg.forget_stream(hands.core);
            }
        }
    }

    /// Looks whether the record can be written; puts the next timer on the wheel.
    pub(super) fn settle(&mut self, hands: &mut Hands<'_>) {
        self.fill_silence(hands);
        self.entertain(hands);
        self.watch(hands.core);
        let Phase::Over(ending) = self.phase else { return };
        if ending.is_recorded || !self.voice.is_idle() || !self.are_streams_closed(hands) {
            return;
        }
        self.phase = Phase::Over(Ending { is_recorded: true, ..ending });
        self.record_end(ending, hands);
    }

    fn are_streams_closed(&self, hands: &Hands<'_>) -> bool {
        let closed = |key| hands.legs.get(key).is_none_or(Leg::is_stream_closed);
        closed(self.a) && self.fork.legs().all(closed)
    }

    /// Whether nothing is left but the slot.
    pub(crate) fn is_done(&self, hands: &Hands<'_>) -> bool {
        let recorded = matches!(self.phase, Phase::Over(ending) if ending.is_recorded);
        recorded
            && hands.legs.get(self.a).is_none()
            && self.fork.legs().all(|leg| hands.legs.get(leg).is_none())
    }

    /// What the call and its branches hold of the limits.
    pub(crate) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.holdings.iter().map(|(_, holding)| holding).chain(self.fork.holdings())
    }

    /// The record of a call that a fault of ours cut short.
    pub(crate) fn record_of_fault(mut self, now: Now) -> Record {
        self.a_record.ended_ms = self.log.at_ms(now.mono);
        let ending = Ending { at: Some(now.wall), ..Ending::by_switch(Cause::Fault) };
        self.record(ending)
    }

    /// Counts what became of the call, while its version is in force: what is counted judges that version. Whoever was
    /// rung first is no caller who was answered or not, nor is whoever rehearses.
    pub(super) fn count(&self, what: impl Fn(&mut Counters) -> &mut u64, core: &mut Core) {
        if self.site.version == core.site.version && !self.is_originated && !self.is_rehearsal() {
            *what(&mut core.counters) += 1;
        }
    }

    fn count_in_vain(&self, ending: Ending, core: &mut Core) {
        if self.is_answered() {
            return;
        }
        self.count(|counters| &mut counters.in_vain, core);
        if ending.by == EndedBy::Switch && ending.cause.is_not_set_up() {
            self.count(|counters| &mut counters.not_set_up, core);
        }
    }

    fn record_end(&mut self, ending: Ending, hands: &mut Hands<'_>) {
        self.count_in_vain(ending, hands.core);
        let record = self.record(ending);
        hands.core.store(store::Request::Record(Box::new(record)));
    }

    fn record(&self, ending: Ending) -> Record {
        let outcome = self.outcome(ending);
        let mut legs: SmallVec<[store::LegRecord; 3]> = SmallVec::new();
        // Whoever was to be rung first has a leg of their own only once they answered.
        legs.extend((self.a != Self::NOBODY).then(|| self.a_record.clone()));
        legs.extend(self.fork.records());
        let first = self.first();
        if self.first.is_some() {
            // The caller's leg is told first, whoever has its place by now.
            legs.sort_by_key(|leg| (leg.sip_call_id != first.sip_call_id, leg.started_ms));
        }
        Record {
            call: self.number,
            began: store::Began {
                at: self.began.wall,
                from: first.caller.number.clone(),
                to: self.dialled.clone(),
                direction: self.fork.direction(),
                version: self.site.version,
                sip_call_id: first.sip_call_id.clone(),
            },
            person: first.caller.person.clone(),
            answered: first.answered_ms.map(|ms| self.began.wall + Duration::from_millis(ms.into())),
            end: Some(store::End {
                at: ending.at.unwrap_or(self.began.wall),
                lasted_ms: self.a_record.ended_ms.into(),
            }),
            outcome: outcome.as_str(),
            cause: ending.cause.as_str(),
            ended_by: self.ended_by(ending.by).as_str(),
            agent: self.agent(&legs),
            legs,
            events: self.log.bytes(),
            journal: self.journal.bytes().into(),
            path: self.path(),
        }
    }

    /// The person of ours who talked last with whoever is outside: who dialled, or whose phone answered last.
    fn agent(&self, legs: &[store::LegRecord]) -> Arc<str> {
        let dialled = self.site.person(&self.first().caller.person);
        let answered = legs.iter().skip(1).filter(|leg| leg.answered_ms.is_some());
        let last =
            answered.max_by_key(|leg| leg.answered_ms).and_then(|leg| leg.party.strip_prefix("phone:"));
        let phone = last.and_then(|name| self.site.phone(name));
        let person = dialled.or_else(|| self.site[phone?].person);
        person.map_or_else(|| "".into(), |person| self.site[person].name.clone())
    }

    /// Who ended it: while somebody else has the caller's place, nobody who is left called.
    fn ended_by(&self, by: EndedBy) -> EndedBy {
        match (by, &self.first) {
            (EndedBy::Caller, Some(first)) if first.sip_call_id != self.a_record.sip_call_id => {
                EndedBy::Callee
            }
            (by, _) => by,
        }
    }

    /// Whether caller and callee have talked.
    pub(crate) const fn has_talked(&self) -> bool {
        self.has_talked
    }

    /// Whoever was rung first heard nobody and nothing yet.
    pub(super) const fn is_unserved(&self) -> bool {
        self.is_originated && !self.was_served && !self.has_talked
    }

    fn outcome(&self, ending: Ending) -> Outcome {
        match (ending.outcome, self.has_talked) {
            // However the call ended after that.
            _ if self.has_left => Outcome::Voicemail,
            // Who talked and was sent to a mailbox then missed nobody.
            (Some(Outcome::Missed) | None, true) => Outcome::Answered,
            (Some(outcome), _) => outcome,
            // Whoever waited in a line for somebody is answered, and missed all the same.
            (None, false) if self.has_waited => Outcome::Missed,
            (None, false) if self.is_answered() && !self.is_unserved() => Outcome::Announcement,
            (None, false) => Outcome::of_unanswered(ending.cause),
        }
    }

    /// Plan nodes passed, as the operator writes them.
    pub(crate) fn path(&self) -> Arc<str> {
        let nodes = self.log.events().filter(|event| event.kind == Kind::Node as u8);
        let names: Vec<_> =
            nodes.map(|event| self.site.node_name(callplan::NodeId(event.value as u32))).collect();
        names.join(" ").into()
    }
}
