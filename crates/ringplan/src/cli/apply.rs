//! `ringplan apply`: brings the tree on disk into force.

use std::{ops::RangeInclusive, time::Duration};

use serde_json::Value;

use super::{Exit, complain, duration, watched};
use crate::{
    config::Place,
    control::client::{self, ClientError},
    plain,
};

/// How long a change may be watched.
const WATCHED: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(12 * 3_600);

/// Bring the config on disk into force, without touching a call.
///
/// The daemon reads and checks it as it is. Calls under way end by the version they began with; a config that is
/// refused leaves what runs as it is. SIGHUP does the same. At most eight versions are alive at a time: while calls hold
/// eight, a ninth is not taken.
///
/// With --watch the daemon looks each second at how it does, and takes the change back by itself as soon as
///
/// - more than a tenth of the phones that were registered are gone, three at least,
///
/// - five calls could not be set up (nobody behind the number, no way there, not permitted, a limit, a fault), and they are
///   more than chance explains,
///
/// - of ten calls fewer were answered than chance explains, or
///
/// - a trunk that could be used could not for 30 s.
///
/// What chance explains is three standard deviations from the share of the hour before; where nothing is known, one call of
/// twenty is taken not to be set up. The next change ends the watch, and so does a restart of the daemon.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it is in force, 1 there is no daemon, or it was taken back while it was watched, \
                        2 the config is refused, or not taken now.\n\n\
                        Examples:\n  ringplan apply --dry-run\n  ringplan apply\n  ringplan apply --watch 5m"
)]
pub(crate) struct Apply {
    /// Let the daemon read and check it, and say what would change, no more.
    #[arg(long)]
    dry_run: bool,
    /// Watch the change for so long, wait for what comes of it, and have it taken back if the switch does worse.
    #[arg(long, value_name = "TIME", value_parser = window, conflicts_with = "dry_run")]
    watch: Option<Duration>,
    /// Don't wait: the daemon watches, and `ringplan history` says what came of it.
    #[arg(long, requires = "watch")]
    detach: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn window(text: &str) -> Result<Duration, String> {
    duration::within(text, WATCHED)
}

impl Apply {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let path = match (self.watch, self.dry_run) {
            (Some(watch), _) => format!("/v1/apply/watch/{}", watch.as_secs()),
            (None, true) => "/v1/apply/dry-run".to_owned(),
            (None, false) => "/v1/apply".to_owned(),
        };
        let answer = client::post_whole(&place.control(), &path);
        let waited_for = match &answer {
            Ok(Ok(body)) if self.watch.is_some() && !self.detach => {
                body["version"].as_u64().filter(|_| body["version"] != body["before"])
            }
            Ok(_) | Err(_) => None,
        };
        match waited_for {
            Some(version) if self.json => watched::wait(place, version, true),
            Some(version) => {
                report(answer, false, |body| self.told(body));
                watched::wait(place, version, false)
            }
            None => report(answer, self.json, |body| self.told(body)),
        }
    }

    fn told(&self, body: &Value) -> String {
        let (version, before) = (&body["version"], &body["before"]);
        let watched = self.watch.map(|watch| format!("; it is watched for {}", duration::show(watch)));
        let watched = watched.unwrap_or_default();
        match (self.dry_run, changed(body)) {
            (true, None) => format!("it would be accepted, and is what runs: version {version}"),
            (true, Some(changed)) => format!("it would be accepted over version {version}: {changed}"),
            (false, _) if version == before => match self.watch {
                Some(_) => format!("version {version} is in force, as before: there is nothing to watch"),
                None => format!("version {version} is in force, as before"),
            },
            (false, None) => format!("version {version} is in force, after version {before}{watched}"),
            (false, Some(changed)) => {
                format!("version {version} is in force, after version {before}: {changed}{watched}")
            }
        }
    }
}

/// Prints what the daemon found and what it did, or why it did not.
pub(super) fn report(
    answer: Result<Result<Value, Value>, ClientError>,
    json: bool,
    told: impl FnOnce(&Value) -> String,
) -> Exit {
    let (Ok(body) | Err(body)) = match &answer {
        Ok(answer) => answer,
        Err(error) => return complain(Exit::Failed, error),
    };
    let is_done = matches!(answer, Ok(Ok(_)));
    if json {
        println!("{}", plain::json(body));
    } else {
        let found = [&body["findings"], &body["warnings"]].into_iter().filter_map(Value::as_array).flatten();
        for finding in found.filter_map(Value::as_str) {
            finding.lines().for_each(|line| println!("{}", plain::line(line)));
            println!();
        }
        if is_done {
            println!("{}", plain::line(&told(body)));
        } else {
            complain(Exit::Broken, body["error"].as_str().unwrap_or("refused"));
        }
    }
    if is_done { Exit::Done } else { Exit::Broken }
}

/// `calls.toml +3 -1, people.toml +1`; `None` if nothing changed.
pub(super) fn changed(body: &Value) -> Option<String> {
    let told: Vec<_> = body["changed"].as_array()?.iter().filter_map(|it| it["told"].as_str()).collect();
    if told.is_empty() { None } else { Some(told.join(", ")) }
}
