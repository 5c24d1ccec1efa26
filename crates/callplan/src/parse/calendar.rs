//! Calendars that the config names: read once each, whatever is wrong with them told at their own lines.
//!
//! Nothing in a calendar refuses a config: it is written by another program, often far away, and a telephone that
//! does not start for a holiday would be worse than one that is open on it.

use std::sync::Arc;

use calendar::{Calendar, Event, Flaw};
use jiff::{ToSpan as _, tz::TimeZone};

use super::{place::Place, reader::Reader, remote::Read, table::Value, value};
use crate::{
    almanac::{Almanac, CalendarFile, EventId, Use},
    finding::Code,
    model::{Holiday, remote::is_url},
    source::{Misread, Source},
};

/// So many days before a year begins its holidays should be known.
const AHEAD_DAYS: i64 = 90;

/// How one that can't be read is mended.
const MEND: &str = "export the calendar as an .ics file in UTF-8; until then its days are as every other day";

/// Whether a text names a calendar rather than a date.
pub(super) fn is_calendar(text: &str) -> bool {
    let ending = text.len().checked_sub(4).and_then(|at| text.get(at..));
    is_url(text) || ending.is_some_and(|ending| ending.eq_ignore_ascii_case(".ics"))
}

/// What an event does to opening hours: one whose title begins with the word "open", or that is of the category OPEN,
/// opens; every other closes. Calendars of public holidays mark their days as free, so that counts for times alone.
/// Google puts observances, on which people work, beside them, and says so in the first line of the description.
pub(super) fn holiday_use(event: &Event) -> Use {
    let word: String = event.summary.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    if event.is_moment() || event.note.eq_ignore_ascii_case("observance") {
        Use::Nothing
    } else if word.eq_ignore_ascii_case("open") || event.categories.iter().any(|it| it == "OPEN") {
        Use::Opens
    } else if event.is_transparent && !event.is_all_day() {
        Use::Nothing
    } else {
        Use::Takes
    }
}

