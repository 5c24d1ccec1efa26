//! Waits for what comes of a change that the daemon watches. Whoever stops waiting changes nothing.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    thread::sleep,
    time::Duration,
};

use serde_json::Value;

use super::{Exit, complain, duration};
use crate::{
    config::Place,
    control::client::{self, ClientError},
    plain,
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Looks in a row without an answer after which the daemon is given up.
const SILENT_MAX: u32 = 5;

/// Returns once `version` stays or does not: then something failed.
#[expect(clippy::disallowed_methods, reason = "a command that waits for another process")]
pub(super) fn wait(place: &Place, version: u64, json: bool) -> Exit {
    let mut silent = 0;
    loop {
        match client::get(&place.control(), "/v1/watch") {
            Ok(watch) if watch["version"] != version => return overtaken(version),
            Ok(watch) if watch["state"] != "watched" => return tell(&watch, json),
            Ok(watch) => {
                silent = 0;
                show(&watch);
            }
            Err(ClientError::PeerSilent(_)) if silent < SILENT_MAX => silent += 1,
            Err(error) => {
                clear();
                return complain(
                    Exit::Failed,
                    format!("whether version {version} stays is not known: {error}"),
                );
            }
        }
        sleep(PAUSE);
    }
}

fn overtaken(version: u64) -> Exit {
    clear();
    complain(Exit::Failed, format!("version {version} is watched no more: another version is"))
}

/// What came of it.
fn tell(watch: &Value, json: bool) -> Exit {
    clear();
    let (version, before) = (&watch["version"], &watch["before"]);
    let why = watch["why"].as_str().unwrap_or_default();
    let is_kept = watch["state"] == "stays";
    if json {
        println!("{}", plain::json(watch));
        return if is_kept { Exit::Done } else { Exit::Failed };
    }
    match watch["state"].as_str() {
        Some("stays") => {
            println!("version {version} stays: {}", figures(watch));
            Exit::Done
        }
        Some("taken-back") => {
            complain(Exit::Failed, format!("version {version} is taken back, version {before} runs: {why}"))
        }
        Some("failed") => complain(Exit::Failed, format!("version {version} does worse and runs on: {why}")),
        _ => complain(Exit::Failed, format!("version {version} is watched no more: {why}")),
    }
}

fn figures(watch: &Value) -> String {
    let (registered, calls) = (&watch["registered"], &watch["calls"]);
    format!(
        "{} phones registered, {} before; {} calls answered, {} in vain, {} of them not set up",
        registered["now"], registered["before"], calls["answered"], calls["in_vain"], calls["not_set_up"]
    )
}

/// How it stands, on a terminal: the line is written over by the next.
fn show(watch: &Value) {
    if stderr().is_terminal() {
        let left = duration::show(Duration::from_secs(watch["left_s"].as_f64().unwrap_or_default() as u64));
        eprint!("\r{left} left: {}\x1b[K", figures(watch));
        let _ = stderr().flush();
    }
}

fn clear() {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}
