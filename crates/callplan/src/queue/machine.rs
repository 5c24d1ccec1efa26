//! The machine itself: one event in, actions out.

mod change;
mod offer;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use clock::Instant;

use super::{
    Action, CallerId, Doing, Event, Exit, Floor, Need, Rules, StopWhy, Timer,
    agent::Agents,
    caller::{Caller, Line, Place},
    pace::Pace,
};
use crate::PersonId;

/// The least that an agent is left alone who will not answer: a phone that is always busy would else be rung without
/// an end.
const REST_MIN: Duration = Duration::from_secs(1);

/// Callers that may be at home at once; whoever comes later waits on the line.
pub(super) const AT_HOME_MAX: usize = 500;

/// One queue under way.
#[derive(Clone, Debug)]
pub struct Queue {
    rules: Arc<Rules>,
    line: Line,
    agents: Agents,
    /// Timers that run.
    timers: BTreeSet<Timer>,
    /// The place among the members at which the next round begins.
    pointer: u32,
    is_closed: bool,
    pace: Pace,
}

/// What a step of the machine reads and where it writes.
struct Step<'a> {
    now: Instant,
    floor: &'a dyn Floor,
    out: &'a mut Vec<Action>,
}

impl Queue {
    /// A queue that is open, in which nobody waits, and whose next round begins at this place among its members.
    pub fn new(rules: Arc<Rules>, pointer: u32) -> Self {
        let (line, agents, timers) = (Line::default(), Agents::default(), BTreeSet::new());
        Self { rules, line, agents, timers, pointer, is_closed: false, pace: Pace::default() }
    }

    /// Takes one event and appends what is to be done, in order. An event that means nothing here changes nothing.
    pub fn handle(&mut self, now: Instant, event: Event, floor: &dyn Floor, out: &mut Vec<Action>) {
        let step = &mut Step { now, floor, out };
        match event {
            Event::Joins { caller, priority, need } => self.joins(caller, priority, need, step),
            Event::Returns(caller) => self.returns(caller),
            Event::Leaves(caller) => self.leaves(caller, None, step),
            Event::IsHome(caller) => self.is_home(caller),
            Event::Key(caller, key) => self.key(caller, key, step),
            Event::Answered(caller, agent) => self.answered(caller, agent, step),
            Event::Refused(caller, agent, _) => {
                if self.rings_no_more(caller, agent, step) {
                    self.leave_alone(agent, self.rules.rest.max(REST_MIN), step);
                }
            }
            Event::Ended(agent) => self.ended(agent, step),
            Event::SignsIn(agent) => self.signs(agent, false, step),
            Event::SignsOut(agent) => self.signs(agent, true, step),
            Event::Changed => {}
            Event::Opens => self.is_closed = false,
            Event::Closes => {
                self.is_closed = true;
                if self.rules.closes {
                    self.all_leave(Exit::Closed, step);
                }
            }
            Event::Fired(timer) => self.fired(timer, step),
        }
        self.offer(step);
    }

    /// How it serves its callers, by people as they are known now.
    pub const fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Callers in the line, those at home too.
    pub const fn waiting(&self) -> usize {
        self.line.len()
    }

    /// The callers, the first to be served first.
    pub fn callers(&self) -> impl Iterator<Item = CallerId> {
        self.line.iter().map(|caller| caller.id)
    }

    /// Who is rung for a caller.
    pub fn rung_for(&self, caller: CallerId) -> &[PersonId] {
        let place = self.line.place_of(caller).and_then(|place| self.line.at(place));
        place.map_or(&[], |caller| caller.rung.as_slice())
    }

    /// What an agent does.
    pub fn doing(&self, agent: PersonId) -> Doing {
        self.agents.doing(agent)
    }

    /// Whether a member is signed in.
    pub fn serves(&self, agent: PersonId) -> bool {
        self.rules.members.contains(&agent) && !self.agents.is_out(agent)
    }

    /// Whether nobody waits, nobody does anything and no timer runs.
    pub fn is_idle(&self) -> bool {
        self.line.len() == 0 && self.agents.are_idle() && self.timers.is_empty()
    }

