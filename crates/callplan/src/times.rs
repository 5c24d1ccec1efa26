//! Times of a year, and how a reader hears of them: `Mon-Fri 12:30-13:30, 2026-12-25`.
//!
//! A set of minutes, kept as ranges. In words it is told by the week, as far as it keeps to weeks, and by dates where it
//! does not. Knows civil time only.

use std::collections::BTreeMap;

use clock::Wall;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::ways::Horizon;

/// Dates that are told one by one; of more it is said how many there are.
const DATES_MAX: usize = 5;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A set of minutes: ranges in order and apart, in microseconds of the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Times(Vec<(i64, i64)>);

impl Times {
    /// Adds a range behind all that are there; joined to the last if they meet.
    pub(crate) fn add(&mut self, from: i64, until: i64) {
        match self.0.last_mut() {
            Some(last) if last.1 == from => last.1 = until,
            Some(_) | None => self.0.push((from, until)),
        }
    }

    /// Both together.
    pub(crate) fn join(&mut self, other: &Self) {
        let mut all = std::mem::take(&mut self.0);
        all.extend(&other.0);
        all.sort_unstable();
        for (from, until) in all {
            match self.0.last_mut() {
                Some(last) if last.1 >= from => last.1 = last.1.max(until),
                Some(_) | None => self.0.push((from, until)),
            }
        }
    }

    /// Whether a moment is among them.
    pub fn contains(&self, at: Wall) -> bool {
        let at = at.unix_micros();
        let behind = self.0.partition_point(|(from, _)| *from <= at);
        behind.checked_sub(1).is_some_and(|last| at < self.0[last].1)
    }

    /// The first moment; none where there is no time at all.
    pub fn first(&self) -> Option<Wall> {
        self.0.first().map(|(from, _)| Wall::from_unix_micros(*from))
    }

    /// The ranges, each up to and without its end.
    pub fn ranges(&self) -> impl Iterator<Item = (Wall, Wall)> {
        self.0.iter().map(|(from, until)| (Wall::from_unix_micros(*from), Wall::from_unix_micros(*until)))
    }

    /// In words, by the clock of a zone; nothing where it is the whole horizon.
    pub fn words(&self, zone: &TimeZone, Horizon { from, until }: Horizon) -> String {
        if self.0 == [(from.unix_micros(), until.unix_micros())] {
            return String::new();
        }
        let mut on: BTreeMap<(Time, Time), Vec<Date>> = BTreeMap::new();
        for (from, until) in &self.0 {
            days(zone, *from, *until, |date, clock| on.entry(clock).or_default().push(date));
        }
        let mut all = [0_usize; 7];
        days(zone, from.unix_micros(), until.unix_micros(), |date, _| all[weekday(date)] += 1);
        let span = (date(zone, from.unix_micros()), date(zone, until.unix_micros() - 1));
        // What the clock shows on the same days is told together.
        let mut clocks: BTreeMap<Vec<Date>, Vec<String>> = BTreeMap::new();
        for (clock, mut dates) in on {
            dates.dedup();
            clocks.entry(dates).or_default().push(shown(clock));
        }
        let mut bands: Vec<_> =
            clocks.iter().map(|(dates, clocks)| band(&clocks.join(", "), dates, &all, span)).collect();
        bands.sort();
        bands.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("; ")
    }
}

/// Cuts a range at midnight.
fn days(zone: &TimeZone, from: i64, until: i64, mut each: impl FnMut(Date, (Time, Time))) {
    let mut at = from;
    while at < until {
        let day = date(zone, at);
        let next = day.tomorrow().ok().and_then(|day| day.to_zoned(zone.clone()).ok());
        let next = next.map_or(until, |next| next.timestamp().as_microsecond()).min(until);
        let ends = if next < until || date(zone, next) != day { Time::midnight() } else { time(zone, next) };
        each(day, (time(zone, at), ends));
        at = next;
    }
}

/// What the clock shows on these dates, and the first day of the week on which it does each week.
fn band(clock: &str, dates: &[Date], all: &[usize; 7], span: (Date, Date)) -> (usize, String) {
    let count = |day: usize| dates.iter().filter(|date| weekday(**date) == day).count();
    // A week has it where most weeks have it.
    let weekly: Vec<usize> = (0..7).filter(|day| all[*day] > 1 && count(*day) * 2 > all[*day]).collect();
    let clock = if clock.is_empty() { String::new() } else { format!(" {clock}") };
    let mut parts = Vec::new();
    if !weekly.is_empty() {
        let missed = span.0.series(1.day()).take_while(|day| *day <= span.1);
        let missed =
            missed.filter(|day| weekly.contains(&weekday(*day)) && dates.binary_search(day).is_err());
        let missed: Vec<_> = missed.collect();
        let but = if missed.is_empty() { String::new() } else { format!(" but {}", listed(&missed)) };
        parts.push(format!("{}{clock}{but}", weekdays(&weekly)));
    }
    let single: Vec<_> = dates.iter().copied().filter(|date| !weekly.contains(&weekday(*date))).collect();
    if !single.is_empty() {
        parts.push(format!("{}{clock}", listed(&single)));
    }
    (weekly.first().copied().unwrap_or(DAYS.len()), parts.join(", "))
}

