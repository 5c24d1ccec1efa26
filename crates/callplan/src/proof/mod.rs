//! What has to stay true of the site, as its config says: `[[tests]]` about single calls, `[[always]]` about all.
//!
//! A test is a question with what is expected of the answer; a rule is asked of every way that [`ways`](crate::ways)
//! finds. Both are judged by what [`explain`] tells, so by the engine of the live switch. This room decides
//! nothing about calls itself.

mod goal;
mod judge;
mod point;
mod rule;

use std::{sync::Arc, time::Duration};

pub use goal::{Goal, ended};
pub(crate) use goal::{PLAIN, REFUSALS, end_of};
pub use judge::{Divergence, Verdict};
pub use point::Point;
pub use rule::{Always, Breach, Proven, prove};

use crate::{
    Code, Finding, PromptId, Site,
    explain::{Party, Question, explain},
    ways::Horizon,
};

/// One test of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it is called; no two are called alike.
    pub name: Arc<str>,
    /// Where it is written.
    pub spot: Spot,
    /// The call, and what is assumed.
    pub question: Question,
    /// What has to come of it.
    pub expected: Expected,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file, as its source was named.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
}

/// What has to come of a call. What is not said may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Where it comes by, in this order; others may lie between.
    pub passes: Vec<Point>,
    /// Who rings, in this order, and nobody else.
    pub rings: Option<Vec<Party>>,
    /// What the caller hears, in this order; others may lie between.
    pub hears: Vec<PromptId>,
    /// How it ends.
    pub ends: Option<Goal>,
    /// How long the caller waits at most until somebody answers, the recording begins or the call ends.
    pub within: Option<Duration>,
}

/// Runs every test and looks at every rule: a finding for each that fails, and for each that can't be proven.
/// Rules are looked at for all times within `horizon`.
pub fn failures(site: &Site, horizon: Horizon) -> Vec<Finding> {
    let failing = site.tests.iter().filter_map(|test| Some((test, test.run(site).divergence?)));
    let finding = |(test, divergence): (&Test, Divergence)| {
        let message = format!("test \"{}\" fails: {divergence}", test.name);
        let mend = "`ringplan test` tells how its call goes; mend the plan, or what the test expects";
        test.spot.finding(Code::TestFails, "[[tests]]", message, mend.to_owned())
    };
    let tests: Vec<_> = failing.map(finding).collect();
    let rules: Vec<&Always> = site.always.iter().collect();
    let proven = prove(site, &rules, horizon);
    let rules = rules.into_iter().zip(proven).filter_map(|(rule, proven)| {
        let (code, message, mend) = match proven {
            Proven::Holds { .. } => return None,
            Proven::Broken(breach) => (
                Code::RuleBroken,
                format!("{} does not hold: {}", rule.name, breach.why),
                breach.question.command(site),
            ),
            Proven::Unproven { ways } => {
                let message = format!(
                    "{} holds for the first {ways} ways that calls can go, and there are more",
                    rule.name
                );
                (
                    Code::RuleUnproven,
                    message,
                    "ask it of some numbers at a time: to = [\"+12025550100\"]".to_owned(),
                )
            }
        };
        Some(rule.spot.finding(code, "[[always]]", message, mend))
    });
    tests.into_iter().chain(rules).collect()
}

impl Spot {
    /// What was found about the table that begins here.
    fn finding(&self, code: Code, table: &str, message: String, mend: String) -> Finding {
        let width = u32::try_from(table.len()).unwrap_or(1);
        let (file, text) = (Arc::clone(&self.file), table.to_owned());
        Finding { code, file, line: self.line, column: 1, message, mend, text, caret: 0, width, other: None }
    }
}

impl Test {
    /// Asks, and judges the answer.
    pub fn run(&self, site: &Site) -> Verdict {
        let course = explain(site, &self.question);
        let divergence = judge::diverges(site, &self.expected, &course);
        Verdict { divergence, course }
    }
}
