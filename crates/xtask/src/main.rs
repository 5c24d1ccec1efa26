//! The tasks of a developer: `cargo xtask test`, `reliability`, `bench`, `simulate`, `ladders`, `scenes`,
//! `kamailio`, `carriers`, `phones`, `unit`, `rows`.
//!
//! It knows cargo, Debian's packages and processes; of the project only the command line of what was built
//! and, through `store`, the records that it leaves.

#![expect(clippy::disallowed_methods, reason = "a task waits for processes and times them")]

mod live;
mod long;
mod report;
mod rows;
mod rust;
mod unit;

use std::process::ExitCode;

use report::Report;
use xtask::{daemon, packages, shell::Command};

/// The stage of the systemd unit.
const UNIT: &str = "systemd unit";

const HELP: &str = "\
cargo xtask test [--all] [--fast]     everything that has to pass: format, lints, tests, docs, ladders,
                                      the systemd unit, simulation, SIPp scenes, Kamailio, carriers, real phones; --all also
                                      checks the peers of the bench, the long forms and more of the phones, --fast leaves out the
                                      minute of load
cargo xtask scenes [NAME...]          the SIPp scenes and the scanners alone, or those whose name contains NAME
cargo xtask kamailio                  Kamailio as a trunk's peer alone: stopped, and back
cargo xtask carriers [PROFILE...]     carriers as their presets have them alone, or those whose name contains PROFILE
cargo xtask phones [--all] [NAME...]  the real phones alone: baresip, PJSUA2 and linphonec, each ordered pair, or the
                                      stories whose name contains NAME
                                      over UDP, TCP and TLS; --all lets either side hold and hang up, and strangers
                                      flood for a minute
cargo xtask unit                      the systemd unit alone: what systemd makes of it, and its exposure
cargo xtask rows [ID...]              what RELIABILITY promises, and the tests, ladders and scenes that show it
cargo xtask rows --negate [ID...]     turns each row off, part by part, in a copy of the tree: its tests have to fail
cargo xtask reliability [--fuzz MINUTES]
                                      the long forms of what tests show in short: ten million broken messages,
                                      ten thousand that are too large, and each fuzz target for so many minutes
cargo xtask ladders [--bless]         the golden ladders; --bless rewrites them
cargo xtask simulate [--seeds N] [--loss PERCENT] [--planted] [--equivalence N]
                                      the simulator: N seeds, with --loss all on a network that loses so much each
                                      way; the faults planted in the switch; or N calls against what `explain`
                                      says of them
cargo xtask bench [call|register|relay|memory|tls|watchers|apply]...
                                      side by side with Kamailio and rtpengine, as ratios; --help says more";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [task, rest @ ..] = words.as_slice()
        && rest.iter().any(|word| asks_for_help(word))
        && let Some(help) = help_on(task)
    {
        println!("{help}");
        return ExitCode::SUCCESS;
    }
    match words.as_slice() {
        ["test", flags @ ..] => match flags.iter().find(|flag| !["--all", "--fast"].contains(flag)) {
            Some(flag) => misused(&format!("test knows no {flag}")),
            None => test(flags.contains(&"--all"), flags.contains(&"--fast")),
        },
        ["scenes", names @ ..] => {
            let mut report = Report::new();
            live::scenes(&mut report, names, live::Load::Full);
            report.close()
        }
        ["unit"] => {
            let mut report = Report::new();
            report.stage(UNIT, unit::check);
            report.close()
        }
        ["kamailio"] => {
            let mut report = Report::new();
            live::kamailio(&mut report);
            report.close()
        }
        ["carriers", names @ ..] => {
            let mut report = Report::new();
            live::carriers(&mut report, names);
            report.close()
        }
        ["phones", "--all", names @ ..] => phones(live::Matrix::Whole, names),
        ["phones", names @ ..] => phones(live::Matrix::Short, names),
        ["rows", "--negate", ids @ ..] => rows::negate(ids).unwrap_or_else(|why| misused(&why)),
        ["rows", ids @ ..] => rows::list(ids).unwrap_or_else(|why| misused(&why)),
        ["reliability"] => long::run(None),
        ["reliability", "--fuzz", minutes] => match minutes.parse() {
            Ok(minutes) => long::run(Some(minutes)),
            Err(_) => misused(&format!("{minutes} is no number of minutes")),
        },
        ["ladders" | "simulate", ..] => pass_on("sim", &words),
        ["bench", parts @ ..] => match ready_to_bench(parts) {
            Ok(()) => pass_on("ringplan-bench", parts),
            Err(why) => misused(&why),
        },
        [] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        [word, ..] if *word == "help" || asks_for_help(word) => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        [task, ..] => misused(&format!("there is no task {task}")),
    }
}

fn asks_for_help(word: &str) -> bool {
    ["--help", "-h"].contains(&word)
}

/// What the help says of one task; of none that it does not know, and of none that says more itself.
fn help_on(task: &str) -> Option<String> {
    let is_about =
        |line: &&str| line.strip_prefix("cargo xtask ").and_then(|it| it.split(' ').next()) == Some(task);
    let mut lines = HELP.lines().skip_while(|line| !is_about(line));
    let first = lines.next().filter(|_| task != "bench")?;
    let more = lines.take_while(|line| line.starts_with(' ') || is_about(line));
    Some([first].into_iter().chain(more).collect::<Vec<_>>().join("\n"))
}

/// Everything that has to pass before a change lands.
fn test(all: bool, fast: bool) -> ExitCode {
    let mut report = Report::new();
    if all {
        report.stage("packages of the bench", || packages::install(&packages::PEERS).into());
    }
    report.stage("what speaks", || packages::install(&packages::SPEECH).into());
    rust::checks(&mut report);
    report.stage(UNIT, unit::check);
    rust::simulation(&mut report);
    if all {
        long::stages(&mut report);
    }
    live::scenes(&mut report, &[], if fast { live::Load::None } else { live::Load::Full });
    live::kamailio(&mut report);
    live::carriers(&mut report, &[]);
    live::phones(&mut report, if all { live::Matrix::Whole } else { live::Matrix::Short }, &[]);
    report.close()
}

/// The real phones alone.
fn phones(matrix: live::Matrix, names: &[&str]) -> ExitCode {
    let mut report = Report::new();
    live::phones(&mut report, matrix, names);
    report.close()
}

/// Installs the peers of the bench and builds ours; who asks for help needs neither.
fn ready_to_bench(parts: &[&str]) -> Result<(), String> {
    if parts.iter().any(|word| *word == "help" || asks_for_help(word)) {
        return Ok(());
    }
    packages::install(&packages::PEERS)?;
    daemon::build().map(drop)
}

/// Runs a program of the workspace, optimised, in place of this one.
fn pass_on(package: &str, words: &[&str]) -> ExitCode {
    let run = ["run", "--quiet", "--release", "--package", package, "--"];
    match Command::cargo(&run).args(words).status() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => misused(&why),
    }
}

fn misused(why: &str) -> ExitCode {
    eprintln!("{why}\n\n{HELP}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_help_of_its_own() {
        for task in "test scenes kamailio carriers phones unit rows reliability ladders simulate".split(' ') {
            let help = help_on(task).expect("it is known");
            assert!(
                help.lines().all(|line| line.starts_with(' ') || line.contains(&format!("xtask {task}"))),
                "{help}"
            );
        }
        assert_eq!(help_on("rows").expect("it is known").lines().count(), 2, "both forms");
        assert_eq!(help_on("bench"), None, "it tells more itself");
        assert_eq!(help_on("nonsense"), None);
    }
}
