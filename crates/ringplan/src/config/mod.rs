//! The operator's files: where they lie, how they are read, and what ran last.

mod content;
mod outline;
mod place;
mod replace;
mod secrets;
mod tree;
mod versions;

use std::{
    io,
    path::{Path, PathBuf},
};

use nix::unistd::{User, geteuid};

pub(crate) use self::{
    content::{ContentError, content},
    outline::Outline,
    place::{Paths, Place},
    replace::{Readers, replace},
    secrets::SecretsFile,
    tree::{ASSET_MAX, Loaded, Refused, TEXT_MAX, Tree},
    versions::Versions,
};

/// Why files of the operator's could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The directory is not there, or empty.
    #[error("no config: {0} holds no .toml file (--config DIR says where it is)")]
    LocalMissing(PathBuf),
    /// A file or folder can't be read or written.
    #[error("{path}: {}", told(.path, .error))]
    LocalFile {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A pipe, a device: nothing that can be read whole.
    #[error("{path}: it is {is} and no regular file; put a file in its place, or remove it")]
    LocalKind {
        /// Which.
        path: PathBuf,
        /// What it is.
        is: &'static str,
    },
    /// More than any site needs: a wrong directory, most likely.
    #[error("{path}: more than {limit}; is this the right directory?")]
    LimitTree {
        /// The directory or file.
        path: PathBuf,
        /// What it exceeds.
        limit: &'static str,
    },
}

/// Where the system denies this process a file: who may not, and how to let it.
fn denied(path: &Path, error: &io::Error) -> Option<(String, String)> {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return None;
    }
    let id = geteuid();
    let user = User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name);
    let path = path.display();
    Some((format!("user {user} may not"), format!("give it to {user}: chown {user} {path}")))
}

fn told(path: &Path, error: &io::Error) -> String {
    denied(path, error).map_or_else(|| error.to_string(), |(why, mend)| format!("{why}; {mend}"))
}