impl<'a> Reader<'a> {
    /// The almanac of these calendars, as far as they can be read; `None` without any.
    pub(super) fn almanac(
        &mut self,
        calendars: &[Value<'a>],
        zone: &TimeZone,
        what: impl Fn(&Event) -> Use,
    ) -> Option<Almanac> {
        let files: Vec<_> = calendars.iter().filter_map(|value| self.calendar(*value)).collect();
        if files.is_empty() {
            return None;
        }
        let almanac = Almanac::new(files, zone.clone(), what);
        for (id, ..) in
            almanac.events().filter(|(.., event, what)| *what != Use::Nothing && !event.ever_comes())
        {
            let (message, mend) =
                ("this event never takes place", "look at its recurrence and its exceptions");
            let place = self.event_place(&almanac, id).unwrap_or(calendars[0].place);
            self.found.report(Code::NeverComes, place, message, mend);
        }
        // What will be asked about first is worked out now, when nobody waits for it.
        let years = self.assets.today().into_iter().flat_map(|today| [today.year(), today.year() + 1]);
        let is_cut = |year: &i16| almanac.year(*year).is_some_and(|year| year.is_cut);
        if let Some(year) = years.filter(is_cut).reduce(i16::min) {
            let message = format!("there are more events in {year} than are kept");
            let mend = "take a calendar of holidays alone";
            self.found.report(Code::CrowdedYear, calendars[0].place, message, mend);
        }
        Some(almanac)
    }

    /// Reports a year, begun or near, in which nothing is closed.
    pub(super) fn has_holidays(&mut self, almanac: &Almanac, listed: &[Holiday], place: Place) {
        let Some(today) = self.assets.today() else { return };
        let soon = today.saturating_add(AHEAD_DAYS.days()).year();
        let is_empty = |year: &i16| {
            let taken = almanac.year(*year).is_some_and(|year| !year.taken().is_empty());
            !taken && !listed.iter().any(|holiday| holiday.date.year() == *year)
        };
        let Some(year) = [today.year(), soon].into_iter().find(is_empty) else { return };
        let last = (year - 100..year).rev().find_map(|year| almanac.year(year)?.taken().last().copied());
        let (place, since) = match last {
            Some((day, event)) => {
                (self.event_place(almanac, event).unwrap_or(place), format!(": the last is on {day}"))
            }
            None => (place, String::new()),
        };
        let message = format!("no holidays in {year}{since}");
        let mend = "export the calendar again, or write the days that are closed into `holidays`";
        self.found.report(Code::NoHolidays, place, message, mend);
    }

    /// Where an event stands.
    pub(super) fn event_place(&self, almanac: &Almanac, id: EventId) -> Option<Place> {
        let (file, event) = almanac.event(id)?;
        // What it is called may be less than the address it is kept by.
        let is_it = |known: &&Read| std::ptr::eq(&*known.1, file);
        let (text, _) = self.calendars.values().flatten().find(is_it)?;
        Some(self.found.line(*text, event.line))
    }

    fn calendar(&mut self, value: Value<'a>) -> Option<Arc<CalendarFile>> {
        let url = value.as_text().filter(|text| is_url(text));
        let path = url.or_else(|| value::path(value, self.found))?;
        if let Some(known) = self.calendars.get(path) {
            return known.as_ref().map(|(_, file)| Arc::clone(file));
        }
        let read = match url {
            Some(url) => self.remote(url, value),
            None => self.read_calendar(path, value.place),
        };
        self.calendars.insert(path.to_owned(), read.clone());
        read.map(|(_, file)| file)
    }

    fn read_calendar(&mut self, path: &str, place: Place) -> Option<Read> {
        let bytes = match self.asset(path) {
            Ok(bytes) => bytes,
            Err(unread) => {
                self.unread(Code::UnreadableCalendar, place, path, unread, MEND);
                return None;
            }
        };
        self.read_bytes(path, &bytes, place)
    }

    /// What a calendar of this name holds.
    pub(super) fn read_bytes(&mut self, name: &str, bytes: &[u8], place: Place) -> Option<Read> {
        let Source { name, text, misread } = Source::from_bytes(name, bytes);
        if let Some(Misread { is, .. }) = misread {
            let message = format!("{name} is not UTF-8 but {is}");
            self.found.report(Code::UnreadableCalendar, place, message, MEND);
            return None;
        }
        let (calendar, flaws) = match Calendar::read(&text) {
            Ok(read) => read,
            Err(flawed) => {
                let message = format!("{name} can't be read: {}", flawed.flaw);
                self.found.report(Code::UnreadableCalendar, place, message, MEND);
                return None;
            }
        };
        let number = self.found.add_text(Arc::clone(&name), text);
        for flawed in flaws {
            let place = self.found.line(number, flawed.line);
            self.found.report(Code::BadEvent, place, flawed.flaw.to_string(), mend(&flawed.flaw));
        }
        Some((number, Arc::new(CalendarFile { name, calendar })))
    }
}

/// How a flaw is mended.
const fn mend(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::PeerNoCalendar | Flaw::PeerNoProperty | Flaw::PeerUnended(_) => "export the calendar again",
        Flaw::PeerNoStart => "give the event a date in the program it comes from",
        Flaw::PeerTime { .. } => "write 20261225 for a day, 20261225T090000 for a time",
        Flaw::PeerEndsFirst => "let it end after it begins",
        Flaw::PeerZone(_) => "write a zone of the IANA database: DTSTART;TZID=Europe/Berlin:20261225T090000",
        Flaw::PeerRule(_) => "correct it in the program it comes from, as in RRULE:FREQ=YEARLY;BYMONTH=12",
        Flaw::LocalRule(_) => {
            "let it come again by days: daily, weekly, monthly or yearly, at one time of day"
        }
        Flaw::LocalRange => "end the first event and write another for what follows",
        Flaw::LimitBytes | Flaw::LimitEvents => "take a calendar that holds nothing else",
        Flaw::LimitCount => "write until when it comes rather than how often",
    }
}
