//! Last good copies of calendars, in the data directory: one file each, and beside it what is known of it.

use std::{fs::DirBuilder, io, os::unix::fs::DirBuilderExt, path::PathBuf, time::Duration};

use callplan::{Fetched, Unread, copy_name};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fetch::Marks;
use crate::config::{ASSET_MAX, Readers, content, replace};

/// The longest that is waited after a calendar could not be fetched.
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// The folder of copies.
#[derive(Clone, Debug)]
pub(crate) struct Copies {
    folder: PathBuf,
}

/// What is known of a calendar; times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) url: String,
    pub(super) marks: Marks,
    /// When the copy came.
    pub(super) came: Option<i64>,
    /// When the server last said that it is good.
    pub(super) checked: Option<i64>,
    /// When it was last asked.
    pub(super) tried: i64,
    /// Since when it can't be fetched, and why.
    pub(super) fails: Option<(i64, String)>,
}

impl Known {
    /// Whether it is time to ask again. What can't be fetched is asked for sooner.
    pub(super) fn is_due(&self, refresh: Duration, now: i64) -> bool {
        let wait = if self.fails.is_some() { refresh.min(AGAIN) } else { refresh };
        let wait = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
        // A clock that was set back makes nobody wait for it.
        self.tried == 0 || now < self.tried || now >= self.tried.saturating_add(wait)
    }

    /// The copy is good as of now.
    pub(super) fn succeeds(&mut self, now: i64) {
        (self.tried, self.checked, self.fails) = (now, Some(now), None);
    }

    /// It could not be fetched.
    pub(super) fn fails(&mut self, why: String, now: i64) {
        self.tried = now;
        let since = self.fails.as_ref().map_or(now, |(since, _)| *since);
        self.fails = Some((since, why));
    }

    /// Why it is not fetched anew, and since when: a clause.
    fn stale(&self) -> Option<String> {
        let (since, why) = self.fails.as_ref()?;
        let good = self.checked.map(|at| format!(", and was good at {}", time(at))).unwrap_or_default();
        Some(format!("{why}, since {}{good}", time(*since)))
    }
}

/// RFC 3339 in UTC.
pub(super) fn time(at: i64) -> String {
    Timestamp::from_second(at).map_or_else(|_| "-".to_owned(), |at| at.to_string())
}

impl Copies {
    /// Those in this folder, which may not exist yet.
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What a copy is called, here and in each version of the config that has it.
    pub(crate) fn name(url: &str) -> String {
        format!("{}.ics", copy_name(url))
    }

    /// The last good copy.
    ///
    /// # Errors
    /// There is none: why, for the operator.
    pub(crate) fn read(&self, url: &str) -> Result<Fetched, Unread> {
        let known = self.known(url);
        match content(&self.path(url), ASSET_MAX) {
            Ok(bytes) => Ok(Fetched { bytes: bytes.into(), stale: known.stale() }),
            Err(_) => match known.fails {
                Some((_, why)) => Err(why.into()),
                None => Err("it was never fetched".into()),
            },
        }
    }

    /// Whether there is a copy.
    pub(super) fn has(&self, url: &str) -> bool {
        self.path(url).is_file()
    }

    /// What is known of it; nothing if that can't be read.
    pub(super) fn known(&self, url: &str) -> Known {
        let unknown = || Known { url: url.to_owned(), ..Known::default() };
        let Ok(bytes) = content(&self.notes(url), ASSET_MAX) else { return unknown() };
        serde_json::from_slice(&bytes).unwrap_or_else(|_| unknown())
    }

    /// Keeps another copy; one that is half written is none.
    ///
    /// # Errors
    /// The data directory can't be written.
    pub(super) fn keep(&self, url: &str, bytes: &[u8]) -> io::Result<()> {
        self.make()?;
        replace(&self.path(url), bytes, Readers::Few)
    }

    /// Keeps what is known of it.
    ///
    /// # Errors
    /// The data directory can't be written.
    pub(super) fn note(&self, known: &Known) -> io::Result<()> {
        self.make()?;
        let text = serde_json::to_vec_pretty(known).map_err(io::Error::other)?;
        replace(&self.notes(&known.url), &text, Readers::Few)
    }

    fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn path(&self, url: &str) -> PathBuf {
        self.folder.join(Self::name(url))
    }

    fn notes(&self, url: &str) -> PathBuf {
        self.path(url).with_extension("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn what_is_good_is_asked_for_after_its_time_and_what_fails_sooner() {
        let mut known = Known::default();
        assert!(known.is_due(HOUR, 1_000_000));
        known.succeeds(1_000_000);
        assert!(!known.is_due(HOUR, 1_003_599) && known.is_due(HOUR, 1_003_600));
        known.fails("it answers 500".to_owned(), 1_003_600);
        assert!(!known.is_due(HOUR, 1_004_499) && known.is_due(HOUR, 1_004_500));
        assert!(known.is_due(Duration::from_secs(60), 1_003_660), "never later than it would be anyway");
        known.fails("it did not answer".to_owned(), 1_004_500);
        assert_eq!(known.fails, Some((1_003_600, "it did not answer".to_owned())), "since it began to");
        assert!(known.is_due(HOUR, 900_000), "the clock was set back");
        known.succeeds(1_005_400);
        assert_eq!((known.stale(), known.is_due(HOUR, 1_006_300)), (None, false));
    }

    #[test]
    fn a_stale_copy_says_why_and_since_when() {
        let mut known = Known::default();
        known.succeeds(1_766_000_000);
        known.fails("it answers 500".to_owned(), 1_766_021_600);
        let told = known.stale().unwrap();
        assert_eq!(told, "it answers 500, since 2025-12-18T01:33:20Z, and was good at 2025-12-17T19:33:20Z");
    }
}
