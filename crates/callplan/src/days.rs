//! Days of a schedule as a whole: when it is open, what is special about it, and where the clocks change.
//!
//! Every answer is asked of the schedule itself, at each moment at which it could change, so that what is shown for a
//! year ahead is what calls will find.

use std::fmt;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
};

use crate::{Hours, hours::State};

/// A day of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// When it is open, in order and apart.
    pub open: Vec<Range>,
    /// Whether that is what the week has for it.
    pub is_usual: bool,
    /// Holidays and events that close it or open it, in order of time, each once.
    pub because: Vec<State>,
    /// How the clocks change on it.
    pub change: Option<ClockChange>,
}

/// A time that a schedule is open, within one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// When it opens.
    pub opens: Timestamp,
    /// When it closes.
    pub closes: Timestamp,
    /// What the clock shows when it opens.
    pub from: Time,
    /// What the clock shows when it closes; midnight is that at the day's end.
    pub to: Time,
}

/// Clocks that are put forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// When.
    pub at: Timestamp,
    /// What they would show.
    pub from: DateTime,
    /// What they show instead.
    pub to: DateTime,
    /// Whether an open time begins or ends in what is left out or comes twice, or takes in some of it.
    pub touches: bool,
}

/// What a holiday or an event is called, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why<'a> {
    /// Its title, if it has one.
    pub title: Option<&'a str>,
    /// The calendar that it stands in, and the line; `None` for a date of the config.
    pub stands: Option<(&'a str, u32)>,
}

impl fmt::Display for Why<'_> {
    /// `"Christmas Day" (calendars/us.ics line 88)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.title {
            Some(title) => write!(f, "\"{title}\"")?,
            None => f.write_str("holiday")?,
        }
        match self.stands {
            Some((file, line)) => write!(f, " ({file} line {line})"),
            None => Ok(()),
        }
    }
}

