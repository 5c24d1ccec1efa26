//! Each part of a row turned off, in a copy of the tree: its tests pass before and fail then.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Write as _, stdout},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use xtask::shell::{Command, target};

use super::{
    edit::Copy,
    table::{Negation, Row, Runner, Test},
};

/// Building after a change, from nothing the first time.
const BUILD_MAX: Duration = Duration::from_secs(20 * 60);
/// The tests of one runner; those which hang have failed.
const RUN_MAX: Duration = Duration::from_secs(4 * 60);

/// Names of tests by who runs them.
type Wanted<'a> = BTreeMap<&'a Runner, BTreeSet<&'a str>>;

/// What came of a negation.
struct Outcome<'a> {
    row: &'a str,
    negation: &'a Negation,
    verdict: Verdict,
    took: Duration,
}

enum Verdict {
    /// Every test failed; those of these runners had to be ended, some of them at least.
    Red(Vec<String>),
    /// These passed.
    Green(Vec<String>),
    /// Nothing was shown, and why.
    Void(String),
}

/// What came of tests.
#[derive(Default)]
struct Tried {
    passed: BTreeSet<String>,
    /// Runners that did not come to an end. Their tests failed, but nobody waits so long for that.
    hung: Vec<String>,
}

/// Where it is done: the copy, and what is built of it.
struct Bench {
    copy: Copy,
    folder: PathBuf,
}

pub(super) fn run(rows: &[Row]) -> Result<ExitCode, String> {
    let folder = target().join("rows");
    let bench = Bench { copy: Copy::of_the_tree(folder.join("tree"))?, folder };
    let all = rows.iter().flat_map(|row| &row.off).flat_map(|off| &off.red);
    print!("as it is ... ");
    flush();
    let begun = Instant::now();
    let before = bench.try_all(&wanted(all))?.passed;
    println!("{} tests pass, {:.1} s", before.len(), begun.elapsed().as_secs_f64());
    let mut outcomes = Vec::new();
    for (row, negation) in rows.iter().flat_map(|row| row.off.iter().map(move |off| (row, off))) {
        print!("{:<4} {} ... ", row.id, negation.what);
        flush();
        let begun = Instant::now();
        let verdict = bench.negate(negation, &before);
        let outcome = Outcome { row: &row.id, negation, verdict, took: begun.elapsed() };
        println!("{}, {:.1} s", outcome.word(), outcome.took.as_secs_f64());
        outcomes.push(outcome);
    }
    Ok(close(&outcomes))
}

/// The table, and whether all of it is red.
fn close(outcomes: &[Outcome<'_>]) -> ExitCode {
    println!("\n{:<4} {:<72} {:>5}  {:<5} {:>7}", "row", "negation", "tests", "red?", "seconds");
    for outcome in outcomes {
        let Outcome { row, negation, took, .. } = outcome;
        let (tests, word, took) = (negation.red.len(), outcome.word(), took.as_secs_f64());
        println!("{row:<4} {:<72} {tests:>5}  {word:<5} {took:>7.1}", negation.what);
        match &outcome.verdict {
            Verdict::Red(hung) => {
                hung.iter().for_each(|runner| println!("       fails by hanging: {runner}"))
            }
            Verdict::Green(names) => names.iter().for_each(|name| println!("       passes: {name}")),
            Verdict::Void(why) => why.lines().for_each(|line| println!("       {line}")),
        }
    }
    let green = outcomes.iter().filter(|it| !matches!(it.verdict, Verdict::Red(_))).count();
    println!("{} negations, {green} not noticed", outcomes.len());
    if green == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Outcome<'_> {
    const fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Red(_) => "red",
            Verdict::Green(_) => "GREEN",
            Verdict::Void(_) => "VOID",
        }
    }
}

impl Bench {
    /// Makes the change, looks, and takes it back, whatever came of it.
    fn negate(&self, negation: &Negation, before: &BTreeSet<String>) -> Verdict {
        let lame: Vec<_> =
            negation.red.iter().map(Test::to_string).filter(|name| !before.contains(name)).collect();
        if !lame.is_empty() {
            return Verdict::Void(format!("does not pass before: {}", lame.join(", ")));
        }
        let changed = self.copy.change(&negation.edits);
        let tried = changed.and_then(|()| self.try_all(&wanted(&negation.red)));
        match tried.and_then(|tried| self.copy.change_back(&negation.edits).map(|()| tried)) {
            Ok(tried) if tried.passed.is_empty() => Verdict::Red(tried.hung),
            Ok(tried) => Verdict::Green(tried.passed.into_iter().collect()),
            Err(why) => {
                // Whatever is left of it, the next run's copy begins by mending.
                let _ = self.copy.change_back(&negation.edits);
                Verdict::Void(why)
            }
        }
    }

    /// Builds and runs these.
    ///
    /// # Errors
    /// They do not compile.
    fn try_all(&self, wanted: &Wanted<'_>) -> Result<Tried, String> {
        let mut tried = Tried::default();
        for (runner, names) in wanted {
            let Words { build, run, verdict } = runner.words();
            let build = self.cargo(&build).within(BUILD_MAX, &self.folder.join("build"))?;
            if !build.content {
                return Err(build.text);
            }
            let begun = Instant::now();
            let said =
                self.cargo(&run).args(&Vec::from_iter(names)).within(RUN_MAX, &self.folder.join("run"))?;
            let lines: BTreeSet<&str> = said.text.lines().collect();
            let is_passed = |name: &&&str| lines.contains(&*verdict.replace("NAME", name));
            if begun.elapsed() >= RUN_MAX {
                tried.hung.push(runner.to_string());
            }
            tried.passed.extend(names.iter().filter(is_passed).map(|name| format!("{runner} {name}")));
        }
        Ok(tried)
    }

    /// Cargo in the copy. Line numbers of what is to fail are worth no time.
    fn cargo(&self, words: &[&str]) -> Command {
        let cargo = Command::cargo(words).folder(self.copy.folder());
        cargo.env("CARGO_TARGET_DIR", self.folder.join("built")).env("CARGO_PROFILE_DEV_DEBUG", "0")
    }
}

/// How tests are run.
struct Words<'a> {
    /// Cargo's words for building them.
    build: Vec<&'a str>,
    /// Its words for running those whose names follow.
    run: Vec<&'a str>,
    /// The line that is said of one that passed.
    verdict: &'static str,
}

impl Runner {
    fn words(&self) -> Words<'_> {
        let which = match self {
            Self::Ladders => {
                return Words {
                    build: vec!["build", "--package", "sim"],
                    run: vec!["run", "--package", "sim", "--", "ladders"],
                    verdict: "ok      NAME",
                };
            }
            Self::Library(package) => vec!["--package", package, "--lib"],
            Self::Program(package) => vec!["--package", package, "--bin", package],
            Self::Tests(package, target) => vec!["--package", package, "--test", target],
        };
        Words {
            build: [&["test", "--no-run"], &*which].concat(),
            run: [&["test"], &*which, &["--", "--exact"]].concat(),
            verdict: "test NAME ... ok",
        }
    }
}

fn wanted<'a>(tests: impl IntoIterator<Item = &'a Test>) -> Wanted<'a> {
    let mut wanted = Wanted::new();
    for test in tests {
        wanted.entry(&test.runner).or_default().insert(&test.name);
    }
    wanted
}

fn flush() {
    // A progress line that cannot be shown is no reason to stop.
    let _ = stdout().flush();
}
