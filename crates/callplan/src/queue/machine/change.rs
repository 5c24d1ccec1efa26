//! A queue whose site was replaced: whoever waits goes on waiting, and people go on under the names they have now. And
//! who is at home: because they went there, or because they were there when the last process ended.

use std::sync::Arc;

use super::{Caller, CallerId, Place, Queue, Rules, Timer};
use crate::PersonId;

impl Queue {
    /// A caller is at home, as if they had gone there from this line.
    pub(super) fn returns(&mut self, id: CallerId) {
        if self.line.place_of(id).is_none() {
            let caller = Caller::new(id, 0, None);
            self.line.add(Caller { place: Place::AtHome, widened: self.rules.widen.len(), ..caller });
        }
    }

    /// A caller who was sent home has hung up.
    pub(super) fn is_home(&mut self, id: CallerId) {
        if let Some(caller) = self.line.get(id).filter(|caller| caller.place == Place::Leaving) {
            caller.place = Place::AtHome;
        }
    }

    /// Goes on by other rules. `now_is` gives the id by which somebody is known from now on; who has none is forgotten,
    /// and should have signed out before.
    pub fn change(&mut self, rules: Arc<Rules>, now_is: impl Fn(PersonId) -> Option<PersonId>) {
        self.rules = rules;
        self.agents.rename(&now_is);
        self.pace.rename(&now_is);
        for caller in self.line.iter_mut() {
            caller.rung = caller.rung.iter().filter_map(|agent| now_is(*agent)).collect();
            caller.widened = caller.widened.min(self.rules.widen.len());
        }
        let renamed = |timer: &Timer| match *timer {
            Timer::Ring(agent) => now_is(agent).map(Timer::Ring),
            Timer::Alone(agent) => now_is(agent).map(Timer::Alone),
            Timer::Widen(_) | Timer::Wait(_) | Timer::Announce(_) | Timer::Offer(_) => Some(*timer),
        };
        self.timers = self.timers.iter().filter_map(renamed).collect();
    }
}
