//! What was probably meant by a time, a date, a zone, a country or a number in a spelling of elsewhere: the mend
//! then shows it as the config writes it.

use jiff::{civil::Date, tz::TimeZoneDatabase};

use super::nearest::nearest;
use crate::{
    model::{Country, E164},
    number::Numbering,
};

/// How to write a range of a day.
pub(super) fn range(text: &str) -> String {
    let text = text.to_lowercase().replace(['–', '—', '−'], "-").replace(" to ", "-").replace(' ', "");
    let ends = text.split_once('-').and_then(|(open, close)| Some((clock(open)?, clock(close)?)));
    let show = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    match ends {
        Some((open, close)) if open < close => format!("write \"{}-{}\"", show(open), show(close)),
        Some((open, close)) if close > 0 && open < 24 * 60 => {
            let (open, close) = (show(open), show(close));
            format!(
                "a range ends by midnight: write \"{open}-24:00\", and \"00:00-{close}\" on the day after"
            )
        }
        Some(_) | None => "write HH:MM-HH:MM, up to 24:00: \"08:30-12:30\"".to_owned(),
    }
}

/// Minutes after midnight of `8.30`, `8:30am` or `8`.
fn clock(text: &str) -> Option<u16> {
    let (time, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(time), _) => (time, Some(0)),
        (None, Some(time)) => (time, Some(12)),
        (None, None) => (text, None),
    };
    let (hours, minutes) = time.split_once([':', '.', 'h']).unwrap_or((time, "00"));
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hours = half.map_or(hours, |half| hours % 12 + half);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

/// How to write a date.
pub(super) fn date(text: &str) -> String {
    let parts: Vec<i16> = text.split(['.', '/', '-']).map_while(|part| part.trim().parse().ok()).collect();
    let day = |year: i16, month: i16, day: i16| {
        let year = if year < 100 { 2000 + year } else { year };
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let meant = match parts[..] {
        [year, month, dom] if year > 31 => day(year, month, dom),
        [dom, month, year] if text.contains('.') => day(year, month, dom),
        // Who writes 3/4 may mean March or April.
        [one, other, year] => match (day(year, one, other), day(year, other, one)) {
            (Some(date), None) | (None, Some(date)) => Some(date),
            (one, other) => one.filter(|_| one == other),
        },
        _ => None,
    };
    let mend = "write a day of the calendar as YYYY-MM-DD: \"2026-12-25\"".to_owned();
    meant.map_or(mend, |date| format!("write \"{date}\""))
}

/// Names of zones that have one hour the whole year, and what their writers live by.
const HOURS_FOR_EVER: [(&str, &str, &str); 3] = [
    ("EST", "America/New_York", "America/Panama"),
    ("MST", "America/Denver", "America/Phoenix"),
    ("HST", "America/Adak", "Pacific/Honolulu"),
];

/// What is wrong with the name of a zone that knows no summer time though its place does, with the mend.
pub(super) fn hour_for_ever(name: &str) -> Option<(String, String)> {
    let (name, summer, never) =
        HOURS_FOR_EVER.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    let mend = format!("write \"{summer}\", or \"{never}\" where no clock is ever changed");
    Some((format!("{name} has no summer time"), mend))
}

/// How to write a zone.
pub(super) fn zone(text: &str) -> String {
    let names: Vec<_> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    let city = text.replace(' ', "_");
    let is_city = |name: &&String| name.rsplit('/').next().is_some_and(|it| it.eq_ignore_ascii_case(&city));
    let is_offset = text.starts_with(['+', '-']) || ["UTC", "GMT"].iter().any(|it| text.starts_with(it));
    let near = || nearest(text, names.iter().map(String::as_str)).filter(|_| !is_offset);
    match names.iter().find(is_city).filter(|_| !is_offset).map(String::as_str).or_else(near) {
        Some(name) => format!("write \"{name}\""),
        None => {
            "write a place of the IANA database, which knows its summer time: \"Europe/Berlin\"".to_owned()
        }
    }
}

/// How to write a country.
pub(super) fn country(text: &str) -> String {
    let capitals = text.to_ascii_uppercase();
    let letters = match &*capitals {
        "UK" => "GB",
        "USA" => "US",
        capitals => capitals,
    };
    match Country::parse(letters).filter(|country| Numbering::of(*country).is_some()) {
        Some(_) => format!("write \"{letters}\""),
        None => "write its two capital letters by ISO 3166: \"US\", \"DE\"".to_owned(),
    }
}

/// How to write a number: with `+`, and nothing between its digits.
pub(super) fn number(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let abroad = ["011", "00"].iter().find_map(|prefix| digits.strip_prefix(prefix));
    let whole = if text.trim_start().starts_with('+') { Some(&*digits) } else { abroad };
    whole.and_then(E164::from_digits).map_or_else(
        || "write + and the country code first, 7 to 15 digits in all: \"+12025550100\"".to_owned(),
        |number| format!("write \"{number}\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_shown_as_the_config_writes_it() {
        for text in
            ["8:30-12:30", "8.30-12.30", "8:30am-12:30pm", "08:30–12:30", "08:30 to 12:30", "8h30 - 12h30"]
        {
            assert_eq!(range(text), "write \"08:30-12:30\"", "{text}");
        }
        assert_eq!(range("9am-5pm"), "write \"09:00-17:00\"");
        assert!(range("22:00-06:00").contains("\"22:00-24:00\", and \"00:00-06:00\""));
        for text in ["", "08:30", "08:30-24:30", "early-late", "12:00-12:70", "99999-1", "24:00-00:00"] {
            assert!(range(text).contains("HH:MM"), "{text}: {}", range(text));
        }
    }

    #[test]
    fn a_date_is_shown_as_the_config_writes_it_unless_it_may_be_two() {
        for text in ["25.12.2026", "12/25/2026", "25/12/26", "2026/12/25", "25-12-2026"] {
            assert_eq!(date(text), "write \"2026-12-25\"", "{text}");
        }
        assert_eq!(date("5/5/2026"), "write \"2026-05-05\"");
        for text in ["3/4/2026", "2026-02-30", "Christmas", "", "1.2", "99999.1.1"] {
            assert!(date(text).contains("YYYY"), "{text}: {}", date(text));
        }
    }

    #[test]
    fn a_time_beyond_every_day_is_none() {
        for text in ["24:01", "1092:59", "65535", "99999:00"] {
            assert_eq!(clock(text), None, "{text}");
        }
        assert_eq!(clock("24:00"), Some(24 * 60));
    }

    #[test]
    fn a_zone_is_a_place() {
        assert_eq!(zone("New York"), "write \"America/New_York\"");
        assert_eq!(zone("berlin"), "write \"Europe/Berlin\"");
        assert_eq!(zone("America/NewYork"), "write \"America/New_York\"");
        for text in ["UTC-5", "-05:00", "GMT+1", "Eastern Time (US & Canada)"] {
            assert!(zone(text).contains("a place"), "{text}: {}", zone(text));
        }
    }
}
