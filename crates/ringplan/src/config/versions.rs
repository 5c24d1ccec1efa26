//! The versions applied, kept in the data directory: when the tree on disk is refused, the last of them runs.
//!
//! A version is a copy of the whole tree, `versions/7/`. It is complete before it has its name, and the
//! highest number is the last applied, so a crash at any point leaves a version that can run.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{ConfigError, Tree};

/// Versions kept.
const KEPT: usize = 8;

/// The name a version has until it is complete.
const UNFINISHED: &str = "unfinished";

/// Holds the hash of a version; the dot keeps it out of the tree.
const HASH: &str = ".hash";

/// The folder of versions.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    folder: PathBuf,
}

impl Versions {
    /// The versions in `folder`, which may not exist yet.
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The number of the version last applied and where it lies.
    pub(crate) fn last(&self) -> Option<(u32, PathBuf)> {
        let number = self.numbers().into_iter().max()?;
        Some((number, self.path(number)))
    }

    /// The number of the version last applied, if its hash is `hash`.
    pub(crate) fn number_of(&self, hash: &[u8]) -> Option<u32> {
        let (number, path) = self.last()?;
        fs::read(path.join(HASH)).is_ok_and(|kept| kept == hash).then_some(number)
    }

    /// Keeps `tree`, whose hash is `hash`, and returns its number: a new one unless it is what was last
    /// applied. The oldest versions go.
    ///
    /// # Errors
    /// The data directory can't be written; the number is good nonetheless.
    pub(crate) fn keep(&self, tree: &Tree, hash: &[u8]) -> Result<u32, (u32, ConfigError)> {
        if let Some(number) = self.number_of(hash) {
            return Ok(number);
        }
        let number = self.last().map_or(1, |(last, _)| last + 1);
        let fault = |error| (number, ConfigError::LocalFile { path: self.folder.clone(), error });
        self.write(number, tree, hash).map_err(fault)?;
        Ok(number)
    }

    fn write(&self, number: u32, tree: &Tree, hash: &[u8]) -> io::Result<()> {
        let unfinished = self.folder.join(UNFINISHED);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        // Secrets are part of a tree: nobody else may look into a version.
        DirBuilder::new().recursive(true).mode(0o700).create(&unfinished)?;
        tree.copy(&unfinished)?;
        fs::write(unfinished.join(HASH), hash)?;
        sync(&unfinished)?;
        fs::rename(&unfinished, self.path(number))?;
        File::open(&self.folder)?.sync_all()?;
        self.forget()
    }

    fn forget(&self) -> io::Result<()> {
        let mut numbers = self.numbers();
        numbers.sort_unstable();
        for old in numbers.iter().rev().skip(KEPT) {
            fs::remove_dir_all(self.path(*old))?;
        }
        Ok(())
    }

    fn numbers(&self) -> Vec<u32> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(number.to_string())
    }
}

/// Makes everything below `path` survive a power cut.
fn sync(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            sync(&entry?.path())?;
        }
    }
    File::open(path)?.sync_all()
}
