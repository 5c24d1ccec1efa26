//! A schedule held by hand until a time and for a reason: how an operator writes both, and how they are told.
//!
//! Knows civil time and the schedule's zone; must never know the present but as it is told, nor who holds.

use std::{fmt, sync::Arc};

use clock::Wall;
use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};

use crate::{
    Hours, HoursId, Site,
    explain::{NotAsked, civil},
};

/// The longest reason, in letters.
pub const REASON_MAX: usize = 80;

/// The longest hold: what is so for longer belongs in the config.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A schedule that somebody holds, as the switch has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub hours: HoursId,
    /// Open, or closed.
    pub is_open: bool,
    /// Since when; from ever on if unknown.
    pub since: Option<Wall>,
    /// Until when; for good if the schedule never changes by itself.
    pub until: Option<Wall>,
    /// Why; empty for a day/night key.
    pub reason: Arc<str>,
}

impl Hold {
    /// Whether it holds at this time.
    pub fn is_on(&self, now: Wall) -> bool {
        self.since.is_none_or(|since| since <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Until when and why: ` until Mon 2026-11-23 19:00: "stocktake"`.
    pub fn words(&self, hours: &Hours) -> String {
        let until = self.until.map_or_else(String::new, |until| format!(" until {}", told(hours, until)));
        if self.reason.is_empty() { until } else { format!("{until}: \"{}\"", self.reason) }
    }
}

/// Why a schedule can't be held so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// The end is no time.
    #[error("{0:?} is no time: write 19:00, 2026-12-24T19:00 or \"Thu 2026-12-24 19:00\"")]
    Unread(String),
    /// The end names another day of the week than its date has.
    #[error("{0}")]
    Weekday(NotAsked),
    /// The end is over.
    #[error("{until} is over: it is {now} there{tomorrow}")]
    Over {
        /// The end, as the clock shows it.
        until: String,
        /// The present, as the clock shows it.
        now: String,
        /// What else could be meant.
        tomorrow: String,
    },
    /// The clocks are set forward past the end.
    #[error(
        "{time} does not exist on {date} in {zone}: the clocks go from {from} to {to}; write {date}T{to}"
    )]
    Skipped {
        /// The time of day.
        time: Clock,
        /// The day.
        date: jiff::civil::Date,
        /// Whose clocks.
        zone: String,
        /// What they show before.
        from: Clock,
        /// What they show after.
        to: Clock,
    },
    /// The end is too far away.
    #[error("{0} is more than a year away: what is so for long is written under [hours]")]
    Far(String),
    /// The reason says nothing.
    #[error("{0:?} is no reason: write what people are to read, such as \"stocktake\"")]
    Reason(String),
    /// The reason is too long.
    #[error("the reason has {0} letters: {REASON_MAX} at most")]
    Long(usize),
    /// The reason is a time.
    #[error("{0} is a time, not a reason: write --until {0}")]
    Time(String),
    /// The reason is a schedule.
    #[error("{0} is a schedule, not a reason: write --hours {0}")]
    Name(String),
}

/// A time of day as it is shown: seconds only where there are some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(Time);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.strftime(if self.0.second() == 0 { "%H:%M" } else { "%H:%M:%S" });
        write!(f, "{shown}")
    }
}

