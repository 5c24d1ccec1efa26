//! What people did of late: when they last stopped talking, how many calls they answered today and how long they
//! talked in those. Groups that go by it ask it through the plan engine's world.
//!
//! Who talks is kept by leg, so that transfers and joins need no rules of their own. It is counted of those alone by
//! whom a group goes, and written behind, one row a call when it ends: a killed process has forgotten the calls that
//! were under way. A day of the site's calendar begins with nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use callplan::{Tally, money::Day};
use clock::{Instant, Key, Now, Wall};

use super::Row;
use crate::leg::Leg;

/// Begins the names of the values that the store keeps of what people did.
const PREFIX: &str = "tally:";

/// What people did, and who talks.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    of: HashMap<Arc<str>, Counted>,
    talking: BTreeMap<Key<Leg>, Talk>,
}

/// What one person did, and on which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted {
    day: Day,
    tally: Tally,
}

/// Somebody who talks.
#[derive(Debug)]
struct Talk {
    person: Arc<str>,
    since: Instant,
    has_answered: bool,
}

/// The person whom a value of the store is about, and what they did of late; of another day only when they last
/// talked.
pub fn read<'v>(name: &'v str, value: &[u8], today: Day) -> Option<(&'v str, Tally)> {
    Some((name.strip_prefix(PREFIX)?, Counted::read(value)?.on(today)))
}

impl Tallies {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let read = values
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.into(), Counted::read(value)?)));
        self.of.extend(read);
    }

    /// What a person did, as far as it counts on this day.
    pub(crate) fn of(&self, person: &str, today: Day) -> Tally {
        self.of.get(person).map(|counted| counted.on(today)).unwrap_or_default()
    }

    /// A person talks on this leg from now on, in a call that they answered or placed; one that talks already goes on
    /// as it began.
    pub(crate) fn begin(
        &mut self,
        leg: Key<Leg>,
        person: &Arc<str>,
        has_answered: bool,
        now: Instant,
        today: Day,
    ) {
        if self.talking.contains_key(&leg) {
            return;
        }
        self.talking.insert(leg, Talk { person: person.clone(), since: now, has_answered });
        if has_answered {
            self.count(person, today, |tally| tally.calls = tally.calls.saturating_add(1));
        }
    }

    /// A leg has ended, if it has not before; gives what the store has to keep if somebody talked on it.
    pub(crate) fn end(&mut self, leg: Key<Leg>, now: Now, today: Day) -> Option<Row> {
        let Talk { person, since, has_answered } = self.talking.remove(&leg)?;
        let talked = if has_answered { now.mono.since(since) } else { Duration::ZERO };
        let counted = self.count(&person, today, |tally| {
            tally.ended = Some(now.wall);
            tally.talk = tally.talk.saturating_add(talked);
        });
        Some((format!("{PREFIX}{person}").into(), counted.to_text().as_bytes().into()))
    }

    /// Forgets the talks on legs that are gone.
    pub(crate) fn recount(&mut self, is_there: impl Fn(Key<Leg>) -> bool) {
        self.talking.retain(|leg, _| is_there(*leg));
    }

    /// Whether nobody talks who is counted.
    pub(crate) fn is_idle(&self) -> bool {
        self.talking.is_empty()
    }

    fn count(&mut self, person: &Arc<str>, today: Day, change: impl Fn(&mut Tally)) -> Counted {
        let fresh = Counted { day: today, tally: Tally::default() };
        let counted = self.of.entry(person.clone()).or_insert(fresh);
        *counted = Counted { day: today, tally: counted.on(today) };
        change(&mut counted.tally);
        *counted
    }
}

impl Counted {
    /// As far as it counts on this day.
    fn on(self, today: Day) -> Tally {
        if self.day == today { self.tally } else { Tally { ended: self.tally.ended, ..Tally::default() } }
    }

    /// The day, when they last talked in microseconds of the civil clock or `-`, calls, microseconds of talk.
    fn to_text(self) -> String {
        let Self { day, tally: Tally { ended, calls, talk } } = self;
        let ended = ended.map_or_else(|| "-".to_owned(), |ended| ended.unix_micros().to_string());
        format!("{day} {ended} {calls} {}", talk.as_micros())
    }

