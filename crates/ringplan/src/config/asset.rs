//! A file that the config names: what the operator is told where it can't be had, or is open to everybody.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use callplan::{Exposed, Unread};

use super::{ContentError, explained};

/// What a mode lets everybody do.
const READ: u32 = 0o4;
const CHANGE: u32 = 0o2;
/// What a folder lets everybody do who may pass through it.
const PASS: u32 = 0o1;

/// Why the file, which the config calls `name`, can't be read.
pub(super) fn unread(file: &Path, name: &str, error: ContentError) -> Unread {
    match error {
        ContentError::LocalSystem(error) => match explained(file, &error) {
            Some((why, mend)) => Unread { why, mend },
            None if error.kind() == io::ErrorKind::NotFound => absent(file, name),
            None => error.to_string().into(),
        },
        ContentError::LocalKind(_) => {
            Unread { why: format!("it is {error}"), mend: "put a file in its place".to_owned() }
        }
        ContentError::LimitSize(_) => error.to_string().into(),
    }
}

/// Nothing is there; perhaps something is that differs in small and capital letters alone.
fn absent(file: &Path, name: &str) -> Unread {
    let wanted = file.file_name().unwrap_or_default();
    let others = file.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let near = others.map(|it| it.file_name()).find(|it| it.eq_ignore_ascii_case(wanted));
    match near {
        Some(near) => {
            let near = Path::new(name).with_file_name(near);
            Unread {
                why: format!("no such file, but there is {}", near.display()),
                mend: format!("write \"{}\"", near.display()),
            }
        }
        None => "no such file".into(),
    }
}

/// What everybody may do with the file, as far as they get there at all.
pub(super) fn exposed(file: &Path) -> Option<Exposed> {
    let whole = fs::canonicalize(file).ok()?;
    let mode = |path: &Path| fs::metadata(path).map_or(0, |found| found.mode());
    if whole.ancestors().skip(1).any(|folder| mode(folder) & PASS == 0) {
        return None;
    }
    let why = match mode(&whole) & (READ | CHANGE) {
        0 => return None,
        READ => "everybody on this machine may read it",
        CHANGE => "everybody on this machine may change it",
        _ => "everybody on this machine may read and change it",
    };
    Some(Exposed {
        why: why.to_owned(),
        mend: format!("close it to others: chmod o-rwx {}", whole.display()),
    })
}
