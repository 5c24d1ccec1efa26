//! Whose calls see another time: said by the operator, or by the phone itself.

use super::{Log, Switch};
use crate::shared::rehearsal::{Ahead, Asked, Rehearsal, Who};

impl Switch {
    /// Somebody rehearses from now on, or no longer. Calls under way go on as they began.
    pub(super) fn rehearse(&mut self, who: Who, asked: Option<Asked>) {
        let now = self.core.now;
        let rehearsal = asked.as_ref().map(|asked| Rehearsal {
            ahead: Ahead::between(now.wall, asked.at),
            from: asked.from,
            ends: now.mono + asked.lasts,
        });
        let (name, said) = (name_of(&who), if asked.is_some() { "rehearses" } else { "rehearses no longer" });
        self.core.log(Log::Info(format!("{name} {said}")));
        self.core.rehearsals.set(who, rehearsal, now.mono);
    }
}

/// `person:ana`, `phone:ana-desk`.
fn name_of(who: &Who) -> String {
    match who {
        Who::Person(name) => format!("person:{name}"),
        Who::Phone(name) => format!("phone:{name}"),
    }
}
