//! Steps that ring, and the nodes of their outcomes.

use std::time::Duration;

use super::graph::{Compiler, Naming};
use crate::{
    draft::{Jump, Outcomes},
    model::{Act, Branch, NodeId, Ring, Screening, Who},
};

impl Compiler<'_, '_> {
    /// What a ring step rings, how long and where it leads.
    pub(super) fn ring(
        &mut self,
        naming: &mut Naming,
        who: Who,
        lasts: Option<Duration>,
        screening: Screening,
        outcomes: &Outcomes,
    ) -> Act {
        let overflow = match who {
            Who::Group(group) => self.overflow.get(group.index()).copied().unwrap_or_default(),
            Who::Agent(agent) => (None, self.stands_in.get(agent.index()).copied().flatten()),
            Who::Person(_) | Who::Phone(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) => (None, None),
        };
        let (each, total) = self.durations(who, lasts);
        Act::Ring(Ring {
            who,
            each,
            total,
            screening,
            busy: self.outcome(naming, Branch::Busy, outcomes.busy.as_ref()).or(overflow.0),
            declined: self.outcome(naming, Branch::Declined, outcomes.declined.as_ref()),
            unanswered: self
                .outcome(naming, Branch::Else, outcomes.otherwise.as_ref())
                .or(overflow.1.filter(|_| !outcomes.overrides)),
        })
    }

    /// How long each member rings, and how long the step lasts.
    fn durations(&self, who: Who, lasts: Option<Duration>) -> (Duration, Duration) {
        let default = self.drafts.site.ring;
        let own = match who {
            Who::Person(person) => self.drafts.people[person.index()].rings_for,
            Who::Phone(_) | Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => {
                None
            }
        };
        if let Who::Agent(agent) = who {
            let within = self.drafts.agents[agent.index()].0.within;
            return (within, within);
        }
        if let Who::First(_) = who {
            // Of a company phone that is a group some may ring in turn, as long as others do.
            let total = lasts.unwrap_or(default);
            return (default.min(total), total);
        }
        let Who::Group(group) = who else {
            let total = lasts.or(own).unwrap_or(default);
            return (total, total);
        };
        let (group, ringing) = &self.drafts.groups[group.index()];
        let total = lasts.or(ringing.total);
        if !group.order.is_in_turn() {
            let total = total.or(ringing.each).unwrap_or(default);
            return (total, total);
        }
        let each = ringing.each.unwrap_or(default);
        let turns = u32::try_from(group.members.len()).unwrap_or(u32::MAX);
        let total = total.unwrap_or_else(|| each.saturating_mul(turns));
        (each.min(total), total)
    }

    /// The node of an outcome, if it is written.
    pub(super) fn outcome(
        &mut self,
        naming: &mut Naming,
        branch: Branch,
        jump: Option<&Jump>,
    ) -> Option<NodeId> {
        Some(self.outcome_in(naming, branch, jump?))
    }

    /// The node of an outcome. That of a step which is a destination itself goes on counting in its branch.
    pub(super) fn outcome_in(&mut self, naming: &mut Naming, branch: Branch, jump: &Jump) -> NodeId {
        match naming.branch {
            Branch::None => self.jump(&mut Naming::new(naming.plan, naming.step, branch), jump),
            Branch::Busy
            | Branch::Declined
            | Branch::Else
            | Branch::Then
            | Branch::Silence
            | Branch::Invalid
            | Branch::Full
            | Branch::Waited
            | Branch::Unstaffed
            | Branch::Closed
            | Branch::Key(_) => self.jump(naming, jump),
        }
    }
}
