//! Lines of queues as the switch drives them: what calls ask becomes events of a line, and what a line says goes to
//! the calls of its callers.
//!
//! ```text
//!   Call ── Effect::Line(asked) ──> line_asked ──> machine ──> line_says ── Word ──> Call
//!   a timer, a look around, a sign-in ──────────────^
//! ```
//!
//! Nobody stays in a line whose call is not there any more: after each run of a call that was in one it is looked at
//! whether it still is.

mod home;

use std::{collections::BTreeSet, sync::Arc};

use callplan::{
    Feature, Owner, PersonId, Site,
    number::Digits,
    queue::{Action, CallerId, Doing, Event, Exit, Refusal, StopWhy},
    step::Word,
};
use clock::Key;
use sip::Status;
use store::Ticket;

use super::Switch;
use crate::{
    call::{Asked, Call},
    core::Due,
    leg::Leg,
    shared::{
        promise::Statement,
        queue::{Adopted, queue_of},
    },
    subscription::Watched,
};

impl Switch {
    /// A call asks something of a line.
    pub(super) fn line_asked(&mut self, call: Key<Call>, queue: &Arc<str>, asked: Asked) {
        let site = self.core.site.clone();
        let id = site.queue(queue_of(queue));
        if let Asked::Join(caller, waits, ahead) = asked {
            // A queue that the newest site has no longer takes nobody in.
            let Some(id) = id else { return self.tell_of_line(call, Word::Leave(Exit::Unstaffed)) };
            self.core.joins_line((id, queue), caller, waits, ahead);
            return self.line_happens(queue, Event::Joins { caller, priority: 0, need: None });
        }
        if let Asked::Left = asked
            && let Some(caller) = self.core.lines.get_mut(queue).and_then(|line| line.has_left(call))
        {
            return self.line_happens(queue, Event::IsHome(caller));
        }
        let Some(caller) = self.core.lines.get(queue).and_then(|line| line.caller_of(call)) else { return };
        match asked {
            Asked::Join(..) => {}
            Asked::Key(key) => self.line_happens(queue, Event::Key(caller, key)),
            Asked::Left => {
                self.core.lines.forget(queue, caller);
                self.line_happens(queue, Event::Leaves(caller));
            }
            Asked::Answered(person) => self.agent_answers((call, caller), queue, &person),
            Asked::Refused(person, refusal) => {
                if let Some(person) = site.person(&person) {
                    self.line_happens(queue, Event::Refused(caller, person, refusal));
                }
            }
        }
    }

    /// Somebody picked up. Where the line does not know them any more, the call lets them go.
    fn agent_answers(&mut self, (call, caller): (Key<Call>, CallerId), queue: &Arc<str>, name: &Arc<str>) {
        let person = self.core.site.person(name);
        if let Some(person) = person {
            self.line_happens(queue, Event::Answered(caller, person));
        }
        let is_joined = |person: PersonId| {
            self.core.lines.get(queue).is_some_and(|line| line.doing(person) == Doing::Talks)
        };
        if !person.is_some_and(is_joined)
            && let Some(id) = self.calls.get(call).and_then(|call| call.site().person(name))
        {
            self.tell_of_line(call, Word::Stop(id, StopWhy::CallerLeft));
        }
    }

    /// Something happens to a line.
    pub(super) fn line_happens(&mut self, queue: &Arc<str>, event: Event) {
        self.line_hears(queue, event);
        self.await_lines();
    }

    /// The same where whoever tells it looks afterwards when something is due.
    fn line_hears(&mut self, queue: &Arc<str>, event: Event) {
        let actions = self.core.line_happens(queue, event);
        for action in actions {
            self.line_says(queue, action);
        }
        self.core.tidy_line(queue);
        self.notifier.changed(self.core.now.mono, &Watched::Queue(queue.clone()));
    }