/// Reads until when a schedule is to be held, by the clocks of its own zone: a time of this day, or of a date. Where
/// the clocks show it twice, the first is meant that is still to come.
///
/// # Errors
/// The operator's: it is no time, it is over, it never comes, or it is too far away.
pub fn until(hours: &Hours, text: &str, now: Wall) -> Result<Wall, NotHeld> {
    let zone = &hours.timezone;
    let present = timestamp(now);
    let today = zone.to_datetime(present).date();
    let text = text.trim();
    let of_today = time_of_day(text);
    let at = match of_today {
        // The end of the day, as `24:00` of the config is.
        Some(None) => today.tomorrow().map(|day| day.to_datetime(Time::midnight())).ok(),
        Some(Some(time)) => Some(today.to_datetime(time)),
        None => match civil(text) {
            Ok(at) => Some(at),
            Err(why @ NotAsked::Weekday { .. }) => return Err(NotHeld::Weekday(why)),
            Err(_) => None,
        },
    };
    let at = at.ok_or_else(|| NotHeld::Unread(text.to_owned()))?;
    let read = zone.to_ambiguous_timestamp(at);
    if let AmbiguousOffset::Gap { before, after } = read.offset() {
        let change = change(zone, at, before);
        // The day ends with the change where the clocks leave out midnight.
        return if of_today == Some(None) {
            Ok(Wall::from_unix_micros(change.as_microsecond()))
        } else {
            Err(skipped(zone, at, change, [before, after]))
        };
    }
    let unread = |_| NotHeld::Unread(text.to_owned());
    let (first, second) = (read.earlier().map_err(unread)?, read.later().map_err(unread)?);
    let Some(end) = [first, second].into_iter().find(|at| *at > present) else {
        let tomorrow = today.tomorrow().ok().filter(|_| of_today.is_some());
        return Err(NotHeld::Over {
            until: shown(zone, second),
            now: shown(zone, present),
            tomorrow: tomorrow
                .map_or_else(String::new, |day| format!("; for tomorrow write {day}T{}", Clock(at.time()))),
        });
    };
    if end.duration_since(present) > LASTS_MAX {
        return Err(NotHeld::Far(shown(zone, end)));
    }
    Ok(Wall::from_unix_micros(end.as_microsecond()))
}

/// Reads why a schedule is to be held.
///
/// # Errors
/// The operator's: it says nothing, it is too long, or it looks like something else that was meant.
pub fn reason(site: &Site, text: &str) -> Result<Arc<str>, NotHeld> {
    let text = text.trim();
    let letters = text.chars().count();
    if text.chars().any(char::is_control) || !text.chars().any(char::is_alphanumeric) {
        return Err(NotHeld::Reason(text.to_owned()));
    }
    if letters > REASON_MAX {
        return Err(NotHeld::Long(letters));
    }
    if time_of_day(text).is_some() || civil(text).is_ok() {
        return Err(NotHeld::Time(text.to_owned()));
    }
    if site.hours.iter().any(|hours| *hours.name == *text) {
        return Err(NotHeld::Name(text.to_owned()));
    }
    if text.chars().all(char::is_numeric) {
        return Err(NotHeld::Reason(text.to_owned()));
    }
    Ok(text.into())
}

/// A moment by the clocks of a schedule: `Mon 2026-11-23 19:00`.
pub fn told(hours: &Hours, at: Wall) -> String {
    shown(&hours.timezone, timestamp(at))
}

/// `19:00`, or `24:00` without a time.
fn time_of_day(text: &str) -> Option<Option<Time>> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|it| it.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return None;
    }
    match (hour.parse().ok()?, minute.parse().ok()?) {
        (24, 0) => Some(None),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok().map(Some),
    }
}

/// When the clocks are set forward past a reading.
fn change(zone: &TimeZone, at: DateTime, before: Offset) -> Timestamp {
    // What the clock would show as it was before lies behind the change, or on it.
    let behind = before.to_timestamp(at).unwrap_or(Timestamp::MAX);
    let past = behind.checked_add(SignedDuration::from_nanos(1)).unwrap_or(behind);
    zone.preceding(past).next().map_or(behind, |change| change.timestamp())
}

fn skipped(zone: &TimeZone, at: DateTime, change: Timestamp, [before, after]: [Offset; 2]) -> NotHeld {
    NotHeld::Skipped {
        time: Clock(at.time()),
        date: at.date(),
        zone: zone.iana_name().unwrap_or("that zone").to_owned(),
        from: Clock(before.to_datetime(change).time()),
        to: Clock(after.to_datetime(change).time()),
    }
}

fn shown(zone: &TimeZone, at: Timestamp) -> String {
    let at = zone.to_datetime(at);
    format!(
        "{} {}",
        at.strftime("%a %Y-%m-%d"),
        Clock(at.time().round(jiff::Unit::Second).unwrap_or(at.time()))
    )
}

