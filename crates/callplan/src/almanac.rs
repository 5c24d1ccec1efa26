//! What calendars say of a moment: which of their events cover it.
//!
//! A year is worked out when it is first asked about and then kept, so that a site is loaded once, is right for any
//! date, and an answer costs two searches. Knows events and civil time; must never know what they mean.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use calendar::{Calendar, Event, When};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The years that are kept; in others nothing takes place.
const FIRST_YEAR: i16 = 1970;
const YEARS: usize = 330;

/// Occurrences of one year; those beyond are left out.
pub(crate) const A_YEAR_MAX: usize = 20_000;

/// A calendar of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFile {
    /// Its path, as the config has it.
    pub name: Arc<str>,
    /// What is in it.
    pub calendar: Calendar,
}

/// An event of an almanac, by its place among those of all its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(u32);

/// Calendars read together, by the clock of one zone.
#[derive(Clone, Debug)]
pub struct Almanac {
    files: Vec<Arc<CalendarFile>>,
    timezone: TimeZone,
    /// What each event is good for, by its place.
    uses: Vec<Use>,
    years: Arc<[OnceLock<Box<Year>>]>,
}

/// What an event does to whatever its almanac is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It closes, or somebody is on.
    Takes,
    /// It opens.
    Opens,
    /// Nothing.
    Nothing,
}

/// A year of an almanac.
#[derive(Clone, Debug, Default)]
pub(crate) struct Year {
    /// Days that events of each use take whole.
    days: [Vec<(Date, EventId)>; 2],
    /// Times that they take, in order and apart.
    times: [Vec<Stretch>; 2],
    /// Whether there were more than anybody keeps.
    pub(crate) is_cut: bool,
}

/// A time that an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) begins: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) event: EventId,
}

/// A day that an event takes whole, the first and the last of the event between: of events that began later the
/// first comes first, of those the shortest.
type Taken = (Date, Reverse<Date>, Date, EventId);

impl Almanac {
    /// An almanac of these files; `what` tells the use of each event.
    pub(crate) fn new(
        files: Vec<Arc<CalendarFile>>,
        timezone: TimeZone,
        what: impl Fn(&Event) -> Use,
    ) -> Self {
        let uses = files.iter().flat_map(|file| file.calendar.events()).map(what).collect();
        Self { files, timezone, uses, years: (0..YEARS).map(|_| OnceLock::new()).collect() }
    }

    /// The event, and the file that it stands in.
    pub fn event(&self, id: EventId) -> Option<(&CalendarFile, &Event)> {
        let mut index = id.index();
        for file in &self.files {
            let events = file.calendar.events();
            match events.get(index) {
                Some(event) => return Some((file, event)),
                None => index -= events.len(),
            }
        }
        None
    }

    /// Its files, in the order of the config.
    pub fn files(&self) -> &[Arc<CalendarFile>] {
        &self.files
    }

    /// Every event and its use.
    pub(crate) fn events(&self) -> impl Iterator<Item = (EventId, &CalendarFile, &Event, Use)> {
        let all = self.files.iter().flat_map(|file| file.calendar.events().iter().map(move |it| (file, it)));
        all.zip(&self.uses)
            .enumerate()
            .map(|(at, ((file, event), what))| (EventId::from(at), &**file, event, *what))
    }

    /// A year by the clock of its zone.
    pub(crate) fn year(&self, year: i16) -> Option<&Year> {
        let at = usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?;
        Some(self.years.get(at)?.get_or_init(|| Box::new(self.work_out(year))))
    }

    /// The event that opens at a moment, which the clock shows as being of `day`.
    pub(crate) fn opens(&self, day: Date, at: Timestamp) -> Option<EventId> {
        self.year(day.year())?.time(Use::Opens, at)
    }

    /// The event that takes that day whole, unless another opens it.
    pub(crate) fn takes_day(&self, day: Date) -> Option<EventId> {
        self.year(day.year())?.day(Use::Takes, day).filter(|_| !self.opens_day(day))
    }

    /// Whether an event says of the whole day that it is as every other.
    pub(crate) fn opens_day(&self, day: Date) -> bool {
        self.year(day.year()).is_some_and(|year| year.day(Use::Opens, day).is_some())
    }

    /// The event that takes that time.
    pub(crate) fn takes_time(&self, day: Date, at: Timestamp) -> Option<EventId> {
        self.year(day.year())?.time(Use::Takes, at)
    }

    /// Every moment of a day at which a time begins or ends.
    pub(crate) fn edges(&self, day: Date) -> impl Iterator<Item = Timestamp> {
        let noon = |day: Date| day.at(12, 0, 0, 0).to_zoned(self.timezone.clone()).map(|it| it.timestamp());
        // Generous by half a day on both sides; whoever asks looks at each moment for itself.
        let bounds = day.yesterday().and_then(noon).and_then(|from| Ok((from, noon(day.tomorrow()?)?))).ok();
        let year = self.year(day.year()).zip(bounds);
        year.into_iter()
            .flat_map(|(year, (from, to))| {
                year.times.iter().flat_map(move |times| {
                    let first = times.partition_point(|time| time.ends < from);
                    times[first..].iter().take_while(move |time| time.begins <= to)
                })
            })
            .flat_map(|time| [time.begins, time.ends])
    }

