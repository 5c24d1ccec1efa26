//! Civil times, as they are asked about and as they are told.

use clock::Wall;
use jiff::{
    civil::{DateTime, Weekday},
    tz::TimeZone,
};

use super::NotAsked;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A civil time in the site's zone: `2026-12-25T10:00`, `2026-12-25 10:00` or with a weekday in front.
///
/// # Errors
/// It can't be read, or the weekday is not that of the date.
pub fn read_time(zone: &TimeZone, text: &str) -> Result<Wall, NotAsked> {
    let zoned = zone.to_zoned(civil(text)?).map_err(|_| NotAsked::At(text.to_owned()))?;
    Ok(Wall::from_unix_micros(zoned.timestamp().as_microsecond()))
}

/// The same, in whatever zone.
pub(crate) fn civil(text: &str) -> Result<DateTime, NotAsked> {
    let unread = || NotAsked::At(text.to_owned());
    let (said, time) = match text.trim().split_once(' ') {
        Some((day, time)) if day.bytes().all(|letter| letter.is_ascii_alphabetic()) => {
            (Some(named(day).ok_or_else(unread)?), time)
        }
        Some(_) | None => (None, text.trim()),
    };
    let time: DateTime = time.trim().parse().map_err(|_| unread())?;
    let is = weekday(time.weekday());
    match said {
        Some(said) if said != is => Err(NotAsked::Weekday { date: time.date(), is, said }),
        Some(_) | None => Ok(time),
    }
}

/// The weekday that begins so.
fn named(text: &str) -> Option<&'static str> {
    let begins = |day: &&str| day.get(..text.len()).is_some_and(|own| own.eq_ignore_ascii_case(text));
    WEEKDAYS.into_iter().find(begins).filter(|_| text.len() >= 2)
}

/// The name of a weekday.
pub(super) fn weekday(day: Weekday) -> &'static str {
    WEEKDAYS[usize::try_from(day.to_monday_zero_offset()).expect("a weekday counts from 0 to 6")]
}
