//! The versions applied, kept in the data directory: when the tree on disk is refused, the last of them runs.
//!
//! A version is a copy of the whole tree, `versions/7/`. It is complete before it has its name, and the
//! highest number is the last applied, so a crash at any point leaves a version that can run. An earlier one that is
//! to run instead is named in a file beside them, with the tree on disk that it was taken instead of.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{ConfigError, Readers, Tree, replace};

/// Versions kept.
const KEPT: usize = 8;

/// The name a version has until it is complete.
const UNFINISHED: &str = "unfinished";

/// Holds the hash of a version; the dot keeps it out of the tree.
const HASH: &str = ".hash";

/// Names the version that was gone back to.
const HELD: &str = "rolled-back";

/// A version that was gone back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// Which.
    pub(crate) number: u32,
    /// The hash of the tree that lay on disk then; once another lies there, it counts again.
    disk: String,
}

impl Held {
    /// Whether the tree on disk is still the one that was not wanted.
    pub(crate) fn is_against(&self, hash: &[u8]) -> bool {
        self.disk == hex(hash)
    }
}

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

    /// The numbers of the versions that are kept, in order.
    pub(crate) fn kept(&self) -> Vec<u32> {
        let mut numbers = self.numbers();
        numbers.sort_unstable();
        numbers
    }

    /// Where a version lies, if it is kept.
    pub(crate) fn at(&self, number: u32) -> Option<PathBuf> {
        Some(self.path(number)).filter(|path| path.is_dir())
    }

    /// Where a version lies, if it is kept, and its hash.
    pub(crate) fn find(&self, number: u32) -> Option<(PathBuf, [u8; 32])> {
        let path = self.path(number);
        let hash = fs::read(path.join(HASH)).ok()?.try_into().ok()?;
        Some((path, hash))
    }

    /// Names a version that runs instead of the tree on disk, over restarts; `disk` is the hash of that, if it checks.
    ///
    /// # Errors
    /// The data directory can't be written.
    pub(crate) fn hold(&self, number: u32, disk: Option<[u8; 32]>) -> io::Result<()> {
        let disk = disk.map_or_else(|| "refused".to_owned(), |hash| hex(&hash));
        replace(&self.folder.join(HELD), format!("{number} {disk}\n").as_bytes(), Readers::Few)
    }

    /// The version that was gone back to, if that counts and is kept.
    pub(crate) fn held(&self) -> Option<Held> {
        let text = fs::read_to_string(self.folder.join(HELD)).ok()?;
        let (number, disk) = text.trim_end().split_once(' ')?;
        let held = Held { number: number.parse().ok()?, disk: disk.to_owned() };
        self.find(held.number).map(|_| held)
    }

    /// Lets the tree on disk count again.
    pub(crate) fn release(&self) {
        let _ = fs::remove_file(self.folder.join(HELD));
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

    /// Forgets a version that was kept and did not come into force.
    pub(crate) fn withdraw(&self, number: u32) {
        let _ = fs::remove_dir_all(self.path(number));
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
        let numbers = self.kept();
        let held = self.held().map(|held| held.number);
        for old in numbers.iter().rev().skip(KEPT).filter(|old| Some(**old) != held) {
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
