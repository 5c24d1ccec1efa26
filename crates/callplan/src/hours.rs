//! Whether a schedule is open at a moment, and when that changes next.
//!
//! The clock on the wall of the schedule's zone decides, so a day on which the clocks change needs no
//! case of its own: a time that occurs twice is open twice, one that is left out never comes. Knows
//! civil time only; must never know calls, people or the present.

use clock::Wall;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
};
use smallvec::SmallVec;

use crate::{Holiday, Hours, Span};

/// How far ahead [`Hours::next_change`] looks: past a year of holidays.
const DAYS_AHEAD_MAX: u16 = 400;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// What a schedule says of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Within a span.
    Open,
    /// Closed at this time of a day that has spans.
    ClosedNow,
    /// Closed on this day of the week.
    ClosedDay,
    /// Closed for a holiday: which, as an index into [`Hours::holidays`].
    Holiday(u16),
}

impl State {
    /// Whether calls are taken.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}

impl Hours {
    /// Whether it is open at `wall`, and if not, why.
    pub fn at(&self, wall: Wall) -> State {
        self.local(self.timezone.to_datetime(timestamp(wall)))
    }

    /// The first moment after `wall` at which it opens or closes; `None` if nothing changes within
    /// 400 days.
    pub fn next_change(&self, wall: Wall) -> Option<Wall> {
        let now = timestamp(wall);
        let open = self.at(wall).is_open();
        // A clock change may carry yesterday's last boundary past midnight.
        let mut day = self.timezone.to_datetime(now).date().yesterday().ok()?;
        for _ in 0..DAYS_AHEAD_MAX {
            let mut moments = self.boundaries(day);
            moments.sort_unstable();
            let changes = |at: &Timestamp| self.local(self.timezone.to_datetime(*at)).is_open() != open;
            if let Some(change) = moments.into_iter().filter(|at| *at > now).find(changes) {
                return Some(Wall::from_unix_micros(change.as_microsecond()));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The open ranges of a weekday, in order.
    pub fn spans(&self, day: Weekday) -> &[Span] {
        let monday_first = usize::try_from(day.to_monday_zero_offset());
        &self.week[monday_first.expect("a weekday counts from 0 to 6")]
    }

    /// The holiday that a [`State::Holiday`] of this schedule names.
    pub fn holiday(&self, which: u16) -> Option<&Holiday> {
        self.holidays.get(usize::from(which))
    }

    fn local(&self, at: DateTime) -> State {
        if let Ok(which) = self.holidays.binary_search_by_key(&at.date(), |holiday| holiday.date) {
            return State::Holiday(u16::try_from(which).unwrap_or(u16::MAX));
        }
        let spans = self.spans(at.weekday());
        let minute = minute_of(at);
        match (spans.is_empty(), spans.iter().any(|span| (span.open..span.close).contains(&minute))) {
            (true, _) => State::ClosedDay,
            (false, true) => State::Open,
            (false, false) => State::ClosedNow,
        }
    }

    /// Every instant around `day` at which the answer may change: midnight, the ends of spans (twice
    /// where the clock shows them twice), and the clock changes themselves.
    fn boundaries(&self, day: Date) -> SmallVec<[Timestamp; 16]> {
        let mut moments = SmallVec::new();
        let ends = self.spans(day.weekday()).iter().flat_map(|span| [span.open, span.close]);
        for minute in std::iter::once(0).chain(ends).filter(|minute| *minute < MINUTES_PER_DAY) {
            let at =
                day.to_datetime(jiff::civil::Time::midnight()).saturating_add(i64::from(minute).minutes());
            let read = self.timezone.to_ambiguous_timestamp(at);
            moments.extend([read.earlier(), read.later()].into_iter().filter_map(Result::ok));
        }
        let (first, last) = (moments.iter().min().copied(), moments.iter().max().copied());
        if let (Some(first), Some(last)) =
            (first, last.and_then(|at: Timestamp| at.checked_add(24.hours()).ok()))
        {
            let changes = self.timezone.following(first).map(|change| change.timestamp());
            moments.extend(changes.take_while(|at| *at <= last));
        }
        moments
    }
}

/// The instant of a wall clock reading; beyond the year 9999 the last there is.
fn timestamp(wall: Wall) -> Timestamp {
    Timestamp::from_microsecond(wall.unix_micros()).unwrap_or(Timestamp::MAX)
}

fn minute_of(at: DateTime) -> u16 {
    let minutes = i16::from(at.hour()) * 60 + i16::from(at.minute());
    u16::try_from(minutes).expect("a time of day is not negative")
}
