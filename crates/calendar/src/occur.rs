//! When events take place, within a stretch of days.

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::{
    event::Event,
    moment::{Clock, instant},
    read::Calendar,
    recur::LAST_YEAR,
};

/// One time that an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Which event, by its place in [`Calendar::events`].
    pub event: usize,
    /// When.
    pub when: When,
}

/// Days or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whole days, by the clock of whoever reads the calendar.
    Days {
        /// The first.
        first: Date,
        /// The last.
        last: Date,
    },
    /// A time.
    Time {
        /// When it begins.
        begins: Timestamp,
        /// When it is over.
        ends: Timestamp,
    },
}

/// What takes place within a stretch of days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// In the order of their events, then of time.
    pub list: Vec<Occurrence>,
    /// Whether there are more than were asked for, which are left out.
    pub is_cut: bool,
}

impl Calendar {
    /// Everything that touches the days from `first` to `last` by the clock of `zone`, at most `max`. Whatever lasts
    /// no time at all is left out.
    pub fn occurrences(&self, first: Date, last: Date, zone: &TimeZone, max: usize) -> Occurrences {
        let mut found = Occurrences::default();
        for (index, event) in self.events().iter().enumerate() {
            if event.length.is_nothing() {
                continue;
            }
            for starts in event.starts(first, last) {
                let Some(when) = event.when(starts, zone).filter(|when| when.touches(first, last, zone))
                else {
                    continue;
                };
                if found.list.len() == max {
                    found.is_cut = true;
                    return found;
                }
                found.list.push(Occurrence { event: index, when });
            }
        }
        found
    }
}

impl When {
    fn touches(&self, from: Date, to: Date, zone: &TimeZone) -> bool {
        match self {
            Self::Days { first, last } => *first <= to && from <= *last,
            Self::Time { begins, ends } => {
                begins < ends
                    && zone.to_datetime(*begins).date() <= to
                    && from <= zone.to_datetime(*ends).date()
            }
        }
    }
}

impl Event {
    /// The day on which it begins for the last time; `None` if it comes for ever, or never at all.
    pub fn last(&self) -> Option<Date> {
        if self.is_endless() {
            return None;
        }
        let until = self.until.map_or(self.starts.date(), |until| until.date());
        let last = until.max(self.also.last().map_or(Date::MIN, |also| also.date()));
        // What ends long after it began has its last recurrence in the year before its end, or is rarer than that.
        let near = last.checked_sub(1.year()).unwrap_or(Date::MIN);
        let latest = |from: Date| self.starts(from, last).last().map(|civil| civil.date());
        latest(near).or_else(|| latest(self.starts.date()))
    }

    /// Whether it ever comes: it may be excepted whenever it would, or ask for a day that no calendar has.
    pub fn ever_comes(&self) -> bool {
        let first = self.starts.date();
        let is_first = self.comes(self.starts);
        let soon = first.saturating_add(10.years());
        is_first || !self.starts(first, soon).is_empty() || self.last().is_some()
    }

    /// When it begins, by its own clock, such that it may touch the days from `first` to `last`; in order.
    fn starts(&self, first: Date, last: Date) -> Vec<DateTime> {
        // Another zone's clock shows at most a day more or less.
        let back = self.length.days_max() + 1;
        let from = first.checked_sub(back.days()).unwrap_or(Date::MIN);
        let to = last.checked_add(1.day()).unwrap_or(Date::MAX);
        let (from, to) = (from, to.min(Date::constant(LAST_YEAR, 12, 31)));
        let mut starts: Vec<_> = match &self.rule {
            Some(rule) => {
                let to = self.until.map_or(to, |until| to.min(until.date()));
                let days = rule.days(self.starts.date(), from, to).into_iter();
                let times = days.map(|day| day.to_datetime(self.starts.time()));
                times.filter(|start| self.until.is_none_or(|until| *start <= until)).collect()
            }
            None => Vec::new(),
        };
        let others = std::iter::once(self.starts).chain(self.also.iter().copied());
        starts.extend(others.filter(|start| (from..=to).contains(&start.date())));
        starts.retain(|start| self.comes(*start));
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    fn comes(&self, start: DateTime) -> bool {
        !self.never.contains(&start) && !self.never_on.contains(&start.date())
    }

    fn when(&self, starts: DateTime, reader: &TimeZone) -> Option<When> {
        let zone = match &self.clock {
            Clock::Days => {
                let after = self.length.after(starts)?.date();
                return Some(When::Days { first: starts.date(), last: after.yesterday().ok()? });
            }
            Clock::Reader => reader,
            Clock::Zone(zone) => zone,
        };
        Some(When::Time { begins: instant(starts, zone)?, ends: self.length.end(starts, zone)? })
    }
}
