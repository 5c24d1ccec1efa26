//! How many calls and legs there may be: reserved before a leg is started, given back when it ends.
//!
//! People and trunks are counted by name, so that a count outlives the version of the site it began under.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use clock::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// What a leg holds while it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A call of this person; counted once the person talks, or from the start when they dialled.
    Person(Arc<str>),
    /// A channel of this trunk.
    Trunk(Arc<str>),
    /// A call outside that this person handed on and has no part in. They are not busy with it, but it counts when they
    /// begin another.
    Account(Arc<str>),
    /// A leg outside that this person pays, whether they have part in its call or not.
    Outside(Arc<str>),
}

/// Counts in use.
#[derive(Debug, Default)]
pub struct Limits {
    people: HashMap<Arc<str>, u16>,
    trunks: HashMap<Arc<str>, u16>,
    accounts: HashMap<Arc<str>, u16>,
    outside: HashMap<Arc<str>, u16>,
    /// When people began calls outside within the last minute, the oldest first.
    begun: HashMap<Arc<str>, VecDeque<Instant>>,
}

impl Limits {
    /// Reserves, if fewer than `max` are held.
    pub fn reserve(&mut self, what: &Holding, max: u16) -> bool {
        let left = match what {
            Holding::Person(name) => self.accounts.get(name).copied().unwrap_or(0),
            Holding::Account(name) => self.calls_of(name),
            Holding::Trunk(_) | Holding::Outside(_) => 0,
        };
        let (table, name) = self.counted(what);
        let is_free = table.get(name).copied().unwrap_or(0).saturating_add(left) < max;
        if is_free {
            self.take(what);
        }
        is_free
    }

    /// Takes one more whatever the limit: an emergency call, an answer that is already there.
    pub fn take(&mut self, what: &Holding) {
        let (table, name) = self.counted(what);
        let held = table.entry(name.clone()).or_default();
        *held = held.saturating_add(1);
    }

    /// Gives one back.
    pub fn give_back(&mut self, what: &Holding) {
        let (table, name) = self.counted(what);
        if let Some(held) = table.get_mut(name) {
            *held -= 1;
            if *held == 0 {
                table.remove(name);
            }
        }
    }

    /// Whether a person may begin a call outside now, who may begin so many in any minute; if so, it is begun.
    pub fn begin(&mut self, person: &Arc<str>, max: u16, now: Instant) -> bool {
        let begun = self.begun.entry(person.clone()).or_default();
        while begun.front().is_some_and(|at| now.since(*at) >= MINUTE) {
            begun.pop_front();
        }
        let is_free = begun.len() < usize::from(max);
        if is_free {
            begun.push_back(now);
        }
        is_free
    }

    /// Holds nothing any more. What was begun stays so.
    pub fn clear(&mut self) {
        let tables = [&mut self.people, &mut self.trunks, &mut self.accounts, &mut self.outside];
        tables.into_iter().for_each(HashMap::clear);
    }

    /// Calls of a person.
    pub fn calls_of(&self, person: &str) -> u16 {
        self.people.get(person).copied().unwrap_or(0)
    }

    /// Channels of a trunk in use.
    pub fn channels_of(&self, trunk: &str) -> u16 {
        self.trunks.get(trunk).copied().unwrap_or(0)
    }

    /// Whether nothing is held.
    pub fn is_idle(&self) -> bool {
        [&self.people, &self.trunks, &self.accounts, &self.outside].into_iter().all(HashMap::is_empty)
    }

    /// Where it is counted, and under which name.
    fn counted<'a>(&mut self, what: &'a Holding) -> (&mut HashMap<Arc<str>, u16>, &'a Arc<str>) {
        match what {
            Holding::Person(name) => (&mut self.people, name),
            Holding::Trunk(name) => (&mut self.trunks, name),
            Holding::Account(name) => (&mut self.accounts, name),
            Holding::Outside(name) => (&mut self.outside, name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_and_what_is_given_back_is_free_again() {
        let mut limits = Limits::default();
        let trunk = Holding::Trunk("carrier".into());
        assert_eq!([2, 2, 2].map(|max| limits.reserve(&trunk, max)), [true, true, false]);
        limits.take(&trunk);
        assert_eq!(limits.channels_of("carrier"), 3);
        for _ in 0..3 {
            limits.give_back(&trunk);
        }
        assert!(limits.is_idle());
    }

    #[test]
    fn so_many_are_begun_in_any_minute() {
        let (mut limits, ana) = (Limits::default(), "ana".into());
        let at = |second: u64| Instant::ZERO + Duration::from_secs(1_000 + second);
        let begun = (0..200).filter(|second| limits.begin(&ana, 5, at(*second))).collect::<Vec<_>>();
        assert_eq!(
            begun,
            [0, 1, 2, 3, 4, 60, 61, 62, 63, 64, 120, 121, 122, 123, 124, 180, 181, 182, 183, 184]
        );
        limits.clear();
        assert!(!limits.begin(&ana, 5, at(200)), "what was begun stays so");
        assert!(limits.begin(&"ben".into(), 5, at(200)));
    }

    #[test]
    fn who_is_refused_holds_nothing() {
        let mut limits = Limits::default();
        let left = Holding::Account("ana".into());
        limits.take(&left);
        assert!(!limits.reserve(&Holding::Person("ana".into()), 1));
        limits.give_back(&left);
        assert!(limits.is_idle());
    }

    /// Goal: legs that a person pays are bounded by themselves: being in no call leaves room for no more of them.
    #[test]
    fn legs_that_a_person_pays_have_a_bound_of_their_own() {
        let mut limits = Limits::default();
        let (paid, person) = (Holding::Outside("ana".into()), Holding::Person("ana".into()));
        assert_eq!([2, 2, 2].map(|max| limits.reserve(&paid, max)), [true, true, false]);
        assert!(limits.reserve(&person, 1), "whoever pays is not busy by that");
        limits.give_back(&paid);
        assert!(limits.reserve(&paid, 2) && !limits.is_idle());
    }

    #[test]
    fn a_call_that_somebody_left_outside_makes_nobody_busy_but_counts() {
        let mut limits = Limits::default();
        let (person, left) = (Holding::Person("ana".into()), Holding::Account("ana".into()));
        limits.take(&left);
        assert_eq!(limits.calls_of("ana"), 0);
        assert_eq!([2, 2].map(|max| limits.reserve(&person, max)), [true, false]);
        limits.give_back(&left);
        assert!(limits.reserve(&person, 2));
    }
}
