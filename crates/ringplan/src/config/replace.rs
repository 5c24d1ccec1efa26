//! Files of the config that the command line writes: replaced whole or not at all, and as readable to the
//! daemon as what lay there before.
//!
//! Root adds phones, and the daemon, which is not root, reads them.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown},
    path::Path,
};

use nix::unistd::getegid;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever may look into its folder.
    Folder,
    /// Its owner, and a group that was let on purpose; others never.
    Few,
}

/// Puts `bytes` in the place of the file at `path`, which keeps its owner, group and mode. A new file has
/// those of its folder, as far as `readers` lets it.
///
/// # Errors
/// The file or its folder can't be written; what lay there is untouched.
pub(crate) fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = folder_of(path);
    make(folder)?;
    let (like, mode) = match fs::metadata(path) {
        Ok(old) => (old.clone(), kept(&old, readers)),
        Err(_) => fs::metadata(folder).map(|folder| (folder.clone(), fresh(&folder, readers)))?,
    };
    let unfinished = path.with_extension("new");
    // What a crash left; a link that was put here is not followed, for the file has to be a new one.
    let _ = fs::remove_file(&unfinished);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let written = fill(file, bytes, &like, mode).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Nobody else may read it before its owner is right.
fn fill(mut file: File, bytes: &[u8], like: &Metadata, mode: u32) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(&file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The mode of a file that takes the place of another.
fn kept(old: &Metadata, readers: Readers) -> u32 {
    match readers {
        Readers::Folder => old.mode() & 0o777,
        Readers::Few => old.mode() & 0o640 | 0o600,
    }
}

/// The mode of a file that is new in its folder.
fn fresh(folder: &Metadata, readers: Readers) -> u32 {
    match readers {
        Readers::Folder => folder.mode() & 0o644 | 0o600,
        // The group of whoever made the folder is nobody's decision, another one is.
        Readers::Few if folder.gid() == getegid().as_raw() => 0o600,
        Readers::Few => folder.mode() & 0o040 | 0o600,
    }
}

/// Makes a folder with the owner and group of the one it lies in, closed to others.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make(above)?;
    let like = fs::metadata(above)?;
    DirBuilder::new().mode(0o700).create(folder)?;
    let own = fs::metadata(folder)?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        chown(folder, Some(like.uid()), Some(like.gid()))?;
    }
    fs::set_permissions(folder, Permissions::from_mode(like.mode() & 0o050 | 0o700))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
