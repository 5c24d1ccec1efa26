//! Which files of two trees differ, and by how many lines.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{Tree, content, tree::ASSET_MAX};

/// A pair of texts whose lines that are not the same at both ends make more pairs than this is not compared line by
/// line: all of them count.
const PAIRS_MAX: usize = 4_000_000;

/// A file that is another in a later version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// Below the config directory.
    pub(crate) file: String,
    /// Lines that are new, of a text.
    pub(crate) added: usize,
    /// Lines that are gone, of a text.
    pub(crate) removed: usize,
}

impl Change {
    /// `calls.toml +3 -1`; what is no text has no lines to count.
    pub(crate) fn told(&self) -> String {
        match (self.added, self.removed) {
            (0, 0) => self.file.clone(),
            (added, 0) => format!("{} +{added}", self.file),
            (0, removed) => format!("{} -{removed}", self.file),
            (added, removed) => format!("{} +{added} -{removed}", self.file),
        }
    }
}

/// What differs between the version at `before` and `tree`, in order of name. Secrets are named, never shown.
pub(crate) fn changes(before: &Path, tree: &Tree) -> Vec<Change> {
    let mut old = BTreeMap::new();
    // What can't be read of it counts as gone: nothing but what is told depends on it.
    let _ = gather(before, before, &mut old);
    let mut changes: Vec<Change> = Vec::new();
    // What has a dot is ours: speech is another where its text is, and that is told.
    for (name, new) in tree.contents().into_iter().filter(|(name, _)| !name.starts_with('.')) {
        let old = old.remove(&name).unwrap_or_default();
        if old != *new {
            changes.push(change(name, &old, &new));
        }
    }
    changes.extend(old.into_iter().map(|(name, old)| change(name, &old, &[])));
    changes.sort_by(|a, b| a.file.cmp(&b.file));
    changes
}

/// Every file of a version below `folder`, by its name below `root`.
fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if !name.starts_with('.')
            && let Ok(bytes) = content(&path, ASSET_MAX)
        {
            files.insert(name, bytes);
        }
    }
    Ok(())
}

fn change(file: String, old: &[u8], new: &[u8]) -> Change {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        return Change { file, added: 0, removed: 0 };
    };
    let (added, removed) = lines(old, new);
    Change { file, added, removed }
}

/// Lines of `new` that are not in `old` where they would be, and the other way round: as few as can be.
fn lines(old: &str, new: &str) -> (usize, usize) {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(&new));
    let (old, new) = (&old[head..], &new[head..]);
    let tail = same(&mut old.iter().rev().zip(new.iter().rev()));
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    if old.len().saturating_mul(new.len()) > PAIRS_MAX {
        return (new.len(), old.len());
    }
    // The longest sequence that both have, row by row.
    let mut kept = vec![0usize; new.len() + 1];
    for line in old {
        let mut before = 0;
        for (at, other) in new.iter().enumerate() {
            let here = if line == other { before + 1 } else { kept[at + 1].max(kept[at]) };
            before = std::mem::replace(&mut kept[at + 1], here);
        }
    }
    (new.len() - kept[new.len()], old.len() - kept[new.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_a_reader_would() {
        let table = [
            ("a\nb\nc\n", "a\nb\nc\n", (0, 0)),
            ("a\nb\nc\n", "a\nx\nc\n", (1, 1)),
            ("a\nb\nc\n", "a\nb\nc\nd\n", (1, 0)),
            ("a\nb\nc\n", "", (0, 3)),
            ("", "a\nb\n", (2, 0)),
            // Two steps that change places are a change.
            ("a\nb\nc\nd\n", "a\nc\nb\nd\n", (1, 1)),
            ("a\nb\na\nb\na\n", "b\na\nb\n", (0, 2)),
        ];
        for (old, new, counts) in table {
            assert_eq!(lines(old, new), counts, "{old:?} {new:?}");
        }
        let many: String = (0..4_000).map(|line| format!("{line}\n")).collect();
        let others: String = (4_000..8_000).map(|line| format!("{line}\n")).collect();
        assert_eq!(lines(&many, &others), (4_000, 4_000));
    }

    #[test]
    fn a_change_is_told_short() {
        let told = |added, removed| Change { file: "a.toml".into(), added, removed }.told();
        assert_eq!((told(3, 1).as_str(), told(3, 0).as_str()), ("a.toml +3 -1", "a.toml +3"));
        assert_eq!((told(0, 2).as_str(), told(0, 0).as_str()), ("a.toml -2", "a.toml"));
    }
}
