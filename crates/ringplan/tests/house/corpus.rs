//! The messages that the parser is tested with, for whoever sends them to the daemon.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every message of the corpora, torture and real.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/data");
    let list =
        |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> = list(data).filter(|path| path.is_dir()).flat_map(list).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "dat" || end == "sip"));
    paths.sort();
    assert!(paths.len() > 80, "{} messages", paths.len());
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}