    /// What a line says of a caller, to their call.
    fn line_says(&mut self, queue: &Arc<str>, action: Action) {
        let of = |caller| self.core.lines.get(queue).and_then(|line| line.call_of(caller));
        let site = self.core.site.clone();
        // People of the call's own version of the site.
        let own = |call: Key<Call>, person: PersonId| {
            self.calls.get(call).and_then(|call| call.site().person(&site[person].name))
        };
        match action {
            Action::Wait(caller) => self.tell_caller(of(caller), Word::Waits),
            Action::Ring(caller, agent) => {
                let Some(call) = of(caller) else { return self.calls_back(queue, caller, agent) };
                match own(call, agent) {
                    Some(agent) => self.tell_of_line(call, Word::Ring(agent)),
                    None => {
                        let refusal = Refusal::Unreachable;
                        self.line_happens(queue, Event::Refused(caller, agent, refusal));
                    }
                }
            }
            Action::Stop(caller, agent, why) => {
                let Some(call) = of(caller) else { return self.calls_back_no_more(queue, caller, agent) };
                if let Some(agent) = own(call, agent) {
                    self.tell_of_line(call, Word::Stop(agent, why));
                }
            }
            Action::Join(caller, agent) => self.joined(queue, caller, agent),
            Action::Leave(caller, exit) => {
                let call = of(caller);
                self.core.lines.forget(queue, caller);
                self.tell_caller(call, Word::Leave(exit));
            }
            Action::Say { caller, position, wait } => {
                self.tell_caller(of(caller), Word::Say { position, wait });
            }
            Action::Offer(caller, key) => self.tell_caller(of(caller), Word::Offer(key)),
            Action::SendHome(caller) => {
                let call = of(caller);
                if self.core.lines.get(queue).is_some_and(|line| line.is_home_already(caller)) {
                    self.core.lines.forget(queue, caller);
                    self.line_happens(queue, Event::Leaves(caller));
                } else {
                    let row = self.core.lines.goes_home(queue, caller);
                    self.core.put(None, row);
                }
                self.tell_caller(call, Word::Home);
            }
            Action::Advance(_) | Action::Arm(..) | Action::Clear(_) => {}
        }
    }

    /// Caller and agent are joined, if both are still there; the agent is free again when that leg ends.
    fn joined(&mut self, queue: &Arc<str>, caller: CallerId, agent: PersonId) {
        let site = self.core.site.clone();
        let call = self.core.lines.get(queue).and_then(|line| line.call_of(caller));
        let own = call.and_then(|call| self.calls.get(call)?.site().person(&site[agent].name));
        let placed =
            self.core.lines.get_mut(queue).and_then(|line| line.called_for(caller)).map(std::mem::take);
        if let Some(placed) = placed {
            return self.joined_at_home(queue, caller, agent, &placed);
        }
        if let (Some(call), Some(own)) = (call, own) {
            self.core.lines.forget(queue, caller);
            self.tell_of_line(call, Word::Join(own));
            let leg = self.calls.get(call).and_then(Call::talks_with);
            if let Some(leg) = leg.filter(|leg| self.legs.get(*leg).is_some()) {
                return self.core.lines.talks(queue, leg, Some(agent));
            }
        }
        self.line_happens(queue, Event::Ended(agent));
    }

    fn tell_caller(&mut self, call: Option<Key<Call>>, word: Word) {
        if let Some(call) = call {
            self.tell_of_line(call, word);
        }
    }

    fn tell_of_line(&mut self, call: Key<Call>, word: Word) {
        self.with_call(call, |call, hands| call.hears_line(word, hands));
    }

    /// What a person says who dials the code of queues: that they serve none, or all of theirs again, or the same of
    /// the one whose extension stands behind it.
    ///
    /// # Errors
    /// What their phone is told: they serve no such queue.
    pub(super) fn signs_by_code(
        &self,
        site: &Site,
        person: PersonId,
        ext: Option<Digits>,
    ) -> Result<Statement, Status> {
        let name = &site[person].name;
        let theirs = site.queues.iter().filter(|queue| queue.rules.members.contains(&person));
        let theirs: BTreeSet<Arc<str>> = theirs.map(|queue| queue.name.clone()).collect();
        let mut out = self.core.lines.out_of(name);
        match ext.map(|ext| site.extension(&ext)) {
            None if theirs.is_empty() => return Err(Status::FORBIDDEN),
            None if theirs.is_subset(&out) => out.retain(|queue| !theirs.contains(queue)),
            None => out.extend(theirs),
            Some(Some(Owner::Queue(queue))) if theirs.contains(&site[queue].name) => {
                let queue = &site[queue].name;
                if !out.remove(queue) {
                    out.insert(queue.clone());
                }
            }
            Some(_) => return Err(Status::NOT_FOUND),
        }
        Ok(Statement::Out(name.clone(), out))
    }

