//! Bands of time: minutes at which calls begin that meet the same schedules and rotas, now and while they last.
//!
//! Between two changes nothing that a clock decides differs, so one minute stands for all. Close before a change it
//! does not: a call that begins then may ask again behind it. Such minutes are told apart by what changes, and how
//! long after they began. Knows clocks only; must never know calls.

use std::{collections::BTreeMap, time::Duration};

use clock::Wall;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{Horizon, reads::Reads};
use crate::{PersonId, Site, times::Times};

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 1440 * MINUTE_US;

/// A site, and what its plans ask from where a call comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'s> {
    pub(crate) site: &'s Site,
    pub(crate) reads: &'s Reads,
}

/// What the clock says while nothing changes: which schedules are open, and who is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Says {
    open: Vec<bool>,
    on: Vec<Vec<PersonId>>,
}

/// A time cut where what the clock says changes.
#[derive(Debug)]
pub(crate) struct Bands {
    /// Where each stretch begins, and which of the kinds it is.
    stretches: Vec<(i64, usize)>,
    from: i64,
    until: i64,
}

/// What a minute is like: what the clock says, and what it will say so many microseconds later.
pub(crate) type Kind = (usize, Vec<(i64, usize)>);

impl Bands {
    /// The bands that all sides together make of a time.
    pub(crate) fn of(sides: &[Side<'_>], Horizon { from, until }: Horizon) -> Self {
        let (from, until) = (from.unix_micros(), until.unix_micros());
        // A call that begins at the very end goes on for a while.
        let mut changes = vec![from];
        sides.iter().for_each(|side| side.changes(from, until.saturating_add(DAY_US), &mut changes));
        changes.sort_unstable();
        changes.dedup();
        let mut kinds: BTreeMap<Vec<Says>, usize> = BTreeMap::new();
        let mut stretches: Vec<(i64, usize)> = Vec::new();
        for at in changes {
            let says = sides.iter().map(|side| side.says(Wall::from_unix_micros(at))).collect();
            let count = kinds.len();
            let kind = *kinds.entry(says).or_insert(count);
            if stretches.last().is_none_or(|(_, before)| *before != kind) {
                stretches.push((at, kind));
            }
        }
        Self { stretches, from, until }
    }

    /// Every kind of minute, with the minutes of it. `look` is how long after its begin a call may still ask.
    pub(crate) fn minutes(&self, look: Duration) -> BTreeMap<Kind, Times> {
        let look = i64::try_from(look.as_micros()).unwrap_or(i64::MAX);
        let mut minutes: BTreeMap<Kind, Times> = BTreeMap::new();
        let mut add = |kind: Kind, from: i64, until: i64| {
            if from < until {
                minutes.entry(kind).or_default().add(from, until);
            }
        };
        for (index, (begins, kind)) in self.stretches.iter().enumerate() {
            let ends = self.stretches.get(index + 1).map_or(i64::MAX, |(at, _)| *at);
            let (first, end) = (whole(*begins.max(&self.from)), whole(ends.min(self.until)));
            let near = whole(ends.saturating_sub(look)).clamp(first, end.max(first));
            add((*kind, Vec::new()), first, near);
            let mut at = near;
            while at < end {
                let ahead = self.stretches[index + 1..].iter().take_while(|(change, _)| *change <= at + look);
                let ahead = ahead.map(|(change, kind)| (change - at, *kind)).collect();
                add((*kind, ahead), at, at + MINUTE_US);
                at += MINUTE_US;
            }
        }
        minutes
    }
}

impl Side<'_> {
    fn says(&self, at: Wall) -> Says {
        Says {
            open: self.reads.hours.iter().map(|hours| self.site[*hours].at(at).is_open()).collect(),
            on: self.reads.rotas.iter().map(|rota| self.site[*rota].on(at).0.to_vec()).collect(),
        }
    }

    fn changes(&self, from: i64, until: i64, changes: &mut Vec<i64>) {
        for hours in &self.reads.hours {
            let mut at = Wall::from_unix_micros(from);
            while let Some(next) = self.site[*hours].next_change(at).filter(|at| at.unix_micros() < until) {
                changes.push(next.unix_micros());
                at = next;
            }
        }
        let day = |at: i64, zone: &TimeZone| {
            zone.to_datetime(Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX)).date()
        };
        for rota in self.reads.rotas.iter().map(|rota| &self.site[*rota]) {
            let last = day(until, &rota.timezone);
            let days = day(from, &rota.timezone).series(1.day()).take_while(|day| *day <= last);
            let moments = days.flat_map(|day| rota.boundaries(day)).map(|at| at.as_microsecond());
            changes.extend(moments.filter(|at| (from..until).contains(at)));
        }
    }
}

/// The first whole minute that is not before it.
const fn whole(at: i64) -> i64 {
    match at.rem_euclid(MINUTE_US) {
        0 => at,
        over => at.saturating_add(MINUTE_US - over),
    }
}
