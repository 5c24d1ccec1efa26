//! Random plans: those without a finding never leave a call with nowhere to go (PRODUCT 5, F3).

mod random;

use std::{collections::BTreeSet, ops::ControlFlow, time::Duration};

use callplan::{
    E164, PersonId, Site,
    explain::{Behaviour, Explanation, Finish, Given, Party, Press, Question, explain},
    proof::ended,
    step::{Caller, End, Entry, Fault, Outcome},
    ways::{Horizon, Walk},
};
use clock::Wall;
use proptest::{prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};
use random::{loaded, text};

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

fn behaviour() -> impl Strategy<Value = Behaviour> {
    use Outcome::{Answered, Busy, Declined, NoAnswer, Unreachable};
    let says = (0u64..30, select(vec![Answered, Busy, Busy, Declined, Unreachable, NoAnswer]));
    (0u8..3, any::<bool>(), says).prop_map(|(contacts, rings, (after, outcome))| Behaviour {
        contacts,
        rings: rings.then_some(Duration::ZERO),
        says: Some((Duration::from_secs(after), outcome)),
    })
}

fn number(text: &str) -> E164 {
    text.parse().expect("a number")
}

/// A call with its caller, time, parties and keys.
fn walk() -> impl Strategy<Value = Question> {
    let callers = vec![
        Caller::Withheld,
        Caller::Number(number("+12025550170")),
        Caller::Number(number("+12025550171")),
    ];
    let press = proptest::collection::vec(select(vec!['0', '1', '2', '9', '#']), 0..6);
    let behaviours = proptest::collection::vec(behaviour(), 5);
    let calls = proptest::collection::vec(0u16..3, 3);
    (select(callers), 0i64..168, press, behaviours, calls).prop_map(
        |(caller, hour, press, behaviours, calls)| {
            let mut question =
                Question::new(caller, Entry::Number(0.into()), Wall::from_unix_micros(hour * HOUR));
            question.press = press.into_iter().map(Press::Asked).collect();
            let parties = (0..4).map(|phone: usize| Party::Phone(phone.into()));
            let parties = parties.chain([Party::Number(number("+12025550160"))]);
            let given = parties.zip(behaviours).map(|(party, behaviour)| Given::new(party, behaviour));
            question.given = given.collect();
            question.calls =
                calls.into_iter().enumerate().map(|(at, calls)| (PersonId::from(at), calls)).collect();
            question
        },
    )
}

/// What a call comes by: its end, the steps it takes and whom it rings.
fn seen(site: &Site, course: &Explanation) -> BTreeSet<String> {
    let steps = course.visited.iter().filter(|visit| visit.taken).map(|visit| site.node_name(visit.node));
    let rung = course.rung.iter().map(|rung| format!("{:?}", rung.who));
    steps.chain(rung).chain([ended(site, course)]).collect()
}

/// Goal: no random call finds what the walk through all ways has not: no end, no step, nobody who rings.
#[test]
fn whatever_a_random_call_comes_by_every_way_has_come_by() {
    let mut runner = TestRunner::deterministic();
    let (mut walked, mut ways, mut turned) = (0, 0, 0);
    let week = Horizon { from: Wall::from_unix_micros(0), until: Wall::from_unix_micros(9 * 24 * HOUR) };
    for _ in 0..400 {
        let text = text().new_tree(&mut runner).unwrap().current();
        let Some(site) = loaded(&text) else { continue };
        let mut all = BTreeSet::new();
        let looked = Walk::of(&site, &[Entry::Number(0.into())], week).run(|way| {
            all.extend(seen(&site, way.course));
            ControlFlow::Continue(())
        });
        assert!(looked.is_whole, "{text}");
        ways += looked.ways;
        for _ in 0..60 {
            let (mut question, near) = (walk(), any::<bool>()).new_tree(&mut runner).unwrap().current();
            if near {
                // The office opens at 14:00 UTC and closes at 22:00: so many seconds before.
                let (day, seconds) =
                    (question.at.unix_micros() / (24 * HOUR), question.at.unix_micros() / HOUR % 60);
                let closes = day * 24 * HOUR + if seconds % 2 == 0 { 14 } else { 22 } * HOUR;
                question.at = Wall::from_unix_micros(closes - seconds * 1_000_000 - 1);
                turned += 1;
            }
            let course = explain(&site, &question);
            let is_endless = course.end == Some(Finish::Ended(End::Failed(Fault::TooLong)));
            let new: Vec<_> = seen(&site, &course).difference(&all).cloned().collect();
            assert!(is_endless || new.is_empty(), "{new:?}\n{text}\n{}\n{course}", question.command(&site));
            walked += 1;
        }
    }
    assert!(
        walked > 3000 && turned > 1000,
        "{walked} calls, {turned} of them near a change of the hours, {ways} ways"
    );
}

fn has_no_way_out(explanation: &Explanation) -> bool {
    match explanation.end {
        None => true,
        Some(Finish::Ended(End::Failed(fault))) => fault != Fault::TooLong,
        Some(Finish::Ended(_) | Finish::Bridged(_)) => false,
    }
}

#[test]
fn a_plan_without_finding_never_leads_nowhere() {
    let cases = 3000;
    let (mut walked, mut refused) = (0, 0);
    let mut runner = TestRunner::deterministic();
    for _ in 0..cases {
        let text = text().new_tree(&mut runner).unwrap().current();
        let Some(site) = loaded(&text) else {
            refused += 1;
            continue;
        };
        for _ in 0..20 {
            let question = walk().new_tree(&mut runner).unwrap().current();
            let explanation = explain(&site, &question);
            assert!(!has_no_way_out(&explanation), "{text}\n{explanation}");
            assert!(explanation.rung.iter().all(|rung| rung.end.is_some()), "{explanation}");
            walked += 1;
        }
    }
    assert!(walked > 1000 && refused > 100, "{walked} calls walked, {refused} plans refused");
}
