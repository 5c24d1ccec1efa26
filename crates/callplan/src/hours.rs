//! Whether a schedule is open at a moment, and when that changes next.
//!
//! The clock on the wall of the schedule's zone decides, so a day on which the clocks change needs no
//! case of its own: a time that occurs twice is open twice, one that is left out never comes. Knows
//! civil time only; must never know calls, people or the present.
//!
//! Of what speaks about a moment the first counts: an event that opens for a time, a day that is closed (unless an
//! event opens the day), an event that closes for a time, the ranges of the week.

use clock::Wall;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
};
use smallvec::SmallVec;

use crate::{CalendarFile, EventId, Holiday, Hours, Span};

/// How far ahead [`Hours::next_change`] looks: past a year of holidays.
const DAYS_AHEAD_MAX: u16 = 400;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// What a schedule says of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Within a span.
    Open,
    /// Closed at this time of a day that has spans.
    ClosedNow,
    /// Closed on this day of the week.
    ClosedDay,
    /// Closed for a holiday: which, as an index into [`Hours::holidays`].
    Holiday(u16),
    /// Closed by an event of a calendar.
    Closed(EventId),
    /// Opened by an event of a calendar.
    Opened(EventId),
}

impl State {
    /// Whether calls are taken.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Opened(_))
    }
}

impl Hours {
    /// Whether it is open at `wall`, and if not, why.
    pub fn at(&self, wall: Wall) -> State {
        self.at_instant(timestamp(wall))
    }

