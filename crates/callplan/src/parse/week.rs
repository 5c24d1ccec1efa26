//! `[hours.x]`: ranges by day, a zone, holidays by date; and the names of time zones.

use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{
    calendar::{holiday_use, is_calendar},
    codes::code,
    nearest::nearest,
    place::{Findings, Place},
    reader::Reader,
    spelling,
    table::{Entry, Value},
    value,
};
use crate::{
    almanac::Almanac,
    finding::Code,
    model::{Holiday, Hours, Span},
};

pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What one schedule says of each day, and where it said so.
type Week = [Option<(Place, Vec<Span>)>; 7];

impl<'a> Reader<'a> {
    /// Reads every schedule; one without a zone takes the site's.
    pub(crate) fn all_hours(&mut self, site: &TimeZone) -> Vec<Hours> {
        let names = self.names;
        names.hours.entries.iter().map(|entry| self.hours_entry(*entry, site)).collect()
    }

    fn hours_entry(&mut self, entry: Entry<'a>, site: &TimeZone) -> Hours {
        let what = format!("schedule `{}`", entry.key);
        let mut hours = Hours {
            name: entry.key.into(),
            timezone: site.clone(),
            week: Default::default(),
            holidays: Vec::new(),
            almanac: None,
            toggle: None,
            said: None,
        };
        let Some(mut table) = entry.value.table(&what, "a table: [hours.office]", self.found) else {
            return hours;
        };
        if let Some(zone) = table.take("timezone").and_then(|value| timezone(value, self.found)) {
            hours.timezone = zone;
        }
        let refresh = table.entry("refresh");
        match table.take("holidays") {
            Some(value) => {
                (hours.holidays, hours.almanac) = self.holidays(value, refresh, &hours.timezone);
            }
            None => self.fetched(&[], refresh),
        }
        if let Some(value) = table.take("toggle") {
            hours.toggle = code(value, self.found).map(Into::into);
            self.toggles.extend(hours.toggle.clone().map(|code| (code, value.place)));
        }
        let mut week = Week::default();
        let before = self.found.count();
        for entry in table.rest() {
            self.day(entry, &mut week);
        }
        let spans = |day: Option<(Place, Vec<Span>)>| day.map_or_else(Vec::new, |(_, spans)| spans);
        hours.week = week.map(spans);
        if hours.week.iter().all(Vec::is_empty) && self.found.count() == before {
            let mend = "write a day's ranges: mon-fri = [\"09:00-17:00\"]";
            self.found.report(Code::NeverOpen, entry.place, format!("{what} is never open"), mend);
        }
        hours
    }

    /// `mon = [...]` or `mon-fri = [...]`.
    fn day(&mut self, entry: Entry<'a>, week: &mut Week) {
        let Some(days) = days(entry.key) else {
            let keys = DAYS.into_iter().chain(["mon-fri", "timezone", "holidays", "refresh", "toggle"]);
            let mend = nearest(entry.key, keys).map_or_else(
                || "write a day or a range of days: mon, tue-thu, sat-sun".to_owned(),
                |near| format!("write `{near}`"),
            );
            self.found.report(
                Code::UnknownKey,
                entry.place,
                format!("`{}` is no day of the week", entry.key),
                mend,
            );
            return;
        };
        let spans = self.spans(entry.value);
        for day in days {
            match &week[day] {
                Some((first, _)) => {
                    let message = format!("the hours of {} are set twice", DAYS[day]);
                    self.found.again(Code::DayTwice, entry.place, *first, message, "keep one");
                }
                None => week[day] = Some((entry.place, spans.clone())),
            }
        }
    }

    fn spans(&mut self, value: Value<'a>) -> Vec<Span> {
        let Some(items) = value.list("a list of ranges: [\"09:00-17:00\"]", self.found) else {
            return Vec::new();
        };
        let mut spans: Vec<(Span, Place)> = Vec::new();
        for item in items {
            let Some(text) = item.text("a range: \"09:00-17:00\"", self.found) else { continue };
            let Some(span) = span(text) else {
                let message = format!("\"{text}\" is no range of a day");
                self.found.report(Code::BadTime, item.place, message, spelling::range(text));
                continue;
            };
            match spans.iter().find(|(other, _)| span.open < other.close && other.open < span.close) {
                Some((_, first)) => {
                    let message = "this overlaps another range of the day";
                    self.found.again(
                        Code::OverlappingHours,
                        item.place,
                        *first,
                        message,
                        "let one end before the other begins",
                    );
                }
                None => spans.push((span, item.place)),
            }
        }
        let mut spans: Vec<_> = spans.into_iter().map(|(span, _)| span).collect();
        spans.sort_unstable();
        spans
    }

