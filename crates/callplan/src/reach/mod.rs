//! Who can come to something: every number, caller, time and way that leads there.
//!
//! Every call is driven by [`explain`](crate::explain::explain) as in [`ways`](crate::ways), and where each choice leads is
//! kept as a graph of steps that wait. A way is a path through it without a circle, up to the first step that comes by
//! what is asked for. Each is asked again as a whole before it is told, so what is told is a call that goes so. What
//! is left out is what [`ways`](crate::ways) leaves out.

mod paths;

use std::{collections::BTreeMap, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    Site,
    explain::Question,
    proof::Point,
    step::Entry,
    times::Times,
    ways::{
        Horizon,
        bands::{Bands, Kind, Side},
        entries,
        gather::{Gathered, Single, Singles, called, gather},
        reads,
        somebody::{self, Somebody},
    },
};

/// Everything that leads somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Each number with the times and ways of its calls.
    pub routes: Vec<Route>,
    /// Ways of calls that were looked at.
    pub ways: usize,
    /// Whether these are all there are.
    pub is_whole: bool,
}

/// How calls to some numbers come there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What is called: numbers, extensions.
    pub called: Vec<String>,
    /// Who calls, in words; whoever they are, if nothing is said.
    pub callers: Vec<String>,
    /// When.
    pub times: Times,
    /// What happens first, in words, one for each way; nothing where nobody has to do anything.
    pub ways: Vec<Vec<String>>,
    /// A call of the kind.
    pub example: Box<Question>,
}

type Found = Singles<(), Question>;

/// Everything that leads to `target` within `horizon`.
pub fn reach(site: &Site, target: Point, horizon: Horizon) -> Reach {
    let mut reach = Reach { is_whole: true, ..Reach::default() };
    let (mut found, mut kinds) = (Found::default(), Vec::new());
    let entries = entries(site);
    for (called, entry) in entries.iter().enumerate() {
        kinds.push(called_at(site, target, (called, *entry), horizon, &mut reach, &mut found));
    }
    let names: Vec<String> = entries.into_iter().map(|entry| called(site, entry)).collect();
    reach.routes = gather(&names, &kinds, found).into_iter().map(Route::from).collect();
    reach
}

/// Looks at all calls to one number, and returns the kinds of callers that it tells apart.
fn called_at(
    site: &Site,
    target: Point,
    (called, entry): (usize, Entry),
    horizon: Horizon,
    reach: &mut Reach,
    found: &mut Found,
) -> Vec<Somebody> {
    let reads = reads::of(site, site.entry(entry.plan(site)));
    let side = Side { site, reads: &reads };
    let bands = Bands::of(&[side], horizon);
    let kinds = somebody::of([side, side], [entry, entry]);
    for (caller, somebody) in kinds.iter().enumerate() {
        let mut look = Duration::ZERO;
        loop {
            let (ways, latest) = of_caller(site, target, (somebody, entry), &bands.minutes(look), reach);
            // A call asked the clock later than was thought: what it says by then has to be told apart, too.
            if latest <= look {
                for (when, question, at) in ways {
                    let single = Single { called, caller, when, what: () };
                    found.entry(single).or_insert_with(|| (Times::default(), question)).0.join(&at);
                }
                break;
            }
            look = latest;
        }
    }
    kinds
}

type Way = (Vec<String>, Question, Times);

/// The calls of one kind of caller, at each kind of minute, and how late one of them asked the clock.
fn of_caller(
    site: &Site,
    target: Point,
    (somebody, entry): (&Somebody, Entry),
    minutes: &BTreeMap<Kind, Times>,
    reach: &mut Reach,
) -> (Vec<Way>, Duration) {
    let (mut ways, mut latest) = (Vec::new(), Duration::ZERO);
    for ((_, ahead), times) in minutes {
        let Some(at) = times.first() else { continue };
        let changes = ahead.last().map_or(0, |(after, _)| u64::try_from(*after).unwrap_or(0));
        let [question, _] = somebody.calls([entry, entry], at);
        let looked = paths::look(site, target, question, Duration::from_micros(changes));
        reach.ways += looked.ways;
        reach.is_whole &= looked.is_whole;
        latest = latest.max(looked.latest);
        ways.extend(looked.found.into_iter().map(|(when, question)| (when, question, times.clone())));
    }
    (ways, latest)
}

impl From<Gathered<(), Question>> for Route {
    fn from(gathered: Gathered<(), Question>) -> Self {
        let Gathered { called, callers, times, when, what: (), example } = gathered;
        Self { called, callers, times, ways: when, example: Box::new(example) }
    }
}

impl Route {
    /// In a line: `+12025550100, Mon-Fri 08:30-18:00: key 2; or key 1, then group:sales does not take it`.
    pub fn sentence(&self, zone: &TimeZone, horizon: Horizon) -> String {
        let mut parts = vec![self.called.join(", ")];
        parts.extend(Some(self.times.words(zone, horizon)).filter(|words| !words.is_empty()));
        if !self.callers.is_empty() {
            parts.push(self.callers.join("; "));
        }
        let way = |way: &Vec<String>| if way.is_empty() { "at once".to_owned() } else { way.join(", then ") };
        let ways: Vec<_> = self.ways.iter().map(way).collect();
        format!("{}: {}", parts.join(", "), ways.join("; or "))
    }
}
