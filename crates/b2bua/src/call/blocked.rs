//! Callers from outside: whom they rang last, and who wants to be rung by them no more.

use callplan::{
    E164, PhoneId, Who,
    step::{self, Entry},
};
use clock::Key;

use super::{Call, Course, Hands, Phase};
use crate::{
    leg::{Leg, Party},
    shared::blocked::Last,
    switch::Log,
};

impl Call {
    /// A phone rings, or talks, on this leg: its person may block the caller from now on. Whoever calls back after a
    /// call for help is nobody to be blocked.
    pub(super) fn rang(&self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let helps = self.called_back().is_some();
        let last = match (&self.caller.leg, self.caller.facts) {
            (Party::Trunk(_), step::Caller::Number(number)) if !helps => Last::Number(number),
            (Party::Trunk(_), step::Caller::Withheld) if !helps => Last::Withheld,
            (Party::Trunk(_) | Party::Phone(_), _) => return,
        };
        let person = hands.legs.get(leg).and_then(|leg| self.person_of(leg.party()));
        if let Some(person) = person {
            hands.core.blocked.rang(&person, last);
        }
    }

    /// The phone that called for help, where whoever helps calls back.
    pub(super) fn called_back(&self) -> Option<PhoneId> {
        let Phase::Routing(Course::Plan(plan)) = &self.phase else { return None };
        if let Entry::CallBack(phone) = plan.1.entry { Some(phone) } else { None }
    }

    /// Somebody is not rung because they want no calls of this caller: the operator reads it.
    pub(super) fn passes_over(&self, who: Who, number: E164, hands: &mut Hands<'_>) {
        let name = match who {
            Who::Person(person) => &self.site[person].name,
            Who::Phone(phone) => &self.site[phone].name,
            // Only people block.
            Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => return,
        };
        let line = format!("call {:x}: {name} is not rung, {number} is blocked there", self.number.0);
        hands.core.log(Log::Info(line));
    }
}
