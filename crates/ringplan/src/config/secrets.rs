//! The file of the phones' secrets: lines `PHONE ALGORITHM HA1`, written by `ringplan phone add`. Only an operator takes one
//! away: that for MD5, of a phone that knows better.

use std::{io, path::PathBuf};

use sip::digest::{Algorithm, ha1};

use super::{ASSET_MAX, ContentError, Readers, content, replace};

/// What stands at the top of a new file.
const HEAD: &str = "# What phones prove themselves with: phone, algorithm, HA1 (RFC 7616). As secret as passwords.\n\
                    # A phone is asked for what it has a line of: without its line for MD5 it is held to SHA-256.\n";

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
        self.write(&self.with(phone, realm, password)?)
    }

    /// What the file would hold once `phone` had this password in `realm`.
    ///
    /// # Errors
    /// The file can't be read.
    pub(crate) fn with(&self, phone: &str, realm: &str, password: &str) -> io::Result<String> {
        let old = match content(&self.path, ASSET_MAX) {
            Ok(bytes) => String::from_utf8(bytes).map_err(io::Error::other)?,
            Err(ContentError::LocalSystem(error)) if error.kind() == io::ErrorKind::NotFound => {
                HEAD.to_owned()
            }
            Err(ContentError::LocalSystem(error)) => return Err(error),
            Err(error @ (ContentError::LocalKind(_) | ContentError::LimitSize(_))) => {
                return Err(io::Error::other(error));
            }
        };
        Ok(with(&old, phone, realm, password))
    }

    /// Writes `text` in place of what the file holds.
    ///
    /// # Errors
    /// The file or its folder can't be written; what it held is untouched.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        replace(&self.path, text.as_bytes(), Readers::Few)
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
        assert_eq!(again.lines().count(), HEAD.lines().count() + 4, "{again}");
        assert!(again.starts_with(HEAD));
        assert!(again.contains("rosa-soft SHA-256 "));
        let ha1 = ha1(Algorithm::Md5, "rosa", "pbx", "three");
        assert!(again.contains(&format!("rosa MD5 {}\n", ha1.as_str())));
    }
}
