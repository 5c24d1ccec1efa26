//! Rotas: who is on, and when that changes.

use std::sync::Arc;

use clock::Wall;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

use super::PersonId;
use crate::almanac::{Almanac, EventId};

/// A rota, as something that can be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rota {
    /// Name in the config.
    pub name: Arc<str>,
    /// Its zone: its own, else the site's.
    pub timezone: TimeZone,
    /// Who is on.
    pub shifts: Shifts,
    /// Who is rung while nobody is on.
    pub fallback: Option<PersonId>,
    /// Everybody whom it may ring, in order of their ids.
    pub people: Vec<PersonId>,
}

/// How a rota is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shifts {
    /// People take turns of a week.
    Weeks(Weeks),
    /// Events of calendars have people's names as their titles.
    Calendar {
        /// The calendars.
        almanac: Almanac,
        /// Who is named by each event, by its place.
        named: Vec<Vec<PersonId>>,
    },
}

/// Turns of a week each, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weeks {
    /// Who is on in each turn.
    pub turns: Vec<Vec<PersonId>>,
    /// The day on which the first turn begins: a day of handing over.
    pub begins: Date,
    /// When one hands over to the next.
    pub hands_over: Time,
}

/// Why somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It is their week, since this day.
    Week(Date),
    /// An event of the calendar says so.
    Event(EventId),
    /// Nobody is on, and somebody stands in.
    Fallback,
    /// Nobody is on, and nobody stands in.
    Nobody,
}

impl Rota {
    /// Who is on at `wall`, and why.
    pub fn on(&self, wall: Wall) -> (&[PersonId], Duty) {
        let at = Timestamp::from_microsecond(wall.unix_micros()).unwrap_or(Timestamp::MAX);
        let day = self.timezone.to_datetime(at).date();
        let on = match &self.shifts {
            Shifts::Weeks(weeks) => weeks.on(day, at, &self.timezone),
            Shifts::Calendar { almanac, named } => {
                // A shift of some hours stands before one of whole days.
                let event = almanac.takes_time(day, at).or_else(|| almanac.takes_day(day));
                event.map(|event| (named[event.index()].as_slice(), Duty::Event(event)))
            }
        };
        on.unwrap_or(match &self.fallback {
            Some(person) => (std::slice::from_ref(person), Duty::Fallback),
            None => (&[], Duty::Nobody),
        })
    }

    /// Every moment of a day at which somebody else may come on; some of the days beside it may be among them.
    pub(crate) fn boundaries(&self, day: Date) -> Vec<Timestamp> {
        let at = |time: Time| {
            let read = self.timezone.to_ambiguous_timestamp(day.to_datetime(time));
            [read.earlier(), read.later()].into_iter().filter_map(Result::ok).collect::<Vec<_>>()
        };
        let midnight = at(Time::midnight());
        match &self.shifts {
            Shifts::Weeks(weeks) => {
                let handover = self.timezone.to_ambiguous_timestamp(day.to_datetime(weeks.hands_over));
                handover.compatible().into_iter().chain(midnight).collect()
            }
            Shifts::Calendar { almanac, .. } => almanac.edges(day).chain(midnight).collect(),
        }
    }

    /// Who is on in the week that begins on a day.
    pub fn turn(&self, since: Date) -> Option<&[PersonId]> {
        let Shifts::Weeks(weeks) = &self.shifts else { return None };
        weeks.turn(since)
    }

    /// Whom an event names.
    pub fn named(&self, which: EventId) -> Option<&[PersonId]> {
        let Shifts::Calendar { named, .. } = &self.shifts else { return None };
        named.get(which.index()).map(Vec::as_slice)
    }

    /// The event that a [`Duty::Event`] of this rota names: the file, the title and the line.
    pub fn event(&self, which: EventId) -> Option<(&str, &str, u32)> {
        let Shifts::Calendar { almanac, .. } = &self.shifts else { return None };
        let (file, event) = almanac.event(which)?;
        Some((&file.name, &event.summary, event.line))
    }
}

impl Weeks {
    /// The day of the week on which one hands over to the next.
    pub fn weekday(&self) -> Weekday {
        self.begins.weekday()
    }

    fn on(&self, day: Date, at: Timestamp, zone: &TimeZone) -> Option<(&[PersonId], Duty)> {
        let into = i64::from(day.weekday().since(self.weekday()));
        let mut since = day.checked_sub(into.days()).ok()?;
        let handover = zone.to_ambiguous_timestamp(since.to_datetime(self.hands_over)).compatible().ok()?;
        if at < handover {
            since = since.checked_sub(7.days()).ok()?;
        }
        Some((self.turn(since)?, Duty::Week(since)))
    }

    fn turn(&self, since: Date) -> Option<&[PersonId]> {
        let weeks = usize::try_from((since - self.begins).get_days() / 7).ok()?;
        let turn = self.turns.get(weeks.checked_rem(self.turns.len())?)?;
        (since >= self.begins).then_some(turn.as_slice())
    }
}
