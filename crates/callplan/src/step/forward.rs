//! One number outside, over the trunks of a dial rule: the forward step, and the person who sends calls there.

use std::time::Duration;

use super::{
    Action, Event, Outcome, ReasonKind, StopWhy, Stray, Target, TargetId, TimerId,
    branch::Branch,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{Act, DialId, E164, Forward, Mood, PersonId, resolve};

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
        match resolve::route(self.site, forward.to) {
            Some(rule) => self.call_number((forward.to, rule), None, forward.total),
            None => {
                self.because(ReasonKind::NoRoute);
                self.number_over(Outcome::Unreachable)
            }
        }
    }

    /// Where a person sends calls that are for them alone, away or not; nowhere while they are not to be disturbed,
    /// and nowhere that they may not call themselves.
    pub(super) fn forward_of(&mut self, person: PersonId) -> Option<(E164, DialId)> {
        let state = self.world.state_of(person);
        let to = state.forward.filter(|_| state.mood != Mood::DoNotDisturb)?;
        let may = |rule: &DialId| self.site[person].allow.contains(&self.site[*rule].class);
        let rule = resolve::route(self.site, to).filter(may);
        if rule.is_none() {
            self.because(ReasonKind::NoRoute);
        }
        rule.map(|rule| (to, rule))
    }

    /// Calls a number in place of whoever the step is for, who may have said so.
    pub(super) fn call_number(
        &mut self,
        (to, rule): (E164, DialId),
        by: Option<PersonId>,
        total: Duration,
    ) -> Flow {
        let target = self.cursor.following;
        self.cursor.following = TargetId(target.0 + 1);
        let who = Target::Number { to, rule, by };
        self.because(ReasonKind::Rang { target, who });
        self.act(Action::Start { target, who });
        self.arm(TimerId::Step, total);
        self.wait(State::Forwarding(Forwarding { target, state: Branch::Called }))
    }

    /// A forward step hears something.
    pub(super) fn forwarding(&mut self, mut forwarding: Forwarding, event: Event) -> Flow {
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
            Event::SentOn { target, to } if target == forwarding.target => {
                match self.number_sent_on(target, to) {
                    Some(flow) => return flow,
                    None => (target, Outcome::Unreachable),
                }
            }
            Event::Ringing(target) | Event::Unreachable(target) | Event::SentOn { target, .. } => {
                (target, Outcome::Unreachable)
            }
            Event::Enter
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
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
                self.number_over(outcome)
            }
        }
    }

    fn number_over(&mut self, outcome: Outcome) -> Flow {
        let site = self.site;
        let exits = match &site[self.cursor.node].act {
            Act::Forward(forward) => [forward.busy, forward.declined, forward.unanswered],
            Act::Ring(ring) => [ring.busy, ring.declined, ring.unanswered],
            Act::Play(_)
            | Act::Menu(_)
            | Act::Queue(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_) => {
                unreachable!("only a forward step, or one that rings a person, calls a number")
            }
        };
        self.leave(outcome, exits)
    }
}
