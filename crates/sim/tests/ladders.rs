//! Every golden ladder of `scenarios/ladders` still comes out as it stands there.

use std::{fs, path::Path};

use sim::ladders::Golden;

#[test]
fn every_ladder_is_as_it_was_reviewed() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/ladders"));
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in &paths {
        let file = fs::read_to_string(path).unwrap();
        let golden = Golden::of(&file);
        let ladder = golden.play().unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        assert!(Golden::is_sound(&ladder), "{} is of something wrong\n{ladder}", path.display());
        assert!(golden.expects(&ladder), "{} now draws\n{ladder}", path.display());
    }
    assert!(!paths.is_empty());
}
