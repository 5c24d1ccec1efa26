//! `ringplan check`: everything that is wrong with the config, at once.

use callplan::{Finding, Severity, Site, effective, proof::failures, ways::Horizon};
use serde_json::{Value, json};

use super::{Exit, colours, complain, warn_of_refusal};
use crate::{
    config::{Loaded, Place, Refused, Tree},
    control::client,
    plain,
    time::Clocks,
};

/// Check the config: every finding with its place and how to mend it, and its tests.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 nothing found but notes, 1 warnings, 2 the config is refused.\n\n\
                        Examples:\n  ringplan check --config /etc/ringplan\n  \
                        ringplan check --effective | less")]
pub(crate) struct Check {
    /// Print the config as it is in force: all files as one, and what holds where nothing is written. What is
    /// found goes to standard error.
    #[arg(long, conflicts_with = "json")]
    effective: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let tree = match Tree::of(place) {
            Ok(tree) => tree,
            Err(error) => return complain(Exit::Broken, error),
        };
        let (findings, site) = match tree.load() {
            Ok(Loaded { site, warnings }) => {
                ([warnings, failures(&site, Horizon::after(Clocks::start().now().wall))].concat(), Some(site))
            }
            Err(Refused(findings)) => (findings, None),
        };
        match &site {
            Some(site) if self.effective => {
                findings.iter().for_each(|finding| eprintln!("{finding}\n"));
                effective(tree.sources(), site)
                    .to_string()
                    .lines()
                    .for_each(|it| println!("{}", plain::line(it)));
            }
            _ if self.json => println!("{}", plain::json(&findings.iter().map(shape).collect())),
            site => print(&findings, &site.as_ref().map(summary).unwrap_or_default()),
        }
        say_what_runs(place);
        match findings.iter().map(Finding::severity).min() {
            None | Some(Severity::Note) => Exit::Done,
            Some(Severity::Warning) => Exit::Failed,
            Some(Severity::Error) => Exit::Broken,
        }
    }
}

/// Where a daemon was told to run another version, a tree that checks is not what runs.
fn say_what_runs(place: &Place) {
    if let Ok(status) = client::get(&place.control(), "/v1/status")
        && status["rolled_back"] == true
    {
        warn_of_refusal(&status);
    }
}

/// Findings as rustc prints them, then the count or what the site holds.
fn print(findings: &[Finding], summary: &str) {
    let colours = colours();
    for finding in findings {
        println!("{}\n", if colours { painted(finding) } else { finding.to_string() });
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => println!("{summary}"),
        (0, _) => println!("{}; {summary}", plural(warnings, "warning")),
        (_, 0) => println!("refused: {}", plural(errors, "error")),
        (_, _) => println!("refused: {}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

/// A finding whose first line has the colour of its severity.
fn painted(finding: &Finding) -> String {
    let text = finding.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let colour = match finding.severity() {
        Severity::Error => 31,
        Severity::Warning => 33,
        Severity::Note => 36,
    };
    format!("\x1b[1;{colour}m{first}\x1b[0m\n{rest}")
}

/// What a site that checks holds.
fn summary(site: &Site) -> String {
    let counts = [
        plural(site.numbers.len(), "number"),
        plural(site.people.len(), "person").replace("persons", "people"),
        plural(site.phones.len(), "phone"),
        plural(site.carriers().count(), "trunk"),
    ];
    format!("{}: {}", site.name, counts.join(", "))
}

/// `1 error`, `2 errors`.
pub(crate) fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// One finding for a script.
pub(crate) fn shape(finding: &Finding) -> Value {
    json!({
        "code": finding.code.id(),
        "severity": match finding.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "file": &*finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "mend": finding.mend,
    })
}
