//! Ours, as it ships.

use std::{
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use store::sqlite::Reader;
use xtask::{
    daemon::Daemon,
    shell::{target, top},
};

use crate::cpu::Tree;

/// The last rows are written within this, with much to spare.
const LAST_ROWS: Duration = Duration::from_secs(5);

/// Starts the daemon on the bench's site, with `more` laid over it.
pub(crate) fn start(name: &str, more: Option<PathBuf>) -> Result<Daemon, String> {
    let mut sites = vec![top().join("benches/site")];
    sites.extend(more);
    Daemon::start(&target().join("release/ringplan"), &sites, &format!("bench-{name}"))
}

/// What it uses.
pub(crate) fn tree(daemon: &Daemon) -> Tree {
    Tree::of(daemon.id())
}

/// Checks that every call has left its row.
pub(crate) fn count_calls(daemon: &Daemon, calls: u32) -> Result<(), String> {
    count(daemon, u64::from(calls), "calls left a row", Reader::recorded)
}

/// Checks that every phone's binding is in the database.
pub(crate) fn count_bindings(daemon: &Daemon, phones: u32) -> Result<(), String> {
    count(daemon, u64::from(phones), "bindings are in the database", |reader| {
        reader.bindings().map(|rows| rows.len() as u64)
    })
}

fn count<E: ToString>(
    daemon: &Daemon,
    wanted: u64,
    what: &str,
    rows: impl Fn(&Reader) -> Result<u64, E>,
) -> Result<(), String> {
    let reader = Reader::open(&daemon.data().join("ringplan.db")).map_err(|error| error.to_string())?;
    let until = Instant::now() + LAST_ROWS;
    loop {
        let found = rows(&reader).map_err(|error| error.to_string())?;
        if found >= wanted {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("{found} of {wanted} {what}"));
        }
        sleep(Duration::from_millis(50));
    }
}
