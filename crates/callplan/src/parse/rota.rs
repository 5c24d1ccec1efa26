//! `[rota.x]`: who is on, by a calendar or by turns of a week.

use std::collections::BTreeSet;

use calendar::Event;
use jiff::{
    ToSpan as _,
    civil::{Date, Time},
    tz::TimeZone,
};

use super::{
    calendar::is_calendar,
    names::Names,
    nearest::{nearest, one_of},
    place::Place,
    reader::Reader,
    table::{Entry, Table, Value},
    value,
    week::{DAYS, date, minutes, timezone},
};
use crate::{
    almanac::{Almanac, Use},
    finding::Code,
    model::{PersonId, Rota, Shifts, Weeks},
};

/// So far ahead gaps and overlaps are looked for.
const AHEAD_DAYS: i64 = 90;

impl<'a> Reader<'a> {
    /// Reads every rota; one without a zone takes the site's.
    pub(crate) fn rotas(&mut self, site: &TimeZone) -> Vec<Rota> {
        let names = self.names;
        names.rotas.entries.iter().map(|entry| self.rota(*entry, site)).collect()
    }

    fn rota(&mut self, entry: Entry<'a>, site: &TimeZone) -> Rota {
        let what = format!("rota `{}`", entry.key);
        let nobody = Weeks { turns: Vec::new(), begins: Date::MIN, hands_over: Time::midnight() };
        let mut rota = Rota {
            name: entry.key.into(),
            timezone: site.clone(),
            shifts: Shifts::Weeks(nobody),
            fallback: None,
            people: Vec::new(),
        };
        let Some(mut table) = entry.value.table(&what, "a table: [rota.oncall]", self.found) else {
            return rota;
        };
        if let Some(zone) = table.take("timezone").and_then(|value| timezone(value, self.found)) {
            rota.timezone = zone;
        }
        rota.fallback = table.take("fallback").and_then(|value| {
            let name = value.text("the name of a person", self.found)?;
            self.names.person(name, value.inside(), self.found)
        });
        let (calendar, refresh) = (table.entry("calendar"), table.entry("refresh"));
        let fetched: Vec<_> = calendar.iter().map(|entry| entry.value).collect();
        self.fetched(&fetched, refresh);
        match (calendar, table.has("weeks")) {
            (Some(calendar), is_both) => {
                if is_both && let Some(weeks) = table.entry("weeks") {
                    let message = "a rota has a calendar or turns of a week, not both";
                    self.found.again(Code::TwoRotas, weeks.place, calendar.place, message, "keep one");
                    // What belongs to the turns goes with them.
                    let _ = (table.take("begins"), table.take("hands_over"));
                }
                if let Some(shifts) = self.by_calendar(calendar.value, &rota) {
                    rota.shifts = shifts;
                }
            }
            (None, true) => {
                if let Some(weeks) = self.by_weeks(&mut table) {
                    rota.shifts = Shifts::Weeks(weeks);
                }
            }
            (None, false) => {
                // Whoever wrote neither is told all there is to write.
                for key in ["weeks", "begins", "hands_over"] {
                    let _ = table.take(key);
                }
                let mend =
                    "write calendar = \"calendars/oncall.ics\", or weeks = [\"ana\", \"ben\"] and begins";
                self.found.report(Code::MissingKey, entry.place, format!("{what} says nobody"), mend);
            }
        }
        table.finish(self.found);
        rota.people = match &rota.shifts {
            Shifts::Weeks(weeks) => weeks.turns.concat(),
            Shifts::Calendar { named, .. } => named.concat(),
        };
        rota.people.extend(rota.fallback);
        rota.people.sort_unstable();
        rota.people.dedup();
        rota
    }

    /// `weeks`, `begins` and `hands_over`.
    fn by_weeks(&mut self, table: &mut Table<'a>) -> Option<Weeks> {
        let weeks = table.take("weeks")?;
        let mend = "write the day of the first turn: begins = \"2026-01-05\"";
        let begins = table.need("begins", mend, self.found).and_then(|value| date(value, self.found));
        let hands_over = table.take("hands_over").map(|value| self.hands_over(value));
        let turns =
            value::list(weeks, "who is on, in turn: [\"ana\", \"ben\"]", self.found, |item, found| {
                Some((item.place, item.text("the name of a person, or several: \"ana, ben\"", found)?))
            })?;
        let names = self.names;
        let mut turn = |(place, text): (Place, &str)| {
            let each = text.split(',').map(str::trim);
            each.filter_map(|name| names.person(name, place, self.found)).collect::<Vec<_>>()
        };
        let turns: Vec<_> = turns.into_iter().map(&mut turn).filter(|turn| !turn.is_empty()).collect();
        let begins = begins?;
        let (weekday, hands_over) = match hands_over {
            None => (begins.weekday(), Time::midnight()),
            Some(read) => read?,
        };
        let ahead = i64::from(weekday.since(begins.weekday()));
        let begins = begins.checked_add(ahead.days()).ok()?;
        (!turns.is_empty()).then_some(Weeks { turns, begins, hands_over })
    }

