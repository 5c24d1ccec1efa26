//! Recurrences beside those of `rrule`, an implementation that knows nothing of ours.

use calendar::{Calendar, When};
use chrono::{Datelike as _, NaiveDate, TimeZone as _};
use jiff::{civil::Date, tz::TimeZone};
use proptest::prelude::*;

/// The days of a rule that begins on `start`, by ours.
fn ours(rule: &str, start: Date, last: Date) -> Vec<String> {
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{}\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n",
        start.strftime("%Y%m%d")
    );
    let (calendar, flaws) = Calendar::read(&text).expect("a calendar");
    assert_eq!(flaws, [], "{rule}");
    let found = calendar.occurrences(start, last, &TimeZone::UTC, 100_000).list.into_iter();
    let day = |when| match when {
        When::Days { first, .. } => first.to_string(),
        When::Time { .. } => panic!("{rule}"),
    };
    found.map(|occurrence| day(occurrence.when)).collect()
}

/// The same by `rrule`; none if it refuses the rule. The first day counts, whether the rule has it or not.
fn theirs(rule: &str, start: Date, last: Date) -> Option<Vec<String>> {
    let civil = |day: Date| {
        let day = NaiveDate::from_ymd_opt(
            day.year().into(),
            day.month().unsigned_abs().into(),
            day.day().unsigned_abs().into(),
        );
        rrule::Tz::UTC
            .from_utc_datetime(&day.and_then(|day| day.and_hms_opt(0, 0, 0)).expect("a day has a midnight"))
    };
    let read = rule.parse::<rrule::RRule<rrule::Unvalidated>>().ok()?.build(civil(start)).ok()?;
    let days = read.before(civil(last)).all_unchecked();
    Some(
        days.into_iter()
            .map(|day| format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))
            .collect(),
    )
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn list<T: std::fmt::Display>(key: &'static str, of: Vec<T>) -> String {
    if of.is_empty() {
        return String::new();
    }
    let items: Vec<_> = of.iter().map(ToString::to_string).collect();
    format!(";{key}={}", items.join(","))
}

/// Rules of every shape that both read.
fn rules() -> impl Strategy<Value = String> {
    let numbers = |max: i16, count: usize| {
        let number =
            (1..=max, any::<bool>()).prop_map(|(number, is_back)| if is_back { -number } else { number });
        prop::collection::vec(number, 0..count)
    };
    // All with their number or none: `rrule` takes `1TU,TU` for `1TU`, of which the RFC says nothing.
    let week_days = |nth: i16| {
        let day =
            (0..7usize, 1..=nth.max(1), any::<bool>()).prop_map(move |(day, number, is_back)| match nth {
                0 => DAYS[day].to_owned(),
                _ => format!("{}{number}{}", if is_back { "-" } else { "" }, DAYS[day]),
            });
        prop::collection::vec(day, 0..4)
    };
    let ends = prop_oneof![
        Just(String::new()),
        (1..40u32).prop_map(|count| format!(";COUNT={count}")),
        (2021..2036i32, 1..13u32, 1..29u32).prop_map(|(y, m, d)| format!(";UNTIL={y}{m:02}{d:02}T000000Z")),
    ];
    let months =
        prop::collection::btree_set(1..=12u8, 0..4).prop_map(|set| set.into_iter().collect::<Vec<_>>());
    let parts = (
        1..5u32,
        0..7usize,
        ends,
        months,
        numbers(31, 3),
        week_days(4),
        week_days(0),
        numbers(366, 3),
        numbers(4, 3),
    );
    (0..4usize, any::<[bool; 4]>(), parts).prop_map(
        |(
            often,
            has,
            (interval, begins, ends, months, month_days, nth_days, week_days, year_days, places),
        )| {
            let name = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][often];
            let mut rule = format!("FREQ={name};INTERVAL={interval};WKST={}{ends}", DAYS[begins]);
            if has[0] {
                rule += &list("BYMONTH", months);
            }
            if has[1] && often != 1 {
                rule += &list("BYMONTHDAY", month_days);
            }
            let days = if often >= 2 { nth_days } else { week_days };
            let days = if has[2] { list("BYDAY", days) } else { String::new() };
            rule += &days;
            if often == 3 && !has[0] && !has[1] && days.is_empty() {
                rule += &list("BYYEARDAY", year_days);
            }
            // A place among others needs others, and `rrule` counts those of a first week from the first day.
            if has[3] && rule.contains("BY") && often != 1 {
                rule += &list("BYSETPOS", places);
            }
            rule
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rules of any shape fall on the days that `rrule` finds, over fifteen years. The event begins on a day of its
    /// rule, since what happens else is nobody's law.
    #[test]
    fn a_rule_falls_on_the_days_that_another_implementation_finds(
        rule in rules(), month in 1..13i8, day in 1..29i8,
    ) {
        let (start, last) = (Date::constant(2020, month, day), Date::constant(2035, 12, 31));
        let unending = rule.split(';').filter(|part| !part.starts_with("COUNT") && !part.starts_with("UNTIL"));
        let unending: String = unending.collect::<Vec<_>>().join(";");
        let Some(first) = theirs(&unending, start, last).and_then(|days| days.first().cloned()) else {
            return Ok(());
        };
        let start = first.parse::<Date>().unwrap();
        if theirs(&unending, start, last).and_then(|days| days.first().cloned()) != Some(first) {
            return Ok(());
        }
        if let Some(theirs) = theirs(&rule, start, last).filter(|days| !days.is_empty()) {
            let ours = ours(&rule, start, last);
            let differs = ours.iter().zip(&theirs).position(|(our, their)| our != their);
            let at = differs.unwrap_or(ours.len().min(theirs.len()));
            let told = |days: &[String]| format!("{:?} of {}", days.get(at), days.len());
            prop_assert!(ours == theirs, "{rule} from {start}: {}, not {}", told(&ours), told(&theirs));
        }
    }

    /// No text makes the reader panic, or take long.
    #[test]
    fn any_text_is_read_or_refused(
        lines in prop::collection::vec(
            prop_oneof![
                Just("BEGIN:VEVENT".to_owned()), Just("END:VEVENT".to_owned()), Just("UID:1".to_owned()),
                "(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(;TZID=[A-Za-z/]{0,12}|;VALUE=DATE)?:[0-9TZ,é]{0,20}",
                (0..40u32).prop_map(|day| format!("DTSTART:202701{day:02}T090000")),
                "DURATION:P[0-9WDTHMS]{0,12}", "RRULE:[A-Z=;,0-9-]{0,40}",
                "RRULE:FREQ=(DAILY|YEARLY|MONTHLY);COUNT=[0-9]{1,9}", "[ -~é]{0,40}",
            ],
            0..30,
        )
    ) {
        let text = format!("BEGIN:VCALENDAR\n{}\n", lines.join("\n"));
        if let Ok((calendar, _)) = Calendar::read(&text) {
            let (first, last) = (Date::constant(2027, 1, 1), Date::constant(2027, 12, 31));
            let found = calendar.occurrences(first, last, &TimeZone::UTC, 1000);
            prop_assert!(found.list.len() <= 1000);
            for event in calendar.events() {
                let _ = (event.last(), event.ever_comes());
            }
        }
    }
}
