//! The switch as a line asks it: who could be rung, and for whom.

use std::collections::BTreeMap;

use callplan::{
    PersonId, Site, Tally,
    money::Day,
    queue::{CallerId, Floor, SkillId},
    step::{Caller, may_call_back},
};

use super::Waits;
use crate::core::Core;

/// The switch as a line asks it.
pub(super) struct Around<'a> {
    pub(super) core: &'a Core,
    pub(super) site: &'a Site,
    pub(super) callers: &'a BTreeMap<CallerId, Waits>,
    pub(super) today: Day,
}

impl Floor for Around<'_> {
    fn can_ring(&self, person: PersonId) -> bool {
        !self.core.lines.is_rung(person) && self.core.can_serve(self.site, person)
    }

    fn would_take(&self, person: PersonId, caller: CallerId) -> bool {
        let name = &self.site[person].name;
        self.callers.get(&caller).is_none_or(|waits| {
            waits.person.as_ref() != Some(name)
                && waits.number.is_none_or(|number| !self.core.blocked.has(name, number))
        })
    }

    fn may_call_back(&self, person: PersonId, caller: CallerId) -> bool {
        let number = self.callers.get(&caller).and_then(|waits| waits.number);
        number.is_some_and(|number| may_call_back(self.site, person, Caller::Number(number)))
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.core.tallies.of(&self.site[person].name, self.today)
    }

    fn skill_of(&self, _: PersonId, _: SkillId) -> u8 {
        0
    }
}

/// A floor on which nobody is asked for: nobody waits yet.
pub(super) struct Nobody;

impl Floor for Nobody {
    fn can_ring(&self, _: PersonId) -> bool {
        false
    }

    fn would_take(&self, _: PersonId, _: CallerId) -> bool {
        false
    }

    fn may_call_back(&self, _: PersonId, _: CallerId) -> bool {
        false
    }

    fn tally_of(&self, _: PersonId) -> Tally {
        Tally::default()
    }

    fn skill_of(&self, _: PersonId, _: SkillId) -> u8 {
        0
    }
}