    fn joins(&mut self, id: CallerId, priority: u8, need: Option<Need>, step: &mut Step<'_>) {
        if self.line.place_of(id).is_some() {
            return;
        }
        let on_line = self.line.iter().filter(|caller| !caller.place.is_off_line()).count();
        let is_full = self.rules.callers_max.is_some_and(|most| on_line >= usize::from(most));
        let exit = match (self.is_closed && self.rules.closes, self.is_staffed(), is_full) {
            (true, _, _) => Some(Exit::Closed),
            (false, false, _) => Some(Exit::Unstaffed),
            (false, true, true) => Some(Exit::Full),
            (false, true, false) => None,
        };
        if let Some(exit) = exit {
            return step.out.push(Action::Leave(id, exit));
        }
        self.line.add(Caller::new(id, priority, need));
        step.out.push(Action::Wait(id));
        let rules = Arc::clone(&self.rules);
        let timers = [
            (Timer::Widen(id), rules.widen.first().map(|widen| widen.after)),
            (Timer::Wait(id), rules.wait_max),
            (Timer::Announce(id), rules.announce_every),
            (Timer::Offer(id), rules.call_back.map(|offer| offer.offer_after)),
        ];
        for (timer, after) in timers {
            if let Some(after) = after {
                self.arm(timer, after, step);
            }
        }
    }

    /// A caller is out of the line: by themselves, or for a reason of ours.
    fn leaves(&mut self, id: CallerId, exit: Option<Exit>, step: &mut Step<'_>) {
        let Some(caller) = self.line.remove(id) else { return };
        for agent in caller.rung {
            self.stop(id, agent, StopWhy::CallerLeft, step);
        }
        self.forget(id, step);
        step.out.extend(exit.map(|exit| Action::Leave(id, exit)));
    }

    /// Everybody leaves who is on the line; who went home keeps their place until somebody can call them.
    fn all_leave(&mut self, exit: Exit, step: &mut Step<'_>) {
        let on_line = self.line.iter().filter(|caller| !caller.place.is_off_line());
        let leaving: Vec<_> = on_line.map(|caller| caller.id).collect();
        leaving.into_iter().for_each(|caller| self.leaves(caller, Some(exit), step));
    }

    fn key(&mut self, id: CallerId, key: char, step: &mut Step<'_>) {
        let is_it = self.rules.call_back.is_some_and(|offer| offer.key == key);
        let Some(caller) = self.line.get(id).filter(|caller| is_it && caller.place == Place::Offered) else {
            return;
        };
        caller.place = Place::Leaving;
        // Whoever rings does so in the call that ends now.
        for agent in std::mem::take(&mut caller.rung) {
            self.stop(id, agent, StopWhy::CallerLeft, step);
        }
        [Timer::Wait(id), Timer::Announce(id)].into_iter().for_each(|timer| self.clear(timer, step));
        step.out.push(Action::SendHome(id));
    }

    fn answered(&mut self, id: CallerId, agent: PersonId, step: &mut Step<'_>) {
        if self.agents.doing(agent) != Doing::Rung(id) {
            return;
        }
        let caller = self.line.remove(id).expect("an agent is rung for one who waits");
        self.clear(Timer::Ring(agent), step);
        self.agents.does(agent, Doing::Talks);
        self.pace.begins(agent, step.now);
        for other in caller.rung.into_iter().filter(|other| *other != agent) {
            self.stop(id, other, StopWhy::AnsweredElsewhere, step);
        }
        self.forget(id, step);
        step.out.push(Action::Join(id, agent));
    }

    fn ended(&mut self, agent: PersonId, step: &mut Step<'_>) {
        if self.agents.doing(agent) == Doing::Talks {
            self.pace.ends(agent, step.now + self.rules.wrap);
            self.leave_alone(agent, self.rules.wrap, step);
        }
    }

    fn signs(&mut self, agent: PersonId, is_out: bool, step: &mut Step<'_>) {
        if !self.rules.members.contains(&agent) || self.agents.is_out(agent) == is_out {
            return;
        }
        self.agents.sign(agent, is_out);
        if !is_out {
            return;
        }
        if let Doing::Rung(caller) = self.agents.doing(agent)
            && self.rings_no_more(caller, agent, step)
        {
            step.out.push(Action::Stop(caller, agent, StopWhy::SignedOut));
        }
        if !self.is_staffed() {
            self.all_leave(Exit::Unstaffed, step);
        }
    }

