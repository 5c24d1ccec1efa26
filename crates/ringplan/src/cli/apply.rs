//! `ringplan apply`: brings the tree on disk into force.

use serde_json::Value;

use super::{Exit, complain};
use crate::{
    config::Place,
    control::client::{self, ClientError},
    plain,
};

/// Bring the config on disk into force, without touching a call.
///
/// The daemon reads and checks it as it is. Calls under way end by the version they began with; a config that is
/// refused leaves what runs as it is. SIGHUP does the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 it is in force, 1 there is no daemon, 2 the config is refused.\n\n\
                        Examples:\n  ringplan apply --dry-run\n  ringplan apply")]
pub(crate) struct Apply {
    /// Let the daemon read and check it, and say what would change, no more.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Apply {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let path = if self.dry_run { "/v1/apply/dry-run" } else { "/v1/apply" };
        report(client::post_whole(&place.control(), path), self.json, |body| {
            let (version, before) = (&body["version"], &body["before"]);
            match (self.dry_run, changed(body)) {
                (true, None) => format!("it would be accepted, and is what runs: version {version}"),
                (true, Some(changed)) => format!("it would be accepted over version {version}: {changed}"),
                (false, _) if version == before => format!("version {version} is in force, as before"),
                (false, None) => format!("version {version} is in force, after version {before}"),
                (false, Some(changed)) => {
                    format!("version {version} is in force, after version {before}: {changed}")
                }
            }
        })
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
