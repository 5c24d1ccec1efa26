//! One party outside: a number over the trunks of a dial rule, for the forward step and for a person who sends calls
//! there, and an agent at its address.

use std::time::Duration;

use super::{
    Action, Caller, Outcome, ReasonKind, Target, TimerId,
    branch::Callee,
    engine::{Engine, Flow},
    ring::Ringing,
};
use crate::{AgentId, DialId, E164, Forward, Mood, NodeId, PersonId, Ring, RotaId, When, resolve};

impl Engine<'_> {
    /// Begins a forward step.
    pub(super) fn forward(&mut self, forward: &Forward) -> Flow {
        self.lets_hear(self.site.ringback(None, self.called()));
        match resolve::route(self.site, forward.to) {
            Some(rule) => self.call_number((forward.to, rule), None, forward.total),
            None => {
                self.because(ReasonKind::NoRoute);
                self.rung_over(Outcome::Unreachable)
            }
        }
    }

    /// Where a person sends calls that are for them alone, away or not; nowhere while they are not to be disturbed,
    /// and nowhere that they may not call themselves.
    pub(super) fn forward_of(&mut self, person: PersonId) -> Option<(E164, DialId)> {
        let state = self.world.state_of(person);
        if state.mood == Mood::DoNotDisturb {
            return None;
        }
        let is_away = state.mood == Mood::Away;
        let own = self.site[person].forward;
        let own = own.filter(|it| it.when.has(When::Always) || is_away && it.when.has(When::Away));
        let to = state.forward.or(own.map(|own| own.to))?;
        self.reach(person, to)
    }

    /// Where a call goes for a person who is away and sends it nowhere.
    pub(super) fn away_of(&self, person: PersonId) -> Option<NodeId> {
        let is_away = self.world.state_of(person).mood == Mood::Away;
        self.site[person].away.filter(|_| is_away).map(|plan| self.site.entry(plan))
    }

    /// Where a person sends calls that came to this, if they are there at all.
    pub(super) fn sends_on(&mut self, person: PersonId, outcome: Outcome) -> Option<(E164, DialId)> {
        let when = match outcome {
            Outcome::NoAnswer => When::NoAnswer,
            Outcome::Busy => When::Busy,
            Outcome::Unreachable => When::Unreachable,
            Outcome::Answered | Outcome::Declined => return None,
        };
        let is_here = self.world.state_of(person).mood == Mood::Available;
        let to = self.site[person].forward.filter(|own| is_here && own.when.has(when))?.to;
        self.reach(person, to)
    }

    /// A number that a person sends calls to, by the rule that leads there.
    fn reach(&mut self, person: PersonId, to: E164) -> Option<(E164, DialId)> {
        let rule = self.route_for(person, to).filter(|_| self.facts.caller != Caller::Number(to));
        if rule.is_none() {
            self.because(ReasonKind::NoRoute);
        }
        rule.map(|rule| (to, rule))
    }

    /// Calls who is on at their number outside: of several the first who may be called there. Nothing where nobody may.
    pub(super) fn call_on_call(&mut self, rota: RotaId, ring: &Ring) -> Option<Flow> {
        for person in self.on(rota).iter().copied() {
            let said = self.world.state_of(person).forward;
            let to = self.site[person].mobile.or(said).or(self.site[person].forward.map(|own| own.to));
            let Some(to) = to else { continue };
            if let Some(number) = self.reach(person, to) {
                return Some(self.call_number(number, Some(person), ring.total));
            }
        }
        None
    }

    /// The dial rule by which a person may have a number called.
    pub(super) fn route_for(&self, person: PersonId, to: E164) -> Option<DialId> {
        let may = |rule: &DialId| self.site[person].allow.contains(&self.site[*rule].class);
        resolve::route(self.site, to).filter(may)
    }

    /// Calls a number in place of whoever the step is for, who may have said so.
    pub(super) fn call_number(
        &mut self,
        (to, rule): (E164, DialId),
        by: Option<PersonId>,
        total: Duration,
    ) -> Flow {
        self.call_outside(Target::Number { to, rule, by }, by, total)
    }

    /// Calls an agent, which has so long from now on to answer: time that its name takes to be found counts.
    pub(super) fn call_agent(&mut self, agent: AgentId, within: Duration) -> Flow {
        self.call_outside(Target::Agent(agent), None, within)
    }

    /// Calls somebody outside alone.
    fn call_outside(&mut self, who: Target, by: Option<PersonId>, total: Duration) -> Flow {
        let mut ringing = Ringing::new(self.cursor.following, false);
        ringing.is_sent_on = true;
        let target = ringing.branches.push(Callee::Outside(by)).expect("it is the first");
        let is_screened = self.screen_of(&ringing, Callee::Outside(by)).is_some();
        self.because(ReasonKind::Rang { target, who });
        self.act(Action::Start { target, who, is_screened });
        self.arm(TimerId::Step, total);
        self.keep_ringing(ringing)
    }
}
