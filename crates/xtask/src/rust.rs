//! The stages that cargo runs.

use std::thread;

use xtask::shell::{Command, Said};

use crate::report::{Outcome, Report};

/// Seeds of the simulator in every test run.
const SEEDS: &str = "2000";

/// Seeds that are played with a fifth of all datagrams lost each way.
const LOSSY_SEEDS: &str = "300";

/// Calls of the simulator that are compared with what `explain` says of them.
const EXPLAINED: &str = "10000";

/// Format, lints, tests, docs.
pub(crate) fn checks(report: &mut Report) {
    report.stage("format", || cargo(&["fmt", "--all", "--check"]));
    report.stage("lints", || {
        cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
    });
    report.stage("unit, table and property tests", tests);
    report.stage("docs", || {
        let doc = Command::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
        content(doc.env("RUSTDOCFLAGS", "-D warnings").say())
    });
}

/// Golden ladders, seeds, planted faults, and `explain` against what parties saw.
pub(crate) fn simulation(report: &mut Report) {
    report.stage("golden ladders", || simulator(&["ladders"]));
    report.stage("simulated seeds", || simulator(&["simulate", "--seeds", SEEDS]));
    report.stage("a fifth of all messages lost", || {
        simulator(&["simulate", "--seeds", LOSSY_SEEDS, "--loss", "20"])
    });
    report.stage("planted faults", || simulator(&["simulate", "--planted"]));
    report.stage("calls as explained", || simulator(&["simulate", "--equivalence", EXPLAINED]));
}

fn cargo(words: &[&str]) -> Outcome {
    content(Command::cargo(words).say())
}

fn simulator(words: &[&str]) -> Outcome {
    let run = Command::cargo(&["run", "--quiet", "--release", "--package", "sim", "--"]).args(words).say();
    let last = run.as_ref().ok().and_then(|said| said.text.lines().last()).unwrap_or_default().to_owned();
    content(run).noting(last)
}

/// Every test of the workspace, counted one by one. Tests wait more than they reckon, so what the stages after this
/// one need is built beside them.
fn tests() -> Outcome {
    const TESTS: [&str; 4] = ["test", "--quiet", "--workspace", "--no-fail-fast"];
    if let Ok(said @ Said { content: false, .. }) = Command::cargo(&TESTS).args(&["--no-run"]).say() {
        return Outcome::failed(said.text);
    }
    // What fails to build fails again where it is used, and is told there.
    let ahead = thread::spawn(|| {
        for package in ["sim", "ringplan"] {
            let _ = Command::kind_cargo(&["build", "--quiet", "--release", "--package", package]).say();
        }
    });
    let run = Command::cargo(&TESTS).say();
    let _ = ahead.join();
    let said = match run {
        Ok(said) => said,
        Err(why) => return Outcome::failed(why),
    };
    let count = |word: &str| -> u32 {
        let results = said.text.lines().filter(|line| line.starts_with("test result:"));
        results.filter_map(|line| number_before(line, word)).sum()
    };
    let (passed, failed) = (count("passed"), count("failed"));
    // A test binary that was not built or died counts none as failed.
    let failed = if said.content { 0 } else { failed.max(1) };
    Outcome { passed, failed, detail: said.text, ..Outcome::default() }
}

fn number_before(line: &str, word: &str) -> Option<u32> {
    let words: Vec<&str> = line.split([' ', ';']).collect();
    let at = words.iter().position(|it| *it == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

fn content(run: Result<Said, String>) -> Outcome {
    match run {
        Ok(Said { content: true, .. }) => Outcome::passed(),
        Ok(Said { text, .. }) => Outcome::failed(text),
        Err(why) => Outcome::failed(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted_from_cargos_summary() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(number_before(line, "passed"), Some(12));
        assert_eq!(number_before(line, "failed"), Some(3));
        assert_eq!(number_before(line, "lost"), None);
    }
}
