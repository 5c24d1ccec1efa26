//! Names to ids, in one sorted slice.

use std::{fmt, sync::Arc};

/// A sorted table from text to `T`.
#[derive(Clone)]
pub struct Lookup<T>(Box<[(Arc<str>, T)]>);

impl<T: Copy> Lookup<T> {
    /// What `name` stands for, if anything.
    pub fn find(&self, name: &str) -> Option<T> {
        let at = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        Some(self.0[at].1)
    }

    /// Every entry, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, T)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }
}

impl<T> FromIterator<(Arc<str>, T)> for Lookup<T> {
    /// Of entries with the same name the first is kept.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, T)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(later, _), (first, _)| later == first);
        Self(entries.into())
    }
}

impl<T> Default for Lookup<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Lookup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(key, value)| (key, value))).finish()
    }
}
