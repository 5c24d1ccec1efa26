//! Groups that ring by what their members did, or by chance.

use std::time::Duration;

use clock::Wall;

use super::sample::{
    ANA, BEN, CHO, Call, FEWEST_CALLS, LEAST_TALK, LONGEST_IDLE, RANDOM, WEIGHTED, node, ring, secs, site,
    site_with,
};
use crate::{
    Act, GroupId, NodeId, PersonId, Tally, Who,
    order::Merit,
    step::{Event, ReasonKind, TargetId, TimerId},
};
use Event::{Busy, Declined, Enter, TimerFired};

/// A call to a group whose members did something before: ana talked an hour ago, ben half an hour ago and cho
/// never.
fn call(group: GroupId) -> Call {
    let mut call = Call::new(site_with(ring(Who::Group(group))));
    call.switch.now = call.switch.now.after(secs(7200));
    let tally = |ended: Option<i64>, calls, talk| Tally {
        ended: ended.map(|second| Wall::from_unix_micros(second * 1_000_000)),
        calls,
        talk: secs(talk),
    };
    call.switch.tallies[..3].clone_from_slice(&[
        tally(Some(3600), 4, 60),
        tally(Some(5400), 1, 600),
        tally(None, 2, 0),
    ]);
    call
}

/// Whose turn it was, and why.
fn turns(call: &Call) -> Vec<(PersonId, Merit)> {
    let turns = call.steps.reasons.iter().filter_map(|reason| match reason.kind {
        ReasonKind::Turn { person, merit } => Some((person, merit)),
        _ => None,
    });
    turns.collect()
}

/// The phones that are rung in turn when nobody answers.
fn rung(group: GroupId, chance: u64) -> Vec<String> {
    let mut call = call(group);
    call.facts.chance = chance;
    let starts = |actions: &str| -> Vec<String> {
        let phones = actions.split(", ").filter_map(|action| action.strip_prefix("start "));
        phones.filter_map(|phone| Some(phone.split_once(' ')?.1.to_owned())).collect()
    };
    let mut rung = starts(&call.on(Enter));
    for _ in 0..2 {
        rung.extend(starts(&call.on(TimerFired(TimerId::Turn))));
    }
    rung
}

#[test]
fn members_are_rung_by_what_they_did_before() {
    let (ana, ben, cho) = (["ana-desk", "ana-soft"], "ben-desk", "cho-desk");
    assert_eq!(rung(LONGEST_IDLE, 0), [cho, ana[0], ana[1], ben]);
    assert_eq!(rung(FEWEST_CALLS, 0), [ben, cho, ana[0], ana[1]]);
    assert_eq!(rung(LEAST_TALK, 0), [cho, ana[0], ana[1], ben]);
}

#[test]
fn the_reason_of_a_turn_is_told() {
    let mut idle = call(LONGEST_IDLE);
    idle.on(Enter);
    assert_eq!(turns(&idle), [(CHO, Merit::Idle(None))]);
    idle.on(TimerFired(TimerId::Turn));
    assert_eq!(turns(&idle), [(ANA, Merit::Idle(Some(secs(3600))))]);
    let mut fewest = call(FEWEST_CALLS);
    fewest.on(Enter);
    assert_eq!(turns(&fewest), [(BEN, Merit::Calls(1))]);
    let mut least = call(LEAST_TALK);
    least.on(Enter);
    assert_eq!(turns(&least), [(CHO, Merit::Talk(Duration::ZERO))]);
    let mut drawn = call(WEIGHTED);
    drawn.on(Enter);
    assert_eq!(turns(&drawn)[0].1, Merit::Chance);
}

#[test]
fn whoever_is_busy_or_refuses_gives_way_to_the_next_in_line() {
    let mut call = call(LONGEST_IDLE);
    call.switch.calls[2] = 1;
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Turn 15s, timer Step 40s");
    assert_eq!(
        call.on(Declined(TargetId(1))),
        "stop 0 DeclinedElsewhere, clear Turn, start 2 ben-desk, timer Turn 15s"
    );
    assert_eq!(call.on(Busy(TargetId(2))), "clear Turn, clear Step, end Rejected(NoAnswer)");
}

/// Whoever ends a call while others ring neither loses their turn nor is asked twice.
#[test]
fn the_line_stands_while_the_step_lasts() {
    let mut call = call(FEWEST_CALLS);
    call.on(Enter);
    call.switch.tallies[1].calls = 0;
    call.switch.tallies[2].calls = 9;
    assert_eq!(call.on(TimerFired(TimerId::Turn)), "stop 0 Timeout, start 1 cho-desk, timer Turn 15s");
    assert_eq!(
        call.on(TimerFired(TimerId::Turn)),
        "stop 1 Timeout, start 2 ana-desk, start 3 ana-soft, timer Turn 15s"
    );
}

#[test]
fn the_same_chance_rings_the_same_people() {
    for group in [RANDOM, WEIGHTED] {
        let orders: Vec<_> = (0..50).map(|chance| rung(group, chance)).collect();
        assert_eq!(orders, (0..50).map(|chance| rung(group, chance)).collect::<Vec<_>>());
        assert!(orders.iter().any(|order| *order != orders[0]), "chance decides");
        assert!(orders.iter().all(|order| order.len() == 4), "each member is rung once");
    }
}

/// A call that comes to the same group again draws again.
#[test]
fn each_step_of_a_call_draws_anew() {
    let fall = |next| {
        let Act::Ring(step) = ring(Who::Group(RANDOM)).act else { unreachable!() };
        let exits = crate::Ring { busy: None, declined: None, unanswered: None, ..step };
        node(Act::Ring(exits), Some(next))
    };
    let drawn = |chance| {
        let hang_up = node(Act::Hangup, None);
        let mut call = Call::new(site(vec![fall(1), fall(2), hang_up]));
        call.facts.chance = chance;
        call.on(Enter);
        let first = turns(&call)[0].0;
        call.on(TimerFired(TimerId::Step));
        assert_eq!(call.cursor.node(), NodeId(1));
        (first, turns(&call)[0].0)
    };
    assert!((0..50).map(drawn).any(|(first, second)| first != second));
}
