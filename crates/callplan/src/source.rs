//! What is read: texts of the config, and the files they name.

use std::{collections::BTreeMap, sync::Arc};

/// One text of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path as findings should show it.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// A source from its parts.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Reads the files a config names: secrets, lists, prompts. Whoever has a file system implements it.
pub trait Assets {
    /// The bytes of `path`, which is relative to the config directory and stays below it.
    ///
    /// # Errors
    /// Why not, for the operator: `no such file`.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String>;
}

/// Files held in memory, for tests and for a demo that makes its own secrets.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<String, Arc<[u8]>>);

impl Memory {
    /// The same files and one more.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: &[u8]) -> Self {
        self.0.insert(path.to_owned(), bytes.into());
        self
    }
}

impl Assets for Memory {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}
