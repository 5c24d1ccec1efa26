//! The file of the phones' secrets: lines `PHONE ALGORITHM HA1`, written by `ringplan phone add` alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use sip::digest::{Algorithm, ha1};

/// What stands at the top of a new file.
const HEAD: &str =
    "# What phones prove themselves with: phone, algorithm, HA1 (RFC 7616). As secret as passwords.\n";

/// A file of secrets.
#[derive(Clone, Debug)]
pub(crate) struct SecretsFile {
    path: PathBuf,
}

impl SecretsFile {
    /// The file at `path`, which may not exist yet.
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Gives `phone` a new password in `realm`; the old one ends. The file is replaced whole or not at all.
    ///
    /// # Errors
    /// The file or its folder can't be written.
    pub(crate) fn set(&self, phone: &str, realm: &str, password: &str) -> io::Result<()> {
        let old = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
            Err(error) => return Err(error),
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let unfinished = self.path.with_extension("new");
        let mut file = self.create(&unfinished, folder)?;
        file.write_all(with(&old, phone, realm, password).as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, &self.path)
    }

    /// A file for its owner alone, who is the owner of what it replaces: root adds phones, the daemon reads them.
    fn create(&self, path: &Path, folder: &Path) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let like = fs::metadata(&self.path).or_else(|_| fs::metadata(folder))?;
        if file.metadata()?.uid() != like.uid() {
            chown(path, Some(like.uid()), Some(like.gid()))?;
        }
        Ok(file)
    }
}

/// The text with the lines of `phone` replaced.
fn with(old: &str, phone: &str, realm: &str, password: &str) -> String {
    let others = old.lines().filter(|line| line.split_whitespace().next() != Some(phone));
    let mut text: String = others.flat_map(|line| [line, "\n"]).collect();
    for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
        let ha1 = ha1(algorithm, phone, realm, password);
        text.push_str(&format!("{phone} {} {}\n", algorithm.as_str(), ha1.as_str()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_takes_the_place_of_the_old_one_only() {
        let first = with(HEAD, "rosa", "pbx", "one");
        let both = with(&first, "rosa-soft", "pbx", "two");
        let again = with(&both, "rosa", "pbx", "three");
        assert_eq!(again.lines().count(), 5, "{again}");
        assert!(again.starts_with(HEAD));
        assert!(again.contains("rosa-soft SHA-256 "));
        let ha1 = ha1(Algorithm::Md5, "rosa", "pbx", "three");
        assert!(again.contains(&format!("rosa MD5 {}\n", ha1.as_str())));
    }
}
