//! Click-to-call: the phones of whoever asked ring first, and the one that answers has the caller's place.
//!
//! ```text
//!   Routing(Originated) ── a phone answers ──> Routing to what was dialled, as for any call ──> Talking
//!           └── none does ──> Over
//! ```
//!
//! Until then nobody calls: the call has no A leg. From then on it is a call like any other, answered already.

use std::{mem, sync::Arc, time::Duration};

use callplan::{
    PhoneId,
    step::{Caller, Event, TargetId},
};
use clock::Key;
use smallvec::SmallVec;

use super::{Call, Course, Hands, Phase, Timer, fork::Who, release::Ending};
use crate::{
    cause::{Cause, Release},
    identity::told::{ToPhone, Told},
    leg::Leg,
};

/// How long the phones of whoever asked ring: they are at hand, for they asked.
const RINGS_FOR: Duration = Duration::from_secs(30);

/// Somebody is rung, to be the caller of what follows.
#[derive(Debug)]
pub(crate) struct Originated {
    /// Their phones.
    pub(crate) phones: SmallVec<[PhoneId; 2]>,
    /// What is called then.
    pub(crate) then: Box<Course>,
    /// How it is named on the phones that ring: number and name.
    pub(crate) shown: (Arc<str>, Arc<str>),
}

impl Originated {
    /// What the phones that ring are told: whom the call will be to.
    pub(super) fn told(&self, domain: &str) -> Told {
        let (number, name) = &self.shown;
        ToPhone { number, name, label: None, alert: None, luggage: None, domain }.told()
    }
}

impl Call {
    /// The place of an A leg that nobody has yet.
    pub(crate) const NOBODY: Key<Leg> = Key::from_raw(0);

    /// Rings the phones of whoever asked, together.
    pub(super) fn ring_asker(&mut self, phones: &[PhoneId], hands: &mut Hands<'_>) {
        self.alarm.table.arm(Timer::Dialled, hands.core.now.mono + RINGS_FOR);
        let mut is_any = false;
        for (target, phone) in (0..).map(TargetId).zip(phones) {
            is_any |= self.start(target, Who::Phone(*phone), hands);
        }
        if !is_any {
            self.end(Ending::by_switch(Cause::Unreachable), hands);
        }
    }

    /// How the phones of whoever asked fare.
    pub(super) fn hear_asker(&mut self, event: Event, hands: &mut Hands<'_>) {
        match event {
            Event::Answered(target) => self.asker_answered(target, hands),
            Event::Declined(_) => self.end(Ending::by_switch(Cause::Declined), hands),
            Event::Busy(_) | Event::Unreachable(_) | Event::SentOn { .. } => {
                if self.fork.live() == 0 {
                    let cause = Cause::of_status(self.fork.last_status());
                    self.end(Ending::by_switch(cause), hands);
                }
            }
            Event::Enter
            | Event::Ringing(_)
            | Event::CallerLeft
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(_) => {}
        }
    }

    /// Whoever asked is there: they call now.
    fn asker_answered(&mut self, target: TargetId, hands: &mut Hands<'_>) {
        let Some(leg) = self.fork.answered(target) else { return };
        self.take_callers_place(leg, hands);
        self.stop_rung(Release::AnsweredElsewhere, hands);
        let Phase::Routing(Course::Originated(asked)) = mem::replace(&mut self.phase, Phase::Talking(leg))
        else {
            unreachable!("only whoever asked is heard here")
        };
        let mut then = *asked.then;
        // Whoever rehearses may be another to the plan than they are.
        if let Course::Plan(plan) = &mut then
            && matches!(plan.1.caller, Caller::Phone(_))
        {
            plan.1.caller = self.caller.facts;
        }
        self.follow(then, hands);
    }
}
