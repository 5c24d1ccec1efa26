//! On which days a recurrence falls.
//!
//! Each period (a day, week, month or year) is looked at by itself: its days are those that pass every part of the
//! rule. So a year far ahead costs what the first costs; only a count has to be walked from the beginning, once.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use crate::rule::{Often, Rule};

/// Years in which anything is looked for.
pub(crate) const LAST_YEAR: i16 = 2400;

impl Rule {
    /// The days from `from` to `to` on which it falls, in order, none before `start`; whatever ends it is not
    /// looked at.
    pub(crate) fn days(&self, start: Date, from: Date, to: Date) -> Vec<Date> {
        let (from, to) = (from.max(start), to);
        let mut days = Vec::new();
        let Some(mut period) = self.period(start, from) else { return days };
        while period.first <= to {
            self.fill(&period, |day| {
                if from <= day && day <= to {
                    days.push(day);
                }
            });
            let Some(next) = self.next(&period) else { break };
            period = next;
        }
        days
    }

    /// The last of `count` days, `start` being the first whether the rule has it or not; `None` once more than
    /// `budget` periods were looked at. What is rarer than [`LAST_YEAR`] allows ends with the last there is.
    pub(crate) fn last_of(&self, start: Date, count: u32, budget: &mut u32) -> Option<Date> {
        let (mut left, mut last) = (count - 1, start);
        let mut period = self.period(start, start)?;
        while left > 0 && period.first.year() <= LAST_YEAR {
            let cost = if self.often == Often::Yearly { 12 } else { 1 };
            *budget = budget.checked_sub(cost)?;
            self.fill(&period, |day| {
                if day > start && left > 0 {
                    (left, last) = (left - 1, day);
                }
            });
            let Some(next) = self.next(&period) else { break };
            period = next;
        }
        Some(last)
    }

    /// The first period of the rule that ends at or after `from`.
    fn period(&self, start: Date, from: Date) -> Option<Period> {
        let interval = i64::from(self.interval);
        let steps = |ahead: i64| (ahead + interval - 1).div_euclid(interval).max(0) * interval;
        match self.often {
            Often::Daily => {
                let ahead = i64::from((from - start).get_days());
                Period::days(start.checked_add(steps(ahead).days()).ok()?, 1)
            }
            Often::Weekly => {
                let begins = week_of(start, self.week_begins)?;
                let ahead = i64::from((week_of(from, self.week_begins)? - begins).get_days()) / 7;
                Period::days(begins.checked_add((steps(ahead) * 7).days()).ok()?, 7)
            }
            Often::Monthly => {
                let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
                Period::month(month(start) + steps(month(from) - month(start)))
            }
            Often::Yearly => {
                let ahead = i64::from(from.year()) - i64::from(start.year());
                Period::year(i64::from(start.year()) + steps(ahead))
            }
        }
    }

    fn next(&self, period: &Period) -> Option<Period> {
        let interval = i64::from(self.interval);
        match self.often {
            Often::Daily => Period::days(period.first.checked_add(interval.days()).ok()?, 1),
            Often::Weekly => Period::days(period.first.checked_add((interval * 7).days()).ok()?, 7),
            Often::Monthly => {
                let month = i64::from(period.first.year()) * 12 + i64::from(period.first.month()) - 1;
                Period::month(month + interval)
            }
            Often::Yearly => Period::year(i64::from(period.first.year()) + interval),
        }
    }

    /// The days of a period that pass every part, in order.
    fn fill(&self, period: &Period, mut found: impl FnMut(Date)) {
        let next = |day: &Date| day.tomorrow().ok().filter(|day| *day <= period.last);
        let days = || std::iter::successors(Some(period.first), next);
        if self.places.is_empty() {
            return days().filter(|day| self.has(*day)).for_each(found);
        }
        let all: Vec<_> = days().filter(|day| self.has(*day)).collect();
        let count = i16::try_from(all.len()).unwrap_or(i16::MAX);
        for (place, day) in (1..).zip(&all) {
            if self.places.contains(&place) || self.places.contains(&(place - count - 1)) {
                found(*day);
            }
        }
    }

    /// Whether a day passes every part but the place in its period.
    fn has(&self, day: Date) -> bool {
        let (month_length, year_length) = (i16::from(day.days_in_month()), day.days_in_year());
        let (of_month, of_year) = (i16::from(day.day()), day.day_of_year());
        let among = |list: &[i16], at: i16, length: i16| {
            list.is_empty() || list.contains(&at) || list.contains(&(at - length - 1))
        };
        let is_nth = |(nth, weekday): (i16, Weekday)| {
            if weekday != day.weekday() {
                return false;
            }
            // RFC 5545 §3.3.10: within the month, or within the year if the rule is of years and names no month.
            let (at, length) = match (self.often, self.months) {
                (Often::Yearly, 0) => (of_year, year_length),
                (Often::Yearly | Often::Monthly, _) => (of_month, month_length),
                (Often::Weekly | Often::Daily, _) => return true,
            };
            nth == 0 || nth == (at - 1) / 7 + 1 || nth == -((length - at) / 7 + 1)
        };
        (self.months == 0 || self.months & (1 << day.month()) != 0)
            && among(&self.month_days, of_month, month_length)
            && among(&self.year_days, of_year, year_length)
            && (self.week_days.is_empty() || self.week_days.iter().any(|nth| is_nth(*nth)))
    }
}

/// Days that are looked at together.
struct Period {
    first: Date,
    last: Date,
}

impl Period {
    fn days(first: Date, count: i64) -> Option<Self> {
        Some(Self { first, last: first.checked_add((count - 1).days()).ok()? })
    }

    /// The month that is the so-many-th since the year 0.
    fn month(number: i64) -> Option<Self> {
        let (year, month) = (number.div_euclid(12), number.rem_euclid(12) + 1);
        let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
        Some(Self { first, last: first.last_of_month() })
    }

    fn year(year: i64) -> Option<Self> {
        let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
        Some(Self { first, last: first.last_of_year() })
    }
}

/// The first day of a day's week.
fn week_of(day: Date, begins: Weekday) -> Option<Date> {
    let into = i64::from(day.weekday().since(begins));
    day.checked_sub(into.days()).ok()
}
