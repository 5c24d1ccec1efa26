//! `ringplan history`: which version ran since when.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Exit, complain, table};
use crate::{
    config::{Change, Entry, Journal, Place, Tree, Versions, changes},
    control::client,
    plain,
};

/// List the versions of the config that ran, the newest first, and what each changed.
///
/// BY says what brought it into force: start, reload (SIGHUP), apply, rollback, calendar, where one that lies
/// elsewhere is another than before, or watch, where `apply --watch` took the
/// version before it back; why follows what changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan history\n  ringplan rollback 7")]
pub(crate) struct History {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl History {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let entries = match Journal::new(&place.versions()).entries() {
            Ok(entries) => entries,
            Err(error) => return complain(Exit::Failed, format!("{}: {error}", place.versions().display())),
        };
        let kept = Versions::new(place.versions());
        let status = client::get(&place.control(), "/v1/status").ok();
        let runs = status.as_ref().and_then(|status| status["version"].as_u64());
        let last = entries.len().checked_sub(1);
        let shape = |(at, entry): (usize, &Entry)| {
            let number = u64::from(entry.version);
            json!({
                "version": entry.version,
                "at": Timestamp::from_second(entry.at).map_or_else(|_| "-".to_owned(), |at| at.to_string()),
                "by": entry.by,
                "changed": entry.changed,
                "why": entry.why,
                "told": entry.changed.iter().map(Change::told).chain(entry.why.clone()).collect::<Value>(),
                "kept": kept.at(entry.version).is_some(),
                "state": match runs {
                    Some(runs) if runs == number && Some(at) == last => "runs",
                    _ if kept.at(entry.version).is_some() => "kept",
                    _ => "gone",
                },
            })
        };
        let versions: Value = entries.iter().enumerate().map(shape).rev().collect();
        let disk = disk(place, runs, &kept);
        if self.json {
            println!("{}", plain::json(&json!({ "versions": versions, "running": runs, "disk": disk })));
        } else {
            let columns = [
                ("VERSION", "version"),
                ("SINCE", "at"),
                ("BY", "by"),
                ("STATE", "state"),
                ("CHANGED", "told"),
            ];
            table::show(&versions, false, &columns, "no version ran yet");
            println!("{}", plain::line(&disk));
        }
        Exit::Done
    }
}

/// How the tree on disk stands to what runs.
fn disk(place: &Place, runs: Option<u64>, kept: &Versions) -> String {
    let running = runs.and_then(|runs| kept.at(u32::try_from(runs).ok()?));
    let version = runs.map_or_else(|| "no daemon runs".to_owned(), |runs| format!("running version {runs}"));
    let tree = match Tree::of(place) {
        Ok(tree) => tree,
        Err(error) => return format!("{version}, tree on disk can't be read: {error}"),
    };
    // Read whole by this: what it names is part of it.
    if tree.load().is_err() {
        return format!("{version}, tree on disk refused: `ringplan check` says why");
    }
    match running.map(|path| changes(&path, &tree)) {
        None => format!("{version}, tree on disk checks"),
        Some(changed) if changed.is_empty() => format!("{version}, tree on disk is the same"),
        Some(changed) => {
            let changed: Vec<_> = changed.iter().map(Change::told).collect();
            format!("{version}, tree on disk differs: {}", changed.join(", "))
        }
    }
}