    /// From now on a person serves all their queues but these.
    pub(super) fn serves_all_but(
        &mut self,
        person: &Arc<str>,
        out: &BTreeSet<Arc<str>>,
        ticket: Option<Ticket>,
    ) {
        let before = self.core.lines.out_of(person);
        let row = self.core.lines.sign(person, out.clone());
        self.core.put(ticket, row);
        if let Some(id) = self.core.site.person(person) {
            for queue in before.symmetric_difference(out) {
                let is_out = out.contains(queue);
                for line in self.core.lines.names().iter().filter(|line| queue_of(line) == &**queue) {
                    self.line_happens(line, if is_out { Event::SignsOut(id) } else { Event::SignsIn(id) });
                }
                self.notifier.changed(self.core.now.mono, &Watched::Serves(person.clone(), queue.clone()));
            }
        }
        self.notifier.changed(self.core.now.mono, &Watched::Said(person.clone(), Feature::Queue));
    }

    /// A leg has ended on which somebody talked with a caller out of a line.
    pub(super) fn served(&mut self, leg: Key<Leg>) {
        self.called_at_home(leg);
        if let Some((queue, person)) = self.core.lines.of_leg(leg) {
            self.core.lines.talks(&queue, leg, None);
            self.line_happens(&queue, Event::Ended(person));
        }
    }

    /// Timers of lines, and who could be rung by now.
    pub(super) fn look_at_lines(&mut self) {
        let now = self.core.now.mono;
        if self.core.lines_at.is_none_or(|at| at > now) {
            return;
        }
        self.core.lines_at = None;
        for queue in self.core.lines.names() {
            while let Some(timer) = self.core.lines.due(&queue, now) {
                self.line_hears(&queue, Event::Fired(timer));
            }
            if self.core.lines.get(&queue).is_some_and(|line| line.waiting() > 0) {
                self.line_hears(&queue, Event::Changed);
            }
        }
        self.await_lines();
    }

    /// Looks again when the next timer runs out, or in a while.
    fn await_lines(&mut self) {
        let (next, turn) = (self.core.lines.next(self.core.now.mono), self.core.lines_turn());
        let Some(at) = next.into_iter().chain(turn).min() else { return };
        if self.core.lines_at.is_none_or(|before| at < before) {
            self.core.lines_at = Some(at);
            self.core.wheel.insert(at, Due::Lines);
        }
    }

    /// The site was replaced.
    pub(super) fn lines_adopt(&mut self, before: &Site) {
        let after = self.core.site.clone();
        let Adopted { all: actions, stops } = self.core.lines_adopt(before, &after);
        stops.into_iter().for_each(|call| self.with_call(call, Call::stops_asking));
        for (queue, action) in actions {
            let word = match action {
                Action::Stop(caller, agent, why) => Some((caller, Some((agent, why)))),
                Action::Leave(caller, _) => Some((caller, None)),
                Action::Wait(_)
                | Action::Ring(..)
                | Action::Join(..)
                | Action::Say { .. }
                | Action::Offer(..)
                | Action::SendHome(_)
                | Action::Advance(_)
                | Action::Arm(..)
                | Action::Clear(_) => None,
            };
            let Some((caller, stop)) = word else { continue };
            let Some(call) = self.core.lines.get(&queue).and_then(|line| line.call_of(caller)) else {
                continue;
            };
            match stop {
                Some((agent, why)) => {
                    let name = &before[agent].name;
                    if let Some(own) = self.calls.get(call).and_then(|call| call.site().person(name)) {
                        self.tell_of_line(call, Word::Stop(own, why));
                    }
                }
                None => {
                    self.core.lines.forget(&queue, caller);
                    self.tell_of_line(call, Word::Leave(Exit::Unstaffed));
                }
            }
        }
        self.lines_hear_of_it();
    }

    /// Something changed that lines go by: the site, or hours that are held.
    pub(super) fn lines_hear_of_it(&mut self) {
        for queue in self.core.lines.names() {
            self.line_hears(&queue, Event::Changed);
        }
        self.await_lines();
    }

    /// Calls were dropped in the middle of what they did: nobody of them waits or talks any more.
    pub(super) fn lines_recount(&mut self) {
        let calling: Vec<_> = self.core.agains.legs().collect();
        for leg in self.core.lines.legs().into_iter().chain(calling) {
            if self.legs.get(leg).is_none() {
                self.served(leg);
            }
        }
        for queue in self.core.lines.names() {
            for call in self.core.lines.calls(&queue) {
                if self.calls.get(call).and_then(Call::line).as_ref() != Some(&queue) {
                    self.line_asked(call, &queue, Asked::Left);
                }
            }
        }
    }
}
