//! What passed, what failed, and how long each stage took.

use std::{
    fmt::Write as _,
    io::{Write as _, stdout},
    process::ExitCode,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Width of a stage's name.
const NAME_WIDTH: usize = 44;

/// What a stage found.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Checks that passed.
    pub(crate) passed: u32,
    /// Checks that failed.
    pub(crate) failed: u32,
    /// What to read when something failed.
    pub(crate) detail: String,
    /// A figure worth a place on the line.
    pub(crate) note: String,
}

impl Outcome {
    /// One check that passed.
    pub(crate) fn passed() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    /// One check that failed, and why.
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self { failed: 1, detail: why.into(), ..Self::default() }
    }

    /// Nothing was checked, and why.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { note: why.into(), ..Self::default() }
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        let detail = [self.detail, other.detail].join("\n");
        let (passed, failed) = (self.passed + other.passed, self.failed + other.failed);
        Self { passed, failed, detail, note: self.note }
    }

    /// The same with a note.
    pub(crate) fn noting(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::failed, |()| Self::passed())
    }
}

/// The run so far. Each stage is a line, printed as it begins and completed as it ends.
#[derive(Debug)]
pub(crate) struct Report {
    begun: Instant,
    passed: u32,
    failed: u32,
    /// Stages in which nothing was checked.
    skipped: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), passed: 0, failed: 0, skipped: Vec::new() }
    }

    /// Runs a stage; returns whether all of it passed.
    pub(crate) fn stage(&mut self, name: &str, run: impl FnOnce() -> Outcome) -> bool {
        print!("{name:.<NAME_WIDTH$} ");
        // A progress line that cannot be shown is no reason to stop.
        let _ = stdout().flush();
        let begun = Instant::now();
        let outcome = run();
        self.count(name, &outcome, begun.elapsed());
        outcome.failed == 0
    }

    /// Runs stages of equal right, as many at a time as there are `lanes`; each is told its lane, and is a line as it
    /// ends.
    pub(crate) fn together<L: Copy + Send, S: Sync>(
        &mut self,
        lanes: &[L],
        stages: &[(String, S)],
        run: impl Fn(L, &S) -> Outcome + Sync,
    ) {
        let next = AtomicUsize::new(0);
        let begins = || stages.get(next.fetch_add(1, Ordering::Relaxed));
        let (ended, endings) = mpsc::channel();
        thread::scope(|scope| {
            for &lane in lanes {
                let (ended, run, begins) = (ended.clone(), &run, &begins);
                scope.spawn(move || {
                    while let Some((name, stage)) = begins() {
                        let begun = Instant::now();
                        // Whoever counts outlives whoever runs.
                        let _ = ended.send((name, run(lane, stage), begun.elapsed()));
                    }
                });
            }
            drop(ended);
            for (name, outcome, took) in endings {
                print!("{name:.<NAME_WIDTH$} ");
                self.count(name, &outcome, took);
            }
        });
    }

    /// Completes the line of a stage.
    fn count(&mut self, name: &str, outcome: &Outcome, took: Duration) {
        self.passed += outcome.passed;
        self.failed += outcome.failed;
        if outcome.passed + outcome.failed == 0 {
            self.skipped.push(name.to_owned());
        }
        println!("{}", line(outcome, took));
        if outcome.failed > 0 {
            outcome.detail.lines().for_each(|line| println!("    {line}"));
        }
    }

    /// Prints the closing line; the exit code says whether all passed.
    pub(crate) fn close(self) -> ExitCode {
        let took = self.begun.elapsed().as_secs();
        let skipped = match &*self.skipped.join(", ") {
            "" => String::new(),
            names => format!(", skipped: {names},"),
        };
        let (passed, failed, minutes, seconds) = (self.passed, self.failed, took / 60, took % 60);
        println!("\n{passed} passed, {failed} failed{skipped} in {minutes} min {seconds:02} s");
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn line(outcome: &Outcome, took: Duration) -> String {
    let verdict = match (outcome.passed, outcome.failed) {
        (0, 0) => "skipped",
        (_, 0) => "ok",
        (_, _) => "FAILED",
    };
    let mut line = format!("{verdict:<7} {:>6.1} s", took.as_secs_f64());
    if outcome.passed + outcome.failed > 1 {
        let _ = write!(line, "  {} of {}", outcome.passed, outcome.passed + outcome.failed);
    }
    if !outcome.note.is_empty() {
        let _ = write!(line, "  {}", outcome.note);
    }
    line
}
