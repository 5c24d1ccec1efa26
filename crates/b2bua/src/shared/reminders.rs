//! Reminders that people asked for: when each rings next, kept over restarts.
//!
//! Before a reminder rings it is put off to its next try, and taken back only once somebody has heard it. So a process
//! that dies while it rings rings again, and none is forgotten.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use clock::Wall;

use super::Row;

/// Begins the names of the values that the store keeps for people.
const PREFIX: &str = "reminders:";
/// Reminders one person may have.
pub(crate) const REMINDERS_MAX: usize = 8;
/// How often one rings that nobody answers.
pub(crate) const TRIES_MAX: u8 = 3;
/// After how long it rings again.
pub(crate) const AGAIN: Duration = Duration::from_secs(5 * 60);
/// How late one may ring that was due while no process ran.
pub(crate) const LATE_MAX: Duration = Duration::from_secs(15 * 60);

/// One reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reminder {
    /// When it rings next.
    pub(crate) at: Wall,
    /// How often it rang in vain.
    pub(crate) tries: u8,
}

impl Reminder {
    /// It rings now: so it stands until somebody has heard it.
    pub(crate) fn again(self, now: Wall) -> Self {
        Self { at: now + AGAIN, tries: self.tries + 1 }
    }

    fn read(text: &str) -> Option<Self> {
        let (at, tries) = text.split_once('/')?;
        Some(Self { at: Wall::from_unix_micros(at.parse().ok()?), tries: tries.parse().ok()? })
    }
}

/// The reminders of everybody.
#[derive(Debug, Default)]
pub(crate) struct Reminders(BTreeMap<Arc<str>, Vec<Reminder>>);

impl Reminders {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            let (Some(person), Ok(text)) = (name.strip_prefix(PREFIX), str::from_utf8(value)) else {
                continue;
            };
            self.note(&person.into(), text.split_whitespace().filter_map(Reminder::read).collect());
        }
    }

    /// Those of a person, in the order in which they ring.
    pub(crate) fn of(&self, person: &str) -> &[Reminder] {
        self.0.get(person).map_or(&[], Vec::as_slice)
    }

    /// A person has these and no others; gives what the store has to keep.
    pub(crate) fn set(&mut self, person: &Arc<str>, reminders: Vec<Reminder>) -> Row {
        let text: Vec<_> =
            reminders.iter().map(|it| format!("{}/{}", it.at.unix_micros(), it.tries)).collect();
        self.note(person, reminders);
        (format!("{PREFIX}{person}").into(), text.join(" ").as_bytes().into())
    }

    /// Puts one in the place of another, or in none; `None` if it is no longer there.
    pub(crate) fn replace(&mut self, person: &Arc<str>, old: Reminder, new: Option<Reminder>) -> Option<Row> {
        let mut reminders = self.of(person).to_vec();
        let at = reminders.iter().position(|it| *it == old)?;
        reminders.remove(at);
        reminders.extend(new);
        Some(self.set(person, reminders))
    }

    /// When the first of all rings.
    pub(crate) fn next(&self) -> Option<Wall> {
        self.0.values().filter_map(|reminders| reminders.first()).map(|it| it.at).min()
    }

    /// One that rings by now, and whose it is.
    pub(crate) fn due(&self, now: Wall) -> Option<(Arc<str>, Reminder)> {
        let firsts = self.0.iter().filter_map(|(person, reminders)| Some((person, *reminders.first()?)));
        let due = firsts.filter(|(_, first)| first.at <= now);
        due.min_by_key(|(_, first)| *first).map(|(person, first)| (person.clone(), first))
    }

    /// One that is too late to ring at a start, and whose it is.
    pub(crate) fn missed(&self, now: Wall) -> Option<(Arc<str>, Reminder)> {
        self.due(now).filter(|(_, first)| first.at + LATE_MAX <= now)
    }

    fn note(&mut self, person: &Arc<str>, mut reminders: Vec<Reminder>) {
        reminders.sort_unstable();
        reminders.dedup();
        if reminders.is_empty() {
            self.0.remove(person);
        } else {
            self.0.insert(person.clone(), reminders);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Wall {
        Wall::from_unix_micros(seconds * 1_000_000)
    }

    const fn first_try(seconds: i64) -> Reminder {
        Reminder { at: at(seconds), tries: 0 }
    }

    #[test]
    fn reminders_outlive_the_process_and_those_that_were_cancelled_do_not() {
        let (ana, ben): (Arc<str>, Arc<str>) = ("ana".into(), "ben".into());
        let mut before = Reminders::default();
        let mut kept = vec![("blocked:ana".into(), b"+12025550142".as_slice().into())];
        kept.push(before.set(&ana, vec![first_try(700), first_try(500)]));
        kept.push(before.set(&ben, vec![first_try(600)]));
        kept.push(before.set(&ben, Vec::new()));
        let mut after = Reminders::default();
        after.restore(&kept);
        assert_eq!(after.of("ana"), [first_try(500), first_try(700)]);
        assert_eq!((after.of("ben"), after.next()), ([].as_slice(), Some(at(500))));
    }

    #[test]
    fn one_that_rings_stands_for_its_next_try_until_it_is_heard() {
        let ana: Arc<str> = "ana".into();
        let mut reminders = Reminders::default();
        reminders.set(&ana, vec![first_try(500)]);
        assert_eq!(reminders.due(at(499)), None);
        let (_, due) = reminders.due(at(500)).unwrap();
        let again = due.again(at(500));
        assert_eq!(again, Reminder { at: at(800), tries: 1 });
        assert!(reminders.replace(&ana, due, Some(again)).is_some());
        assert_eq!((reminders.due(at(500)), reminders.due(at(800))), (None, Some((ana.clone(), again))));
        assert!(reminders.replace(&ana, due, None).is_none(), "another by now");
        assert!(reminders.replace(&ana, again, None).is_some());
        assert_eq!(reminders.next(), None);
    }

    #[test]
    fn at_a_start_one_is_missed_after_a_quarter_of_an_hour() {
        let mut reminders = Reminders::default();
        reminders.set(&"ana".into(), vec![first_try(500)]);
        for (now, is_missed) in [(499, false), (500, false), (1399, false), (1400, true)] {
            assert_eq!(reminders.missed(at(now)).is_some(), is_missed, "{now}");
        }
    }
}
