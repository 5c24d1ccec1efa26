//! The time that is looked at by commands which say what holds over a year.

use callplan::{Site, ways::Horizon};
use clock::Wall;
use jiff::civil::Date;

use crate::time::Clocks;

/// A calendar year of the site, or the year that begins today.
pub(super) fn horizon(site: &Site, year: Option<i16>) -> Horizon {
    let first = match year {
        Some(year) => Date::new(year, 1, 1).expect("any year has a first day"),
        None => site.day(Clocks::start().now().wall),
    };
    // A year from a leap day is the first of March.
    let last = Date::new(first.year() + 1, first.month(), first.day());
    let last = last.unwrap_or_else(|_| Date::constant(first.year() + 1, 3, 1));
    let midnight = |day: Date| {
        let at = day.to_zoned(site.timezone.clone()).map_or(0, |at| at.timestamp().as_microsecond());
        Wall::from_unix_micros(at)
    };
    Horizon { from: midnight(first), until: midnight(last) }
}