    /// Dates, calendars, or some of each.
    fn holidays(
        &mut self,
        value: Value<'a>,
        refresh: Option<Entry<'a>>,
        zone: &TimeZone,
    ) -> (Vec<Holiday>, Option<Almanac>) {
        let wanted = "a list of dates: [\"2026-12-25\"], or a calendar: \"calendars/us.ics\"";
        let items = match value.as_text() {
            Some(_) => vec![value],
            None => value.list(wanted, self.found).unwrap_or_default(),
        };
        let is_calendar = |item: &Value<'a>| item.as_text().is_some_and(is_calendar);
        let (calendars, dates): (Vec<_>, Vec<_>) = items.into_iter().partition(is_calendar);
        let mut holidays: Vec<(Holiday, Place)> = Vec::new();
        for item in dates {
            let Some(new) = self.holiday(item) else { continue };
            match holidays.iter().find(|(old, _)| old.date == new.date) {
                Some((_, first)) => {
                    let message = format!("{} is listed twice", new.date);
                    self.found.again(Code::HolidayTwice, item.place, *first, message, "keep one");
                }
                None => holidays.push((new, item.place)),
            }
        }
        holidays.sort_by_key(|(holiday, _)| holiday.date);
        let holidays: Vec<_> = holidays.into_iter().map(|(holiday, _)| holiday).collect();
        self.fetched(&calendars, refresh);
        let almanac = self.almanac(&calendars, zone, holiday_use);
        if let (Some(almanac), Some(last)) = (&almanac, calendars.last()) {
            self.has_holidays(almanac, &holidays, last.place);
        }
        (holidays, almanac)
    }

    /// `"2026-12-25"`, `2026-12-25` or `{ date = "2026-12-25", name = "Christmas Day" }`.
    fn holiday(&mut self, value: Value<'a>) -> Option<Holiday> {
        let Some(mut table) = value.as_table("a holiday") else {
            return Some(Holiday { date: date(value, self.found)?, name: None });
        };
        let day = table.need("date", "write { date = \"2026-12-25\", name = \"Christmas Day\" }", self.found);
        let name = table.take("name").and_then(|value| value::words(value, self.found)).map(Into::into);
        table.finish(self.found);
        Some(Holiday { date: date(day?, self.found)?, name })
    }
}

/// A zone of the IANA database.
pub(crate) fn timezone(value: Value<'_>, found: &mut Findings) -> Option<TimeZone> {
    let name = value.text("a time zone: \"Europe/Berlin\"", found)?;
    if let Some((message, mend)) = spelling::hour_for_ever(name) {
        found.report(Code::BadTimezone, value.place, message, mend);
        return None;
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    if zone.is_none() {
        let message = format!("there is no time zone \"{name}\"");
        found.report(Code::BadTimezone, value.place, message, spelling::zone(name));
    }
    zone
}

pub(super) fn date(value: Value<'_>, found: &mut Findings) -> Option<Date> {
    let text = match (value.as_text(), value.as_date()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(date)) => date,
        (None, None) => return value.wrong("a date: \"2026-12-25\"", found),
    };
    let date = plain_date(&text);
    if date.is_none() {
        found.report(Code::BadDate, value.place, format!("\"{text}\" is no date"), spelling::date(&text));
    }
    date
}

/// `2026-12-25`, and no other spelling.
pub(super) fn plain_date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain { text.parse().ok() } else { None }
}

/// The days a key names; a range may go past Sunday.
fn days(key: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|known| *known == name);
    let Some((first, last)) = key.split_once('-') else { return Some(vec![day(key)?]) };
    let (first, last) = (day(first)?, day(last)?);
    (first != last).then(|| (0..=(last + 7 - first) % 7).map(|ahead| (first + ahead) % 7).collect())
}

fn span(text: &str) -> Option<Span> {
    let (open, close) = text.split_once('-')?;
    let span = Span { open: minutes(open)?, close: minutes(close)? };
    (span.open < span.close).then_some(span)
}

/// Minutes after midnight of `HH:MM`, 24:00 included.
pub(super) fn minutes(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hours, minutes) = text.split_once(':')?;
    if [hours, minutes].iter().any(|part| part.len() != 2 || !part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_days_may_go_past_sunday() {
        assert_eq!(days("mon-fri").unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(days("sat-mon").unwrap(), [5, 6, 0]);
        assert_eq!(days("sun").unwrap(), [6]);
        for bad in ["monday", "mon-mon", "mon-", "-", ""] {
            assert_eq!(days(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_range_of_a_day_ends_after_it_begins_and_by_midnight() {
        assert_eq!(span("08:30-12:30"), Some(Span { open: 510, close: 750 }));
        assert_eq!(span("00:00-24:00"), Some(Span { open: 0, close: 1440 }));
        for bad in [
            "8:30-12:30",
            "12:00-12:00",
            "18:00-09:00",
            "09:00-24:01",
            "09:60-10:00",
            "09:00",
            "a-b",
            "25:00-26:00",
        ] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