impl Hours {
    /// Why it is open or closed, if not by its week.
    pub fn why(&self, state: State) -> Option<Why<'_>> {
        match state {
            State::Open | State::ClosedNow | State::ClosedDay => None,
            State::Holiday(which) => {
                let title = self.holiday(which).and_then(|holiday| holiday.name.as_deref());
                Some(Why { title, stands: None })
            }
            State::Closed(event) | State::Opened(event) => self.event(event).map(|(file, event)| Why {
                title: Some(&*event.summary).filter(|title| !title.is_empty()),
                stands: Some((&file.name, event.line)),
            }),
        }
    }

    /// The days from `first` to `last`.
    pub fn days(&self, first: Date, last: Date) -> Vec<Day> {
        first.series(1.day()).take_while(|day| *day <= last).filter_map(|day| self.day(day)).collect()
    }

    /// A day; `None` if the clocks of its zone leave it out (Samoa, 30 December 2011).
    pub fn day(&self, date: Date) -> Option<Day> {
        let start = |day: Date| day.to_zoned(self.timezone.clone()).map(|it| it.timestamp()).ok();
        let (begins, ends) = (start(date)?, start(date.tomorrow().ok()?)?);
        if begins >= ends {
            return None;
        }
        let mut moments: Vec<_> = self.boundaries(date).into_iter().filter(|at| *at < ends).collect();
        moments.push(begins);
        moments.retain(|at| *at >= begins);
        moments.sort_unstable();
        moments.dedup();
        let (mut open, mut usual): (Vec<Range>, Vec<Range>) = (Vec::new(), Vec::new());
        let mut because: Vec<State> = Vec::new();
        for (at, moment) in moments.iter().enumerate() {
            let until = moments.get(at + 1).copied().unwrap_or(ends);
            let state = self.at_instant(*moment);
            if !matches!(state, State::Open | State::ClosedNow | State::ClosedDay)
                && !because.contains(&state)
            {
                because.push(state);
            }
            self.extend(&mut open, state.is_open(), *moment, until);
            let by_week = self.by_week(self.timezone.to_datetime(*moment));
            self.extend(&mut usual, by_week.is_open(), *moment, until);
        }
        let change = self.change(begins, ends, &usual, &open);
        Some(Day { date, is_usual: open == usual, open, because, change })
    }

    /// Adds a time to the ranges, joined to the one before if they meet.
    fn extend(&self, ranges: &mut Vec<Range>, is_open: bool, opens: Timestamp, closes: Timestamp) {
        if !is_open {
            return;
        }
        let shows = |at: Timestamp| self.timezone.to_datetime(at).time();
        // The clock may change as it closes: what it would have shown counts.
        let second = jiff::SignedDuration::from_secs(1);
        let to =
            closes.checked_sub(second).map_or(Time::midnight(), |before| shows(before).wrapping_add(second));
        match ranges.last_mut() {
            Some(last) if last.closes == opens => (last.closes, last.to) = (closes, to),
            Some(_) | None => ranges.push(Range { opens, closes, from: shows(opens), to }),
        }
    }

    fn change(
        &self,
        begins: Timestamp,
        ends: Timestamp,
        usual: &[Range],
        open: &[Range],
    ) -> Option<ClockChange> {
        // A change at midnight itself belongs to the day that it begins.
        let before = begins.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
        let shifts = self.timezone.following(before).take_while(|it| it.timestamp() < ends);
        let offset = |at: Timestamp| self.timezone.to_offset(at);
        let moved = shifts.map(|it| it.timestamp()).find(|at| {
            let just_before = at.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(*at);
            offset(just_before) != offset(*at)
        })?;
        let just_before = moved.checked_sub(jiff::SignedDuration::from_secs(1)).ok()?;
        let from = offset(just_before).to_datetime(moved);
        let to = self.timezone.to_datetime(moved);
        let (low, high) = (from.min(to), from.max(to));
        // The ranges as written, and what came of them.
        let spans = self.spans(low.weekday()).iter().map(|span| {
            let at = |minute: u16| {
                low.date().to_datetime(Time::midnight()).saturating_add(i64::from(minute).minutes())
            };
            (at(span.open), at(span.close))
        });
        let meets = |(opens, closes): (DateTime, DateTime)| opens < high && low < closes;
        let is_meant = !usual.is_empty() || !open.is_empty();
        let event = open.iter().any(|range| range.opens <= moved && moved <= range.closes);
        Some(ClockChange {
            at: moved,
            from,
            to,
            touches: event || (is_meant && spans.into_iter().any(meets)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Holiday, Span};
    use clock::Wall;
    use jiff::tz::TimeZone;

    /// Half-hour zones, southern ones, one whose summer time is half an hour, one that changes at midnight, one that
    /// leaves an hour before midnight out, one that changes on Saturdays.
    const ZONES: [&str; 9] = [
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Australia/Adelaide",
        "Australia/Lord_Howe",
        "America/Santiago",
        "America/St_Johns",
        "America/Nuuk",
        "Asia/Gaza",
    ];

    /// Split days, spans over midnight, over the hours at which clocks change, and a holiday.
    fn night_shop(zone: &str) -> Hours {
        let weekday = vec![Span { open: 510, close: 750 }, Span { open: 810, close: 1080 }];
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| weekday.clone());
        week[5] = vec![
            Span { open: 0, close: 30 },
            Span { open: 540, close: 720 },
            Span { open: 1410, close: 1440 },
        ];
        week[6] =
            vec![Span { open: 0, close: 20 }, Span { open: 90, close: 130 }, Span { open: 160, close: 195 }];
        Hours {
            name: "office".into(),
            timezone: TimeZone::get(zone).unwrap(),
            week,
            holidays: vec![Holiday { date: Date::constant(2027, 12, 24), name: None }],
            almanac: None,
            toggle: None,
            said: None,
        }
    }

    /// What a year's days show is what asking every minute of it finds, at the minute itself.
    #[test]
    fn a_year_of_days_is_what_every_minute_of_it_says() {
        for zone in ZONES {
            let hours = night_shop(zone);
            let days = hours.days(Date::constant(2027, 1, 1), Date::constant(2027, 12, 31));
            assert_eq!(days.len(), 365, "{zone}");
            let first = hours.timezone.to_timestamp(Date::constant(2027, 1, 1).at(0, 0, 0, 0)).unwrap();
            let last = hours.timezone.to_timestamp(Date::constant(2028, 1, 1).at(0, 0, 0, 0)).unwrap();
            let mut ranges = days.iter().flat_map(|day| &day.open).peekable();
            for second in (first.as_second()..last.as_second()).step_by(60) {
                let at = Timestamp::from_second(second).unwrap();
                while ranges.next_if(|range| range.closes <= at).is_some() {}
                let shown = ranges.peek().is_some_and(|range| range.opens <= at);
                let is = hours.at(Wall::from_unix_micros(at.as_microsecond())).is_open();
                assert_eq!(shown, is, "{zone} {at}");
            }
            let changes = days.iter().filter(|day| day.change.is_some()).count();
            assert_eq!(changes, if zone == "Asia/Kolkata" { 0 } else { 2 }, "{zone}");
        }
    }

    #[test]
    fn a_clock_change_is_told_with_what_it_touches() {
        let mut hours = night_shop("America/New_York");
        // From 2:00 to 3:00 on 14 March, from 2:00 to 1:00 on 7 November, both Sundays.
        let change =
            |hours: &Hours, month, day| hours.day(Date::constant(2027, month, day)).unwrap().change.unwrap();
        let (spring, autumn) = (change(&hours, 3, 14), change(&hours, 11, 7));
        assert_eq!((spring.from.time().hour(), spring.to.time().hour(), spring.touches), (2, 3, true));
        assert_eq!((autumn.from.time().hour(), autumn.to.time().hour(), autumn.touches), (2, 1, true));
        let shown = |hours: &Hours, month, day| {
            let day = hours.day(Date::constant(2027, month, day)).unwrap();
            day.open.iter().map(|range| (range.from.to_string(), range.to.to_string())).collect::<Vec<_>>()
        };
        let text = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        // What closes as the clocks change closes at what they would have shown.
        assert_eq!(shown(&hours, 11, 7)[1], text("01:30:00", "02:00:00"));
        hours.week[6] = vec![Span { open: 600, close: 720 }];
        assert!(!change(&hours, 3, 14).touches && !change(&hours, 11, 7).touches);
    }

    #[test]
    fn a_holiday_is_not_as_usual_and_says_so() {
        let hours = night_shop("Europe/Berlin");
        let day = hours.day(Date::constant(2027, 12, 24)).unwrap();
        assert_eq!((day.open.len(), day.is_usual, day.because), (0, false, vec![State::Holiday(0)]));
        let day = hours.day(Date::constant(2027, 12, 23)).unwrap();
        assert_eq!((day.open.len(), day.is_usual, day.because), (2, true, Vec::new()));
        assert_eq!((day.open[0].from.hour(), day.open[0].to.minute()), (8, 30));
    }
}
