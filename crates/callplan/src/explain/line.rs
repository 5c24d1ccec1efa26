//! A queue on paper: the machine of the switch, whom the question lets wait before the caller, and who serves it as
//! assumed.

use std::{sync::Arc, time::Duration};

use clock::{Instant, Now, Wall};

use super::assumed::{Assumed, Due};
use crate::{
    HoursId, PersonId, Queue, QueueId, Site, Tally,
    queue::{self, Action, CallerId, Event, Floor, Refusal, SkillId},
    step::{Caller, Outcome, Target, World, may_call_back, may_serve, may_serve_whom},
};

/// How long a call of a queue keeps somebody, if not said otherwise.
pub(super) const A_CALL: Duration = Duration::from_secs(180);

/// Longer than this nobody is followed through a line that has no `max_wait`.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(3600);

/// One queue while a call is under way.
pub(super) struct Line {
    pub(super) id: QueueId,
    machine: queue::Queue,
    pub(super) due: Due<Event>,
    /// The caller whom the question is about.
    caller: CallerId,
    /// When they came, counted from the call's arrival.
    pub(super) since: Duration,
    /// Whether they have come.
    has_come: bool,
    /// Who talked with somebody before them.
    talks: Vec<Talk>,
}

/// Somebody who serves a queue talks with a caller out of its line.
#[derive(Clone, Copy)]
struct Talk {
    agent: PersonId,
    from: Duration,
    until: Option<Duration>,
}

/// What the machine asks of the switch, as the question assumes it.
struct Room<'a> {
    world: &'a Assumed<'a>,
    us: (CallerId, Caller),
    /// Whether the caller is there, and has a call by that.
    has_come: bool,
    talks: &'a [Talk],
}

impl Floor for Room<'_> {
    fn can_ring(&self, person: PersonId) -> bool {
        let entry = &self.world.site[person];
        let calls_max = if entry.call_waiting { entry.calls_max } else { 1 };
        let is_calling = self.has_come && is_whose(self.world.site, person, self.us.1);
        may_serve(self.world.site, self.world, person)
            && self.world.calls_of(person) + u16::from(is_calling) < calls_max
    }

    fn would_take(&self, person: PersonId, caller: CallerId) -> bool {
        let (own, who) = self.us;
        caller != own || may_serve_whom(self.world.site, self.world, person, who)
    }

    fn may_call_back(&self, person: PersonId, caller: CallerId) -> bool {
        let (own, who) = self.us;
        caller != own || may_call_back(self.world.site, person, who)
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        let (site, question) = (self.world.site, self.world.question);
        let wall = |after: Duration| Now { mono: Instant::ZERO, wall: question.at }.after(after).wall;
        let is_today = |after| site.day(wall(after)) == site.day(self.world.now().wall);
        let mut tally = self.world.tally_of(person);
        for Talk { from, until, .. } in self.talks.iter().filter(|talk| talk.agent == person) {
            tally.calls += u32::from(is_today(*from));
            if let Some(until) = until {
                tally.ended = Some(wall(*until));
                tally.talk += until.saturating_sub(*from) * u32::from(is_today(*until));
            }
        }
        tally
    }

    fn skill_of(&self, _: PersonId, _: SkillId) -> u8 {
        0
    }
}

impl Line {
    /// The line as the caller finds it, who comes at `world.now`.
    pub(super) fn new(id: QueueId, world: &Assumed<'_>) -> Self {
        let (site, question) = (world.site, world.question);
        let queue = &site[id];
        let begins = question.rounds.iter().rfind(|(which, _)| *which == id).map_or(0, |(_, at)| *at);
        let mut line = Self {
            id,
            machine: queue::Queue::new(Arc::clone(&queue.rules), begins),
            due: Due::default(),
            caller: CallerId(question.chance),
            since: world.now,
            has_come: false,
            talks: Vec::new(),
        };
        for (person, which) in &question.signed_out {
            if which.is_none_or(|which| which == id) {
                line.happens(Event::SignsOut(*person), world);
            }
        }
        if queue.hours.is_some_and(|hours| !is_open(site, hours, world)) {
            line.happens(Event::Closes, world);
        }
        let before = question.waiting.iter().rfind(|(which, _)| *which == id).map_or(0, |(_, count)| *count);
        for place in (1..=u64::from(before)).rev() {
            let caller = CallerId(question.chance.wrapping_sub(place));
            line.happens(Event::Joins { caller, priority: 0, need: None }, world);
        }
        line.plan_ahead(queue, world);
        line.has_come = true;
        line
    }

    /// What changes by itself while the caller waits: the hours, and how parties behave.
    fn plan_ahead(&mut self, queue: &Queue, world: &Assumed<'_>) {
        let (site, question) = (world.site, world.question);
        for given in question.given.iter().filter(|given| given.since > world.now) {
            self.due.plan(given.since, Event::Changed);
        }
        let Some(hours) = queue.hours else { return };
        let mut at = world.now().wall;
        if world.held(hours).is_some() {
            // What is assumed lasts; what the switch holds ends.
            let Some(end) = question.hold_of(hours, at).and_then(|hold| hold.until) else { return };
            if !self.plan_change(hours, end, world) {
                return;
            }
            at = end;
        }
        while let Some(next) = site[hours].next_change(at) {
            if !self.plan_change(hours, next, world) {
                break;
            }
            at = next;
        }
    }

