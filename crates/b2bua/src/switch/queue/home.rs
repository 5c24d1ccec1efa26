//! Who went home out of a line and is called back in their turn.

use std::{sync::Arc, time::Duration};

use callplan::{
    E164, PersonId,
    queue::{CallerId, Event, Refusal},
};
use clock::{Key, Wall};

use super::super::{Log, Originate, Switch};
use crate::{
    call::Call,
    core::Due,
    shared::{
        queue::{At, Homes, Waits},
        rehearsal::Ahead,
    },
};

/// How long a process waits that has just begun: media threads announce their ports, phones connect again.
const SETTLES: Duration = Duration::from_secs(5);

impl Switch {
    fn number_of(&self, queue: &str, caller: CallerId) -> Option<E164> {
        self.core.lines.get(queue).and_then(|line| line.number_of(caller))
    }

    /// It is the turn of somebody who went home: whoever serves the queue is rung, and from there on calls them as if
    /// they had dialled the number themselves, by their own permissions and limits.
    pub(super) fn calls_back(&mut self, queue: &Arc<str>, caller: CallerId, agent: PersonId) {
        let Some(number) = self.number_of(queue, caller) else { return };
        let from = self.core.site[agent].name.clone();
        let placed = self.place_call(&Originate { from, dialled: number.to_string().into() });
        let calls = self.core.lines.get_mut(queue).and_then(|line| line.called_for(caller));
        match (placed, calls) {
            (Ok((call, _)), Some(calls)) => calls.push((call, agent)),
            (Ok((call, _)), None) => self.with_call(call, Call::stops_asking),
            (Err(why), _) => {
                let line = format!("queue {queue}: nobody calls {number} back: {why}");
                self.core.log(Log::Warn(line));
                self.line_happens(queue, Event::Refused(caller, agent, Refusal::Unreachable));
            }
        }
    }

    /// Somebody is no longer rung for a caller at home.
    pub(super) fn calls_back_no_more(&mut self, queue: &Arc<str>, caller: CallerId, agent: PersonId) {
        let calls = self.core.lines.get_mut(queue).and_then(|line| line.called_for(caller));
        let Some(calls) = calls else { return };
        if let Some(at) = calls.iter().position(|(_, who)| *who == agent) {
            let (call, _) = calls.remove(at);
            self.with_call(call, Call::stops_asking);
        }
    }

    /// A call that was placed for a caller at home has come to whoever is rung, or not.
    pub(in crate::switch) fn picked_up(&mut self, call: Key<Call>) {
        let Some((queue, caller, agent)) = self.core.lines.placed(call) else { return };
        if self.calls.get(call).is_some_and(|call| call.phase() != "ending") {
            return self.line_happens(&queue, Event::Answered(caller, agent));
        }
        if let Some(calls) = self.core.lines.get_mut(&queue).and_then(|line| line.called_for(caller)) {
            calls.retain(|(own, _)| *own != call);
        }
        self.line_happens(&queue, Event::Refused(caller, agent, Refusal::Unreachable));
    }

    /// Somebody picked up for a caller at home, who is out of the line and called by now.
    pub(super) fn joined_at_home(
        &mut self,
        queue: &Arc<str>,
        caller: CallerId,
        agent: PersonId,
        placed: &[(Key<Call>, PersonId)],
    ) {
        let call = placed.iter().find(|(_, who)| *who == agent).map(|(call, _)| *call);
        let leg = call.and_then(|call| self.calls.get(call)).map(Call::a);
        let leg = leg.filter(|leg| self.legs.get(*leg).is_some());
        self.calls_at_home(queue, caller, leg.zip(call));
        self.core.lines.forget(queue, caller);
        let row = self.core.lines.homes(queue);
        self.core.put(None, row);
        match leg {
            Some(leg) => self.core.lines.talks(queue, leg, Some(agent)),
            None => self.line_happens(queue, Event::Ended(agent)),
        }
    }

    /// Whoever had gone home when the last process ended is there again, in the order in which they came.
    pub(in crate::switch) fn homes_return(&mut self, homes: Homes) {
        for (queue, callers) in homes {
            let Some(id) = self.core.site.queue(&queue) else { continue };
            for (caller, number, tries) in callers {
                // A caller is named by when their call came.
                let since = Wall::from_unix_micros(caller.0.try_into().unwrap_or(i64::MAX));
                let waits =
                    Waits { at: At::Home(Vec::new()), number: Some(number), person: None, since, tries };
                // Whoever was put in line again just then is not called twice.
                if self.core.agains.has(&queue, caller) {
                    let row = self.core.agains.done(&queue, caller);
                    self.core.put(None, row);
                }
                self.core.joins_line((id, &queue), caller, waits, Ahead::default());
                self.core.lines.returns(&queue, caller);
            }
        }
        if !self.core.lines.names().is_empty() {
            let at = self.core.now.mono + SETTLES;
            self.core.lines_at = Some(at);
            self.core.wheel.insert(at, Due::Lines);
        }
    }
}
