//! How often steps are taken and keys pressed.

mod larch;

use callplan::{
    Site,
    coverage::{Count, Coverage, Passed},
    explain::{Press, Question, explain, read_time},
};
use larch::larch;
use proptest::prelude::*;

/// Calls and tests of a step or a key.
fn count(site: &Site, coverage: &Coverage, step: &str, key: Option<char>) -> (u64, u64) {
    let rows = coverage.rows(site);
    let row = rows.iter().find(|row| row.step == step && row.key == key);
    let Count { calls, tests } = row.unwrap_or_else(|| panic!("{step} is a row")).count;
    (calls, tests)
}

#[test]
fn known_traffic_gives_exact_counts() {
    let site = larch();
    let mut coverage = Coverage::default();
    let (open, key) = ([Passed::Step("main#3")], |key| [Passed::Key(key)]);
    coverage.call(&site, open.into_iter().chain(key('1')).chain([Passed::Step("group:sales#1")]));
    coverage.call(&site, open.into_iter().chain(key('9')).chain(key('1')));
    coverage.call(&site, [Passed::Step("main#2"), Passed::Step("after-hours#1"), Passed::Key('1')]);
    coverage.call(&site, [Passed::Step("gone#1"), Passed::Key('2')]);
    for (press, at) in [("2", "2026-03-13 10:00"), ("", "2026-03-14 13:00")] {
        let at = read_time(&site.timezone, at).unwrap();
        let mut question = Question::read(&site, "+12025550142", "+12025550100", at).unwrap();
        question.press = press.chars().map(Press::Asked).collect();
        coverage.test(&site, &explain(&site, &question));
    }
    assert_eq!(coverage.all, Count { calls: 4, tests: 2 });
    let of = |step, key| count(&site, &coverage, step, key);
    assert_eq!([of("main#3", None), of("main#2", None)], [(2, 1), (1, 1)]);
    assert_eq!(of("menu:main#1", None), (2, 1), "a step that leads to a menu is the menu");
    assert_eq!([of("group:sales#1", None), of("group:support#1", None)], [(1, 0), (0, 1)]);
    assert_eq!([of("menu:main", Some('1')), of("menu:main", Some('2'))], [(2, 0), (0, 1)]);
    assert_eq!([of("menu:main", Some('0')), of("main#1", None)], [(0, 0), (0, 0)]);
    assert!(coverage.rows(&site).iter().all(|row| !row.step.starts_with("person:") && row.step != "gone#1"));
}

fn some() -> impl Strategy<Value = Coverage> {
    let count = (0..5u64, 0..5u64).prop_map(|(calls, tests)| Count { calls, tests });
    let key = proptest::option::of(prop_oneof![Just('1'), Just('2')]);
    let rows =
        proptest::collection::vec((prop_oneof![Just("a#1"), Just("b#1"), Just("c#1")], key, count), 0..6);
    rows.prop_map(|rows| {
        let mut coverage = Coverage::default();
        rows.iter().for_each(|(step, key, count)| coverage.add(step, *key, *count));
        coverage
    })
}

proptest! {
    /// Goal: it does not matter who adds what to what.
    #[test]
    fn counts_add_up_in_any_order(a in some(), b in some(), c in some()) {
        let one = a.clone().merge(b.clone()).merge(c.clone());
        prop_assert_eq!(&one, &a.clone().merge(b.clone().merge(c.clone())));
        prop_assert_eq!(one, c.merge(a).merge(b));
    }
}
