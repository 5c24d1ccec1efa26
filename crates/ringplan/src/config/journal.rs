//! Which version came into force when, by what, and what it changed: a line each, beside the versions.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Change, Readers, replace};

/// Lines kept; twice as many are cut to these.
const KEPT: usize = 100;

/// What brought a version into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// The daemon started.
    Start,
    /// SIGHUP.
    Reload,
    /// `ringplan apply`.
    Apply,
    /// `ringplan rollback`.
    Rollback,
    /// The daemon, which fetched calendars.
    Calendar,
    /// The daemon, which watched the version before it.
    Watch,
}

/// A version came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When, in seconds since 1970.
    pub(crate) at: i64,
    /// Which.
    pub(crate) version: u32,
    /// By what.
    pub(crate) by: By,
    /// What it changed of the version before.
    pub(crate) changed: Vec<Change>,
    /// Why, where the daemon did it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// The file of entries.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of the versions in `folder`, which may not exist yet.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join("history") }
    }

    /// Every entry that can be read, the oldest first.
    ///
    /// # Errors
    /// The file is there and can't be read.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        match fs::read_to_string(&self.path) {
            // The last line may be half of one, where the power went.
            Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds an entry, unless its version is what ran already.
    ///
    /// # Errors
    /// The data directory can't be written.
    pub(crate) fn add(&self, entry: &Entry) -> io::Result<()> {
        let entries = self.entries()?;
        if entries.last().is_some_and(|last| last.version == entry.version) {
            return Ok(());
        }
        if entries.len() >= 2 * KEPT {
            let kept: String = entries[entries.len() - KEPT..].iter().map(line).collect();
            replace(&self.path, kept.as_bytes(), Readers::Few)?;
        }
        if let Some(folder) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(line(entry).as_bytes())
    }
}

fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("numbers and texts are JSON") + "\n"
}
