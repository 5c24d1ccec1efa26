//! What two versions of a site do differently: for whom, when, and what happens instead.
//!
//! Every call that either site tells apart, by what is called, who calls, when, and what people do, is driven through
//! both by [`explain`](crate::explain::explain), and what the parties see is compared by name. So a difference is one
//! that somebody sees or hears: other words, another order of tables or another name for the same steps are none.
//!
//! What it leaves out is what [`ways`](crate::ways) leaves out, and what is no part of a call's way: what phones show of
//! callers, what may be dialled outside, limits and prices.

mod pair;
mod seen;
mod words;

use std::{collections::BTreeMap, time::Duration};

use self::{
    pair::{Both, compare},
    seen::{Hearing, Sounds},
};
use crate::{
    Site,
    explain::Question,
    step::Entry,
    times::Times,
    ways::{
        Horizon, WAYS_MAX,
        bands::{Bands, Kind, Side},
        entries,
        gather::{Gathered, Single, Singles, called, gather},
        reads,
        somebody::{self, Somebody},
    },
};

/// How two sites differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Everything that is different, calls from outside first.
    pub differences: Vec<Difference>,
    /// Ways of calls that were looked at.
    pub ways: usize,
    /// Whether these are all there are.
    pub is_whole: bool,
}

/// One thing that happens instead of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is called: numbers, extensions.
    pub called: Vec<String>,
    /// Who calls, in words; whoever they are, if nothing is said.
    pub callers: Vec<String>,
    /// When.
    pub times: Times,
    /// What happens first, in words, one for each way; nobody has to do anything where nothing is said.
    pub when: Vec<Vec<String>>,
    /// What happened.
    pub was: String,
    /// What happens.
    pub now: String,
    /// A call of the kind, in the old site and in the new; none where either has no such number.
    pub example: Option<Box<[Question; 2]>>,
}

/// How what calls to both sites do differs at any minute within `horizon`.
pub fn diff(old: &Site, new: &Site, horizon: Horizon) -> Diff {
    let sounds = Sounds::of([old, new]);
    let both = [old, new].map(|site| Hearing { site, sounds: &sounds });
    let (shared, mut differences) = words::shared(old, new, horizon);
    let mut diff = Diff { is_whole: true, ..Diff::default() };
    let mut found = Found::default();
    let mut kinds = Vec::new();
    for (called, (_, entries)) in shared.iter().enumerate() {
        kinds.push(called_at(both, called, *entries, horizon, &mut diff, &mut found));
    }
    let names: Vec<String> = shared.into_iter().map(|(name, _)| name).collect();
    let gathered = gather(&names, &kinds, found).into_iter().map(|it| {
        let Gathered { called, callers, times, when, what: [was, now], example } = it;
        Difference { called, callers, times, when, was, now, example: Some(Box::new(example)) }
    });
    differences.extend(gathered);
    diff.differences = differences;
    diff
}

/// What was and what is now, with the same call in both sites.
type Found = Singles<[String; 2], [Question; 2]>;

/// Compares all calls to one number, and returns the kinds of callers that it tells apart.
fn called_at(
    both: Both<'_>,
    called: usize,
    entries: [Entry; 2],
    horizon: Horizon,
    diff: &mut Diff,
    found: &mut Found,
) -> Vec<Somebody> {
    let reads = [0, 1].map(|side: usize| {
        let site = both[side].site;
        reads::of(site, site.entry(entries[side].plan(site)))
    });
    let sides = [0, 1].map(|side: usize| Side { site: both[side].site, reads: &reads[side] });
    let bands = Bands::of(&sides, horizon);
    let kinds = somebody::of(sides, entries);
    for (caller, somebody) in kinds.iter().enumerate() {
        let mut look = Duration::ZERO;
        loop {
            let minutes = bands.minutes(look);
            let (seen, latest) = of_caller(both, somebody, entries, &minutes, diff);
            // A call asked the clock later than was thought: what it says by then has to be told apart, too.
            if latest <= look {
                for (found_here, at) in seen {
                    let (when, what) = (found_here.when, [found_here.was, found_here.now]);
                    let single = Single { called, caller, when, what };
                    let (times, _) =
                        found.entry(single).or_insert_with(|| (Times::default(), found_here.questions));
                    times.join(&at);
                }
                break;
            }
            look = latest;
        }
    }
    kinds
}

/// Compares the calls of one kind of caller, at each kind of minute, and says how late one of them asked the clock.
fn of_caller(
    both: Both<'_>,
    somebody: &Somebody,
    entries: [Entry; 2],
    minutes: &BTreeMap<Kind, Times>,
    diff: &mut Diff,
) -> (Vec<(pair::Found, Times)>, Duration) {
    let (mut seen, mut latest, mut ways) = (Vec::new(), Duration::ZERO, 0);
    for ((_, ahead), times) in minutes {
        let Some(at) = times.first() else { continue };
        let changes = ahead.last().map_or(0, |(after, _)| u64::try_from(*after).unwrap_or(0));
        let questions = somebody.calls(entries, at);
        let left = WAYS_MAX.saturating_sub(ways);
        let compared = compare(both, questions, Duration::from_micros(changes), left);
        ways += compared.ways;
        diff.is_whole &= compared.is_whole;
        latest = latest.max(compared.latest);
        seen.extend(compared.found.into_iter().map(|found| (found, times.clone())));
    }
    diff.ways += ways;
    (seen, latest)
}

/// What can be called in both sites, by name.
fn names(site: &Site) -> Vec<(String, Entry)> {
    entries(site).into_iter().map(|entry| (called(site, entry), entry)).collect()
}
