//! Opening hours as written: ranges of the week, and days on which they do not count.

use std::sync::Arc;

use jiff::{civil::Date, tz::TimeZone};

use crate::{almanac::Almanac, wording::Vocabulary};

/// A schedule of opening hours, in civil time of its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Name in the config.
    pub name: Arc<str>,
    /// Its zone: its own, else the site's.
    pub timezone: TimeZone,
    /// Open ranges of Monday to Sunday, each day's sorted and apart.
    pub week: [Vec<Span>; 7],
    /// Closed days, sorted, each date once.
    pub holidays: Vec<Holiday>,
    /// Calendars whose events close it, or open it.
    pub almanac: Option<Almanac>,
    /// The code of its day/night key: held open, held closed, or left to itself.
    pub toggle: Option<Arc<str>>,
    /// What callers can be told of it, where some step tells them.
    pub said: Option<Vocabulary>,
}

/// An open range of one day, in minutes after midnight by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First open minute.
    pub open: u16,
    /// First closed minute; 1440 is midnight at the day's end. Always after `open`.
    pub close: u16,
}

/// A day on which a schedule is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// What it is called, if the config says.
    pub name: Option<Arc<str>>,
}
