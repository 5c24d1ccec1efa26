//! A time of day, as it is dialled, and when it comes next.

use std::fmt;

use clock::Wall;
use jiff::{
    Timestamp,
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

/// Hours and minutes on a clock of 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTime {
    hour: i8,
    minute: i8,
}

impl DayTime {
    /// Reads `0730`: exactly four digits, up to `2359`.
    pub fn read(digits: &str) -> Option<Self> {
        let is_time = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let (hour, minute) = (digits.get(..2).filter(|_| is_time)?, digits.get(2..)?);
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }

    /// The first moment after `now` at which clocks of this zone show it. Where they are set forward past it, it
    /// comes as they are; where they are set back over it, the first of the two is meant, and the second once the
    /// first is over.
    pub fn next(self, zone: &TimeZone, now: Wall) -> Option<Wall> {
        let now = Timestamp::from_microsecond(now.unix_micros()).ok()?;
        let mut day = zone.to_datetime(now).date();
        // The day after tomorrow, should tomorrow be left out (Samoa, 2011).
        for _ in 0..3 {
            if let Some(at) = self.moments(zone, day).into_iter().flatten().find(|at| *at > now) {
                return Some(Wall::from_unix_micros(at.as_microsecond()));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// When it is that time on a day: once, or twice.
    fn moments(self, zone: &TimeZone, day: Date) -> [Option<Timestamp>; 2] {
        let read = zone.to_ambiguous_timestamp(day.at(self.hour, self.minute, 0, 0));
        let earlier = read.earlier().ok();
        match read.offset() {
            AmbiguousOffset::Unambiguous { .. } => [earlier, None],
            AmbiguousOffset::Gap { .. } => {
                [earlier.and_then(|before| zone.following(before).next()).map(|it| it.timestamp()), None]
            }
            AmbiguousOffset::Fold { .. } => [earlier, read.later().ok()],
        }
    }
}

/// The first moment after `now` at which clocks of this zone show what was dialled: month, day, hours and minutes, as
/// `12251000`. `None` if they never do so within eight years, which a leap day may take.
pub fn next_moment(digits: &str, zone: &TimeZone, now: Wall) -> Option<Wall> {
    let is_read = digits.bytes().all(|digit| digit.is_ascii_digit());
    let (date, time) = digits.split_at_checked(4).filter(|_| is_read)?;
    let time = DayTime::read(time)?;
    let (month, day) = (date.get(..2)?.parse().ok()?, date.get(2..)?.parse().ok()?);
    let now = Timestamp::from_microsecond(now.unix_micros()).ok()?;
    let year = zone.to_datetime(now).year();
    let days = (year..=year.saturating_add(8)).filter_map(|year| Date::new(year, month, day).ok());
    let next = days.flat_map(|day| time.moments(zone, day)).flatten().find(|at| *at > now)?;
    Some(Wall::from_unix_micros(next.as_microsecond()))
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_next_at_which_clocks_show_it() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = |text: &str| {
            let at: Timestamp = text.parse().unwrap();
            Wall::from_unix_micros(at.as_microsecond())
        };
        let now = at("2026-11-24T15:00:00Z");
        let next = |digits| next_moment(digits, &zone, now);
        assert_eq!(next("12251000"), Some(at("2026-12-25T15:00:00Z")));
        // Just over: of the next year.
        assert_eq!(next("11241000"), Some(at("2027-11-24T15:00:00Z")));
        assert_eq!(next("11241001"), Some(at("2026-11-24T15:01:00Z")));
        assert_eq!(next("02291200"), Some(at("2028-02-29T17:00:00Z")));
        // Where clocks are set forward past it, it comes as they are.
        assert_eq!(next("03140230"), Some(at("2027-03-14T07:00:00Z")));
        for none in ["02301200", "13011200", "12252400", "1225100", "122510000", "+1251000", ""] {
            assert_eq!(next(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_is_four_digits_of_a_day() {
        for (digits, shown) in [("0000", "00:00"), ("0730", "07:30"), ("2359", "23:59")] {
            assert_eq!(DayTime::read(digits).map(|time| time.to_string()).as_deref(), Some(shown));
        }
        for bad in ["", "730", "07300", "2400", "1260", "9999", "7:30", "+730", "-730", "07é"] {
            assert_eq!(DayTime::read(bad), None, "{bad}");
        }
    }

    /// New York's clocks go from 2:00 to 3:00 on 8 March 2026 and from 2:00 back to 1:00 on 1 November.
    #[test]
    fn a_time_that_is_left_out_comes_as_the_clocks_change_and_one_that_comes_twice_is_the_first() {
        let table = [
            ("0730", "2026-03-03T07:29:59-05:00", "2026-03-03T07:30:00-05:00"),
            ("0730", "2026-03-03T07:30:00-05:00", "2026-03-04T07:30:00-05:00"),
            ("0000", "2026-12-31T12:00:00-05:00", "2027-01-01T00:00:00-05:00"),
            ("0230", "2026-03-07T12:00:00-05:00", "2026-03-08T03:00:00-04:00"),
            ("0230", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"),
            ("0300", "2026-03-07T12:00:00-05:00", "2026-03-08T03:00:00-04:00"),
            ("0130", "2026-10-31T12:00:00-04:00", "2026-11-01T01:30:00-04:00"),
            ("0130", "2026-11-01T01:40:00-04:00", "2026-11-01T01:30:00-05:00"),
            ("0130", "2026-11-01T01:40:00-05:00", "2026-11-02T01:30:00-05:00"),
        ];
        let zone = TimeZone::get("America/New_York").unwrap();
        let wall = |text: &str| Wall::from_unix_micros(text.parse::<Timestamp>().unwrap().as_microsecond());
        for (time, now, next) in table {
            let time = DayTime::read(time).unwrap();
            assert_eq!(time.next(&zone, wall(now)), Some(wall(next)), "{time} after {now}");
        }
    }
}
