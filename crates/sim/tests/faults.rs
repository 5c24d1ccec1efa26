//! RELIABILITY P1: a panic of ours costs the call that ran and nothing else; too many end the process, so that a sound
//! one is started. Method: a number of a person whose phone is not in the site, as no loaded config can have it.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use door::{
    Door,
    carrier::{CARRIER, answer, hears, invite, is_at, later, status},
};

const BEN: &str = "10.0.0.12:5060";

/// A switch on which a call to +12025550199 panics, once it has begun.
fn broken() -> Door {
    Door::spoilt(
        "[people]\nzed = { ext = 199 }\n[phones]\nzed = { person = \"zed\" }\n[numbers]\n\
         \"+12025550199\" = { trunk = \"north\", person = \"zed\" }\n",
        Door::ben(),
        |site| {
            site.phones.pop();
        },
    )
}

/// What the carrier is told of a call that panics.
fn panics(door: &mut Door, call: &str) -> Vec<u16> {
    let told = hears(door, CARRIER, &invite("+12025550199", call), CARRIER);
    told.iter().map(|text| status(text)).collect()
}

#[test]
fn a_fault_of_ours_costs_one_call() {
    let mut door = broken();
    let rung = door.tells(CARRIER, &invite("+12025550102", "before"));
    let (_, rung) = rung.iter().find(is_at(BEN)).unwrap();
    door.tells(BEN, &answer(rung, "180 Ringing", ""));
    assert_eq!(panics(&mut door, "faulty"), [500], "whoever called is told");
    assert_eq!(door.switch.counters().faults, 1);
    let after = hears(&mut door, CARRIER, &invite("+12025550102", "after"), BEN);
    assert_eq!(after.len(), 1, "the next call rings");
    let told = hears(&mut door, BEN, &answer(rung, "486 Busy Here", ""), CARRIER);
    let is_of_first = |text: &&String| text.contains("Call-ID: before\r\n");
    let told: Vec<_> = told.iter().filter(is_of_first).map(|text| status(text)).collect();
    assert_eq!(told, [200], "the call that rang goes on, and becomes a message");
    door.tells(BEN, &answer(&after[0], "486 Busy Here", ""));
    later(&mut door);
    assert!(door.switch.is_idle(), "what the call held is free");
}

#[test]
fn a_third_fault_within_a_minute_ends_the_process() {
    let mut door = broken();
    for call in ["one", "two"] {
        panics(&mut door, call);
    }
    let third = catch_unwind(AssertUnwindSafe(|| panics(&mut door, "three")));
    assert!(third.is_err());
    let mut door = broken();
    for call in 0..6 {
        assert_eq!(panics(&mut door, &format!("apart{call}")), [500]);
        door.now = door.now.after(Duration::from_secs(31));
    }
}
