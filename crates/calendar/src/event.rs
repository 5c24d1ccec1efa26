//! One event: what it is called, when it begins, how long it lasts and when it comes again.

use std::{collections::BTreeSet, sync::Arc};

use jiff::civil::{Date, DateTime};

use crate::{
    flaw::Flaw,
    line::Line,
    moment::{Clock, Length, Moment, date, date_time, length},
    rule::{Ends, Rule},
    zone::{Told, zone},
};

/// An event of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its title; empty if it has none.
    pub summary: Arc<str>,
    /// The first line of its description, at most 200 letters.
    pub note: Arc<str>,
    /// The line of its title, counted from 1, or of its beginning.
    pub line: u32,
    /// Its categories, in capitals.
    pub categories: Vec<String>,
    /// Whether it leaves whoever it is for free (RFC 5545 §3.8.2.7).
    pub is_transparent: bool,
    pub(crate) starts: DateTime,
    pub(crate) clock: Clock,
    pub(crate) length: Length,
    pub(crate) rule: Option<Rule>,
    /// The last day on which the rule counts, and the time until which on that day.
    pub(crate) until: Option<DateTime>,
    /// When it comes beside the rule.
    pub(crate) also: BTreeSet<DateTime>,
    /// When it does not come: exceptions, and what was moved elsewhere.
    pub(crate) never: BTreeSet<DateTime>,
    /// Days on which it does not come at all.
    pub(crate) never_on: BTreeSet<Date>,
}

impl Event {
    /// Whether it takes whole days.
    pub fn is_all_day(&self) -> bool {
        self.clock == Clock::Days
    }

    /// Whether it comes again and again without an end.
    pub fn is_endless(&self) -> bool {
        self.rule.is_some() && self.until.is_none()
    }

    /// Whether it lasts no time at all, as a reminder does.
    pub fn is_moment(&self) -> bool {
        self.length.is_nothing()
    }
}

/// An event while its properties are read.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) line: u32,
    pub(crate) properties: Vec<Line>,
}

/// What an event says of another: which recurrence of which event it stands for.
pub(crate) struct Moved {
    pub(crate) uid: String,
    pub(crate) from: Moment,
}

/// What became of a draft.
pub(crate) struct Read {
    pub(crate) uid: Option<String>,
    /// None if it was called off.
    pub(crate) event: Option<Event>,
    pub(crate) moved: Option<Moved>,
}

impl Draft {
    /// Reads the event; what does not cost it whole is told by `flawed`.
    ///
    /// # Errors
    /// The event can't be read, and why, with the line.
    pub(crate) fn read(
        &self,
        told: &[Told],
        budget: &mut u32,
        flawed: &mut dyn FnMut(u32, Flaw),
    ) -> Result<Read, (u32, Flaw)> {
        let start = self.property("DTSTART").ok_or((self.line, Flaw::PeerNoStart))?;
        let start_line = start.number;
        let start = moment(start, &start.value, told).map_err(|flaw| (start_line, flaw))?;
        let (starts, clock) = (start.civil(), start.clock());
        let uid = self.property("UID").map(|line| line.value.trim().to_owned());
        let moved = match self.property("RECURRENCE-ID") {
            Some(line) => {
                if line.param("RANGE").is_some() {
                    flawed(line.number, Flaw::LocalRange);
                }
                let from = moment(line, &line.value, told).map_err(|flaw| (line.number, flaw))?;
                Some(Moved { uid: uid.clone().unwrap_or_default(), from })
            }
            None => None,
        };
        let is_off = self.property("STATUS").is_some_and(|line| line.value.trim() == "CANCELLED");
        if is_off {
            return Ok(Read { uid, event: None, moved });
        }
        let length = self.length(&start, told)?;
        let summary = self.property("SUMMARY");
        let mut event = Event {
            summary: summary.map(Line::text).unwrap_or_default().into(),
            note: self.property("DESCRIPTION").map(Line::first_line).unwrap_or_default().into(),
            line: summary.map_or(self.line, |line| line.number),
            categories: self.categories(),
            is_transparent: self.property("TRANSP").is_some_and(|line| line.value.trim() == "TRANSPARENT"),
            starts,
            clock,
            length,
            rule: None,
            until: None,
            also: BTreeSet::new(),
            never: BTreeSet::new(),
            never_on: BTreeSet::new(),
        };
        self.exceptions(&mut event, told, flawed);
        // A recurrence that was moved is one event, whatever the program copied into it.
        if let Some(line) = self.property("RRULE").filter(|_| moved.is_none()) {
            match recurrence(&line.value, &event, budget) {
                Ok((rule, until)) => (event.rule, event.until) = (Some(rule), until),
                Err(flaw) => flawed(line.number, flaw),
            }
        }
        Ok(Read { uid, event: Some(event), moved })
    }

    fn property(&self, name: &str) -> Option<&Line> {
        self.properties.iter().find(|line| line.name == name)
    }

    fn categories(&self) -> Vec<String> {
        let lines = self.properties.iter().filter(|line| line.name == "CATEGORIES");
        lines.flat_map(|line| line.value.split(',')).map(|word| word.trim().to_uppercase()).collect()
    }