    fn fired(&mut self, timer: Timer, step: &mut Step<'_>) {
        if !self.timers.remove(&timer) {
            return;
        }
        match timer {
            Timer::Ring(agent) => {
                if let Doing::Rung(caller) = self.agents.doing(agent)
                    && self.rings_no_more(caller, agent, step)
                {
                    step.out.push(Action::Stop(caller, agent, StopWhy::Timeout));
                    self.leave_alone(agent, self.rules.rest.max(REST_MIN), step);
                }
            }
            Timer::Alone(agent) => self.agents.does(agent, Doing::Nothing),
            Timer::Widen(id) => self.widens(id, step),
            Timer::Wait(id) => self.leaves(id, Some(Exit::Waited), step),
            Timer::Announce(id) => self.announce(id, step),
            Timer::Offer(id) => {
                let is_any = self.rules.people().any(|person| step.floor.may_call_back(person, id));
                let away = self.line.iter().filter(|caller| caller.place.is_off_line()).count();
                let offer = self.rules.call_back.filter(|_| is_any && away < AT_HOME_MAX);
                if let (Some(caller), Some(offer)) = (self.line.get(id), offer) {
                    caller.place = Place::Offered;
                    step.out.push(Action::Offer(id, offer.key));
                }
            }
        }
    }

    fn widens(&mut self, id: CallerId, step: &mut Step<'_>) {
        let Some(caller) = self.line.get(id) else { return };
        // Stages may have gone with the site that had them.
        let Some(before) = self.rules.widen.get(caller.widened).map(|stage| stage.after) else { return };
        caller.widened += 1;
        let next = self.rules.widen.get(caller.widened).map(|next| next.after.saturating_sub(before));
        if let Some(after) = next {
            self.arm(Timer::Widen(id), after, step);
        }
    }

    /// Says where a caller stands. Whoever rings for them rings on.
    fn announce(&mut self, id: CallerId, step: &mut Step<'_>) {
        let (Some(place), Some(every)) = (self.line.place_of(id), self.rules.announce_every) else { return };
        let position = u16::try_from(place + 1).unwrap_or(u16::MAX);
        let wait = self.pace.wait(position, self.staff().count());
        step.out.push(Action::Say { caller: id, position, wait });
        self.arm(Timer::Announce(id), every, step);
    }

    /// An agent is not rung for this caller any more, and does nothing; whether they were.
    fn rings_no_more(&mut self, id: CallerId, agent: PersonId, step: &mut Step<'_>) -> bool {
        if self.agents.doing(agent) != Doing::Rung(id) {
            return false;
        }
        let caller = self.line.get(id).expect("an agent is rung for one who waits");
        caller.rung.retain(|other| *other != agent);
        self.clear(Timer::Ring(agent), step);
        self.agents.does(agent, Doing::Nothing);
        true
    }

    /// Stops an agent whose caller is out of the line.
    fn stop(&mut self, id: CallerId, agent: PersonId, why: StopWhy, step: &mut Step<'_>) {
        self.clear(Timer::Ring(agent), step);
        self.agents.does(agent, Doing::Nothing);
        step.out.push(Action::Stop(id, agent, why));
    }

    fn leave_alone(&mut self, agent: PersonId, lasts: Duration, step: &mut Step<'_>) {
        if lasts.is_zero() {
            return self.agents.does(agent, Doing::Nothing);
        }
        self.agents.does(agent, Doing::Alone);
        self.arm(Timer::Alone(agent), lasts, step);
    }

    /// No timer of a caller runs any more.
    fn forget(&mut self, id: CallerId, step: &mut Step<'_>) {
        let timers = [Timer::Widen(id), Timer::Wait(id), Timer::Announce(id), Timer::Offer(id)];
        timers.into_iter().for_each(|timer| self.clear(timer, step));
    }

    fn staff(&self) -> impl Iterator<Item = PersonId> {
        self.rules.members.iter().copied().filter(|member| !self.agents.is_out(*member))
    }

    fn is_staffed(&self) -> bool {
        self.staff().next().is_some()
    }

    fn arm(&mut self, timer: Timer, after: Duration, step: &mut Step<'_>) {
        self.timers.insert(timer);
        step.out.push(Action::Arm(timer, after));
    }

    fn clear(&mut self, timer: Timer, step: &mut Step<'_>) {
        if self.timers.remove(&timer) {
            step.out.push(Action::Clear(timer));
        }
    }
}