    /// What takes place from `first` to `last`, in order of its beginning; whole days as times.
    pub(crate) fn taken(&self, first: Date, last: Date) -> Vec<Stretch> {
        let mut all = Vec::new();
        let mut base = 0;
        for file in &self.files {
            for found in file.calendar.occurrences(first, last, &self.timezone, A_YEAR_MAX).list {
                let event = EventId::from(base + found.event);
                if self.uses[event.index()] == Use::Takes
                    && let Some((begins, ends)) = self.as_time(found.when)
                {
                    all.push(Stretch { begins, ends, event });
                }
            }
            base += file.calendar.events().len();
        }
        all.sort_unstable_by_key(|time| (time.begins, time.ends, time.event));
        all
    }

    fn as_time(&self, when: When) -> Option<(Timestamp, Timestamp)> {
        let midnight = |day: Date| day.to_zoned(self.timezone.clone()).ok().map(|at| at.timestamp());
        match when {
            When::Days { first, last } => Some((midnight(first)?, midnight(last.tomorrow().ok()?)?)),
            When::Time { begins, ends } => Some((begins, ends)),
        }
    }

    fn work_out(&self, number: i16) -> Year {
        let mut year = Year::default();
        let (Ok(first), Ok(last)) = (Date::new(number, 1, 1), Date::new(number, 12, 31)) else { return year };
        let mut times: [Vec<Stretch>; 2] = Default::default();
        let mut days: [Vec<Taken>; 2] = Default::default();
        let (mut base, mut left) = (0, A_YEAR_MAX);
        for file in &self.files {
            let found = file.calendar.occurrences(first, last, &self.timezone, left);
            left -= found.list.len();
            year.is_cut |= found.is_cut;
            for occurrence in found.list {
                let event = EventId::from(base + occurrence.event);
                let Some(slot) = self.uses[event.index()].slot() else { continue };
                match occurrence.when {
                    When::Days { first: from, last: to } => {
                        let all = from.max(first).series(jiff::ToSpan::days(1));
                        let all = all.take_while(|day| *day <= to.min(last));
                        days[slot].extend(all.map(|day| (day, Reverse(from), to, event)));
                    }
                    When::Time { begins, ends } => times[slot].push(Stretch { begins, ends, event }),
                }
            }
            base += file.calendar.events().len();
        }
        year.times = times.map(flat);
        // Of a day that several take it is the same.
        year.days = days.map(|mut days| {
            days.sort_unstable();
            days.dedup_by_key(|(day, ..)| *day);
            days.into_iter().map(|(day, .., event)| (day, event)).collect()
        });
        year
    }
}

impl PartialEq for Almanac {
    fn eq(&self, other: &Self) -> bool {
        (&self.files, &self.timezone, &self.uses) == (&other.files, &other.timezone, &other.uses)
    }
}

impl Eq for Almanac {}

impl Year {
    fn day(&self, what: Use, day: Date) -> Option<EventId> {
        let days = &self.days[what.slot()?];
        days.binary_search_by_key(&day, |(day, _)| *day).ok().map(|at| days[at].1)
    }

    fn time(&self, what: Use, at: Timestamp) -> Option<EventId> {
        let times = &self.times[what.slot()?];
        let next = times.partition_point(|time| time.ends <= at);
        times.get(next).filter(|time| time.begins <= at).map(|time| time.event)
    }

    /// Days that are taken whole.
    pub(crate) fn taken(&self) -> &[(Date, EventId)] {
        &self.days[0]
    }
}

impl Use {
    const fn slot(self) -> Option<usize> {
        match self {
            Self::Takes => Some(0),
            Self::Opens => Some(1),
            Self::Nothing => None,
        }
    }
}

impl EventId {
    /// The place.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl From<usize> for EventId {
    fn from(index: usize) -> Self {
        Self(u32::try_from(index).expect("calendars hold fewer events than a number of 32 bits counts"))
    }
}

/// The same times apart from each other: where several meet, the one that began last counts, of those the shortest.
fn flat(mut times: Vec<Stretch>) -> Vec<Stretch> {
    times.sort_unstable_by_key(|time| (time.begins, Reverse(time.ends), time.event));
    let mut edges: Vec<_> = times.iter().flat_map(|time| [time.begins, time.ends]).collect();
    edges.sort_unstable();
    edges.dedup();
    let (mut apart, mut next, mut now): (Vec<Stretch>, _, _) = (Vec::new(), 0, BTreeSet::new());
    for edge in edges.windows(2) {
        while times.get(next).is_some_and(|time| time.begins <= edge[0]) {
            now.insert(next);
            next += 1;
        }
        while let Some(last) = now.last().copied().filter(|last| times[*last].ends <= edge[0]) {
            now.remove(&last);
        }
        let Some(time) = now.last().map(|last| times[*last]) else { continue };
        match apart.last_mut() {
            Some(last) if last.event == time.event && last.ends == edge[0] => last.ends = edge[1],
            Some(_) | None => apart.push(Stretch { begins: edge[0], ends: edge[1], ..time }),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_times_that_meet_the_one_that_began_last_counts() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let time =
            |begins, ends, event| Stretch { begins: at(begins), ends: at(ends), event: EventId(event) };
        let apart = flat(vec![time(0, 10, 0), time(2, 5, 1), time(3, 4, 2), time(9, 12, 3), time(12, 13, 3)]);
        let expected =
            [time(0, 2, 0), time(2, 3, 1), time(3, 4, 2), time(4, 5, 1), time(5, 9, 0), time(9, 13, 3)];
        assert_eq!(apart, expected);
    }
}
