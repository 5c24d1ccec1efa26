//! Who calls, as the parties and the record are told.

use std::sync::Arc;

use callplan::{E164, NumberId, PhoneId, Site, resolve, step};

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
    /// The number of ours that was called.
    pub(crate) called: Option<NumberId>,
    /// The caller wants to stay unknown.
    pub(crate) is_private: bool,
    /// Neither side may learn the other's number: something on the call's way said so.
    pub(crate) is_masked: bool,
    /// What the call brought along.
    pub(crate) luggage: Option<Arc<Luggage>>,
    /// The leg's party.
    pub(crate) leg: Party,
}

impl Caller {
    /// A phone of ours.
    pub(crate) fn of_phone(site: &Site, phone: PhoneId) -> Self {
        let entry = &site[phone];
        let person = entry.person.map(|person| &site[person]);
        let number = entry.ext.as_ref().or(person.and_then(|person| person.ext.as_ref()));
        Self {
            number: number.unwrap_or(&entry.name).clone(),
            name: person.map_or_else(|| "".into(), |person| shown(&person.label)),
            party: format!("phone:{}", entry.name).into(),
            person: person.map_or_else(|| "".into(), |person| person.name.clone()),
            facts: step::Caller::Phone(phone),
            present: resolve::presents(site, phone).first().copied(),
            asserted: None,
            called: None,
            is_private: false,
            is_masked: false,
            luggage: None,
            leg: Party::Phone(entry.name.clone()),
        }
    }

    /// A number outside that we called.
    pub(crate) fn outside(number: Option<E164>, party: Party, present: Option<E164>) -> Self {
        let trunk = match &party {
            Party::Phone(name) | Party::Trunk(name) => name,
        };
        Self {
            number: number.map_or_else(|| "".into(), |number| number.to_string().into()),
            name: "".into(),
            party: format!("trunk:{trunk}").into(),
            person: "".into(),
            facts: number.map_or(step::Caller::Withheld, step::Caller::Number),
            present,
            asserted: None,
            called: None,
            is_private: false,
            is_masked: false,
            luggage: None,
            leg: party,
        }
    }
}
