//! §1.2: ring groups.

use super::desk::{Desk, desk};

const TO: &str = "+12025550101";

/// A group of Ana, Ben and Cho with these lines, which a number rings.
fn group(lines: &str) -> Desk {
    let row = format!(
        "[groups.sales]\nmembers = [\"ana\", \"ben\", \"cho\"]\n{lines}\n[numbers]\n\"{TO}\" = {{ group = \"sales\" }}"
    );
    desk(&row)
}

#[test]
fn row_21_several_people_are_on_one_number() {
    assert_eq!(group("").goes(TO, &[]), "ana 0-30, ben 0-30, cho 0-30, voicemail:last");
}

#[test]
fn row_22_all_ring_and_the_first_to_answer_takes_the_call() {
    let all = group("ring = \"all\"");
    let given = ["ana=answers after 9s", "cho=answers after 7s"];
    assert_eq!(all.goes(TO, &given), "ana 0-7, ben 0-7, cho 0-7, person:cho");
}

#[test]
fn row_23_one_after_another_each_for_as_long() {
    let in_order = group("ring = \"in-order\"\neach = \"20s\"");
    assert_eq!(in_order.goes(TO, &[]), "ana 0-20, ben 20-40, cho 40-60, voicemail:last");
    assert_eq!(in_order.goes(TO, &["ben=busy"]), "ana 0-20, ben 20-20, cho 20-40, voicemail:last");
}

/// Goal: whoever rang first, the next call begins behind them, so that three calls begin with three people.
#[test]
fn row_24_each_call_begins_with_another() {
    let turns = group("ring = \"round-robin\"\neach = \"10s\"");
    let mut turn = 0;
    let mut first = Vec::new();
    for _ in 0..3 {
        let turned = format!("turn {turn}");
        first.push(turns.goes(TO, &[&turned, "ana=answers", "ben=answers", "cho=answers"]));
        turn = turns.course(TO, &[&turned]).turns.last().expect("it moves").1;
    }
    assert_eq!(first, ["ana 0-5, person:ana", "ben 0-5, person:ben", "cho 0-5, person:cho"]);
    assert_eq!(turns.goes(TO, &["turn 2"]), "cho 0-10, ana 10-20, ben 20-30, voicemail:last");
}

#[test]
fn row_25_each_member_and_the_whole_group_have_their_time() {
    let limited = group("ring = \"in-order\"\neach = \"15s\"\ntotal = \"40s\"");
    assert_eq!(limited.goes(TO, &[]), "ana 0-15, ben 15-30, cho 30-40, voicemail:last");
    assert_eq!(group("total = \"12s\"").goes(TO, &[]), "ana 0-12, ben 0-12, cho 0-12, voicemail:last");
}

#[test]
fn row_26_all_busy_and_nobody_answering_lead_apart() {
    let apart = group("total = \"10s\"\nbusy = \"person:tom\"\nelse = \"voicemail:sales\"");
    assert_eq!(apart.goes(TO, &[]), "ana 0-10, ben 0-10, cho 0-10, voicemail:sales");
    let busy = apart.goes(TO, &["group:sales=busy"]);
    assert_eq!(busy, "ana 0-0, ben 0-0, cho 0-0, tom 0-30, voicemail:tom");
    // One who rings is enough for it not to be busy.
    let one_rings = apart.goes(TO, &["ana=busy", "ben=busy"]);
    assert_eq!(one_rings, "ana 0-0, ben 0-0, cho 0-10, voicemail:sales");
}

#[test]
fn row_27_overflow_to_a_mailbox() {
    let own = group("total = \"10s\"\nelse = { voicemail = \"sales\" }");
    assert_eq!(own.goes(TO, &[]), "ana 0-10, ben 0-10, cho 0-10, voicemail:sales");
    assert_eq!(group("total = \"10s\"").goes(TO, &[]), "ana 0-10, ben 0-10, cho 0-10, voicemail:last");
}

#[test]
fn row_28_overflow_to_another_number() {
    let backup = group("total = \"10s\"\nelse = { forward = \"+12025550160\" }");
    let goes = backup.goes(TO, &[]);
    assert_eq!(goes, "ana 0-10, ben 0-10, cho 0-10, +12025550160 10-40, voicemail:last");
    assert!(backup.goes(TO, &["+12025550160=answers"]).ends_with("+12025550160 10-15, number:+12025550160"));
}

#[test]
fn row_29_overflow_to_a_message_and_no_more() {
    let told = group("total = \"10s\"\nelse = { play = \"closed\", then = \"hangup\" }");
    assert_eq!(told.goes(TO, &[]), "ana 0-10, ben 0-10, cho 0-10, hears closed, announcement");
}

/// Goal: what the number says wins over what the group says, and the checker tells that the group's is never reached.
#[test]
fn row_31_the_number_or_the_plan_has_the_last_word() {
    let group = "[groups.sales]\nmembers = [\"ana\"]\ntotal = \"10s\"\nelse = \"person:tom\"\n";
    let shadowed =
        desk(&format!("{group}[numbers]\n\"{TO}\" = {{ group = \"sales\", mailbox = \"sales\" }}"));
    assert_eq!(shadowed.goes(TO, &[]), "ana 0-10, voicemail:sales");
    assert_eq!(shadowed.said(), ["C411"]);
    let plan = "[plans.a]\nsteps = [{ ring = \"group:sales\", else = \"voicemail:sales\" }]\n";
    let written = desk(&format!("{group}{plan}[numbers]\n\"{TO}\" = {{ plan = \"a\" }}"));
    assert_eq!(written.goes(TO, &[]), "ana 0-10, voicemail:sales");
    let own = desk(&format!("{group}[numbers]\n\"{TO}\" = {{ group = \"sales\" }}"));
    assert_eq!(own.goes(TO, &[]), "ana 0-10, tom 10-40, voicemail:tom");
}
