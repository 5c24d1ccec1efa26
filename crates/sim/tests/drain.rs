//! RELIABILITY F10 in virtual time: a switch that is told to end lets twenty calls end, or ends them.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::fmt::Write;

use sim::{ladders, script::Script};

/// Calls under way when it is told.
const CALLS: usize = 20;

/// What comes of twenty calls, all answered in the second second, and of these lines.
fn comes_of(lines: &str) -> String {
    let mut text = "Twenty calls and a switch that is to end.\n\n| [people]\n".to_owned();
    let (callers, callees) = (|call| format!("a{call}"), |call| format!("b{call}"));
    for call in 0..CALLS {
        let (caller, callee) = (callers(call), callees(call));
        writeln!(text, "| {caller} = {{ ext = {} }}\n| {callee} = {{ ext = {} }}", 300 + call, 400 + call)
            .unwrap();
    }
    text.push_str("| late = { ext = 500 }\n| [phones]\n| late = { person = \"late\" }\n");
    for name in (0..CALLS).flat_map(|call| [callers(call), callees(call)]) {
        writeln!(text, "| {name} = {{ person = \"{name}\" }}").unwrap();
    }
    let registered: Vec<_> = (0..CALLS).map(callees).collect();
    writeln!(text, "registered: {}", registered.join(" ")).unwrap();
    for call in 0..CALLS {
        writeln!(text, "0.{call:02}s {} calls {}", callers(call), 400 + call).unwrap();
    }
    for call in 0..CALLS {
        writeln!(text, "1.{call:02}s {} answers", callees(call)).unwrap();
    }
    text.push_str(lines);
    ladders::play(&Script::read(&text).unwrap(), |_| ()).unwrap()
}

/// How many lines hold all of these words.
fn lines(told: &str, words: &[&str]) -> usize {
    told.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
}

#[test]
fn what_is_left_at_the_limit_is_hung_up_on_on_both_sides_and_recorded() {
    let told = comes_of(
        "10s the switch drains\n20s late calls 400\n69s a0 hangs up\n70s the switch hangs up all\nuntil 80s\n",
    );
    assert_eq!(lines(&told, &["record:", "answered, hang-up by caller"]), 1, "{told}");
    assert_eq!(lines(&told, &["record:", "answered, shutdown by switch"]), CALLS - 1, "{told}");
    assert_eq!(lines(&told, &["BYE #", "(503)"]), 2 * (CALLS - 1), "{told}");
    assert_eq!(lines(&told, &["70.020", "the switch is drained"]), 1, "{told}");
    assert!(told.ends_with("all is idle\n"), "{told}");
}

#[test]
fn the_end_comes_with_that_of_the_last_call_and_not_before() {
    let mut ends = String::new();
    for call in 0..CALLS {
        writeln!(ends, "{}s b{call} hangs up", 20 + call).unwrap();
    }
    let told = comes_of(&format!("10s the switch drains\n15s late calls 400\n{ends}until 50s\n"));
    assert_eq!(lines(&told, &["record:", "answered, hang-up by callee"]), CALLS, "{told}");
    assert_eq!(lines(&told, &["record:"]), CALLS, "whoever comes late is no call: {told}");
    assert_eq!(lines(&told, &["39.030", "the switch is drained"]), 1, "{told}");
}
