//! Who tries today what happens at another time: whose calls see which time, and until when.
//!
//! A rehearsal runs by the clock of durations, so that setting the civil one neither ends nor moves it. Nothing of it
//! outlives the process: after a restart everybody's calls are real ones again, which is what somebody expects who has
//! forgotten that they rehearse.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Duration};

use callplan::E164;
use clock::{Instant, Now, Wall};

/// How long somebody may rehearse: whoever forgets that they do gets their phone back within the day.
pub const LASTS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(24 * 3600);
/// How long they do who say no time.
pub const LASTS_USUALLY: Duration = Duration::from_secs(600);

/// Whose calls rehearse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// All phones at which this person has signed in, or that are theirs.
    Person(Arc<str>),
    /// This phone alone.
    Phone(Arc<str>),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The time that calls see at first; it goes on from there.
    pub at: Wall,
    /// For how long.
    pub lasts: Duration,
    /// Who calls numbers of ours, as their plans see it; unless said, whom the phone shows outside.
    pub from: Option<E164>,
}

/// Somebody rehearses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// How far its time is ahead of the clock.
    pub ahead: Ahead,
    /// Who calls numbers of ours, as their plans see it.
    pub from: Option<E164>,
    /// When it is over.
    pub ends: Instant,
}

/// How far a time is ahead of the clock, in microseconds; below zero in the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead(i64);

impl Ahead {
    /// From one time to another.
    pub const fn between(now: Wall, then: Wall) -> Self {
        Self(then.unix_micros().saturating_sub(now.unix_micros()))
    }

    /// The civil time that is seen at this one.
    pub const fn of(self, wall: Wall) -> Wall {
        Wall::from_unix_micros(wall.unix_micros().saturating_add(self.0))
    }

    /// The same for both clocks: timers go by the one that nobody sets.
    pub const fn now(self, now: Now) -> Now {
        Now { wall: self.of(now.wall), ..now }
    }
}

/// All who rehearse. There are never more than phones and people.
#[derive(Debug, Default)]
pub(crate) struct Rehearsals(BTreeMap<Who, Rehearsal>);

impl Rehearsals {
    /// Somebody rehearses from now on, or no longer.
    pub(crate) fn set(&mut self, who: Who, rehearsal: Option<Rehearsal>, now: Instant) {
        self.0.retain(|_, rehearsal| rehearsal.ends > now);
        match rehearsal {
            Some(rehearsal) => self.0.insert(who, rehearsal),
            None => self.0.remove(&who),
        };
    }

    /// What a phone rehearses at which this person has signed in, if either of them does. What was said of the phone
    /// counts more.
    pub(crate) fn of(&self, phone: &Arc<str>, person: &Arc<str>, now: Instant) -> Option<Rehearsal> {
        if self.0.is_empty() {
            return None;
        }
        let [phone, person] = [Who::Phone(phone.clone()), Who::Person(person.clone())];
        [phone, person].iter().find_map(|who| self.get(who, now))
    }

    /// What somebody rehearses.
    pub(crate) fn get(&self, who: &Who, now: Instant) -> Option<Rehearsal> {
        self.0.get(who).copied().filter(|rehearsal| rehearsal.ends > now)
    }

    /// All who rehearse now.
    pub(crate) fn all(&self, now: Instant) -> impl Iterator<Item = (&Who, Rehearsal)> {
        self.0.iter().map(|(who, rehearsal)| (who, *rehearsal)).filter(move |(_, it)| it.ends > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(seconds: u64) -> Rehearsal {
        let ends = Instant::ZERO + Duration::from_secs(seconds);
        Rehearsal { ahead: Ahead::default(), from: None, ends }
    }

    #[test]
    fn what_is_said_of_a_phone_counts_more_than_what_is_said_of_its_person() {
        let (phone, other, ana): (Arc<str>, Arc<str>, Arc<str>) =
            ("ana-desk".into(), "ana-soft".into(), "ana".into());
        let mut all = Rehearsals::default();
        all.set(Who::Person(ana.clone()), Some(until(10)), Instant::ZERO);
        all.set(Who::Phone(phone.clone()), Some(until(20)), Instant::ZERO);
        assert_eq!(all.of(&phone, &ana, Instant::ZERO), Some(until(20)));
        assert_eq!(all.of(&other, &ana, Instant::ZERO), Some(until(10)));
        assert_eq!(all.of(&other, &"ben".into(), Instant::ZERO), None);
        all.set(Who::Phone(phone.clone()), None, Instant::ZERO);
        assert_eq!(all.of(&phone, &ana, Instant::ZERO), Some(until(10)));
    }

    #[test]
    fn it_ends_by_itself() {
        let who = Who::Phone("ana-desk".into());
        let mut all = Rehearsals::default();
        all.set(who.clone(), Some(until(10)), Instant::ZERO);
        let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
        assert_eq!(all.get(&who, at(9)), Some(until(10)));
        assert_eq!((all.get(&who, at(10)), all.all(at(10)).count()), (None, 0));
        all.set(Who::Phone("cho-desk".into()), Some(until(99)), at(10));
        assert_eq!(all.0.len(), 1, "what is over is kept no longer");
    }

    #[test]
    fn its_time_goes_on_with_the_clock() {
        let at = Wall::from_unix_micros;
        let ahead = Ahead::between(at(1_000), at(400));
        assert_eq!((ahead.of(at(1_000)), ahead.of(at(1_500))), (at(400), at(900)));
    }
}
