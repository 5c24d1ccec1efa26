//! A journal run through the engine again.

use std::{cell::RefCell, collections::BTreeMap};

use clock::Now;

use super::{Course, Heard, Moment, Recorded};
use crate::{
    E164, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally,
    step::{ByHand, Cursor, Event, Steps, World, step},
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
    /// What was asked that nobody had asked then; nothing with the version that the call ran on.
    pub unasked: Vec<Heard>,
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
    held: BTreeMap<HoursId, Option<ByHand>>,
    pointers: BTreeMap<GroupId, u32>,
    tallies: BTreeMap<PersonId, Tally>,
    unasked: RefCell<Vec<Heard>>,
}

impl Recalled {
    /// The world as it was at a moment, as far as that was asked by then.
    pub fn comes_to(&mut self, moment: &Moment) {
        self.now = moment.now;
        moment.heard.iter().for_each(|heard| self.learn(*heard));
    }

    /// What was asked since that nobody had asked then, with the answer that was given instead.
    pub fn take_unasked(&self) -> Vec<Heard> {
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

    fn told<T: Copy + Default>(&self, answer: Option<&T>, heard: impl FnOnce(T) -> Heard) -> T {
        if answer.is_none() {
            self.unasked.borrow_mut().push(heard(T::default()));
        }
        answer.copied().unwrap_or_default()
    }
}

impl World for Recalled {
    fn now(&self) -> Now {
        self.now
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        self.told(self.contacts.get(&phone), |it| Heard::Contacts(phone, it))
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        self.told(self.calls.get(&person), |it| Heard::Calls(person, it))
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        self.told(self.states.get(&person), |it| Heard::State(person, it))
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        self.told(self.blocked.get(&(person, number)), |it| Heard::Blocked(person, number, it))
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        self.told(self.listed.get(&(list, number)), |it| Heard::Listed(list, number, it))
    }

    fn held(&self, hours: HoursId) -> Option<ByHand> {
        self.told(self.held.get(&hours), |it| Heard::Held(hours, it))
    }

    fn pointer(&self, group: GroupId) -> u32 {
        self.told(self.pointers.get(&group), |it| Heard::Pointer(group, it))
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.told(self.tallies.get(&person), |it| Heard::Tally(person, it))
    }
}
