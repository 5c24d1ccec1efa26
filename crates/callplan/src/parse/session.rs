//! `session_timer`, `refresher` and `100rel`: of trunks and phones alike.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    place::Findings,
    table::{Table, Value},
    value,
    words::{REFRESHERS, RELIABLE},
};
use crate::model::{Session, SessionTimer};

/// RFC 4028 §4 allows nothing shorter; beyond a day nobody would notice.
const INTERVAL: RangeInclusive<Duration> = Duration::from_secs(90)..=Duration::from_secs(86_400);

/// Reads the rules out of the table of a trunk or phone; where it is silent, `usual` holds.
pub(super) fn session(table: &mut Table<'_>, usual: Session, found: &mut Findings) -> Session {
    let timer = table.take("session_timer").and_then(|value| timer(value, found));
    let refresher = table.take("refresher").and_then(|value| value::word(value, &REFRESHERS, found));
    let reliable = table.take("100rel").and_then(|value| value::word(value, &RELIABLE, found));
    Session {
        timer: timer.unwrap_or(usual.timer),
        refresher: refresher.unwrap_or(usual.refresher),
        reliable: reliable.unwrap_or(usual.reliable),
    }
}

fn timer(value: Value<'_>, found: &mut Findings) -> Option<SessionTimer> {
    match value.as_text() {
        Some("off") => Some(SessionTimer::Off),
        Some("if-asked") => Some(SessionTimer::IfAsked),
        Some(_) | None => value::duration(value, INTERVAL, found).map(SessionTimer::Asked),
    }
}
