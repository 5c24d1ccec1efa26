//! Dates, times and lengths as a calendar writes them (RFC 5545 §3.3.4 to §3.3.6).

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// A date, or a time by some clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day, wherever it is read.
    Date(Date),
    /// A time by the clock of whoever reads it.
    Floating(DateTime),
    /// A time by the clock of a zone.
    Zoned(DateTime, TimeZone),
}

/// By which clock an event is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// By none: whole days.
    Days,
    /// By that of whoever reads it.
    Reader,
    /// By that of a zone.
    Zone(TimeZone),
}

impl Moment {
    /// What its clock shows; midnight of a day.
    pub(crate) fn civil(&self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::midnight()),
            Self::Floating(civil) | Self::Zoned(civil, _) => *civil,
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        match self {
            Self::Date(_) => Clock::Days,
            Self::Floating(_) => Clock::Reader,
            Self::Zoned(_, zone) => Clock::Zone(zone.clone()),
        }
    }

    /// What another clock shows at this moment: exporters write exceptions in UTC of an event with a zone.
    pub(crate) fn by(&self, clock: &Clock) -> DateTime {
        match (self, clock) {
            (Self::Zoned(civil, own), Clock::Zone(zone)) if own != zone => {
                let read = own.to_ambiguous_timestamp(*civil).compatible();
                read.map_or(*civil, |at| zone.to_datetime(at))
            }
            (Self::Zoned(..) | Self::Date(_) | Self::Floating(_), _) => self.civil(),
        }
    }
}

/// The instant at which a clock shows a time: one that is left out by the offset before it (RFC 5545 §3.3.5), one
/// that comes twice the first time.
pub(crate) fn instant(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// How long an event lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    /// Days by the calendar.
    pub(crate) days: i64,
    /// Seconds beside them.
    pub(crate) seconds: i64,
    /// Whether the seconds are those of a stopwatch (a DURATION), not of the clock on the wall (a DTEND).
    pub(crate) is_exact: bool,
}

impl Length {
    /// What the clock shows when it is over, of an event that begins then.
    pub(crate) fn after(self, begins: DateTime) -> Option<DateTime> {
        let days = jiff::Span::new().try_days(self.days).ok()?;
        let seconds = jiff::Span::new().try_seconds(self.seconds).ok()?;
        begins.checked_add(days).ok()?.checked_add(seconds).ok()
    }

    /// When it is over.
    pub(crate) fn end(self, begins: DateTime, zone: &TimeZone) -> Option<Timestamp> {
        if !self.is_exact {
            return instant(self.after(begins)?, zone);
        }
        let day = Self { seconds: 0, ..self }.after(begins)?;
        instant(day, zone)?.checked_add(jiff::SignedDuration::from_secs(self.seconds)).ok()
    }

    /// Whether it is no time at all.
    pub(crate) const fn is_nothing(self) -> bool {
        self.days == 0 && self.seconds == 0
    }

    /// Days that it touches at most beside the first.
    pub(crate) const fn days_max(self) -> i64 {
        self.days + self.seconds / 86_400 + 1
    }
}

/// `20261225`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// `20261225T100000`, and whether a `Z` follows.
pub(crate) fn date_time(text: &str) -> Option<(DateTime, bool)> {
    let (bare, is_utc) =
        text.trim().strip_suffix(['Z', 'z']).map_or((text.trim(), false), |bare| (bare, true));
    let (day, time) = bare.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let second: i8 = time[4..].parse().ok()?;
    // A leap second is the last of its minute.
    let time = Time::new(time[..2].parse().ok()?, time[2..4].parse().ok()?, second.min(59), 0).ok()?;
    Some((date(day)?.to_datetime(time), is_utc)).filter(|_| second <= 60)
}

/// `P1W`, `P1DT12H`, `PT30M`: weeks and days by the calendar, the rest by a stopwatch. What is negative is none.
pub(crate) fn length(text: &str) -> Option<Length> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    let days = sum(days, &[('W', 7), ('D', 1)])?;
    let seconds = sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    (!text.is_empty()).then_some(Length { days, seconds, is_exact: true })
}

/// Numbers with units, each at most a million.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0;
    while !text.is_empty() {
        let at = text.find(|letter: char| !letter.is_ascii_digit())?;
        let count: i64 = text[..at].parse().ok().filter(|count| *count <= 1_000_000)?;
        let letter = text[at..].chars().next()?;
        let (_, scale) = units.iter().find(|(unit, _)| *unit == letter)?;
        sum += count * scale;
        text = &text[at + 1..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_counts_days_by_the_calendar_and_hours_by_a_stopwatch() {
        for (text, days, seconds) in
            [("P1D", 1, 0), ("P2W", 14, 0), ("PT15M", 0, 900), ("+P1DT1H30M5S", 1, 5405), ("P0D", 0, 0)]
        {
            assert_eq!(length(text), Some(Length { days, seconds, is_exact: true }), "{text}");
        }
        for bad in ["", "P", "1D", "-P1D", "P1H", "PT1D", "P1", "PD", "P9999999D"] {
            assert_eq!(length(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_and_a_time_are_digits_that_a_calendar_has() {
        assert_eq!(date("20280229"), Some(Date::constant(2028, 2, 29)));
        for bad in ["20270229", "2027-1-1", "0", "202701011", "2027010é"] {
            assert_eq!(date(bad), None, "{bad}");
        }
        assert_eq!(date_time("20270101T235960Z").unwrap().0.to_string(), "2027-01-01T23:59:59");
        for bad in ["20270101", "20270101T2400", "20270101T240000", "20270101T000061", "20270101T0000é"] {
            assert_eq!(date_time(bad), None, "{bad}");
        }
    }

    /// New York's clocks go forward on 14 March 2027 at 2:00: a day by the calendar has 23 hours then.
    #[test]
    fn an_end_by_the_wall_and_one_by_the_stopwatch_differ_over_a_clock_change() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let begins = Date::constant(2027, 3, 13).at(9, 0, 0, 0);
        let wall = Length { days: 1, seconds: 0, is_exact: false };
        let stopwatch = length("PT24H").unwrap();
        assert_eq!(wall.end(begins, &zone).unwrap().to_string(), "2027-03-14T13:00:00Z");
        assert_eq!(stopwatch.end(begins, &zone).unwrap().to_string(), "2027-03-14T14:00:00Z");
    }
}
