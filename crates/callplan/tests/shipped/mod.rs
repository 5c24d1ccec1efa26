//! What ships in `etc/`.

use std::{fs, path::Path, sync::Arc};

use callplan::{Assets, Source, Unread};

/// Its files.
pub(crate) struct Etc;

impl Assets for Etc {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        fs::read(etc().join(path)).map(Into::into).map_err(|error| error.to_string().into())
    }
}

fn etc() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"))
}

/// One of its texts.
pub(crate) fn read(name: &str) -> Source {
    Source::new(name, fs::read_to_string(etc().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// The texts of the starter site.
pub(crate) fn starter() -> [Source; 5] {
    ["site.toml", "people.toml", "calls.toml", "carrier.toml", "tests.toml"].map(read)
}
