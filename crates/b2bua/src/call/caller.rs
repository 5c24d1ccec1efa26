//! Who calls, as the parties and the record are told.

use std::{borrow::Cow, sync::Arc};

use callplan::{
    Attest, E164, NumberId, PhoneId, Site, resolve,
    step::{self, Entry, Facts},
};

use crate::{
    identity::heard::{Luggage, shown},
    leg::Party,
};

/// The calling party.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// E.164 number or extension; empty if withheld.
    pub(crate) number: Arc<str>,
    /// Name to show; empty if none.
    pub(crate) name: Arc<str>,
    /// `phone:rosa-desk` or `trunk:carrier-a`.
    pub(crate) party: Arc<str>,
    /// The person who dialled; empty for trunks and phones without one.
    pub(crate) person: Arc<str>,
    /// How the plan knows them.
    pub(crate) facts: step::Caller,
    /// The number of ours that an outside leg shows, without which trunks refuse a call.
    pub(crate) present: Option<E164>,
    /// The number that a carrier vouched for, told on to none but networks if the caller wants that.
    pub(crate) asserted: Option<E164>,
    /// The number of ours that leads the call where it goes.
    pub(crate) called: Option<NumberId>,
    /// The one it came for, wherever it was sent since: passports name it.
    pub(crate) came_for: Option<E164>,
    /// The caller wants to stay unknown.
    pub(crate) is_private: bool,
    /// Neither side may learn the other's number: something on the call's way said so.
    pub(crate) is_masked: bool,
    /// What the call brought along.
    pub(crate) luggage: Option<Arc<Luggage>>,
    /// How far the number is vouched for, once that was judged.
    pub(crate) attest: Option<Attest>,
    /// The leg's party.
    pub(crate) leg: Party,
}

impl Caller {
    /// A phone of ours.
    pub(crate) fn of_phone(site: &Site, phone: PhoneId) -> Self {
        let entry = &site[phone];
        let person = entry.person.map(|person| &site[person]);
        Self {
            number: site.ext_of(phone).unwrap_or(&entry.name).clone(),
            name: person.map_or_else(|| "".into(), |person| shown(&person.label)),
            party: format!("phone:{}", entry.name).into(),
            person: person.map_or_else(|| "".into(), |person| person.name.clone()),
            facts: step::Caller::Phone(phone),
            present: resolve::presents(site, phone).first().copied(),
            asserted: None,
            called: None,
            came_for: None,
            is_private: false,
            is_masked: person.is_some_and(|person| person.mask),
            luggage: None,
            attest: None,
            leg: Party::Phone(entry.name.clone()),
        }
    }

    /// A number outside that we called.
    pub(crate) fn outside(number: Option<E164>, party: Party, present: Option<E164>) -> Self {
        Self {
            number: number.map_or_else(|| "".into(), |number| number.to_string().into()),
            name: "".into(),
            party: party.in_record(),
            person: "".into(),
            facts: number.map_or(step::Caller::Withheld, step::Caller::Number),
            present,
            asserted: None,
            called: None,
            came_for: None,
            is_private: false,
            is_masked: false,
            luggage: None,
            attest: None,
            leg: party,
        }
    }

    /// The number that a phone is told: a masked caller is shown by the number of ours that they reached.
    pub(crate) fn number_shown(&self, is_masked: bool) -> Cow<'_, str> {
        match self.present.filter(|_| is_masked) {
            Some(present) => present.to_string().into(),
            None if is_masked || self.is_private => "".into(),
            None => (&*self.number).into(),
        }
    }

    /// The name that a phone is told.
    pub(crate) fn name_shown(&self, is_masked: bool) -> &str {
        if is_masked || self.is_private { "" } else { &self.name }
    }

    /// What a plan knows of them from the start.
    pub(crate) fn facts(&self, entry: Entry) -> Facts {
        let mut facts = Facts::new(self.facts, entry);
        let is_alone = self.luggage.as_ref().is_none_or(|luggage| luggage.passports.is_empty());
        if let Some(attest) = self.attest.or_else(|| is_alone.then_some(Attest::None)) {
            facts.told.attested(attest);
        }
        facts
    }

    /// The same party in a call that runs on another version of the site, where things have other places.
    pub(crate) fn moved(self, from: &Site, to: &Site) -> Self {
        let facts = match (self.facts, &self.leg) {
            (step::Caller::Phone(_), Party::Phone(name)) => {
                to.phone(name).map_or(step::Caller::Withheld, step::Caller::Phone)
            }
            (facts, _) => facts,
        };
        let called = self.called.and_then(|called| to.number(from[called].e164));
        Self { facts, called, ..self }
    }
}
