//! Files of the operator's, read whole: regular ones only, and none larger than it may be.
//!
//! A pipe would keep its reader waiting for ever, and a device like `/dev/zero` never ends.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::FileTypeExt,
    path::Path,
};

/// Why the content of a file can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    /// The system refuses.
    #[error(transparent)]
    LocalSystem(#[from] io::Error),
    /// It is a pipe, a device, a folder: which.
    #[error("{0} and no regular file")]
    LocalKind(&'static str),
    /// It is larger than the bound: how many MiB that is.
    #[error("larger than {0} MiB")]
    LimitSize(u64),
}

/// The bytes of the file at `path`, at most `max`; links are followed.
///
/// # Errors
/// It can't be read, is no regular file, or is larger.
pub(crate) fn content(path: &Path, max: u64) -> Result<Vec<u8>, ContentError> {
    // Looked at before it is opened: to open a pipe waits, and to open a device may do something.
    if let Some(kind) = kind(fs::metadata(path)?.file_type()) {
        return Err(ContentError::LocalKind(kind));
    }
    let mut bytes = Vec::new();
    // What the system says of its size may be old, or wrong as below /proc: the bytes are counted.
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(ContentError::LimitSize(max >> 20));
    }
    Ok(bytes)
}

/// What it is, if it is no regular file.
fn kind(of: fs::FileType) -> Option<&'static str> {
    match of {
        _ if of.is_file() => None,
        _ if of.is_dir() => Some("a folder"),
        _ if of.is_fifo() => Some("a named pipe"),
        _ if of.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}
