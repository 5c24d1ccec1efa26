//! What fuzzing found worth keeping, run again; a crash it finds is added to `crates/fuzz/corpus`.

#![allow(missing_docs, clippy::unwrap_used)]

mod probe;

use std::{fs, path::Path};

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 48, "the corpus is there");
    for path in paths {
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
    }
}

#[test]
fn datagrams_hold() {
    replay("message", |bytes| {
        probe::message(bytes);
    });
}

#[test]
fn streams_hold() {
    replay("stream", probe::stream);
}

#[test]
fn values_hold() {
    replay("uri", probe::uri);
}

#[test]
fn digests_hold() {
    replay("digest", probe::digest);
}