    /// `"mon 09:00"`.
    fn hands_over(&mut self, value: Value<'a>) -> Option<(jiff::civil::Weekday, Time)> {
        let text = value.text("a day and a time: \"mon 09:00\"", self.found)?;
        let read = text.split_once(' ').and_then(|(day, time)| {
            let day = DAYS.iter().position(|known| *known == day)?;
            let minutes = i64::from(minutes(time).filter(|minutes| *minutes < 24 * 60)?);
            let weekday = jiff::civil::Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
            Some((weekday, Time::midnight().checked_add(minutes.minutes()).ok()?))
        });
        if read.is_none() {
            let message = format!("\"{text}\" is no day and time");
            self.found.report(Code::BadTime, value.place, message, "write a day and a time: \"mon 09:00\"");
        }
        read
    }

    /// Events whose titles are names.
    fn by_calendar(&mut self, value: Value<'a>, rota: &Rota) -> Option<Shifts> {
        let path = value.text("a calendar: \"calendars/oncall.ics\"", self.found)?;
        if !is_calendar(path) {
            let message = format!("\"{path}\" is no calendar");
            let mend = "write the path of an iCalendar file: \"calendars/oncall.ics\"";
            self.found.report(Code::BadPath, value.place, message, mend);
            return None;
        }
        let names = self.names;
        let is_shift = |event: &Event| {
            let is_somebody = !event.is_moment() && !people(names, event).is_empty();
            if is_somebody { Use::Takes } else { Use::Nothing }
        };
        let almanac = self.almanac(&[value], &rota.timezone, is_shift)?;
        let named = almanac.events().map(|(_, _, event, _)| people(names, event)).collect();
        self.unknown_names(&almanac, value.place);
        self.shifts_ahead(&almanac, rota, value.place);
        Some(Shifts::Calendar { almanac, named })
    }

    /// Reports titles with names that nobody has.
    fn unknown_names(&mut self, almanac: &Almanac, place: Place) {
        for (id, _, event, _) in almanac.events() {
            let known = self.names.people.names();
            let is_unknown = |name: &&str| !known.clone().any(|known| known.eq_ignore_ascii_case(name));
            let Some(name) = titles(event).find(is_unknown) else { continue };
            let near = nearest(&name.to_lowercase(), known.clone());
            let mend = near.map_or_else(
                || format!("title the event with the short name of a person, as {}", one_of(known.take(8))),
                |near| format!("title the event \"{near}\""),
            );
            let place = self.event_place(almanac, id).unwrap_or(place);
            self.found.report(Code::NobodyOfThatName, place, format!("there is no person \"{name}\""), mend);
        }
    }

    /// Reports where the coming shifts leave a gap, or meet.
    fn shifts_ahead(&mut self, almanac: &Almanac, rota: &Rota, place: Place) {
        let Some(today) = self.assets.today() else { return };
        let last = today.saturating_add(AHEAD_DAYS.days());
        let shifts = almanac.taken(today, last);
        // Shifts that come again meet again; once is enough to be told.
        let mut told = BTreeSet::new();
        for pair in shifts.windows(2) {
            let [first, second] = pair else { continue };
            let meets = second.begins < first.ends && first.event != second.event;
            if meets && told.insert((first.event, second.event)) {
                let when = rota.timezone.to_datetime(second.begins).strftime("%F %H:%M");
                let message =
                    format!("this shift begins before another is over, on {when}, and stands before it");
                let place = self.event_place(almanac, second.event).unwrap_or(place);
                let other = self.event_place(almanac, first.event).unwrap_or(place);
                let mend = "let one begin where the other ends, or name both people in one event";
                self.found.again(Code::ShiftsMeet, place, other, message, mend);
            }
        }
        if rota.fallback.is_some() && !shifts.is_empty() {
            return;
        }
        let Ok(mut covered) = today.to_zoned(rota.timezone.clone()).map(|at| at.timestamp()) else { return };
        let until = last.to_zoned(rota.timezone.clone()).map_or(covered, |at| at.timestamp());
        for shift in &shifts {
            if shift.begins > covered {
                break;
            }
            covered = covered.max(shift.ends);
        }
        if covered < until {
            let from = rota.timezone.to_datetime(covered).strftime("%F %H:%M");
            let message = match rota.fallback {
                Some(_) => format!("nobody is on from {from}: the calendar has run out"),
                None => format!("nobody is on from {from}, and nobody stands in"),
            };
            let mend = "fill the gap in the calendar, or write fallback = \"NAME\"";
            self.found.report(Code::RotaGap, place, message, mend);
        }
    }
}

/// Names in a title.
fn titles(event: &Event) -> impl Iterator<Item = &str> {
    event.summary.split([',', '&', '+', '/']).map(str::trim).filter(|name| !name.is_empty())
}

/// The people that a title names.
fn people(names: &Names<'_>, event: &Event) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    for title in titles(event) {
        let known = names.people.names().position(|name| name.eq_ignore_ascii_case(title));
        people.extend(known.map(PersonId::from).filter(|person| !people.contains(person)));
    }
    people
}
