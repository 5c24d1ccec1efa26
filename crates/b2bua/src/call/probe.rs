//! Both calls of a test call: the one that goes out by a trunk, and the one that the carrier brings back.
//!
//! The one out rings a number of ours, and whoever takes it there has the place of a caller whom nobody serves. The one
//! back runs its plan up to the first act that would ring somebody, or keep what is said, and ends there: nobody is rung
//! at night. What of its plan comes before that is real: hours, lists, greetings, menus.

use callplan::{
    E164,
    step::{Action, Ask, Event, TargetId},
};

use super::{
    Call, Course, Hands, Phase, Timer,
    fork::{Outside, Who},
    plan::Probing,
    release::Ending,
};
use crate::{
    cause::Cause,
    core::Due,
    shared::probes::{Back, LASTS_MAX},
};

/// The only target of a test call.
const OUT: TargetId = TargetId(0);

/// Whether this would ring somebody, or keep what a caller says.
pub(super) const fn reaches_people(action: Action) -> bool {
    matches!(action, Action::Start { .. } | Action::Line { ask: Ask::Join, .. } | Action::Record { .. })
}

impl Call {
    /// Goes out by its trunk.
    pub(super) fn go_out(&mut self, probing: Probing, hands: &mut Hands<'_>) {
        self.alarm.table.arm(Timer::Dialled, hands.core.now.mono + LASTS_MAX);
        let to: E164 = probing.number;
        let who = Who::Number(Outside::over(&self.site, to.into(), &[probing.trunk], false));
        if !self.start(OUT, who, hands) {
            self.end(Ending::by_switch(Cause::Unreachable), hands);
        }
    }

    /// How the call out fares.
    pub(super) fn hear_probing(&mut self, event: Event, hands: &mut Hands<'_>) {
        match event {
            Event::Answered(target) => {
                if let Some(leg) = self.fork.answered(target) {
                    self.take_callers_place(leg, hands);
                }
            }
            Event::Busy(_) | Event::Declined(_) | Event::Unreachable(_) | Event::SentOn { .. } => {
                let cause = Cause::of_status(self.fork.last_status());
                self.end(Ending::by_switch(cause), hands);
            }
            Event::CallerLeft => self.end(Ending::by_caller(self.left.unwrap_or(Cause::HangUp)), hands),
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

    /// It ends where it would reach people.
    pub(super) fn reaches_nobody(&mut self, hands: &mut Hands<'_>) {
        if let Some(rehearsed) = &mut self.rehearsal {
            rehearsed.was_cut = true;
        }
        self.end(Ending::by_switch(Cause::NoAnswer), hands);
    }

    /// Either of the two is about to end: who placed them hears how it went.
    pub(super) fn tell_probe(&mut self, hands: &mut Hands<'_>) {
        let back = self.rehearsal.as_ref().filter(|rehearsed| rehearsed.is_probe);
        if let Some(rehearsed) = back {
            let was_cut = rehearsed.was_cut;
            let facts = match &self.phase {
                Phase::Routing(Course::Plan(plan)) => Some(plan.1),
                Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_) => None,
            };
            let came = facts.map(|facts| (facts, self.began.wall));
            hands.core.probes.went(Back { came, path: self.path(), was_cut, is_over: true });
        } else if let Phase::Routing(Course::Probing(_)) = self.phase {
            let status = if self.is_answered() { 200 } else { self.fork.last_status().code() };
            hands.core.probes.is_out_no_more(status);
        } else {
            return;
        }
        let now = hands.core.now.mono;
        hands.core.wheel.insert(now, Due::Probe);
    }
}
