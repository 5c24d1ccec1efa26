//! The times of a schedule in words.

use super::words::listed;
use crate::model::{Holiday, Hours, Span};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// More holidays than this are counted and not told.
const HOLIDAYS_MAX: usize = 3;

/// `on weekdays from 8:30 to 12:30 and from 13:30 to 18:00, on Saturday from 9:00 to 12:00, not on ...`.
pub(super) fn told(hours: &Hours) -> String {
    let mut parts = Vec::new();
    let mut day = 0;
    while day < DAYS.len() {
        let spans = &hours.week[day];
        let count = hours.week[day..].iter().take_while(|other| *other == spans).count();
        if !spans.is_empty() {
            let spans: Vec<_> = spans.iter().map(span).collect();
            parts.push(format!("{} {}", days(day, count), listed(&spans, "and")));
        }
        day += count;
    }
    let open = if parts.is_empty() { "never".to_owned() } else { parts.join(", ") };
    if hours.holidays.is_empty() { open } else { format!("{open}, but not on {}", holidays(&hours.holidays)) }
}

fn days(first: usize, count: usize) -> String {
    match (first, count) {
        (0, 7) => "every day".to_owned(),
        (0, 5) => "on weekdays".to_owned(),
        (5, 2) => "on Saturday and Sunday".to_owned(),
        (first, 1) => format!("on {}", DAYS[first]),
        (first, count) => format!("from {} to {}", DAYS[first], DAYS[first + count - 1]),
    }
}

fn span(span: &Span) -> String {
    match (span.open, span.close) {
        (0, 1440) => "around the clock".to_owned(),
        (open, close) => format!("from {} to {}", time(open), time(close)),
    }
}

fn time(minute: u16) -> String {
    if minute == 1440 { "midnight".to_owned() } else { format!("{}:{:02}", minute / 60, minute % 60) }
}

fn holidays(holidays: &[Holiday]) -> String {
    let name = |holiday: &Holiday| match &holiday.name {
        Some(name) => format!("{name} ({})", holiday.date),
        None => holiday.date.to_string(),
    };
    let mut names: Vec<_> = holidays.iter().take(HOLIDAYS_MAX).map(name).collect();
    match holidays.len() - names.len() {
        0 => {}
        1 => names.push("one more holiday".to_owned()),
        more => names.push(format!("{more} more holidays")),
    }
    listed(&names, "and")
}