    fn read(value: &[u8]) -> Option<Self> {
        let mut words = str::from_utf8(value).ok()?.split(' ');
        let day = words.next()?.parse().ok()?;
        let ended = match words.next()? {
            "-" => None,
            micros => Some(Wall::from_unix_micros(micros.parse().ok()?)),
        };
        let calls = words.next()?.parse().ok()?;
        let talk = Duration::from_micros(words.next()?.parse().ok()?);
        Some(Self { day, tally: Tally { ended, calls, talk } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn now(second: u64) -> Now {
        let then = Now { mono: Instant::ZERO, wall: Wall::from_unix_micros(1_700_000_000_000_000) };
        then.after(Duration::from_secs(second))
    }

    fn leg(raw: u64) -> Key<Leg> {
        Key::from_raw(raw)
    }

    fn ana() -> Arc<str> {
        "ana".into()
    }

    const TODAY: &str = "2026-11-22";
    const TOMORROW: &str = "2026-11-23";

    /// Lets ana talk on a leg from one second to another of a day.
    fn talk(tallies: &mut Tallies, has_answered: bool, from: u64, until: u64, on: &str) -> Option<Row> {
        tallies.begin(leg(from), &ana(), has_answered, now(from).mono, day(on));
        tallies.end(leg(from), now(until), day(on))
    }

    #[test]
    fn answered_calls_count_and_placed_ones_only_end_the_rest() {
        let mut tallies = Tallies::default();
        talk(&mut tallies, true, 10, 40, TODAY);
        talk(&mut tallies, true, 50, 55, TODAY);
        let tally = |ended, calls, talk| Tally {
            ended: Some(now(ended).wall),
            calls,
            talk: Duration::from_secs(talk),
        };
        assert_eq!(tallies.of("ana", day(TODAY)), tally(55, 2, 35));
        talk(&mut tallies, false, 60, 90, TODAY);
        assert_eq!(tallies.of("ana", day(TODAY)), tally(90, 2, 35));
        assert_eq!(tallies.of("ben", day(TODAY)), Tally::default());
    }

    #[test]
    fn a_call_counts_from_its_answer_and_ends_once() {
        let mut tallies = Tallies::default();
        tallies.begin(leg(1), &ana(), true, now(0).mono, day(TODAY));
        assert_eq!((tallies.of("ana", day(TODAY)).calls, tallies.is_idle()), (1, false));
        // Whoever was called, talks and is sent on, has not placed a call.
        tallies.begin(leg(1), &ana(), false, now(5).mono, day(TODAY));
        assert!(tallies.end(leg(1), now(9), day(TODAY)).is_some());
        assert_eq!(tallies.of("ana", day(TODAY)).talk, Duration::from_secs(9));
        assert!(tallies.end(leg(1), now(10), day(TODAY)).is_none() && tallies.is_idle());
    }

    #[test]
    fn a_day_begins_with_nothing_but_who_talked_last() {
        let mut tallies = Tallies::default();
        talk(&mut tallies, true, 10, 40, TODAY);
        let fresh = Tally { ended: Some(now(40).wall), ..Tally::default() };
        assert_eq!(tallies.of("ana", day(TOMORROW)), fresh);
        talk(&mut tallies, true, 50, 60, TOMORROW);
        let tally = Tally { ended: Some(now(60).wall), calls: 1, talk: Duration::from_secs(10) };
        assert_eq!(tallies.of("ana", day(TOMORROW)), tally);
    }

    #[test]
    fn what_is_counted_outlives_the_process() {
        let mut before = Tallies::default();
        let mut kept = vec![("nonce-key".into(), [7; 32].into())];
        kept.extend(talk(&mut before, true, 10, 40, TODAY));
        kept.push(("tally:ben".into(), b"yesterday".as_slice().into()));
        let mut after = Tallies::default();
        after.restore(&kept);
        assert_eq!(after.of("ana", day(TODAY)), before.of("ana", day(TODAY)));
        assert_eq!(after.of("ana", day(TODAY)).calls, 1);
        let (name, value) = &kept[1];
        assert_eq!(read(name, value, day(TODAY)), Some(("ana", before.of("ana", day(TODAY)))));
        assert_eq!(read("nonce-key", &[7; 32], day(TODAY)), None);
    }
}
