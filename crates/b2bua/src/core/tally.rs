//! Who talks, as the calls that have them meet it: counted of those by whom a group goes in the newest version.

use std::sync::Arc;

use clock::Key;

use super::{Core, Effect};
use crate::leg::Leg;

impl Core {
    /// A person talks on this leg from now on, in a call that they answered or placed.
    pub(crate) fn begin_talk(&mut self, leg: Key<Leg>, person: &Arc<str>, has_answered: bool) {
        if self.site.person(person).is_some_and(|person| self.site[person].is_tallied) {
            let today = self.today();
            self.tallies.begin(leg, person, has_answered, self.now.mono, today);
        }
    }

    /// A leg has ended, if it has not before.
    pub(crate) fn end_talk(&mut self, leg: Key<Leg>) {
        // Whoever called a caller at home may serve no queue of the newest version.
        if self.lines.of_leg(leg).is_some() || self.agains.legs().any(|calling| calling == leg) {
            self.effects.push_back(Effect::Served(leg));
        }
        if self.tallies.is_idle() {
            return;
        }
        let today = self.today();
        if let Some((name, value)) = self.tallies.end(leg, self.now, today) {
            self.store(store::Request::Put(None, name, value));
        }
    }
}
