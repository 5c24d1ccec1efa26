//! Random plans: those without a finding never leave a call with nowhere to go (PRODUCT 5, F3).

mod dialling;
mod random;

use std::{collections::BTreeSet, ops::ControlFlow};

use callplan::{
    Site,
    explain::{Explanation, Finish, explain},
    proof::ended,
    step::{End, Entry, Fault},
    ways::{Horizon, Walk},
};
use clock::Wall;
use dialling::{HOUR, walk};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use random::{loaded, whole};

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
        let text = whole().new_tree(&mut runner).unwrap().current();
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
        let text = whole().new_tree(&mut runner).unwrap().current();
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
