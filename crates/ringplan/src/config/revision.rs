//! A config directory as a revision of git has it, for whoever keeps theirs there.
//!
//! It is git that is asked, as the operator would ask it. What git does not hold, secrets above all, is taken from the
//! disk.

use std::{
    path::Path,
    process::{Command, Output},
};

use super::{ConfigError, Tree};

impl Tree {
    /// The tree at `root` as it is in `revision`; `None` if that is none of a repository that `root` lies in.
    ///
    /// # Errors
    /// The directory or a file of it can't be read.
    pub(crate) fn at_revision(root: &Path, revision: &str) -> Result<Option<Self>, ConfigError> {
        // Nothing that could be taken for an option ever names a revision.
        if revision.starts_with('-') {
            return Ok(None);
        }
        let commit = format!("{revision}^{{commit}}");
        if !git(root, &["rev-parse", "--verify", "--quiet", &commit])?.status.success() {
            return Ok(None);
        }
        let listed = git(root, &["ls-tree", "-r", "-z", "--name-only", revision, "."])?;
        let names = listed.stdout.split(|byte| *byte == 0).filter_map(|name| str::from_utf8(name).ok());
        let mut tree = Self::empty(root);
        for name in names.filter(|name| !name.is_empty()) {
            let bytes = git(root, &["show", &format!("{revision}:./{name}")])?.stdout;
            let is_hidden = name.split('/').any(|part| part.starts_with('.'));
            tree = match name.ends_with(".toml") {
                true if is_hidden => tree,
                true => tree.with_text(&root.join(name), &bytes),
                false => tree.with_asset(name, &bytes),
            };
        }
        Ok(Some(tree).filter(|tree| !tree.sources().is_empty()))
    }
}

fn git(root: &Path, words: &[&str]) -> Result<Output, ConfigError> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(words).env("GIT_OPTIONAL_LOCKS", "0");
    command.output().map_err(|error| ConfigError::LocalFile { path: "git".into(), error })
}
