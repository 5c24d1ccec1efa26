//! The operator's files: where they lie, how they are read, and what ran last.

mod outline;
mod place;
mod secrets;
mod tree;
mod versions;

pub(crate) use self::{
    outline::Outline,
    place::{Paths, Place},
    secrets::SecretsFile,
    tree::{Loaded, Refused, Tree},
    versions::Versions,
};

/// Why files of the operator's could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The directory is not there, or empty.
    #[error("no config: {0} holds no .toml file (--config DIR says where it is)")]
    LocalMissing(std::path::PathBuf),
    /// A file or folder can't be read or written.
    #[error("{path}: {error}")]
    LocalFile {
        /// Which.
        path: std::path::PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// More than any site needs: a wrong directory, most likely.
    #[error("{path}: more than {limit}; is this the right directory?")]
    LimitTree {
        /// The directory or file.
        path: std::path::PathBuf,
        /// What it exceeds.
        limit: &'static str,
    },
}
