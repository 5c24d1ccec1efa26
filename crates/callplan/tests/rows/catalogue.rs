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

/// How much of a row has no test.
#[derive(PartialEq, Eq)]
enum Lacks {
    /// None of it has one.
    Everything,
    /// The rest has some.
    Something,
}

use Lacks::{Everything, Something};

/// Rows that are not served in full: what is missing, and why.
const EXCEPTIONS: &[(u8, Lacks, &str)] = &[
    (7, Something, "short codes of our own: they carry texts, and texts are not carried yet"),
    (10, Something, "`sms`: texts are not carried yet"),
    (16, Something, "no contact is looked up over HTTP yet"),
    (19, Something, "there is no state `off`, and no calendar sets one"),
    (30, Everything, "there is no hook for events yet, which `call.missed` and `notify` need"),
    (33, Something, "no greeting is uploaded or recorded over HTTP yet"),
    (50, Something, "no agent is reached by a WebSocket for media yet"),
    (51, Everything, "there is no text-back yet, so none that has a `when`"),
    (52, Everything, "there is no text-back yet that could be held"),
    (63, Something, "texts are not carried yet: who texted last is known from what is told of contacts"),
    (
        70,
        Something,
        "a contact is not dialled by its id yet, and texts and mails that could leak are not sent yet",
    ),
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
    let excepted: BTreeMap<u8, &Lacks> = EXCEPTIONS.iter().map(|(row, lacks, _)| (*row, lacks)).collect();
    let all: BTreeSet<u8> = rows().collect();
    let is_known = excepted.keys().all(|row| all.contains(row));
    assert!(is_known && excepted.len() == EXCEPTIONS.len(), "each exception is a row, once");
    for row in all {
        let lacks_all = excepted.get(&row).is_some_and(|lacks| **lacks == Everything);
        match (proofs.contains_key(&row), lacks_all) {
            (false, false) => panic!("row {row} has no test"),
            (true, true) => panic!("row {row} has a test: say what of it is missing still, or nothing"),
            (true, false) | (false, true) => {}
        }
    }
    let strange: Vec<_> = proofs.keys().filter(|row| **row == 0 || **row > 104).collect();
    assert!(strange.is_empty(), "tests of rows that the catalogue has not: {strange:?}");
    let counted: usize = rows().filter_map(|row| proofs.get(&row)).map(BTreeSet::len).sum();
    assert!(counted >= 50, "{counted} tests of rows are found: has their place moved?");
}
