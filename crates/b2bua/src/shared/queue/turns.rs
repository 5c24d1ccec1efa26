//! When schedules next open or close, asked once for each of their turns.
//!
//! A schedule that never changes is walked for 400 days to say so, and a line asks with each event.

use std::{collections::BTreeMap, sync::Arc};

use clock::Wall;

/// How long it holds that a schedule changes never: it was looked at as far ahead as anybody looks.
const NEVER_FOR_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// What schedules of the newest version said, by their names.
#[derive(Debug, Default)]
pub(super) struct Turns {
    said: BTreeMap<Arc<str>, Said>,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    at: Wall,
    next: Option<Wall>,
}

impl Said {
    /// Whether it still holds: not once the turn has come, nor where the clock was set back behind the asking.
    fn holds(self, now: Wall) -> bool {
        let never = Wall::from_unix_micros(self.at.unix_micros().saturating_add(NEVER_FOR_MICROS));
        self.at <= now && now < self.next.unwrap_or(never)
    }
}

impl Turns {
    /// When this schedule next changes; `ask` is only asked where that is not known.
    pub(super) fn next(
        &mut self,
        hours: &Arc<str>,
        now: Wall,
        ask: impl FnOnce() -> Option<Wall>,
    ) -> Option<Wall> {
        if let Some(said) = self.said.get(hours).filter(|said| said.holds(now)) {
            return said.next;
        }
        let next = ask();
        self.said.insert(hours.clone(), Said { at: now, next });
        next
    }

    /// The schedules are others.
    pub(super) fn clear(&mut self) {
        self.said.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000_000;

    fn hour(hours: i64) -> Wall {
        Wall::from_unix_micros(hours * HOUR)
    }

    /// The hours at which it is asked, of those at which a line wants to know.
    fn asked(wanted: &[i64], next: impl Fn(i64) -> Option<i64>) -> Vec<i64> {
        let (mut turns, office) = (Turns::default(), Arc::from("office"));
        let mut asked = Vec::new();
        for at in wanted {
            let told = turns.next(&office, hour(*at), || {
                asked.push(*at);
                next(*at).map(hour)
            });
            assert_eq!(told, next(*at).map(hour), "at {at}");
        }
        asked
    }

    #[test]
    fn a_schedule_is_asked_once_for_each_turn_and_where_the_clock_is_set_back() {
        let next_eight = |at: i64| Some((at / 8 + 1) * 8);
        assert_eq!(asked(&[1, 2, 7, 8, 9, 15, 16], next_eight), [1, 8, 16]);
        assert_eq!(asked(&[9, 15, 3, 4], next_eight), [9, 3]);
        assert_eq!(asked(&[1, 20, 21], next_eight), [1, 20], "the clock was set ahead");
    }

    #[test]
    fn one_that_never_changes_is_asked_once_a_day() {
        assert_eq!(asked(&[1, 2, 24, 25, 26, 48], |_| None), [1, 25]);
    }

    #[test]
    fn another_site_is_asked_anew() {
        let (mut turns, office) = (Turns::default(), Arc::from("office"));
        assert_eq!(turns.next(&office, hour(1), || Some(hour(9))), Some(hour(9)));
        turns.clear();
        assert_eq!(turns.next(&office, hour(1), || Some(hour(5))), Some(hour(5)));
    }
}
