//! One daemon a data directory.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use nix::fcntl::{Flock, FlockArg};

/// The file that is locked.
pub(crate) const LOCK: &str = "lock";

/// Held while a daemon uses a data directory; the kernel lets go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataLock(#[expect(dead_code, reason = "held, not used")] Flock<File>);

/// Why a data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// Another daemon has it.
    #[error("{path} is in use by another ringplan (pid {pid})")]
    LocalInUse {
        /// The directory.
        path: PathBuf,
        /// Who has it.
        pid: String,
    },
    /// It can't be made or written.
    #[error("the data directory {path} can't be used: {error}")]
    LocalUnusable {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl DataLock {
    /// Makes `folder` if it is not there and takes it.
    ///
    /// # Errors
    /// It can't be written, or another daemon has it.
    pub(crate) fn take(folder: &Path) -> Result<Self, DataError> {
        let unusable = |error| DataError::LocalUnusable { path: folder.to_owned(), error };
        // Voicemail and secrets lie in it: nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let path = folder.join(LOCK);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        match Flock::lock(open.map_err(unusable)?, FlockArg::LockExclusiveNonblock) {
            Ok(mut file) => {
                file.set_len(0).map_err(unusable)?;
                write!(file, "{}", std::process::id()).map_err(unusable)?;
                Ok(Self(file))
            }
            Err((mut file, _)) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                Err(DataError::LocalInUse { path: folder.to_owned(), pid })
            }
        }
    }
}