    /// The hours may open or close at this time; whether the caller may still be waiting then.
    fn plan_change(&mut self, hours: HoursId, at: Wall, world: &Assumed<'_>) -> bool {
        let after = u64::try_from(at.unix_micros() - world.question.at.unix_micros()).unwrap_or(0);
        let after = Duration::from_micros(after);
        let opens = world.site[hours].at(at).is_open();
        if after <= world.now + WAIT_MAX {
            self.due.plan(after, if opens { Event::Opens } else { Event::Closes });
        }
        after <= world.now + WAIT_MAX
    }

    /// Takes an event; gives what is to be done for the caller whom the question is about, and what the operator is
    /// told of the line.
    pub(super) fn happens(&mut self, event: Event, world: &Assumed<'_>) -> Vec<Action> {
        if let Event::Ended(agent) = event {
            let talk = self.talks.iter_mut().rfind(|talk| talk.agent == agent);
            talk.into_iter().for_each(|talk| talk.until = Some(world.now));
        }
        let us = (self.caller, world.question.caller);
        let (mut out, mut ours) = (Vec::new(), Vec::new());
        let room = Room { world, us, has_come: self.has_come, talks: &self.talks };
        self.machine.handle(Instant::ZERO + world.now, event, &room, &mut out);
        for action in out {
            match action {
                Action::Arm(timer, after) => {
                    self.due.forget(|event| event == Event::Fired(timer));
                    self.due.plan(world.now + after, Event::Fired(timer));
                }
                Action::Clear(timer) => self.due.forget(|event| event == Event::Fired(timer)),
                Action::Ring(caller, agent) if caller != self.caller => {
                    self.another_rings(caller, agent, world)
                }
                Action::Stop(caller, agent, _) if caller != self.caller => {
                    self.due.forget(|event| {
                        matches!(event, Event::Answered(whose, who) | Event::Refused(whose, who, _)
                            if (whose, who) == (caller, agent))
                    });
                }
                Action::Join(caller, agent) if caller != self.caller => {
                    self.talks.push(Talk { agent, from: world.now, until: None });
                    self.due.plan(world.now + world.question.talks, Event::Ended(agent));
                }
                Action::Advance(_)
                | Action::Wait(_)
                | Action::Ring(..)
                | Action::Stop(..)
                | Action::Join(..)
                | Action::Leave(..)
                | Action::Say { .. }
                | Action::Offer(..)
                | Action::SendHome(_) => {
                    let is_ours = concerns(action).is_none_or(|caller| caller == self.caller);
                    ours.extend(is_ours.then_some(action));
                }
            }
        }
        ours
    }

    /// What somebody did of late, as it stands in this line.
    pub(super) fn tally_of(&self, person: PersonId, world: &Assumed<'_>) -> Tally {
        let us = (self.caller, world.question.caller);
        Room { world, us, has_come: self.has_come, talks: &self.talks }.tally_of(person)
    }

    /// The place of the caller in the line, counted from 1.
    pub(super) fn position(&self) -> Option<usize> {
        self.machine.callers().position(|caller| caller == self.caller).map(|before| before + 1)
    }

    /// The caller, as the machine knows them.
    pub(super) const fn caller(&self) -> CallerId {
        self.caller
    }

    /// Members who are signed in.
    pub(super) fn staff(&self, site: &Site) -> usize {
        site[self.id].rules.members.iter().filter(|member| self.machine.serves(**member)).count()
    }

    /// Somebody rings for a caller who waits before ours: they do as assumed, on whichever phone.
    fn another_rings(&mut self, caller: CallerId, agent: PersonId, world: &Assumed<'_>) {
        let (site, question) = (world.site, world.question);
        let does =
            site[agent].phones.iter().map(|phone| question.behaviour(site, Target::Phone(*phone), world.now));
        let said: Vec<_> = does.filter(|does| does.contacts > 0).map(|does| does.says).collect();
        let decides = |outcome: Outcome| matches!(outcome, Outcome::Answered | Outcome::Declined);
        let first = said.iter().flatten().filter(|(_, outcome)| decides(*outcome)).min();
        let last = said.iter().flatten().max().filter(|_| said.iter().all(Option::is_some));
        let Some((after, outcome)) = first.or(last).copied() else { return };
        let event = match outcome {
            Outcome::Answered => Event::Answered(caller, agent),
            Outcome::Declined => Event::Refused(caller, agent, Refusal::Declined),
            Outcome::Busy => Event::Refused(caller, agent, Refusal::Busy),
            Outcome::NoAnswer | Outcome::Unreachable => Event::Refused(caller, agent, Refusal::Unreachable),
        };
        self.due.plan(world.now + after, event);
    }
}

/// Whether it is this person's phone that calls.
fn is_whose(site: &Site, person: PersonId, caller: Caller) -> bool {
    matches!(caller, Caller::Phone(phone) if site[phone].person == Some(person))
}

/// Whose an action is.
const fn concerns(action: Action) -> Option<CallerId> {
    match action {
        Action::Wait(caller)
        | Action::Ring(caller, _)
        | Action::Stop(caller, ..)
        | Action::Join(caller, _)
        | Action::Leave(caller, _)
        | Action::Say { caller, .. }
        | Action::Offer(caller, _)
        | Action::SendHome(caller) => Some(caller),
        Action::Advance(_) | Action::Arm(..) | Action::Clear(_) => None,
    }
}

fn is_open(site: &Site, hours: HoursId, world: &Assumed<'_>) -> bool {
    world.held(hours).map_or_else(|| site[hours].at(world.now().wall).is_open(), |held| held.is_open)
}