    /// The first moment after `wall` at which it opens or closes; `None` if nothing changes within
    /// 400 days.
    pub fn next_change(&self, wall: Wall) -> Option<Wall> {
        let now = timestamp(wall);
        let open = self.at(wall).is_open();
        // Clocks that go back past midnight bring yesterday back.
        let mut day = self.timezone.to_datetime(now).date().yesterday().ok()?;
        for _ in 0..DAYS_AHEAD_MAX {
            let mut moments = self.boundaries(day);
            moments.sort_unstable();
            let changes = |at: &Timestamp| self.at_instant(*at).is_open() != open;
            if let Some(change) = moments.into_iter().filter(|at| *at > now).find(changes) {
                return Some(Wall::from_unix_micros(change.as_microsecond()));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The open ranges of a weekday, in order.
    pub fn spans(&self, day: Weekday) -> &[Span] {
        let monday_first = usize::try_from(day.to_monday_zero_offset());
        &self.week[monday_first.expect("a weekday counts from 0 to 6")]
    }

    /// The holiday that a [`State::Holiday`] of this schedule names.
    pub fn holiday(&self, which: u16) -> Option<&Holiday> {
        self.holidays.get(usize::from(which))
    }

    /// The event that a [`State::Closed`] or [`State::Opened`] of this schedule names, and its file.
    pub fn event(&self, which: EventId) -> Option<(&CalendarFile, &calendar::Event)> {
        self.almanac.as_ref()?.event(which)
    }

    pub(crate) fn at_instant(&self, instant: Timestamp) -> State {
        let at = self.timezone.to_datetime(instant);
        self.by_almanac(at.date(), instant).unwrap_or_else(|| self.by_week(at))
    }

    /// What the dates of holidays and the calendars say.
    fn by_almanac(&self, day: Date, instant: Timestamp) -> Option<State> {
        let almanac = self.almanac.as_ref();
        if let Some(event) = almanac.and_then(|it| it.opens(day, instant)) {
            return Some(State::Opened(event));
        }
        let listed = self.holidays.binary_search_by_key(&day, |holiday| holiday.date).ok();
        if let Some(which) = listed.filter(|_| !almanac.is_some_and(|it| it.opens_day(day))) {
            return Some(State::Holiday(u16::try_from(which).unwrap_or(u16::MAX)));
        }
        let almanac = almanac?;
        almanac.takes_day(day).or_else(|| almanac.takes_time(day, instant)).map(State::Closed)
    }

    pub(crate) fn by_week(&self, at: DateTime) -> State {
        let spans = self.spans(at.weekday());
        let minute = minute_of(at);
        match (spans.is_empty(), spans.iter().any(|span| (span.open..span.close).contains(&minute))) {
            (true, _) => State::ClosedDay,
            (false, true) => State::Open,
            (false, false) => State::ClosedNow,
        }
    }

    /// Every instant of `day` at which the answer may change: midnight, the ends of spans (twice
    /// where the clock shows them twice), and the clock changes themselves.
    pub(crate) fn boundaries(&self, day: Date) -> SmallVec<[Timestamp; 16]> {
        let mut moments: SmallVec<[Timestamp; 16]> = SmallVec::new();
        let ends = self.spans(day.weekday()).iter().flat_map(|span| [span.open, span.close]);
        for minute in std::iter::once(0).chain(ends).filter(|minute| *minute < MINUTES_PER_DAY) {
            let at =
                day.to_datetime(jiff::civil::Time::midnight()).saturating_add(i64::from(minute).minutes());
            let read = self.timezone.to_ambiguous_timestamp(at);
            moments.extend([read.earlier(), read.later()].into_iter().filter_map(Result::ok));
        }
        let date = |at: &Timestamp| self.timezone.to_datetime(*at).date();
        // A time that the clocks leave out is read as one before or after, on another day where they leave midnight out.
        moments.retain(|at| date(at) == day);
        if let Some(first) = moments.iter().min().copied() {
            let changes = self.timezone.following(first).map(|change| change.timestamp());
            // Those of other days wait for theirs: moments are looked at day by day, in order.
            moments.extend(changes.take_while(|at| date(at) <= day).filter(|at| date(at) == day));
        }
        if let Some(almanac) = &self.almanac {
            moments.extend(almanac.edges(day).filter(|at| date(at) == day));
        }
        moments
    }
}

/// The instant of a wall clock reading; beyond the year 9999 the last there is.
fn timestamp(wall: Wall) -> Timestamp {
    Timestamp::from_microsecond(wall.unix_micros()).unwrap_or(Timestamp::MAX)
}

fn minute_of(at: DateTime) -> u16 {
    let minutes = i16::from(at.hour()) * 60 + i16::from(at.minute());
    u16::try_from(minutes).expect("a time of day is not negative")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    const ZONES: [&str; 14] = [
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Australia/Adelaide",
        // Half an hour of summer time.
        "Australia/Lord_Howe",
        // Changes at midnight.
        "America/Santiago",
        "Asia/Beirut",
        // A quarter of an hour off, and a change at a quarter to three.
        "Pacific/Chatham",
        // Two hours of summer time.
        "Antarctica/Troll",
        // An hour less in Ramadan, and none any more after it.
        "Africa/Casablanca",
        // Changes by decree, on a Saturday and around Ramadan.
        "Asia/Gaza",
        // Changes on a Saturday evening.
        "America/Nuuk",
        // A quarter of an hour off, and no change.
        "Asia/Kathmandu",
        "UTC",
    ];

    /// Split weekdays, a short Saturday, and a Sunday whose spans lie across the hours at which clocks
    /// change.
    fn office(zone: &str) -> Hours {
        let span =
            |from: (u16, u16), to: (u16, u16)| Span { open: from.0 * 60 + from.1, close: to.0 * 60 + to.1 };
        let weekday = vec![span((8, 30), (12, 30)), span((13, 30), (18, 0))];
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| weekday.clone());
        week[5] = vec![span((0, 0), (0, 30)), span((9, 0), (12, 0)), span((23, 30), (24, 0))];
        week[6] = vec![span((0, 0), (0, 20)), span((1, 30), (2, 10)), span((2, 40), (3, 15))];
        let holiday = |date, name: &str| Holiday { date, name: Some(name.into()) };
        Hours {
            name: "office".into(),
            timezone: TimeZone::get(zone).unwrap(),
            week,
            holidays: vec![
                holiday(Date::constant(2026, 5, 25), "Memorial Day"),
                holiday(Date::constant(2026, 12, 25), "Christmas Day"),
                holiday(Date::constant(2026, 12, 26), "Boxing Day"),
            ],
            almanac: None,
            toggle: None,
            said: None,
        }
    }

    fn wall(timestamp: &str) -> Wall {
        Wall::from_unix_micros(timestamp.parse::<Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn the_wall_clock_of_the_zone_decides() {
        let hours = office("America/New_York");
        let table = [
            ("2026-03-13T08:29:59.999-04", State::ClosedNow),
            ("2026-03-13T08:30-04", State::Open),
            ("2026-03-13T12:30-04", State::ClosedNow),
            ("2026-03-13T13:30-04", State::Open),
            ("2026-03-13T18:00-04", State::ClosedNow),
            ("2026-03-14T09:00-04", State::Open),
            ("2026-03-14T23:59:59-04", State::Open),
            ("2026-12-25T10:00-05", State::Holiday(1)),
            ("2026-12-26T04:59Z", State::Holiday(1)),
            ("2026-12-26T05:00Z", State::Holiday(2)),
            // 2026-11-01: 01:30 to 02:00 comes twice, at -4 and again at -5.
            ("2026-11-01T01:29-04", State::ClosedNow),
            ("2026-11-01T01:45-04", State::Open),
            ("2026-11-01T01:15-05", State::ClosedNow),
            ("2026-11-01T01:45-05", State::Open),
            // 2026-03-08: 02:00 to 03:00 is left out.
            ("2026-03-08T01:59-05", State::Open),
            ("2026-03-08T03:00-04", State::Open),
            ("2026-03-08T03:15-04", State::ClosedNow),
        ];
        for (at, expected) in table {
            assert_eq!(hours.at(wall(at)), expected, "{at}");
        }
        assert_eq!(hours.holiday(1).unwrap().name.as_deref(), Some("Christmas Day"));
    }

    #[test]
    fn a_day_without_spans_is_closed_all_day() {
        let mut hours = office("UTC");
        hours.week[6].clear();
        assert_eq!(hours.at(wall("2026-03-15T10:00Z")), State::ClosedDay);
        assert_eq!(hours.next_change(wall("2026-03-15T10:00Z")), Some(wall("2026-03-16T08:30Z")));
    }

    /// The changes found by leaping are those found by walking a year in steps of five minutes, which no
    /// boundary here falls between.
    #[test]
    fn next_change_agrees_with_walking_the_year() {
        const STEP: i64 = 300_000_000;
        for zone in ZONES {
            let hours = office(zone);
            let (start, end) = (wall("2026-01-01T00:00Z"), wall("2027-01-02T00:00Z"));
            let mut next = hours.next_change(start);
            let mut open = hours.at(start).is_open();
            let mut changes = 0;
            for at in (start.unix_micros()..end.unix_micros()).step_by(STEP as usize) {
                let at = Wall::from_unix_micros(at);
                let now_open = hours.at(at).is_open();
                if now_open != open {
                    assert_eq!(next, Some(at), "{zone}");
                    (next, open, changes) = (hours.next_change(at), now_open, changes + 1);
                }
            }
            assert!(changes > 1000, "{zone} changes {changes} times");
        }
    }

    #[test]
    fn a_schedule_that_never_opens_never_changes() {
        let mut hours = office("Europe/Berlin");
        hours.week.iter_mut().for_each(Vec::clear);
        assert_eq!(hours.next_change(wall("2026-01-01T00:00Z")), None);
    }
}
