//! A recurrence as written (RFC 5545 §3.3.10).

use jiff::civil::{Date, DateTime, Weekday};

use crate::{
    flaw::Flaw,
    moment::{date, date_time},
};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Often {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A recurrence of days; the time of day is always that of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) often: Often,
    /// Every so many periods; at least 1.
    pub(crate) interval: i32,
    pub(crate) ends: Ends,
    /// On which day weeks begin, for every second week and more.
    pub(crate) week_begins: Weekday,
    /// Months that count, a bit each from bit 1 on; none set if all do.
    pub(crate) months: u16,
    /// Days of the month, from its end if negative.
    pub(crate) month_days: Vec<i16>,
    /// Days of the year, from its end if negative.
    pub(crate) year_days: Vec<i16>,
    /// Days of the week; the how-many-th of the month or year, or every if 0.
    pub(crate) week_days: Vec<(i16, Weekday)>,
    /// Which of a period's days, from its end if negative; all if none.
    pub(crate) places: Vec<i16>,
}

/// When a recurrence ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Never,
    /// The last day counts, whatever the time.
    UntilDay(Date),
    /// By the clock of the event, or in UTC.
    UntilTime {
        time: DateTime,
        is_utc: bool,
    },
    /// After so many, the first included.
    Count(u32),
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

impl Rule {
    /// Reads a recurrence of an event that begins at `start`.
    ///
    /// # Errors
    /// It can't be read, or asks for more than days.
    pub(crate) fn parse(text: &str, start: DateTime) -> Result<Self, Flaw> {
        let mut often = None;
        let mut rule = Self {
            often: Often::Daily,
            interval: 1,
            ends: Ends::Never,
            week_begins: Weekday::Monday,
            months: 0,
            month_days: Vec::new(),
            year_days: Vec::new(),
            week_days: Vec::new(),
            places: Vec::new(),
        };
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let wrong = || Flaw::PeerRule(part.to_owned());
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let (key, value) = (key.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            if key == "FREQ" {
                often = Some(frequency(&value).ok_or_else(|| Flaw::LocalRule(part.to_owned()))?);
            } else if is_time(&key) {
                rule.same_time(&key, &value, start).ok_or_else(|| Flaw::LocalRule(part.to_owned()))?;
            } else if !rule.part(&key, &value).ok_or_else(wrong)? {
                return Err(Flaw::LocalRule(part.to_owned()));
            }
        }
        rule.often = often.ok_or_else(|| Flaw::PeerRule(text.to_owned()))?;
        rule.complete(start.date());
        Ok(rule)
    }

    /// Reads one part; `None` if its value is wrong, false if it is not known.
    fn part(&mut self, key: &str, value: &str) -> Option<bool> {
        match key {
            "INTERVAL" => self.interval = value.parse().ok().filter(|count| (1..=10_000).contains(count))?,
            "COUNT" => self.ends = Ends::Count(value.parse().ok().filter(|count| *count > 0)?),
            "UNTIL" => {
                self.ends = match (date(value), date_time(value)) {
                    (Some(day), _) => Ends::UntilDay(day),
                    (None, Some((time, is_utc))) => Ends::UntilTime { time, is_utc },
                    (None, None) => return None,
                }
            }
            "WKST" => self.week_begins = weekday(value)?,
            "BYMONTH" => {
                for month in numbers(value, 12)? {
                    self.months |= 1 << u16::try_from(month).ok()?;
                }
            }
            "BYMONTHDAY" => self.month_days = numbers(value, 31)?,
            "BYYEARDAY" => self.year_days = numbers(value, 366)?,
            "BYSETPOS" => self.places = numbers(value, 366)?,
            "BYDAY" => self.week_days = value.split(',').map(nth_day).collect::<Option<_>>()?,
            // What an extension is called, nobody needs to know who writes it.
            key if key.starts_with("X-") => {}
            _ => return Some(false),
        }
        Some(true)
    }

    /// A recurrence by times of the day is one of days if it names the event's own time.
    fn same_time(&self, key: &str, value: &str, start: DateTime) -> Option<()> {
        let own = match key {
            "BYHOUR" => start.hour(),
            "BYMINUTE" => start.minute(),
            _ => start.second(),
        };
        (value.parse::<i8>().ok()? == own).then_some(())
    }

    /// What the rule leaves open is as it is on the first day.
    fn complete(&mut self, first: Date) {
        if !(self.month_days.is_empty() && self.year_days.is_empty() && self.week_days.is_empty()) {
            return;
        }
        match self.often {
            Often::Daily => {}
            Often::Weekly => self.week_days.push((0, first.weekday())),
            Often::Monthly => self.month_days.push(first.day().into()),
            Often::Yearly => {
                self.month_days.push(first.day().into());
                if self.months == 0 {
                    self.months = 1 << first.month();
                }
            }
        }
    }
}

fn frequency(text: &str) -> Option<Often> {
    Some(match text {
        "DAILY" => Often::Daily,
        "WEEKLY" => Often::Weekly,
        "MONTHLY" => Often::Monthly,
        "YEARLY" => Often::Yearly,
        _ => return None,
    })
}

fn is_time(key: &str) -> bool {
    matches!(key, "BYHOUR" | "BYMINUTE" | "BYSECOND")
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

/// `MO`, `2SU`, `-1FR`.
pub(crate) fn nth_day(text: &str) -> Option<(i16, Weekday)> {
    let text = text.trim();
    let at = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at))?;
    let nth = match &text[..at] {
        "" => 0,
        nth => nth.parse().ok().filter(|nth: &i16| *nth != 0 && nth.abs() <= 53)?,
    };
    Some((nth, weekday(&text[at..])?))
}

/// Numbers other than 0, none further from it than `max`.
fn numbers(text: &str, max: i16) -> Option<Vec<i16>> {
    let number =
        |text: &str| text.trim().parse().ok().filter(|number: &i16| *number != 0 && number.abs() <= max);
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recurrence_of_days_is_told_with_its_part() {
        let start = Date::constant(2026, 1, 1).at(9, 0, 0, 0);
        for (text, part) in [
            ("INTERVAL=2", "INTERVAL=2"),
            ("FREQ=DAILY;COUNT=0", "COUNT=0"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
            ("FREQ=DAILY;UNTIL=soon", "UNTIL=soon"),
            ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"),
            ("FREQ=MONTHLY;BYDAY=XX", "BYDAY=XX"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
            ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1"),
            ("FREQ", "FREQ"),
        ] {
            assert_eq!(Rule::parse(text, start), Err(Flaw::PeerRule(part.into())), "{text}");
        }
        for (text, part) in [
            ("FREQ=HOURLY", "FREQ=HOURLY"),
            ("FREQ=DAILY;BYHOUR=9,10", "BYHOUR=9,10"),
            ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO=20"),
        ] {
            assert_eq!(Rule::parse(text, start), Err(Flaw::LocalRule(part.into())), "{text}");
        }
        assert!(Rule::parse("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0;", start).is_ok());
    }
}
