//! Whose calls see another time: said by the operator, or by the phone itself.

use callplan::{PhoneId, next_moment, number::Digits};
use sip::Status;

use super::{Log, Switch};
use crate::shared::{
    promise::Statement,
    rehearsal::{Ahead, Asked, LASTS_USUALLY, Rehearsal, Who},
};

impl Switch {
    /// What a phone says that dials the code and month, day and time: its calls see the next such moment. Without one
    /// they see the present again, whoever said they should not.
    ///
    /// # Errors
    /// What it is told: there is no such moment.
    pub(super) fn rehearses_by_code(
        &self,
        phone: PhoneId,
        moment: Option<Digits>,
    ) -> Result<Statement, Status> {
        let site = &self.core.site;
        let own = Who::Phone(site[phone].name.clone());
        let Some(moment) = moment else {
            let person = site[phone].person.map(|person| Who::Person(site[person].name.clone()));
            return Ok(Statement::Rehearses(std::iter::once(own).chain(person).collect(), None));
        };
        let at = next_moment(&moment, &site.timezone, self.core.now.wall).ok_or(Status::NOT_FOUND)?;
        Ok(Statement::Rehearses(vec![own], Some(Asked { at, lasts: LASTS_USUALLY, from: None })))
    }

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
