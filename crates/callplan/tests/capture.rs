//! A call of before as a test: whatever became of it becomes of the test, without anybody's number in it.

mod day;
mod larch;

use std::mem;

use callplan::{
    Atom, Site,
    capture::{capture, decided},
    explain::{Odd, explain, remembered},
    journal::replay,
    step::{Caller, Reason, ReasonKind},
};
use day::{Call, calls};
use larch::{larch, larch_with};

/// What a journal leads to, course 0.
fn replayed(site: &Site, call: &Call) -> Vec<Reason> {
    decided(replay(site, &call.recorded).iter().flat_map(|it| &it.steps.reasons))
}

#[test]
fn a_journal_leads_to_the_decisions_of_the_call() {
    let site = larch();
    for call in calls(&site, 1, 1_500) {
        assert_eq!(replayed(&site, &call), decided(&call.course.decisions), "{}", call.course);
    }
}

#[test]
fn a_call_of_before_can_be_asked_again() {
    let site = larch();
    for call in calls(&site, 2, 1_500) {
        let again = remembered(&site, &call.recorded, 0).unwrap();
        assert_eq!(again.odd, [], "{}", call.course);
        let course = explain(&site, &again.question);
        assert_eq!(decided(&course.decisions), decided(&call.course.decisions), "{}\n{course}", call.course);
    }
}

#[test]
fn a_captured_call_passes_as_a_test_and_goes_the_same_way() {
    let site = larch();
    let kinds = |reasons: &[Reason]| -> Vec<_> {
        reasons.iter().map(|reason| (reason.node, mem::discriminant(&reason.kind))).collect()
    };
    for call in calls(&site, 3, 150) {
        let captured = capture(&site, &call.recorded, 0, "a call").unwrap();
        assert!(captured.is_faithful, "{}\n{}", call.course, captured.text);
        let tested = larch_with(&captured.text);
        let verdict = tested.tests[0].run(&tested);
        assert!(verdict.is_passed(), "{:?}\n{}\n{}", verdict.divergence, captured.text, call.course);
        let decisions = decided(&verdict.course.decisions);
        assert_eq!(kinds(&decisions), kinds(&replayed(&site, &call)), "{}\n{}", captured.text, call.course);
    }
}

#[test]
fn nobody_outside_is_found_in_a_test() {
    let site = larch();
    for call in calls(&site, 4, 150) {
        let Caller::Number(caller) = call.recorded.courses[0].facts.caller else { continue };
        let captured = capture(&site, &call.recorded, 0, "a call").unwrap();
        // Whoever is on a list of the config is known by it.
        let is_listed = call.course.decisions.iter().any(
            |it| matches!(it.kind, ReasonKind::Asked { atom: Atom::CallerIn(_), answer } if answer.is_yes()),
        );
        assert_eq!(captured.is_redacted, !is_listed, "{}", captured.text);
        assert_eq!(captured.text.contains(&caller.to_string()), is_listed, "{}", captured.text);
    }
}

/// Goal: a number of ours is in the config and says nothing of anybody outside. Method: somebody sends their calls there,
/// and a colleague calls from it.
#[test]
fn numbers_of_ours_stay_as_they_are() {
    let site = larch();
    for (from, forward) in [("+442079460123", "+12025550102"), ("+12025550102", "+12025550102")] {
        let mut question = callplan::explain::Question::read(&site, from, "+12025550101", at(&site)).unwrap();
        let sends_on = callplan::PersonState { forward: forward.parse().ok(), ..Default::default() };
        question.states.push((site.person("ana").unwrap(), sends_on));
        let call = day::call(&site, question);
        let captured = capture(&site, &call.recorded, 0, "a call").unwrap();
        assert!(captured.is_redacted && captured.text.contains(forward), "{from}: {}", captured.text);
        assert!(!captured.text.contains("+442079460123"), "{}", captured.text);
    }
}

#[test]
fn a_captured_call_reads_like_this() {
    let site = larch();
    let mut question =
        callplan::explain::Question::read(&site, "+442079460123", "+12025550101", at(&site)).unwrap();
    for text in ["ana=no-answer", "ben=answers after 4s", "cho=dnd"] {
        question.assume(&site, text).unwrap();
    }
    question.chance = 7;
    let call = day::call(&site, question);
    insta::assert_snapshot!(capture(&site, &call.recorded, 0, "call 1").unwrap().text);
}

fn at(site: &Site) -> clock::Wall {
    callplan::explain::read_time(&site.timezone, "2026-11-23 10:00").expect("a time")
}

/// Goal: two clocks that slip by what every machine's do are no clock that was set; an hour is.
#[test]
fn only_a_clock_that_jumps_was_set() {
    let site = larch();
    let call = day::call(&site, {
        let at = at(&site);
        callplan::explain::Question::read(&site, "+442079460123", "+12025550101", at).unwrap()
    });
    let told = |slip_us: i64| {
        let mut recorded = call.recorded.clone();
        let moments = &mut recorded.courses[0].moments;
        assert!(moments.len() > 1);
        for moment in moments.iter_mut().skip(1) {
            moment.now.wall = clock::Wall::from_unix_micros(moment.now.wall.unix_micros() + slip_us);
        }
        remembered(&site, &recorded, 0).unwrap().odd
    };
    assert_eq!([told(0), told(3), told(-40_000)], [[]; 3]);
    assert_eq!([told(3_600_000_000), told(-1_000_000)], [[Odd::ClockSet]; 2]);
}
