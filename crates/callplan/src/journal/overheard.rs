//! A world whose answers are written down as they are given.

use std::cell::{Cell, RefCell};

use clock::Now;

use super::{
    BYTES_MAX,
    write::{Asked, Pen},
};
use crate::{
    E164, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally,
    step::{ByHand, World},
};

/// Answers just given that are not written again: the engine asks twice about whom it deals with, one after the other.
const JUST_ASKED: usize = 4;

/// Nothing was asked yet; no key of a question is this.
const NOTHING: u64 = u64::MAX;

/// Another world, overheard for one step. While that lasts nothing changes, so what was answered once is the answer.
pub(super) struct Overheard<'a> {
    site: &'a Site,
    world: &'a dyn World,
    bytes: RefCell<&'a mut Vec<u8>>,
    /// The caller's number, which most questions about numbers are about.
    caller: Option<E164>,
    just: Cell<[u64; JUST_ASKED]>,
}

impl<'a> Overheard<'a> {
    pub(super) const fn new(
        site: &'a Site,
        world: &'a dyn World,
        bytes: &'a mut Vec<u8>,
        caller: Option<E164>,
    ) -> Self {
        let just = Cell::new([NOTHING; JUST_ASKED]);
        Self { site, world, bytes: RefCell::new(bytes), caller, just }
    }

    /// Writes an answer, unless it was just given.
    fn note(&self, asked: Asked, id: u32, write: impl FnOnce(&mut Pen<'_>)) {
        let key = (asked as u64) << 32 | u64::from(id);
        let [first, second, third, fourth] = self.just.get();
        if [first, second, third, fourth].contains(&key) {
            return;
        }
        self.just.set([key, first, second, third]);
        self.write(write);
    }

    /// The same of a number: what was just asked was the caller's.
    fn note_of(&self, asked: Asked, id: u32, is_caller: bool, write: impl FnOnce(&mut Pen<'_>)) {
        if is_caller { self.note(asked, id, write) } else { self.write(write) }
    }

    /// The phone where a person has signed in, and that of theirs where somebody else has: with whom they are is no answer
    /// of the switch, for the site says it, but only as long as it lasts.
    fn note_desks(&self, is_about: impl Fn(PhoneId, PersonId) -> bool) {
        for (phone, person) in self.site.desks().filter(|(phone, person)| is_about(*phone, *person)) {
            self.write(|pen| pen.desk(phone, person));
        }
    }

    fn desks_of(&self, person: PersonId) {
        self.note_desks(|phone, there| there == person || self.site[phone].owner == Some(person));
    }

    fn write(&self, write: impl FnOnce(&mut Pen<'_>)) {
        let mut bytes = self.bytes.borrow_mut();
        if bytes.len() < BYTES_MAX {
            write(&mut Pen::new(&mut bytes));
        }
    }
}

impl World for Overheard<'_> {
    fn now(&self) -> Now {
        self.world.now()
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        let contacts = self.world.contacts(phone);
        self.note(Asked::Contacts, phone.0, |pen| pen.contacts(phone, contacts));
        self.note_desks(|lent, _| lent == phone);
        contacts
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        let calls = self.world.calls_of(person);
        self.note(Asked::Calls, person.0, |pen| pen.calls(person, calls));
        self.desks_of(person);
        calls
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        let state = self.world.state_of(person);
        self.note(Asked::State, person.0, |pen| pen.state(person, state));
        self.desks_of(person);
        state
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        let has = self.world.has_blocked(person, number);
        let is_caller = self.caller == Some(number);
        self.note_of(Asked::Blocked, person.0, is_caller, |pen| pen.blocked(person, number, has, is_caller));
        has
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        let is = self.world.is_listed(list, number);
        let is_caller = self.caller == Some(number);
        self.note_of(Asked::Listed, list.0, is_caller, |pen| pen.listed(list, number, is, is_caller));
        is
    }

    fn held(&self, hours: HoursId) -> Option<ByHand> {
        let held = self.world.held(hours);
        let now = self.world.now().wall;
        self.note(Asked::Held, hours.0, |pen| pen.held(hours, held, now));
        held
    }

    fn pointer(&self, group: GroupId) -> u32 {
        let at = self.world.pointer(group);
        self.note(Asked::Pointer, group.0, |pen| pen.pointer(group, at));
        at
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        let tally = self.world.tally_of(person);
        let now = self.world.now().wall;
        self.note(Asked::Tally, person.0, |pen| pen.tally(person, tally, now));
        tally
    }
}