fn timestamp(wall: Wall) -> Timestamp {
    Timestamp::from_microsecond(wall.unix_micros()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str) -> Hours {
        Hours {
            name: "office".into(),
            timezone: TimeZone::get(zone).unwrap(),
            week: std::array::from_fn(|_| Vec::new()),
            holidays: Vec::new(),
            almanac: None,
            toggle: None,
            said: None,
        }
    }

    fn wall(text: &str) -> Wall {
        Wall::from_unix_micros(text.parse::<Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn an_end_is_a_time_of_this_day_or_of_a_date() {
        let table = [
            ("19:00", "2026-11-23T09:00-05", "2026-11-23T19:00-05"),
            (" 9:01 ", "2026-11-23T09:00-05", "2026-11-23T09:01-05"),
            ("24:00", "2026-11-23T09:00-05", "2026-11-24T00:00-05"),
            ("2026-12-24T19:00", "2026-11-23T09:00-05", "2026-12-24T19:00-05"),
            ("Thu 2026-12-24 19:00", "2026-11-23T09:00-05", "2026-12-24T19:00-05"),
            // The clocks show 01:30 twice, and each time is meant while it is still to come.
            ("01:30", "2026-11-01T00:10-04", "2026-11-01T01:30-04"),
            ("01:30", "2026-11-01T01:40-04", "2026-11-01T01:30-05"),
        ];
        for (text, now, end) in table {
            assert_eq!(until(&hours("America/New_York"), text, wall(now)), Ok(wall(end)), "{text} at {now}");
        }
    }

    #[test]
    fn a_day_ends_with_the_change_where_the_clocks_leave_out_midnight() {
        for (zone, now, end) in [
            ("America/Santiago", "2026-09-05T20:00-04", "2026-09-06T01:00-03"),
            ("Asia/Beirut", "2026-03-28T20:00+02", "2026-03-29T01:00+03"),
        ] {
            assert_eq!(until(&hours(zone), "24:00", wall(now)), Ok(wall(end)), "{zone}");
            let date = &end[..10];
            for left_out in ["00:00", "00:30"] {
                let told = until(&hours(zone), &format!("{date}T{left_out}"), wall(now)).unwrap_err();
                let mend = format!("the clocks go from 00:00 to 01:00; write {date}T01:00");
                assert!(told.to_string().contains(&mend), "{zone}: {told}");
                assert_eq!(until(&hours(zone), &format!("{date}T01:00"), wall(now)), Ok(wall(end)));
            }
        }
    }

    #[test]
    fn an_end_that_is_none_is_told_with_what_could_be_meant() {
        let table = [
            ("soon", "is no time: write 19:00"),
            ("25:00", "is no time"),
            ("24:30", "is no time"),
            ("19:5", "is no time"),
            ("Fri 2026-12-24 19:00", "2026-12-24 is a Thursday, not a Friday"),
            (
                "09:00",
                "Mon 2026-11-23 09:00 is over: it is Mon 2026-11-23 09:20 there; for tomorrow write 2026-11-24T09:00",
            ),
            ("2026-11-22T19:00", "Sun 2026-11-22 19:00 is over: it is Mon 2026-11-23 09:20 there"),
            (
                "2027-03-14T02:30",
                "02:30 does not exist on 2027-03-14 in America/New_York: the clocks go from 02:00 to 03:00; write 2027-03-14T03:00",
            ),
            ("2027-11-26T19:00", "Fri 2027-11-26 19:00 is more than a year away"),
        ];
        let now = wall("2026-11-23T09:20-05");
        for (text, why) in table {
            let told = until(&hours("America/New_York"), text, now).unwrap_err().to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
        // Half an hour is left out here.
        let told = until(&hours("Australia/Lord_Howe"), "02:10", wall("2026-10-04T00:10+10:30")).unwrap_err();
        assert!(told.to_string().contains("go from 02:00 to 02:30"), "{told}");
    }
}
