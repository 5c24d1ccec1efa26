//! `ringplan diff`: what two versions of the config do differently.

use std::path::{Path, PathBuf};

use callplan::{
    Severity, Site,
    diff::{Difference, diff},
    ways::Horizon,
};
use clock::Wall;
use serde_json::{Value, json};

use super::{Exit, complain, completions::versions, horizon::horizon};
use crate::{
    config::{Place, Refused, Tree, Versions},
    plain,
};

/// Say what two versions of the config do differently: which calls, when, and what happens instead.
///
/// Calls of every kind are driven through both by the engine of the live switch, at every minute of a year: whoever
/// calls, whatever is pressed, whoever answers. What the parties see and hear is compared, so nothing is told of
/// words, order and names that change no call. What phones show of callers, what may be dialled outside, limits and
/// prices are left out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 they do the same, 1 they do not, 2 one of them is refused or can't be read.\n\n\
                        Examples:\n  ringplan diff\n  ringplan diff --old main --new feature\n  ringplan diff --old 7 --year 2027"
)]
pub(crate) struct Diff {
    /// What it was: the number of a version, a directory, or a revision of the git repository that the config lies in
    /// (what git does not hold, such as secrets, is taken from the disk) [default: the version that was applied last].
    #[arg(long, value_name = "VERSION|DIR|REVISION", add = versions())]
    old: Option<String>,
    /// What it is, in the same ways [default: the config on disk].
    #[arg(long, value_name = "VERSION|DIR|REVISION", add = versions())]
    new: Option<String>,
    /// Over this calendar year [default: a year from today].
    #[arg(long, value_parser = clap::value_parser!(i16).range(1970..=2200))]
    year: Option<i16>,
    /// Print JSON, with a call of each kind that can be explained in both.
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let sites = self.trees(place).and_then(|trees| {
            let [old, new] = trees.map(|(name, tree)| site(&name, &tree));
            Ok([old?, new?])
        });
        let [old, new] = match sites {
            Ok(sites) => sites,
            Err(why) => return complain(Exit::Broken, why),
        };
        if !self.json && std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            eprintln!("looking at every way that calls can go, in both ...");
        }
        let horizon = horizon(&new, self.year);
        let found = diff(&old, &new, horizon);
        if self.json {
            let all = found.differences.iter().map(|it| shape(it, &old, &new, horizon));
            let body =
                json!({ "differences": all.collect::<Value>(), "ways": found.ways, "whole": found.is_whole });
            println!("{}", plain::json(&body));
        } else {
            for difference in &found.differences {
                println!("{}", plain::line(&difference.sentence(&new.timezone, horizon)));
            }
            if found.differences.is_empty() {
                println!("no call goes differently ({} looked at)", found.ways);
            }
        }
        if !found.is_whole {
            complain(
                Exit::Failed,
                "there are more ways than were looked at: what differs in them is left out",
            );
        }
        if found.differences.is_empty() && found.is_whole { Exit::Done } else { Exit::Failed }
    }

    fn trees(&self, place: &Place) -> Result<[(String, Tree); 2], String> {
        let versions = Versions::new(place.versions());
        let old = match &self.old {
            Some(name) => tree(place, &versions, name)?,
            None => {
                let last = versions.held().map(|held| held.number).or_else(|| versions.last().map(|it| it.0));
                let number = last.ok_or("no version was applied yet: --old says what it was")?;
                tree(place, &versions, &number.to_string())?
            }
        };
        let new = match &self.new {
            Some(name) => tree(place, &versions, name)?,
            None => ("the config on disk".to_owned(), read(place, &place.config)?),
        };
        Ok([old, new])
    }
}

/// A version, a directory or a revision, and what it is called.
fn tree(place: &Place, versions: &Versions, name: &str) -> Result<(String, Tree), String> {
    if let Ok(number) = name.parse() {
        let path = versions.at(number).ok_or_else(|| {
            let kept: Vec<_> = versions.kept().iter().map(u32::to_string).collect();
            format!("version {number} is not kept; there are {}", kept.join(", "))
        })?;
        return Ok((format!("version {number}"), read(place, &path)?));
    }
    let folder = PathBuf::from(name);
    if folder.is_dir() {
        return Ok((name.to_owned(), read(place, &folder)?));
    }
    let found = Tree::at_revision(&place.config, name).map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| {
        format!(
            "{name} is no version, no directory, and no revision of a git repository with {}",
            place.config.display()
        )
    })?;
    Ok((format!("revision {name}"), found.spoken_in(place)))
}

/// A version runs with the calendars that it has; whatever has none with those that were fetched last.
fn read(place: &Place, path: &Path) -> Result<Tree, String> {
    Tree::read(path).map(|tree| tree.spoken_in(place)).map_err(|error| error.to_string())
}

fn site(name: &str, tree: &Tree) -> Result<Site, String> {
    let loaded = tree.load().map(|loaded| loaded.site);
    loaded.map_err(|Refused(findings)| {
        let first =
            findings.iter().find(|finding| finding.severity() == Severity::Error).or(findings.first());
        let first = first.map_or_else(String::new, |it| {
            format!(": {}:{}:{}: {}; mend: {}", it.file, it.line, it.column, it.message, it.mend)
        });
        format!("{name} is refused{first}")
    })
}

fn shape(difference: &Difference, old: &Site, new: &Site, horizon: Horizon) -> Value {
    let at = |at: Wall| jiff::Timestamp::from_microsecond(at.unix_micros()).map(|at| at.to_string()).ok();
    let range = |(from, until): (Wall, Wall)| json!({ "from": at(from), "until": at(until) });
    let example = difference.example.as_deref();
    json!({
        "sentence": difference.sentence(&new.timezone, horizon),
        "called": difference.called,
        "callers": difference.callers,
        "times": difference.times.words(&new.timezone, horizon),
        "ranges": difference.times.ranges().map(range).collect::<Value>(),
        "when": difference.when,
        "was": difference.was,
        "now": difference.now,
        "explain_old": example.map(|[was, _]| was.command(old)),
        "explain_new": example.map(|[_, now]| now.command(new)),
    })
}