fn listed(dates: &[Date]) -> String {
    let mut words: Vec<_> = dates.iter().take(DATES_MAX).map(Date::to_string).collect();
    if dates.len() > DATES_MAX {
        words.push(format!("{} more days", dates.len() - DATES_MAX));
    }
    words.join(", ")
}

/// `Mon-Fri, Sun`.
fn weekdays(days: &[usize]) -> String {
    if days.len() == 7 {
        return "daily".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut rest = days;
    while let Some(first) = rest.first().copied() {
        let run = rest.iter().zip(first..).take_while(|(day, next)| *day == next).count();
        let last = rest[run - 1];
        match run {
            1 | 2 => words.extend(rest[..run].iter().map(|day| DAYS[*day].to_owned())),
            _ => words.push(format!("{}-{}", DAYS[first], DAYS[last])),
        }
        rest = &rest[run..];
    }
    words.join(", ")
}

/// `08:30-12:30`; nothing for a whole day.
fn shown((opens, closes): (Time, Time)) -> String {
    let clock = |time: Time| time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string();
    match (opens == closes, closes == Time::midnight()) {
        (true, _) => String::new(),
        (false, true) => format!("{}-24:00", clock(opens)),
        (false, false) => format!("{}-{}", clock(opens), clock(closes)),
    }
}

fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).expect("a weekday counts from 0 to 6")
}

fn date(zone: &TimeZone, at: i64) -> Date {
    zone.to_datetime(Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX)).date()
}

fn time(zone: &TimeZone, at: i64) -> Time {
    zone.to_datetime(Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX)).time()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what keeps to weeks is told by the week, and what does not by dates.
    #[test]
    fn times_are_told_as_people_say_them() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = |text: &str| {
            let time: jiff::civil::DateTime = text.parse().unwrap();
            zone.to_timestamp(time).unwrap().as_microsecond()
        };
        let wall = |text| Wall::from_unix_micros(at(text));
        let year = Horizon { from: wall("2026-01-01"), until: wall("2027-01-01") };
        let each = |wanted: &dyn Fn(Date) -> bool, from: &str, to: &str| {
            let mut times = Times::default();
            let days = Date::constant(2026, 1, 1).series(1.day()).take_while(|day| day.year() == 2026);
            for day in days.filter(|day| wanted(*day)) {
                let until = if to == "24:00" {
                    format!("{}T00:00", day.tomorrow().unwrap())
                } else {
                    format!("{day}T{to}")
                };
                times.add(at(&format!("{day}T{from}")), at(&until));
            }
            times
        };
        let christmas = Date::constant(2026, 12, 25);
        let is_workday = |day: Date| weekday(day) < 5 && day != christmas;
        let words = |times: &Times| times.words(&zone, year);
        assert_eq!(words(&each(&|day| weekday(day) == 5, "12:00", "13:00")), "Sat 12:00-13:00");
        assert_eq!(words(&each(&|_| true, "18:00", "24:00")), "daily 18:00-24:00");
        assert_eq!(words(&each(&|_| true, "00:00", "24:00")), "");
        let mut closed = each(&|day| !is_workday(day), "00:00", "24:00");
        assert_eq!(words(&closed), "Sat, Sun, 2026-12-25");
        closed.join(&each(&is_workday, "00:00", "08:30"));
        closed.join(&each(&is_workday, "18:00", "24:00"));
        assert_eq!(words(&closed), "Mon-Fri 00:00-08:30, 18:00-24:00 but 2026-12-25; Sat, Sun, 2026-12-25");
        assert!(closed.contains(wall("2026-12-25T10:00")) && !closed.contains(wall("2026-12-24T10:00")));
        let firsts = each(&|day| day.day() == 1, "09:00", "09:30");
        assert_eq!(
            words(&firsts),
            "2026-01-01, 2026-02-01, 2026-03-01, 2026-04-01, 2026-05-01, 7 more days 09:00-09:30"
        );
    }
}
