//! From a text to events: components, one in another, and what belongs together by its UID.

use std::collections::BTreeMap;

use crate::{
    event::{Draft, Event, Moved},
    flaw::{Flaw, Flawed},
    line::{Line, lines},
    zone::Told,
};

/// The longest text that is read, in bytes.
pub const BYTES_MAX: usize = 8 << 20;

/// Events of one calendar; those beyond are passed over.
pub const EVENTS_MAX: usize = 10_000;

/// Flaws that are told; nobody reads more.
const FLAWS_MAX: usize = 100;

/// Periods that counting recurrences may look at, all events together.
const COUNT_BUDGET: u32 = 2_000_000;

/// A calendar that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    events: Vec<Event>,
}

impl Calendar {
    /// Reads a text. What costs no more than an event is told beside the rest.
    ///
    /// # Errors
    /// The text is no calendar, or too long; whoever wrote it is at fault.
    pub fn read(text: &str) -> Result<(Self, Vec<Flawed>), Flawed> {
        if text.len() > BYTES_MAX {
            return Err(Flawed { line: 1, flaw: Flaw::LimitBytes });
        }
        let mut reader = Reader::default();
        for line in lines(text) {
            match line {
                Ok(line) => reader.take(line),
                Err(number) if reader.open.is_empty() && !reader.is_calendar => {
                    return Err(Flawed { line: number, flaw: Flaw::PeerNoCalendar });
                }
                Err(number) => reader.flawed(number, Flaw::PeerNoProperty),
            }
            if !reader.is_calendar {
                return Err(Flawed { line: 1, flaw: Flaw::PeerNoCalendar });
            }
        }
        if !reader.is_calendar {
            return Err(Flawed { line: 1, flaw: Flaw::PeerNoCalendar });
        }
        if let Some((name, number)) = reader.open.first().cloned() {
            reader.flawed(number, Flaw::PeerUnended(name));
        }
        Ok(reader.finish())
    }

    /// Its events, in the order of the text.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    is_calendar: bool,
    /// Components that have begun and not ended, and where.
    open: Vec<(String, u32)>,
    drafts: Vec<Draft>,
    zones: Vec<Told>,
    flaws: Vec<Flawed>,
    is_full: bool,
}

impl Reader {
    fn take(&mut self, line: Line) {
        match &*line.name {
            "BEGIN" => self.begin(line.value.trim().to_ascii_uppercase(), line.number),
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                match self.open.iter().rposition(|(open, _)| *open == name) {
                    Some(at) => self.open.truncate(at),
                    None => self.flawed(line.number, Flaw::PeerUnended(name)),
                }
            }
            _ => self.property(line),
        }
    }

    fn begin(&mut self, name: String, number: u32) {
        self.is_calendar |= name == "VCALENDAR";
        match &*name {
            "VEVENT" if self.is_full => {}
            "VEVENT" if self.drafts.len() == EVENTS_MAX => {
                self.is_full = true;
                self.flawed(number, Flaw::LimitEvents);
            }
            "VEVENT" => self.drafts.push(Draft { line: number, properties: Vec::new() }),
            "VTIMEZONE" => self.zones.push(Told::default()),
            "STANDARD" | "DAYLIGHT" => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.observance(name == "DAYLIGHT");
                }
            }
            _ => {}
        }
        // Deeper than this nothing is that anybody reads.
        if self.open.len() < 16 {
            self.open.push((name, number));
        }
    }

    fn property(&mut self, line: Line) {
        match self.open.last().map(|(name, _)| name.as_str()) {
            Some("VEVENT") if !self.is_full => {
                if let Some(draft) = self.drafts.last_mut() {
                    draft.properties.push(line);
                }
            }
            Some("VTIMEZONE") => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.property(&line);
                }
            }
            Some("STANDARD" | "DAYLIGHT") => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.observed(&line);
                }
            }
            Some(_) | None => {}
        }
    }

    /// Events from drafts; what was moved no longer comes when it would have.
    fn finish(mut self) -> (Calendar, Vec<Flawed>) {
        let mut budget = COUNT_BUDGET;
        let (mut events, mut moved): (Vec<(Option<String>, Event)>, Vec<Moved>) = (Vec::new(), Vec::new());
        let mut by_uid: BTreeMap<String, usize> = BTreeMap::new();
        for draft in std::mem::take(&mut self.drafts) {
            let read = draft.read(&self.zones, &mut budget, &mut |line, flaw| {
                push(&mut self.flaws, line, flaw);
            });
            match read {
                Ok(read) => {
                    let is_moved = read.moved.is_some();
                    moved.extend(read.moved);
                    let Some(event) = read.event else { continue };
                    if let Some(uid) = read.uid.clone().filter(|_| !is_moved) {
                        by_uid.entry(uid).or_insert(events.len());
                    }
                    events.push((read.uid, event));
                }
                Err((line, flaw)) => self.flawed(line, flaw),
            }
        }
        for Moved { uid, from } in moved {
            if let Some(at) = by_uid.get(&uid) {
                events[*at].1.except(&from);
            }
        }
        self.flaws.sort_by_key(|flawed| flawed.line);
        (Calendar { events: events.into_iter().map(|(_, event)| event).collect() }, self.flaws)
    }

    fn flawed(&mut self, line: u32, flaw: Flaw) {
        push(&mut self.flaws, line, flaw);
    }
}

fn push(flaws: &mut Vec<Flawed>, line: u32, flaw: Flaw) {
    if flaws.len() < FLAWS_MAX {
        flaws.push(Flawed { line, flaw });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{civil::Date, tz::TimeZone};

    fn refused(text: &str) -> Flaw {
        Calendar::read(text).expect_err("no calendar").flaw
    }

    #[test]
    fn what_is_no_calendar_or_too_long_is_refused() {
        for text in
            ["", "\n\n", "Date,Name\n2026-12-25,Christmas Day\n", "BEGIN:VCARD\nEND:VCARD\n", "<html>"]
        {
            assert_eq!(refused(text), Flaw::PeerNoCalendar, "{text}");
        }
        assert_eq!(refused(&" ".repeat(BYTES_MAX + 1)), Flaw::LimitBytes);
    }

    #[test]
    fn events_beyond_the_most_are_passed_over_and_told_once() {
        let event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\n";
        let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(EVENTS_MAX + 5));
        let (calendar, flaws) = Calendar::read(&text).unwrap();
        assert_eq!(calendar.events().len(), EVENTS_MAX);
        let line = u32::try_from(EVENTS_MAX * 3 + 2).unwrap();
        assert_eq!(flaws, [Flawed { line, flaw: Flaw::LimitEvents }]);
    }

    /// Counting is paid from one purse, so that a file can't make a start take long.
    #[test]
    fn counts_without_end_are_given_up() {
        let event = "BEGIN:VEVENT\nDTSTART:20260101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4000000000;\
                     BYMONTH=2;BYMONTHDAY=31\nEND:VEVENT\n";
        let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(20));
        let (_, flaws) = Calendar::read(&text).unwrap();
        assert!(flaws.iter().any(|flawed| flawed.flaw == Flaw::LimitCount), "{flaws:?}");
    }

    #[test]
    fn no_more_is_found_than_was_asked_for() {
        let text =
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
        let (calendar, _) = Calendar::read(text).unwrap();
        let year = |max| {
            let (first, last) = (Date::constant(2035, 1, 1), Date::constant(2035, 12, 31));
            let found = calendar.occurrences(first, last, &TimeZone::UTC, max);
            (found.list.len(), found.is_cut)
        };
        assert_eq!((year(365), year(364)), ((365, false), (364, true)));
    }
}
