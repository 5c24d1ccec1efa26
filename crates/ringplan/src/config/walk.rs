//! Every text below a config directory.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::ConfigError;

/// Bounds that a real site stays far below.
const FILES_MAX: usize = 1_000;
const FOLDERS_MAX: usize = 1_000;

/// A walk through folders; links to folders are followed.
#[derive(Debug, Default)]
struct Walk {
    texts: Vec<PathBuf>,
    /// Folders seen: links could show one very often.
    folders: usize,
    /// The folder being looked at and those it lies in, by what the system knows them by.
    above: Vec<(u64, u64)>,
}

/// Every `.toml` below `root`, in order of path. Names that begin with a dot are left alone.
///
/// # Errors
/// A folder can't be read, leads back to itself, or there is far too much below it.
pub(super) fn texts(root: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let mut walk = Walk::default();
    walk.folder(root)?;
    walk.texts.sort();
    Ok(walk.texts)
}

impl Walk {
    fn folder(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let fault = |error: io::Error| ConfigError::LocalFile { path: folder.to_owned(), error };
        let own = fs::metadata(folder).map(|it| (it.dev(), it.ino())).map_err(fault)?;
        if self.above.contains(&own) {
            return Err(ConfigError::LocalLoop(folder.to_owned()));
        }
        self.folders += 1;
        if self.folders > FOLDERS_MAX {
            return Err(ConfigError::LimitTree { path: folder.to_owned(), limit: "1000 folders" });
        }
        self.above.push(own);
        for entry in fs::read_dir(folder).map_err(fault)? {
            self.entry(entry.map_err(fault)?.path())?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_hidden {
            return Ok(());
        }
        if path.is_dir() {
            return self.folder(&path);
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            self.texts.push(path);
        }
        if self.texts.len() > FILES_MAX {
            let folder = self.texts[0].parent().unwrap_or(Path::new("."));
            return Err(ConfigError::LimitTree { path: folder.to_owned(), limit: "1000 files" });
        }
        Ok(())
    }
}
