//! Time zones of a calendar: by a name that everybody knows, by one of Windows, or by the rules in the file.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::{line::Line, moment::date_time, rule::nth_day, windows};

/// A VTIMEZONE, as far as it has been read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    id: String,
    /// The IANA name beside it, which some programs write.
    place: Option<String>,
    observances: Vec<Observance>,
}

/// STANDARD or DAYLIGHT: an offset, and when it begins.
#[derive(Clone, Debug, Default)]
struct Observance {
    is_daylight: bool,
    starts: Option<jiff::civil::DateTime>,
    offset: Option<i32>,
    rule: Option<String>,
}

impl Told {
    /// Reads a property of the VTIMEZONE itself.
    pub(crate) fn property(&mut self, line: &Line) {
        match &*line.name {
            "TZID" => line.value.trim().clone_into(&mut self.id),
            "X-LIC-LOCATION" => self.place = Some(line.value.trim().to_owned()),
            _ => {}
        }
    }

    /// An observance begins.
    pub(crate) fn observance(&mut self, is_daylight: bool) {
        self.observances.push(Observance { is_daylight, ..Observance::default() });
    }

    /// Reads a property of the last observance.
    pub(crate) fn observed(&mut self, line: &Line) {
        let Some(last) = self.observances.last_mut() else { return };
        match &*line.name {
            "DTSTART" => last.starts = date_time(&line.value).map(|(starts, _)| starts),
            "TZOFFSETTO" => last.offset = offset(&line.value),
            "RRULE" => last.rule = Some(line.value.to_ascii_uppercase()),
            _ => {}
        }
    }

    /// The zone by its rules: those in force last hold for all time.
    fn rules(&self) -> Option<TimeZone> {
        let newest = |is_daylight| {
            let known = self.observances.iter().filter(|it| it.is_daylight == is_daylight);
            known.filter(|it| it.offset.is_some()).max_by_key(|it| it.starts)
        };
        let standard = newest(false);
        let daylight = newest(true).filter(|it| it.repeats());
        let (Some(standard), Some(daylight)) = (standard, daylight) else {
            return fixed(standard.or(newest(true))?.offset?);
        };
        if !standard.repeats() {
            return fixed(standard.offset?);
        }
        let text = format!(
            "<S>{}<D>{},{},{}",
            west(standard.offset?),
            west(daylight.offset?),
            daylight.posix()?,
            standard.posix()?
        );
        TimeZone::posix(&text.replace("<S>", "STD").replace("<D>", "DST")).ok()
    }
}

impl Observance {
    /// Whether it comes again each year for ever.
    fn repeats(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| !rule.contains("UNTIL=") && !rule.contains("COUNT="))
    }

    /// When it begins each year, as POSIX writes it: `M3.2.0/02:00:00`.
    fn posix(&self) -> Option<String> {
        let rule = self.rule.as_deref()?;
        let part = |key: &str| rule.split(';').find_map(|part| part.trim().strip_prefix(key));
        let (nth, weekday) = nth_day(part("BYDAY=")?)?;
        let month: u8 = part("BYMONTH=")?.parse().ok()?;
        let days =
            || part("BYMONTHDAY=")?.split(',').map(|day| day.parse().ok()).collect::<Option<Vec<i16>>>();
        let nth = match nth {
            -1 => 5,
            1..=4 => nth,
            // "The Sunday among the 8th to the 14th" is the second.
            0 => (days()?.into_iter().min().filter(|day| *day > 0)? - 1) / 7 + 1,
            _ => return None,
        };
        let time = self.starts?.time();
        let weekday = weekday.to_sunday_zero_offset();
        Some(format!("M{month}.{nth}.{weekday}/{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
    }
}

/// The zone that a TZID means.
pub(crate) fn zone(id: &str, told: &[Told]) -> Option<TimeZone> {
    let own = told.iter().find(|zone| zone.id == id.trim());
    let place = own.and_then(|zone| zone.place.as_deref());
    known(id)
        .or_else(|| windows::place(id.trim()).and_then(known))
        .or_else(|| place.and_then(known))
        .or_else(|| own.and_then(Told::rules))
}

/// A zone of the IANA database; programs put a path of their own before its name.
fn known(id: &str) -> Option<TimeZone> {
    let database = TimeZoneDatabase::bundled();
    let id = id.trim();
    let found = |name: &str| database.get(name).ok();
    if let Some(zone) = found(id) {
        return Some(zone);
    }
    let tails = id.match_indices('/').map(|(at, _)| &id[at + 1..]);
    tails.filter(|tail| tail.contains('/')).find_map(found)
}

fn fixed(seconds: i32) -> Option<TimeZone> {
    jiff::tz::Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// Seconds east of Greenwich of `+0530` or `-050000`.
fn offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse::<i32>().ok());
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + part(4)?))
}

