//! A change of the source, in a copy of the tree that is nobody's work.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use xtask::shell::{Command, top};

/// A text that stands exactly once in a file, and what it becomes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// From the top of the tree.
    pub(crate) file: PathBuf,
    text: String,
    becomes: String,
}

impl Edit {
    /// The file's text with the change.
    ///
    /// # Errors
    /// What is to be changed does not stand exactly once, or stays as it is.
    pub(crate) fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&*self.text).count() {
            1 if self.text == self.becomes => Err(format!("{} stays as it is", self.file.display())),
            1 => Ok(text.replace(&*self.text, &self.becomes)),
            count => Err(format!("{} holds {count} times\n{}", self.file.display(), self.text)),
        }
    }
}

/// A copy of the tree as it is worked on, committed or not. A file is written when it differs, and then is newer than
/// what was built of it, so cargo always builds what stands there.
#[derive(Debug)]
pub(crate) struct Copy(PathBuf);

impl Copy {
    /// Brings the copy in this folder up to date, whatever a run that was broken off left there.
    ///
    /// # Errors
    /// Git or the disk fails.
    pub(crate) fn of_the_tree(folder: PathBuf) -> Result<Self, String> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let said = Command::new("git").args(&list).say()?;
        if !said.content {
            return Err(said.text);
        }
        let listed = said.text.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
        let files: BTreeSet<PathBuf> = listed.filter(|file| top().join(file).is_file()).collect();
        let copy = Self(folder);
        copy.drop_others(Path::new(""), &files)?;
        files.iter().try_for_each(|file| copy.restore(file))?;
        Ok(copy)
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Makes these changes.
    ///
    /// # Errors
    /// One does not fit, or the disk fails.
    pub(crate) fn change(&self, edits: &[Edit]) -> Result<(), String> {
        edits.iter().try_for_each(|edit| {
            let path = self.0.join(&edit.file);
            let text = fs::read_to_string(&path).map_err(|error| because(&path, &error))?;
            fs::write(&path, edit.apply(&text)?).map_err(|error| because(&path, &error))
        })
    }

    /// Takes these changes back.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn change_back(&self, edits: &[Edit]) -> Result<(), String> {
        edits.iter().try_for_each(|edit| self.restore(&edit.file))
    }

    /// One file as it is in the tree.
    fn restore(&self, file: &Path) -> Result<(), String> {
        let (from, to) = (top().join(file), self.0.join(file));
        if fs::read(&from).ok() == fs::read(&to).ok() {
            return Ok(());
        }
        let folder = to.parent().expect("a file lies in a folder");
        let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(&from, &to));
        copied.map(drop).map_err(|error| because(&to, &error))
    }

    /// Removes what the tree doesn't have.
    fn drop_others(&self, below: &Path, files: &BTreeSet<PathBuf>) -> Result<(), String> {
        for entry in fs::read_dir(self.0.join(below)).into_iter().flatten().flatten() {
            let (path, file) = (entry.path(), below.join(entry.file_name()));
            if path.is_dir() {
                self.drop_others(&file, files)?;
            } else if !files.contains(&file) {
                fs::remove_file(&path).map_err(|error| because(&path, &error))?;
            }
        }
        Ok(())
    }
}

fn because(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
