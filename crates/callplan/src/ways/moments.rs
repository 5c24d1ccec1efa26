//! Kinds of time: every combination of schedules open and closed that comes up, and every change between them.

use std::collections::BTreeMap;

use clock::Wall;

use super::Horizon;
use crate::{HoursId, Site};

const MINUTE_US: i64 = 60_000_000;
/// A time that lasts shorter is a poor example of its kind.
const GOOD_US: i64 = 120 * MINUTE_US;
/// Kinds of time beyond this are not looked at, nor are changes between them.
const KINDS_MAX: usize = 256;

/// The kinds of time for some schedules.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    pub(super) stays: Vec<Stay>,
    pub(super) turns: Vec<Turn>,
}

/// One kind of time, with an example.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) open: Vec<(HoursId, bool)>,
    pub(super) at: Wall,
    /// Schedules held by hand, where no day brings this by itself.
    pub(super) held: Vec<(HoursId, bool)>,
    lasts: i64,
}

/// A change from one kind of time to another, the first of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The kind of time before, by its place.
    pub(super) from: usize,
    /// What is open afterwards.
    pub(super) open: Vec<(HoursId, bool)>,
    /// When.
    pub(super) at: Wall,
}

/// What was found for schedules before.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<Vec<HoursId>, Moments>);

impl Known {
    /// The kinds of time that these schedules make.
    pub(super) fn of(&mut self, site: &Site, hours: &[HoursId], horizon: Horizon) -> &Moments {
        self.0.entry(hours.to_vec()).or_insert_with(|| find(site, hours, horizon))
    }
}

fn find(site: &Site, hours: &[HoursId], Horizon { from, until }: Horizon) -> Moments {
    let mut changes = vec![from];
    for schedule in hours {
        let mut at = from;
        while let Some(next) = site[*schedule].next_change(at).filter(|next| *next < until) {
            changes.push(next);
            at = next;
        }
    }
    changes.sort_unstable();
    changes.dedup();
    let open_at = |at: Wall| -> Vec<(HoursId, bool)> {
        hours.iter().map(|schedule| (*schedule, site[*schedule].at(at).is_open())).collect()
    };
    let mut found = Moments::default();
    let mut places: BTreeMap<Vec<(HoursId, bool)>, usize> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut before: Option<usize> = None;
    for (index, begins) in changes.iter().enumerate() {
        let open = open_at(*begins);
        let ends = changes.get(index + 1).copied().unwrap_or(until);
        let lasts = ends.unix_micros() - begins.unix_micros();
        if let Some(from) = before
            && seen.insert((from, open.clone()))
        {
            found.turns.push(Turn { from, open: open.clone(), at: *begins });
        }
        let at = example(*begins, lasts);
        let place = *places.entry(open.clone()).or_insert_with(|| {
            found.stays.push(Stay { open: open.clone(), at, held: Vec::new(), lasts });
            found.stays.len() - 1
        });
        let stay = &mut found.stays[place];
        if stay.lasts < GOOD_US && lasts > stay.lasts {
            (stay.at, stay.lasts) = (at, lasts);
        }
        before = Some(place);
    }
    found.hold(site);
    found
}

/// Half an hour into it, or the middle of a shorter time, on a whole minute.
fn example(begins: Wall, lasts: i64) -> Wall {
    let at = begins.unix_micros() + (lasts / 2).min(30 * MINUTE_US);
    let whole = at - at.rem_euclid(MINUTE_US);
    Wall::from_unix_micros(if whole < begins.unix_micros() { at } else { whole })
}

impl Moments {
    /// Adds what a day/night key can make of each.
    fn hold(&mut self, site: &Site) {
        let mut at = 0;
        while let Some(stay) = self.stays.get(at).cloned() {
            at += 1;
            for (place, (schedule, is_open)) in stay.open.iter().enumerate() {
                let mut open = stay.open.clone();
                open[place].1 = !is_open;
                let is_new = self.stays.iter().all(|other| other.open != open);
                if site[*schedule].toggle.is_some() && is_new && self.stays.len() < KINDS_MAX {
                    let held = [stay.held.clone(), vec![(*schedule, !is_open)]].concat();
                    self.stays.push(Stay { open, held, ..stay.clone() });
                }
            }
        }
    }
}