/// An offset as POSIX writes it, which counts to the west.
fn west(east: i32) -> String {
    let sign = if east > 0 { "-" } else { "" };
    let seconds = east.abs();
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;

    fn told(text: &str) -> Told {
        let mut told = Told::default();
        let mut is_inside = false;
        for line in crate::line::lines(text).map(|line| line.unwrap()) {
            match (&*line.name, &*line.value) {
                ("BEGIN", name) => {
                    is_inside = true;
                    told.observance(name == "DAYLIGHT");
                }
                ("END", _) => is_inside = false,
                _ if is_inside => told.observed(&line),
                _ => told.property(&line),
            }
        }
        told
    }

    /// Rules that a file tells give the offsets that the zone they describe has.
    #[test]
    fn rules_of_a_file_are_those_of_the_place_they_describe() {
        let berlin = "TZID:Ours\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETTO:+0100\n\
                      RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
                      DTSTART:16010101T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n\
                      END:DAYLIGHT\n";
        // By days of the month, and in the south.
        let adelaide = "TZID:Ours\nBEGIN:STANDARD\nDTSTART:20080406T030000\nTZOFFSETTO:+0930\n\
                        RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7\nEND:STANDARD\n\
                        BEGIN:DAYLIGHT\nDTSTART:20081005T020000\nTZOFFSETTO:+1030\n\
                        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU\nEND:DAYLIGHT\n";
        // A zone that has given up its summer time.
        let moscow = "TZID:Ours\nBEGIN:DAYLIGHT\nDTSTART:19930328T020000\nTZOFFSETTO:+0400\n\
                      RRULE:FREQ=YEARLY;UNTIL=20100328T000000Z;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n\
                      BEGIN:STANDARD\nDTSTART:20141026T020000\nTZOFFSETTO:+0300\nEND:STANDARD\n";
        for (text, place) in
            [(berlin, "Europe/Berlin"), (adelaide, "Australia/Adelaide"), (moscow, "Europe/Moscow")]
        {
            let (ours, theirs) = (zone("Ours", &[told(text)]).unwrap(), TimeZone::get(place).unwrap());
            for day in Date::constant(2027, 1, 1).series(jiff::ToSpan::days(1)).take(730) {
                for hour in [1, 5] {
                    let at = theirs.to_timestamp(day.at(hour, 30, 0, 0)).unwrap();
                    assert_eq!(ours.to_datetime(at), theirs.to_datetime(at), "{place} {day} {hour}");
                }
            }
        }
    }

    #[test]
    fn a_zone_is_found_by_any_of_its_names() {
        let apple = told("TZID:Somewhere\nX-LIC-LOCATION:Europe/Paris\n");
        for (id, place) in [
            ("Europe/Paris", "Europe/Paris"),
            ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("Romance Standard Time", "Europe/Paris"),
            ("Somewhere", "Europe/Paris"),
        ] {
            let found = zone(id, std::slice::from_ref(&apple)).unwrap();
            assert_eq!(found.iana_name(), Some(place), "{id}");
        }
        assert_eq!(zone("Middle-earth/Shire", &[apple]), None);
    }
}
