//! `ringplan test`: runs what the config says has to stay true.

use std::{path::PathBuf, time::Duration};

use callplan::{
    Site,
    proof::{Always, Proven, Test as Proof, prove},
    ways::Horizon,
};
use serde_json::json;

use super::{
    Exit,
    check::plural,
    colours, complain,
    completions::named_items,
    junit::{self, Case},
    site,
};
use crate::{
    config::{Place, Tree},
    plain,
    time::Clocks,
};

/// Run the tests of the config, each a call and what has to come of it, and prove what holds for every call.
///
/// It is the engine of the live switch that decides, on the assumptions of each test and on nothing else: what the
/// switch keeps, who has signed in where and who is blocked, is left out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 all passed, 1 a test failed, 2 the config is refused or there is no such test.\n\n\
                        Examples:\n  ringplan test\n  \
                        ringplan test \"Christmas is closed\"\n  \
                        ringplan test --junit target/ringplan.xml"
)]
pub(crate) struct Test {
    /// Only these, by their names.
    #[arg(value_name = "NAME", add = named_items(&["tests", "always"]))]
    names: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write the results to this file as JUnit does, for a build server.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// What came of one test.
struct Outcome {
    case: Case,
    /// The course of a call that went elsewhere.
    course: String,
}

impl Test {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let is_wanted = |name: &str| self.names.is_empty() || self.names.iter().any(|it| *it == name);
        let named = || site.tests.iter().map(|it| &*it.name).chain(site.always.iter().map(|it| &*it.name));
        if let Some(unknown) = self.names.iter().find(|name| !named().any(|it| it == name.as_str())) {
            return complain(Exit::Broken, format!("there is no test {unknown:?}: `ringplan test` runs all"));
        }
        let tests = site.tests.iter().filter(|test| is_wanted(&test.name));
        let rules: Vec<&Always> = site.always.iter().filter(|rule| is_wanted(&rule.name)).collect();
        let mut outcomes: Vec<Outcome> = tests.map(|test| self.outcome(&site, test)).collect();
        outcomes.extend(self.rules(&site, &rules));
        let failed = outcomes.iter().filter(|it| it.case.failure.is_some()).count();
        if self.json {
            println!("{}", plain::json(&outcomes.iter().map(Outcome::shape).collect()));
        } else {
            println!(
                "{}: {} passed, {failed} failed",
                plural(outcomes.len(), "test"),
                outcomes.len() - failed
            );
        }
        let cases: Vec<Case> = outcomes.into_iter().map(|outcome| outcome.case).collect();
        if let Some(path) = &self.junit
            && let Err(error) = std::fs::write(path, junit::document(&site.name, &cases))
        {
            return complain(Exit::Broken, format!("{} can't be written: {error}", path.display()));
        }
        if failed > 0 { Exit::Failed } else { Exit::Done }
    }

    /// Runs one and says so at once: whoever has a thousand sees them pass.
    fn outcome(&self, site: &Site, test: &Proof) -> Outcome {
        let clocks = Clocks::start();
        let began = clocks.now().mono;
        let verdict = test.run(site);
        let took = clocks.now().mono.since(began);
        let course = if verdict.is_passed() { String::new() } else { verdict.course.to_string() };
        let failure = verdict.divergence.as_ref().map(|divergence| {
            let again = test.question.command(site);
            (divergence.to_string(), format!("{divergence}\n{course}{again}\n"))
        });
        let (file, line) = (test.spot.file.to_string(), test.spot.line);
        self.told(Case { name: test.name.to_string(), file, line, took, failure }, course)
    }

    /// Proves rules, all together: those about the same calls look at them once.
    fn rules(&self, site: &Site, rules: &[&Always]) -> Vec<Outcome> {
        if rules.is_empty() {
            return Vec::new();
        }
        if !self.json && std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            eprintln!("looking at every way that calls can go ...");
        }
        let clocks = Clocks::start();
        let began = clocks.now();
        let proven = prove(site, rules, Horizon::after(began.wall));
        let took = clocks.now().mono.since(began.mono) / u32::try_from(rules.len()).unwrap_or(1);
        let outcome = |(rule, proven): (&&Always, Proven)| {
            let (failure, course) = match proven {
                Proven::Holds { .. } => (None, String::new()),
                Proven::Broken(breach) => {
                    let (course, again) = (breach.course.to_string(), breach.question.command(site));
                    (Some((breach.why.clone(), format!("{}\n{course}{again}\n", breach.why))), course)
                }
                Proven::Unproven { ways } => {
                    let why = format!(
                        "not proven: it holds for the first {ways} ways that calls can go, and there are more; ask it of some \
                         numbers at a time: to = [...]"
                    );
                    (Some((why.clone(), format!("{why}\n"))), String::new())
                }
            };
            let (file, line) = (rule.spot.file.to_string(), rule.spot.line);
            self.told(Case { name: rule.name.to_string(), file, line, took, failure }, course)
        };
        rules.iter().zip(proven).map(outcome).collect()
    }

    fn told(&self, case: Case, course: String) -> Outcome {
        if !self.json {
            print(&case);
        }
        Outcome { case, course }
    }
}

impl Outcome {
    fn shape(&self) -> serde_json::Value {
        let Case { name, file, line, took, failure } = &self.case;
        json!({
            "name": name,
            "file": file,
            "line": line,
            "passed": failure.is_none(),
            "why": failure.as_ref().map(|(why, _)| why),
            "course": failure.as_ref().map(|_| self.course.lines().collect::<Vec<_>>()),
            "took_us": micros(*took),
        })
    }
}

/// A line, and of what failed all.
fn print(case: &Case) {
    let colours = colours();
    let name = plain::line(&case.name);
    let Some((_, all)) = &case.failure else {
        println!("passed  {name}");
        return;
    };
    let word = if colours { "\x1b[1;31mFAILED\x1b[0m" } else { "FAILED" };
    println!("{word}  {name}   {}:{}", plain::line(&case.file), case.line);
    all.lines().for_each(|line| println!("        {}", plain::line(line)));
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
