//! Whether each row of the catalogue has a test, and which parts of rows have none and why.
//!
//! A test proves the row whose number is in its name: `row_07_...`. It is looked for where rows have their tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Where tests of rows stand, as folders or files below `crates`: those of the plan engine, and those that need the
/// command line.
const PLACES: [&str; 2] = ["callplan/tests/rows", "ringplan/tests"];

/// Rows, or parts of rows, without a test that is named for them: what is missing, and why.
const EXCEPTIONS: &[(u8, &str)] = &[
    (7, "short codes of our own: they carry texts, and texts are not carried yet"),
    (10, "`sms`: texts are not carried yet"),
    (16, "no contact is looked up over HTTP yet"),
    (18, "ringback is not chosen yet"),
    (19, "there is no state `off`, and no calendar sets one"),
    (30, "there is no hook for events yet, which `call.missed` and `notify` need"),
    (33, "no greeting is recorded by telephone yet"),
    (49, "hours are not announced yet"),
    (50, "there is no voice agent yet"),
    (51, "there is no text-back yet, so none that has a `when`"),
    (52, "there is no text-back yet that could be held"),
    (63, "who texted last is known, and texts are not carried yet"),
    (64, "the test of a callee who is asked stands with the ladders"),
    (65, "the same"),
    (66, "the same"),
    (68, "levels of what comes in are not told apart yet"),
    (70, "every header of every leg is looked at by the simulator, in each seed and ladder"),
];

/// Rows of §1.1 to 1.4 and of §1.7.
fn rows() -> impl Iterator<Item = u8> {
    (1..=52).chain(63..=70)
}

/// Every file of tests at a place.
fn files(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).expect("it is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The names of the tests in a text.
fn tests(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let named = lines.windows(2).filter(|pair| pair[0] == "#[test]");
    named.filter_map(|pair| Some(pair[1].strip_prefix("fn ")?.split_once('(')?.0)).collect()
}

/// The tests of each row.
fn proofs() -> BTreeMap<u8, BTreeSet<String>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut proofs: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for file in PLACES.iter().flat_map(|place| files(&crates.join(place))) {
        let text = fs::read_to_string(&file).expect("it is text");
        for name in tests(&text) {
            let number = name.strip_prefix("row_").and_then(|rest| rest.split_once('_')).map(|(row, _)| row);
            if let Some(row) = number {
                let row = row.parse().unwrap_or_else(|_| panic!("{name} names no row"));
                proofs.entry(row).or_default().insert(name.to_owned());
            }
        }
    }
    proofs
}

/// Goal: nobody adds a row, or takes its test away, without saying so here.
#[test]
fn every_row_has_a_test_or_a_reason() {
    let proofs = proofs();
    let excepted: BTreeSet<u8> = EXCEPTIONS.iter().map(|(row, _)| *row).collect();
    let bare: Vec<_> = rows().filter(|row| !proofs.contains_key(row) && !excepted.contains(row)).collect();
    assert!(bare.is_empty(), "rows without a test: {bare:?}");
    let all: BTreeSet<u8> = rows().collect();
    assert!(excepted.is_subset(&all) && excepted.len() == EXCEPTIONS.len(), "each exception is a row, once");
    let strange: Vec<_> = proofs.keys().filter(|row| **row == 0 || **row > 104).collect();
    assert!(strange.is_empty(), "tests of rows that the catalogue has not: {strange:?}");
    let counted: usize = rows().filter_map(|row| proofs.get(&row)).map(BTreeSet::len).sum();
    assert!(counted >= 50, "{counted} tests of rows are found: has their place moved?");
}
