//! The forward step: one number outside, over the trunks of a dial rule.

use super::{
    Action, Event, Outcome, ReasonKind, StopWhy, Stray, Target, TargetId, TimerId,
    branch::Branch,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{Act, Forward, resolve};

/// A number outside that is being called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forwarding {
    /// Its target.
    pub(super) target: TargetId,
    state: Branch,
}

impl Engine<'_> {
    /// Begins a forward step.
    pub(super) fn forward(&mut self, forward: &Forward) -> Flow {
        let Some(rule) = resolve::route(self.site, forward.to) else {
            self.because(ReasonKind::NoRoute);
            return self.forward_over(forward, Outcome::Unreachable);
        };
        let target = self.cursor.following;
        self.cursor.following = TargetId(target.0 + 1);
        let who = Target::Number { to: forward.to, rule };
        self.because(ReasonKind::Rang { target, who });
        self.act(Action::Start { target, who });
        self.arm(TimerId::Step, forward.total);
        self.wait(State::Forwarding(Forwarding { target, state: Branch::Called }))
    }

    /// A forward step hears something.
    pub(super) fn forwarding(&mut self, mut forwarding: Forwarding, event: Event) -> Flow {
        let site = self.site;
        let Act::Forward(forward) = &site[self.cursor.node].act else {
            unreachable!("only a forward step leaves the cursor forwarding")
        };
        let (target, outcome) = match event {
            Event::Ringing(target) if target == forwarding.target => {
                if forwarding.state == Branch::Called {
                    self.because(ReasonKind::Rings(target));
                    forwarding.state = Branch::Rings;
                }
                return self.wait(State::Forwarding(forwarding));
            }
            Event::TimerFired(TimerId::Step) => {
                self.act(Action::Stop { target: forwarding.target, why: StopWhy::Timeout });
                (forwarding.target, forwarding.state.so_far())
            }
            Event::Answered(target) => (target, Outcome::Answered),
            Event::Busy(target) => (target, Outcome::Busy),
            Event::Declined(target) => (target, Outcome::Declined),
            Event::Ringing(target) | Event::Unreachable(target) => (target, Outcome::Unreachable),
            Event::Enter
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::TimerFired(TimerId::Turn | TimerId::Key | TimerId::Message | TimerId::Fact)
            | Event::CallerLeft => return self.ignore(State::Forwarding(forwarding), Stray::NotAwaited),
        };
        if target != forwarding.target {
            return self.ignore(State::Forwarding(forwarding), Stray::Target);
        }
        self.because(ReasonKind::Heard { target, outcome });
        match outcome {
            Outcome::Answered => Flow::Bridge(target),
            Outcome::NoAnswer | Outcome::Busy | Outcome::Declined | Outcome::Unreachable => {
                self.forward_over(forward, outcome)
            }
        }
    }

    fn forward_over(&mut self, forward: &Forward, outcome: Outcome) -> Flow {
        self.leave(outcome, [forward.busy, forward.declined, forward.unanswered])
    }
}
