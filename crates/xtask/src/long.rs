//! `cargo xtask reliability`: the long forms of what every test run shows in short (RELIABILITY P1, P3, and what two
//! versions of a site do differently).

use std::{fs, num::NonZeroU32, process::ExitCode};

use xtask::shell::{Command, target as target_folder, top};

use crate::report::{Outcome, Report};

/// Broken messages through the parser.
const MUTATIONS: &str = "10000000";
/// Messages beyond the limits, to a daemon.
const TOO_LARGE: &str = "10000";
/// Strategies of whoever stole a password.
const ATTACKS: &str = "100000";
/// Targets of `crates/fuzz`.
const TARGETS: [&str; 4] = ["message", "stream", "uri", "digest"];

/// Runs them, and each fuzz target for so many minutes, if at all.
pub(crate) fn run(fuzz: Option<NonZeroU32>) -> ExitCode {
    let mut report = Report::new();
    stages(&mut report);
    let minutes = fuzz.map_or(0, NonZeroU32::get);
    for target in TARGETS.iter().filter(|_| minutes > 0) {
        report.stage(&format!("fuzzing {target} for {minutes} min"), || fuzzed(target, minutes * 60));
    }
    report.close()
}

/// Those whose length is their own.
pub(crate) fn stages(report: &mut Report) {
    report.stage("ten million broken messages", || {
        let target = ["--test", "mutations"];
        long("sip", &target, "mutations_never_panic", ("SIP_MUTATIONS", MUTATIONS))
    });
    report.stage("each minute of a year, asked of two sites", || {
        long(
            "callplan",
            &["--test", "diff"],
            "minutes_differ_where_that_is_told",
            ("CALLPLAN_MINUTES", "all"),
        )
    });
    report.stage("ten thousand messages that are too large", || {
        let test = "what_is_too_large_costs_neither_time_nor_memory";
        long("ringplan", &["--test", "abuse"], test, ("RINGPLAN_TOO_LARGE", TOO_LARGE))
    });
    report.stage("a hundred thousand attacks on a purse", || {
        let test = "shared::ledger::attacks::nobody_spends_more_within_an_hour_than_is_told";
        long("b2bua", &["--lib"], test, ("B2BUA_ATTACKS", ATTACKS))
    });
}

/// A test of a package, optimised, told by its variable how much it is to do; its figures are the note.
fn long(package: &str, target: &[&str], test: &str, (name, value): (&str, &str)) -> Outcome {
    let words =
        [&["test", "--release", "--package", package], target, &["--", "--exact", "--nocapture", test]]
            .concat();
    let said = match Command::cargo(&words).env(name, value).say() {
        Ok(said) => said,
        Err(why) => return Outcome::failed(why),
    };
    let figures: Vec<&str> = said.text.lines().filter_map(|line| line.strip_prefix("figure: ")).collect();
    if said.content && !figures.is_empty() {
        Outcome::passed().noting(figures.join("; "))
    } else {
        Outcome::failed(said.text)
    }
}

/// One fuzz target. The sanitizers are the compiler's own, unlocked by a variable; `cargo-fuzz` has to be installed.
fn fuzzed(target: &str, seconds: u32) -> Outcome {
    let limit = format!("-max_total_time={seconds}");
    // What is found goes beside what is built; what is committed is where it begins.
    let found = target_folder().join("fuzz").join(target);
    if let Err(why) = fs::create_dir_all(&found) {
        return Outcome::failed(format!("{}: {why}", found.display()));
    }
    let (found, begin) = (found.to_string_lossy(), format!("corpus/{target}"));
    let words = ["fuzz", "run", target, &found, &begin, "--", &limit, "-timeout=1"];
    let run = Command::cargo(&words).folder(&top().join("crates/fuzz")).env("RUSTC_BOOTSTRAP", "1").say();
    match run {
        Ok(said) if said.content => {
            let last = said.text.lines().rev().find(|line| line.starts_with("Done ")).unwrap_or_default();
            Outcome::passed().noting(last.to_owned())
        }
        Ok(said) => Outcome::failed(said.text),
        Err(why) => Outcome::failed(why),
    }
}