    /// How long it lasts: to its end, as long as it says, else a day or no time (RFC 5545 §3.6.1).
    fn length(&self, start: &Moment, told: &[Told]) -> Result<Length, (u32, Flaw)> {
        let is_days = start.clock() == Clock::Days;
        let day = Length { days: i64::from(is_days), seconds: 0, is_exact: false };
        if let Some(line) = self.property("DTEND") {
            let end = moment(line, &line.value, told).map_err(|flaw| (line.number, flaw))?.by(&start.clock());
            let starts = start.civil();
            let days = i64::from((end.date() - starts.date()).get_days());
            let seconds = end.time().duration_since(starts.time()).as_secs();
            // GAP RFC 5545 §3.8.5.3: an end is the same time of day in each recurrence, not the same number of
            // hours later: who hands over at nine does so after a clock change too.
            return match (end < starts, is_days) {
                (true, _) => Err((line.number, Flaw::PeerEndsFirst)),
                // Some programs end a day on itself.
                (false, true) => Ok(Length { days: days.max(1), ..day }),
                (false, false) if seconds < 0 => {
                    Ok(Length { days: days - 1, seconds: seconds + 86_400, is_exact: false })
                }
                (false, false) => Ok(Length { days, seconds, is_exact: false }),
            };
        }
        let Some(line) = self.property("DURATION") else { return Ok(day) };
        let read = length(&line.value).ok_or_else(|| (line.number, time_flaw(line)))?;
        Ok(if is_days { Length { days: (read.days + read.seconds / 86_400).max(1), ..day } } else { read })
    }

    fn exceptions(&self, event: &mut Event, told: &[Told], flawed: &mut dyn FnMut(u32, Flaw)) {
        let lists = self.properties.iter().filter(|line| matches!(&*line.name, "RDATE" | "EXDATE"));
        for line in lists {
            for value in line.value.split(',') {
                // A period's length is that of the event.
                let value = value.split('/').next().unwrap_or(value);
                match moment(line, value, told) {
                    Err(flaw) => flawed(line.number, flaw),
                    Ok(moment) if line.name == "RDATE" => {
                        event.also.insert(on(&moment, event));
                    }
                    Ok(moment) => event.except(&moment),
                }
            }
        }
    }
}

impl Event {
    /// It does not come then.
    pub(crate) fn except(&mut self, moment: &Moment) {
        match (moment, &self.clock) {
            (Moment::Date(day), Clock::Reader | Clock::Zone(_)) => {
                self.never_on.insert(*day);
            }
            (Moment::Date(_) | Moment::Floating(_) | Moment::Zoned(..), _) => {
                self.never.insert(on(moment, self));
            }
        }
    }
}

/// What the event's clock shows then; midnight for whole days, and the event's own time if only a day is named.
fn on(moment: &Moment, event: &Event) -> DateTime {
    let civil = moment.by(&event.clock);
    match (moment, &event.clock) {
        (_, Clock::Days) => civil.date().to_datetime(jiff::civil::Time::midnight()),
        (Moment::Date(day), Clock::Reader | Clock::Zone(_)) => day.to_datetime(event.starts.time()),
        (Moment::Floating(_) | Moment::Zoned(..), _) => civil,
    }
}

/// The rule of an event, and until when it counts.
fn recurrence(text: &str, event: &Event, budget: &mut u32) -> Result<(Rule, Option<DateTime>), Flaw> {
    let rule = Rule::parse(text, event.starts)?;
    let last_of = |day: Date| day.to_datetime(jiff::civil::time(23, 59, 59, 0));
    let until = match &rule.ends {
        Ends::Never => None,
        Ends::UntilDay(day) => Some(last_of(*day)),
        Ends::UntilTime { time, .. } if event.clock == Clock::Days => Some(last_of(time.date())),
        Ends::UntilTime { time, is_utc: false } => Some(*time),
        Ends::UntilTime { time, is_utc: true } => {
            Some(Moment::Zoned(*time, jiff::tz::TimeZone::UTC).by(&event.clock))
        }
        Ends::Count(count) => {
            let last = rule.last_of(event.starts.date(), *count, budget).ok_or(Flaw::LimitCount)?;
            Some(last_of(last))
        }
    };
    Ok((rule, until))
}

/// The date or time of a property.
fn moment(line: &Line, value: &str, told: &[Told]) -> Result<Moment, Flaw> {
    if let Some(day) = date(value) {
        return Ok(Moment::Date(day));
    }
    let (civil, is_utc) = date_time(value).ok_or_else(|| time_flaw(line))?;
    Ok(match line.param("TZID") {
        _ if is_utc => Moment::Zoned(civil, jiff::tz::TimeZone::UTC),
        Some(id) => Moment::Zoned(civil, zone(id, told).ok_or_else(|| Flaw::PeerZone(id.to_owned()))?),
        None => Moment::Floating(civil),
    })
}

fn time_flaw(line: &Line) -> Flaw {
    let value: String = line.value.chars().take(40).collect();
    Flaw::PeerTime { name: line.name.clone(), value }
}
