//! The tests of the sites that ship against mutants of their plans: what somebody may write by mistake falls.

mod mutated;
mod shipped;

use std::{collections::BTreeMap, fmt::Write as _};

use callplan::{Source, load, proof::failures};
use mutated::{Fate, KINDS, horizon, mutants};
use shipped::{Etc, read, starter};

/// What became of every mutant of a site, and that nine of ten fell.
fn judged(sources: &[Source]) -> String {
    let (original, _) = load(sources, &Etc).unwrap_or_else(|findings| panic!("{}", findings[0]));
    assert_eq!(failures(&original, horizon(&original)), []);
    let mut fates: BTreeMap<Fate, Vec<String>> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in mutants(sources) {
        let fate = mutant.fate(&original, &Etc);
        fates.entry(fate).or_default().push(mutant.what);
        *kinds.entry(mutant.kind).or_default() += 1;
    }
    let mut count = |fate| fates.entry(fate).or_default().len();
    let (killed, alive, refused) = (count(Fate::Killed), count(Fate::Alive), count(Fate::Refused));
    let all = killed + alive;
    let mut page = format!("{killed} of {all} killed; {refused} refused by the checker\n");
    for (title, fate) in [("alive", Fate::Alive), ("equal for every call", Fate::Equal)] {
        let _ = writeln!(page, "\n{title}:");
        fates[&fate].iter().for_each(|what| page.push_str(&format!("  {what}\n")));
    }
    assert!(killed * 100 >= all * 90, "{page}");
    assert!(KINDS.iter().all(|kind| kinds.contains_key(kind)), "{kinds:?}");
    page
}

/// Goal: of the mistakes that can be made in the plans of the starter site its tests find nine of ten.
#[test]
fn the_tests_of_the_starter_site_kill_its_mutants() {
    insta::assert_snapshot!(judged(&starter()));
}

/// Goal: the same of the sample of a company of twenty, in one text.
#[test]
fn the_tests_of_the_company_kill_its_mutants() {
    insta::assert_snapshot!(judged(&[read("samples/company.toml.sample")]));
}
