//! Where a person is rung, and when: their phones, their mobile.

use std::time::Duration;

use super::{E164, Person, PersonId, PhoneId, Screen, Screening, Site, Who};
use crate::model::Ring;

/// What rings for a person who is called alone, or in a group that follows its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// How long after the beginning their phones ring; `None` if they don't.
    pub phones: Option<Duration>,
    /// Whether their mobile rings too.
    pub mobile: Option<Mobile>,
}

/// A mobile among what rings for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mobile {
    /// How long after the beginning it rings; as soon as none of their phones rings any more it waits no longer.
    pub after: Duration,
    /// Whether whoever picks up is asked.
    pub screening: Screening,
}

/// Where calls go that are for a person alone, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOn {
    /// The number.
    pub to: E164,
    /// When.
    pub when: WhenSet,
}

/// What sends a call on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// Whatever they do: they are not rung at all.
    Always,
    /// They rang for as long as they ring.
    NoAnswer,
    /// They said that they are away.
    Away,
    /// They have as many calls as they may have, or all they have says so.
    Busy,
    /// Nothing of theirs can be rung.
    Unreachable,
}

impl When {
    /// Each with its word.
    pub const ALL: [(&str, Self); 5] = [
        ("always", Self::Always),
        ("no-answer", Self::NoAnswer),
        ("away", Self::Away),
        ("busy", Self::Busy),
        ("unreachable", Self::Unreachable),
    ];
}

/// Some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhenSet(u8);

impl WhenSet {
    /// Whether it is among them.
    pub const fn has(self, when: When) -> bool {
        self.0 & (1 << when as u8) != 0
    }
}

impl FromIterator<When> for WhenSet {
    fn from_iter<I: IntoIterator<Item = When>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, when| set | 1 << when as u8))
    }
}

impl Default for Follow {
    fn default() -> Self {
        Self { phones: Some(Duration::ZERO), mobile: None }
    }
}

impl Follow {
    /// How whoever picks up the mobile is asked where the step says nothing: asked if others ring as well.
    pub fn screen(&self, is_of_group: bool) -> Option<Screen> {
        let beside = self.phones.is_some() || is_of_group;
        self.mobile.and_then(|mobile| mobile.screening.or(beside.then_some(Screen::USUAL)))
    }
}

impl Person {
    /// Whether calls for them go elsewhere whatever they do.
    pub fn is_always_elsewhere(&self) -> bool {
        self.forward.is_some_and(|own| own.when.has(When::Always))
    }
}

impl Site {
    /// The mobile that rings for a person, with when.
    pub fn mobile_of(&self, person: PersonId) -> Option<(E164, Mobile)> {
        self[person].mobile.zip(self[person].follow.mobile)
    }

    /// Where somebody on duty is called outside: at their mobile, else where they send calls.
    pub fn on_call_number(&self, person: PersonId) -> Option<E164> {
        self[person].mobile.or_else(|| self[person].forward.map(|own| own.to))
    }

    /// Every phone that a step may ring.
    pub(crate) fn phones_of(&self, who: Who) -> Vec<PhoneId> {
        match who {
            Who::Phone(phone) => vec![phone],
            Who::Person(person) => self[person].phones.clone(),
            Who::Group(group) => self[group].members.iter().flat_map(|it| self[*it].phones.clone()).collect(),
            Who::Rota(rota) => self[rota].people.iter().flat_map(|it| self[*it].phones.clone()).collect(),
            // Whom they name is asked of each call by itself; outside no phone of ours rings.
            Who::First(_) | Who::OnCall(_) | Who::Agent(_) => Vec::new(),
        }
    }

    /// Where a step may send calls on that is for one person, and when.
    pub(crate) fn sends_on(&self, ring: &Ring) -> Vec<(PersonId, SendOn)> {
        let people = match ring.who {
            Who::Person(person) => vec![person],
            Who::Rota(rota) => self[rota].people.clone(),
            Who::Group(_) | Who::Phone(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => Vec::new(),
        };
        people.into_iter().filter_map(|person| Some((person, self[person].forward?))).collect()
    }

    /// Everybody whose mobile a step may ring.
    pub(crate) fn mobiles(&self, ring: &Ring) -> Vec<(PersonId, E164)> {
        let people = match ring.who {
            Who::Person(person) => vec![person],
            Who::Group(group) if self[group].follow => self[group].members.clone(),
            Who::Rota(rota) => self[rota].people.clone(),
            Who::OnCall(rota) => {
                let outside = |person: &PersonId| Some((*person, self.on_call_number(*person)?));
                return self[rota].people.iter().filter_map(outside).collect();
            }
            Who::Group(_) | Who::Phone(_) | Who::First(_) | Who::Agent(_) => Vec::new(),
        };
        let mobile = |person: PersonId| Some((person, self.mobile_of(person)?.0));
        people.into_iter().filter_map(mobile).collect()
    }
}
