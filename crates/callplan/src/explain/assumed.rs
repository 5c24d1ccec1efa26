//! The world on paper: what is due, and the switch as the question assumes it.

use std::time::Duration;

use clock::{Instant, Now};

use super::Question;
use crate::{
    E164, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally,
    step::{ByHand, Target, World},
};

/// What is still to happen, the earliest first and in the order it was planned.
pub(super) struct Due<E>(Vec<(Duration, E)>);

impl<E> Default for Due<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Copy> Due<E> {
    /// Plans an event.
    pub(super) fn plan(&mut self, at: Duration, event: E) {
        let place = self.0.partition_point(|(other, _)| *other <= at);
        self.0.insert(place, (at, event));
    }

    /// Takes back events that were planned.
    pub(super) fn forget(&mut self, unwanted: impl Fn(E) -> bool) {
        self.0.retain(|(_, event)| !unwanted(*event));
    }

    /// When the next event happens.
    pub(super) fn first(&self) -> Option<Duration> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The next event and when it happens.
    pub(super) fn next(&mut self) -> Option<(Duration, E)> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }
}

/// The switch as the question assumes it.
pub(super) struct Assumed<'a> {
    pub(super) site: &'a Site,
    pub(super) question: &'a Question,
    /// Round-robin groups whose turn this call has moved, the last move of each behind earlier ones.
    pub(super) turns: &'a [(GroupId, u32)],
    /// Time since the call arrived.
    pub(super) now: Duration,
}

impl World for Assumed<'_> {
    fn now(&self) -> Now {
        Now { mono: Instant::ZERO, wall: self.question.at }.after(self.now)
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        self.question.behaviour(self.site, Target::Phone(phone), self.now).contacts
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        self.question.calls.iter().rfind(|(who, _)| *who == person).map_or(0, |(_, calls)| *calls)
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        self.question
            .states
            .iter()
            .rfind(|(who, _)| *who == person)
            .map(|(_, state)| *state)
            .unwrap_or_default()
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        self.question.blocked.contains(&(person, number))
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        self.question.listed.contains(&(list, number))
    }

    fn held(&self, hours: HoursId) -> Option<ByHand> {
        let assumed = self.question.held.iter().rfind(|(which, _)| *which == hours);
        let hold = || self.question.hold_of(hours, self.now().wall);
        let end = self.question.ends.iter().rfind(|(which, _)| *which == hours);
        assumed
            .map(|(_, is_open)| ByHand { is_open: *is_open, until: end.map(|(_, until)| *until) })
            .or_else(|| hold().map(|hold| ByHand { is_open: hold.is_open, until: hold.until }))
    }

    fn pointer(&self, group: GroupId) -> u32 {
        let turns = self.question.pointers.iter().chain(self.turns);
        turns.rev().find(|(which, _)| *which == group).map_or(0, |(_, at)| *at)
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        let tally = self.question.tally_of(person);
        let is_today = self.site.day(self.now().wall) == self.site.day(self.question.at);
        if is_today { tally } else { Tally { ended: tally.ended, ..Tally::default() } }
    }
}
