//! Names to ids: an index for who asks by name, in the order of the names for who lists them.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

/// A sorted table from text to `T`. It is asked with what the network sends and holds what the operator wrote,
/// so its hash needs no secret.
#[derive(Clone)]
pub struct Lookup<T> {
    sorted: Box<[(Arc<str>, T)]>,
    index: HashMap<Arc<str>, T, BuildHasherDefault<DefaultHasher>>,
}

impl<T: Copy> Lookup<T> {
    /// What `name` stands for, if anything.
    pub fn find(&self, name: &str) -> Option<T> {
        self.index.get(name).copied()
    }

    /// Whether a name is longer than `start` and begins with it.
    pub fn extends(&self, start: &str) -> bool {
        let after = self.sorted.partition_point(|(key, _)| **key <= *start);
        self.sorted.get(after).is_some_and(|(key, _)| key.starts_with(start))
    }

    /// Every entry, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, T)> {
        self.sorted.iter().map(|(key, value)| (&**key, *value))
    }
}

impl<T: Copy> FromIterator<(Arc<str>, T)> for Lookup<T> {
    /// Of entries with the same name the first is kept.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, T)>>(entries: I) -> Self {
        let mut sorted: Vec<_> = entries.into_iter().collect();
        sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
        sorted.dedup_by(|(later, _), (first, _)| later == first);
        let index = sorted.iter().cloned().collect();
        Self { sorted: sorted.into(), index }
    }
}

impl<T> Default for Lookup<T> {
    fn default() -> Self {
        Self { sorted: Box::default(), index: HashMap::default() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Lookup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.sorted.iter().map(|(key, value)| (key, value))).finish()
    }
}
