//! A number outside that one of our phones dialled: its trunks in order, and no plan.

use std::{sync::Arc, time::Duration};

use callplan::{
    E164, TrunkId,
    number::Digits,
    step::{Event, TargetId},
};
use smallvec::SmallVec;

use super::{Call, Course, Hands, Phase, Timer, fork::Who, release::Ending};
use crate::cause::{Cause, Release};

/// An outside number, dialled from inside.
#[derive(Clone, Debug)]
pub(crate) struct Dialled {
    pub(crate) to: Digits,
    pub(crate) e164: Option<E164>,
    pub(crate) trunks: SmallVec<[TrunkId; 4]>,
    /// Emergency calls are stopped by no limit.
    pub(crate) is_emergency: bool,
}

/// The only target of a dialled number.
const DIALLED: TargetId = TargetId(0);

/// How long a dialled number may ring (timer C, RFC 3261 §16.6: over three minutes).
const DIALLED_MAX: Duration = Duration::from_secs(190);

/// How long somebody hears which number would ring: twice.
const REHEARSED: Duration = Duration::from_secs(20);

impl Call {
    /// Calls it.
    pub(super) fn dial(&mut self, who: Who, hands: &mut Hands<'_>) {
        let lasts = if self.is_rehearsal() { REHEARSED } else { DIALLED_MAX };
        self.alarm.table.arm(Timer::Dialled, hands.core.now.mono + lasts);
        if !self.start(DIALLED, who, hands) {
            self.end(self.not_dialled(), hands);
        }
    }

    /// What the plan would decide, for a number that a phone dialled: the first answer is the call.
    pub(super) fn hear_dialled(&mut self, event: Event, hands: &mut Hands<'_>) {
        match event {
            Event::Answered(target) => self.bridge(target, hands),
            Event::SentOn { target, to } => self.dialled_goes_on(target, to, hands),
            Event::Busy(_) | Event::Declined(_) | Event::Unreachable(_) => {
                let status = self.fork.last_status();
                self.end(Ending::refused(Cause::of_status(status), Cause::passed_on(status)), hands);
            }
            Event::CallerLeft => self.end(Ending::by_caller(self.left.unwrap_or(Cause::Cancelled)), hands),
            Event::Enter
            | Event::Ringing(_)
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(_) => {}
        }
    }

    pub(super) fn dialled_too_long(&mut self, hands: &mut Hands<'_>) {
        if matches!(
            self.phase,
            Phase::Routing(Course::Dialled(_) | Course::Originated(_) | Course::Probing(_))
        ) {
            self.stop_rung(Release::NoAnswer, hands);
            self.end(Ending::by_switch(Cause::NoAnswer), hands);
        }
    }

    /// On whose account a number is called that was dialled: whoever transfers somebody there pays, else the caller.
    pub(super) fn payer(&self) -> Option<Arc<str>> {
        let transferor = self.transfer.as_ref().and_then(|transfer| transfer.account().cloned());
        transferor.or_else(|| Some(self.caller.person.clone()).filter(|person| !person.is_empty()))
    }

    /// How a call ends that no trunk took.
    fn not_dialled(&self) -> Ending {
        let refused = |cause| Ending::refused(cause, sip::Status::FORBIDDEN);
        self.fork.unpaid().map_or(Ending::by_switch(Cause::Unreachable), refused)
    }
}
