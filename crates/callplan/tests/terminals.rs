//! No call ends where neither the operator wrote so nor `plan show` prints it.

mod random;
mod shipped;
mod walker;

use std::sync::Arc;

use callplan::{Assets, Source, Unread, load};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use random::{loaded, whole};
use shipped::{Etc, read, starter};
use walker::Walker;

/// What ships, and whatever an operator would bring.
struct Brought;

impl Assets for Brought {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        Etc.read(path).or_else(|_| Ok(b"a password\n".as_slice().into()))
    }
}

/// The starter site, and each of the samples.
fn sites() -> Vec<Vec<Source>> {
    let samples = ["smallest", "registering", "shop", "identity", "company"];
    let samples = samples.map(|name| vec![read(&format!("samples/{name}.toml.sample"))]);
    [starter().to_vec()].into_iter().chain(samples).collect()
}

#[test]
fn a_walk_of_what_ships_ends_where_it_is_written() {
    let (mut written, mut printed) = (0, 0);
    for sources in sites() {
        let site = load(&sources, &Brought).unwrap_or_else(|findings| panic!("{}", findings[0])).0;
        let ends = Walker::new(site, &sources, 1).walk(4_000);
        written += ends.written;
        printed += ends.printed;
    }
    assert!(
        written > 1_000 && printed > 2_000,
        "{written} at words of the texts, {printed} at what is printed"
    );
}

/// Goal: whatever plans are written, a call ends at one of their ends, or at one that is printed.
#[test]
fn a_walk_of_a_random_site_ends_where_it_is_written() {
    let mut runner = TestRunner::deterministic();
    let (mut sites, mut walks, mut written) = (0, 0, 0);
    while sites < 200 {
        let text = whole().new_tree(&mut runner).expect("a text").current();
        let Some(site) = loaded(&text) else { continue };
        let ends = Walker::new(site, &[Source::new("random.toml", text)], 2).walk(200);
        sites += 1;
        walks += ends.walks();
        written += ends.written;
    }
    assert!(walks == 40_000 && written > 10_000, "{walks} walks, {written} of them at words of the texts");
}
