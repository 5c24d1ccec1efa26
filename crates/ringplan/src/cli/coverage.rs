//! `ringplan coverage`: which steps and keys calls took, and which the tests try.

use std::{fs, path::PathBuf, time::Duration};

use b2bua::call::log::{Event, Kind};
use callplan::{
    Site,
    coverage::{Count, Coverage, Passed, Row},
    explain::explain,
};
use clock::Wall;
use serde_json::{Value, json};
use store::{
    Direction,
    sqlite::{CallRow, Reader},
};

use super::{Exit, complain, duration, site, table};
use crate::{
    config::{Place, Tree},
    plain,
    time::Clocks,
};

/// Count which steps and keys were taken, by the calls of the last days and by the tests of the config.
///
/// Steps are counted by their names, so those of an older version count for the step that has the name now.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 each step and key was taken, 1 some never was, 2 the config is refused or a file can't be read.\n\n\
                        Examples:\n  ringplan coverage --tests --calls 90d\n  ringplan coverage --tests --unused\n  \
                        ringplan coverage --calls 90d --json > here.json && ringplan coverage --add here.json --add there.json"
)]
pub(crate) struct CoverageOf {
    /// Count the calls of so long, up to now: 90d, 12h [default with neither --tests nor --add: 90d].
    #[arg(long, value_name = "TIME", value_parser = span)]
    calls: Option<Duration>,
    /// Count what the `[[tests]]` of the config do.
    #[arg(long)]
    tests: bool,
    /// Add what was counted elsewhere, as `--json` printed it; may be given several times.
    #[arg(long, value_name = "FILE")]
    add: Vec<PathBuf>,
    /// Only what was never taken.
    #[arg(long)]
    unused: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl CoverageOf {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let coverage = match self.count(place, &site) {
            Ok(coverage) => coverage,
            Err(why) => return complain(Exit::Broken, why),
        };
        let mut rows = coverage.rows(&site);
        let never = rows.iter().filter(|row| row.count == Count::default()).count();
        rows.retain(|row| !self.unused || row.count == Count::default());
        let steps: Value = rows.iter().map(shape).collect();
        if self.json {
            let body = json!({ "calls": coverage.all.calls, "tests": coverage.all.tests, "steps": steps });
            println!("{}", plain::json(&body));
        } else {
            let columns =
                [("STEP", "step"), ("KEY", "key"), ("CALLS", "calls"), ("TESTS", "tests"), ("DOES", "does")];
            table::show(&steps, false, &columns, "nothing is left that was never taken");
            let Count { calls, tests } = coverage.all;
            println!("{calls} calls, {tests} tests; {never} steps and keys were never taken");
        }
        if never == 0 { Exit::Done } else { Exit::Failed }
    }

    fn count(&self, place: &Place, site: &Site) -> Result<Coverage, String> {
        let mut coverage = Coverage::default();
        let is_nothing_said = !self.tests && self.add.is_empty();
        if let Some(span) = self.calls.or(is_nothing_said.then_some(90 * DAY)) {
            let reader = Reader::open(&place.database()).map_err(|error| error.to_string())?;
            let now = Clocks::start().now().wall.unix_micros();
            let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            let from = Wall::from_unix_micros(now.saturating_sub(span));
            let read = reader.each_record(from, |call| {
                if !call.path.is_empty() && call.began.direction != Direction::Rehearsal {
                    coverage.call(site, passed(&call));
                }
                true
            });
            read.map_err(|error| error.to_string())?;
        }
        if self.tests {
            site.tests.iter().for_each(|test| coverage.test(site, &explain(site, &test.question)));
        }
        for file in &self.add {
            let name = file.display();
            let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
            let body: Value = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
            let other = read(&body);
            coverage = coverage
                .merge(other.ok_or_else(|| format!("{name} is not what `ringplan coverage --json` prints"))?);
        }
        Ok(coverage)
    }
}

/// What a call came by: its record has the names of its steps beside the events, in the same order.
fn passed(call: &CallRow) -> Vec<Passed<'_>> {
    let mut steps = call.path.split(' ');
    let passed = Event::read_all(&call.events).filter_map(|event| {
        if event.kind == Kind::Node as u8 {
            steps.next().map(Passed::Step)
        } else if event.kind == Kind::Key as u8 && event.detail == 0 {
            u32::try_from(event.value).ok().and_then(char::from_u32).map(Passed::Key)
        } else {
            None
        }
    });
    passed.collect()
}

fn shape(row: &Row) -> Value {
    json!({
        "step": row.step,
        "key": row.key,
        "does": row.does,
        "calls": row.count.calls,
        "tests": row.count.tests,
    })
}

fn read(body: &Value) -> Option<Coverage> {
    let count =
        |value: &Value| Some(Count { calls: value["calls"].as_u64()?, tests: value["tests"].as_u64()? });
    let mut coverage = Coverage::default();
    coverage.all = count(body)?;
    for row in body["steps"].as_array()? {
        let key = row["key"].as_str().and_then(|key| key.chars().next());
        coverage.add(row["step"].as_str()?, key, count(row)?);
    }
    Some(coverage)
}

/// Reads days as well, which no other time on the command line is long enough for.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days @ 1..=36_500)) => Ok(DAY * days),
        Some(_) => Err("write days from 1d to 36500d".to_owned()),
        None => duration::within(text, Duration::from_secs(1)..=1000 * DAY),
    }
}
