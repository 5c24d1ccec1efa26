//! A journal run through the engine again.

use std::{cell::Cell, collections::BTreeMap};

use clock::Now;

use super::{Course, Heard, Moment, Recorded};
use crate::{
    E164, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally,
    step::{Cursor, Event, Steps, World, step},
};

/// One event of a call, decided again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// Which course it is of.
    pub course: usize,
    /// When.
    pub now: Now,
    /// What happened.
    pub event: Event,
    /// What was decided.
    pub steps: Steps,
    /// Questions that nobody had asked; none with the version that the call ran on.
    pub unasked: u32,
}

/// Decides every event of a call again, with `site` as it is where nobody has signed in.
pub fn replay(site: &Site, recorded: &Recorded) -> Vec<Replayed> {
    let site = &recorded.site(site);
    let mut all = Vec::new();
    for (number, Course { facts, moments }) in recorded.courses.iter().enumerate() {
        let (mut cursor, mut facts, mut world) = (Cursor::new(), *facts, Recalled::default());
        for moment in moments {
            facts.told = moment.told;
            world.comes_to(moment);
            let mut steps = Steps::default();
            step(site, &mut cursor, &facts, &world, moment.event, &mut steps);
            let (now, event, unasked) = (moment.now, moment.event, world.take_unasked());
            all.push(Replayed { course: number, now, event, steps, unasked });
        }
    }
    all
}

/// The world as a journal tells of it: whatever was asked last counts.
#[derive(Clone, Debug, Default)]
pub struct Recalled {
    now: Now,
    contacts: BTreeMap<PhoneId, u8>,
    calls: BTreeMap<PersonId, u16>,
    states: BTreeMap<PersonId, PersonState>,
    blocked: BTreeMap<(PersonId, E164), bool>,
    listed: BTreeMap<(ListId, E164), bool>,
    held: BTreeMap<HoursId, Option<bool>>,
    pointers: BTreeMap<GroupId, u32>,
    tallies: BTreeMap<PersonId, Tally>,
    unasked: Cell<u32>,
}

impl Recalled {
    /// The world as it was at a moment, as far as that was asked by then.
    pub fn comes_to(&mut self, moment: &Moment) {
        self.now = moment.now;
        moment.heard.iter().for_each(|heard| self.learn(*heard));
    }

    /// How often something was asked since that nobody had asked then.
    pub fn take_unasked(&self) -> u32 {
        self.unasked.take()
    }

    fn learn(&mut self, heard: Heard) {
        match heard {
            Heard::Contacts(phone, contacts) => drop(self.contacts.insert(phone, contacts)),
            Heard::Calls(person, calls) => drop(self.calls.insert(person, calls)),
            Heard::State(person, state) => drop(self.states.insert(person, state)),
            Heard::Blocked(person, number, has) => drop(self.blocked.insert((person, number), has)),
            Heard::Listed(list, number, is) => drop(self.listed.insert((list, number), is)),
            Heard::Held(hours, held) => drop(self.held.insert(hours, held)),
            Heard::Pointer(group, at) => drop(self.pointers.insert(group, at)),
            Heard::Tally(person, tally) => drop(self.tallies.insert(person, tally)),
        }
    }

    fn told<T: Copy + Default>(&self, answer: Option<&T>) -> T {
        if answer.is_none() {
            self.unasked.set(self.unasked.get() + 1);
        }
        answer.copied().unwrap_or_default()
    }
}

impl World for Recalled {
    fn now(&self) -> Now {
        self.now
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        self.told(self.contacts.get(&phone))
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        self.told(self.calls.get(&person))
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        self.told(self.states.get(&person))
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        self.told(self.blocked.get(&(person, number)))
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        self.told(self.listed.get(&(list, number)))
    }

    fn held(&self, hours: HoursId) -> Option<bool> {
        self.told(self.held.get(&hours))
    }

    fn pointer(&self, group: GroupId) -> u32 {
        self.told(self.pointers.get(&group))
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.told(self.tallies.get(&person))
    }
}
