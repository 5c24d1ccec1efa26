//! The operator's files: where they lie, how they are read, and what ran last.

mod asset;
mod changes;
mod content;
mod journal;
mod outline;
mod place;
mod replace;
mod revision;
mod secrets;
mod speech;
mod tree;
mod versions;
mod walk;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    unistd::{User, geteuid},
};

pub(crate) use self::{
    changes::{Change, changes},
    content::{ContentError, content},
    journal::{By, Entry, Journal},
    outline::{Outline, names, names_of_items},
    place::{Paths, Place},
    replace::{Readers, replace},
    secrets::SecretsFile,
    tree::{ASSET_MAX, Loaded, Refused, TEXT_MAX, Tree},
    versions::{Held, Versions},
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
    /// A link to a folder leads to one that holds it.
    #[error("{0} leads back to a folder that it lies in; remove the link")]
    LocalLoop(PathBuf),
    /// More than any site needs: a wrong directory, most likely.
    #[error("{path}: more than {limit}; is this the right directory?")]
    LimitTree {
        /// The directory or file.
        path: PathBuf,
        /// What it exceeds.
        limit: &'static str,
    },
}

/// Why a file can't be had and how to mend it, where the operator can do more than read what the system says.
fn explained(path: &Path, error: &io::Error) -> Option<(String, String)> {
    let link = fs::read_link(path).ok();
    match (error.kind(), link) {
        (io::ErrorKind::PermissionDenied, _) => Some(denied(path)),
        (io::ErrorKind::NotFound, Some(to)) => {
            let mend = format!("put it back, or remove the link {}", path.display());
            Some((format!("it is a link to {}, and nothing is there", to.display()), mend))
        }
        (_, Some(to)) if error.raw_os_error() == Some(Errno::ELOOP as i32) => {
            let mend = format!("put a file in the place of the link {}, or remove it", path.display());
            Some((format!("it is a link to {}, which leads back to it", to.display()), mend))
        }
        _ => None,
    }
}

/// Where the system denies this process a file: who may not, and how to let it.
fn denied(path: &Path) -> (String, String) {
    let id = geteuid();
    let user = User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name);
    let path = path.display();
    (format!("user {user} may not"), format!("give it to {user}: chown {user} {path}"))
}

fn told(path: &Path, error: &io::Error) -> String {
    explained(path, error).map_or_else(|| error.to_string(), |(why, mend)| format!("{why}; {mend}"))
}
