//! `ringplan numbers import`: a provider's list as lines of the config, to paste or in a file of their own.

use std::{
    fmt::Write as _,
    io,
    path::{Component, Path, PathBuf},
};

use callplan::{Finding, Severity, Site};
use toml::Value;

use super::listed::{List, Listed, read};
use crate::{
    cli::{Exit, complain, completions::named},
    config::{ASSET_MAX, Loaded, Place, Readers, Refused, Tree, content, replace},
    plain,
};

/// Turn a provider's list of numbers into lines of the config.
///
/// The list is a CSV table with a header or the JSON of the provider's API; columns are known by names such as
/// phone_number, msisdn, did, friendly_name, alias or status. Numbers that the config has already are left out. The
/// lines are printed to be pasted; with --write they become a file of their own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 done, 1 entries are at fault, or the config would be refused; nothing is written then, 2 the \
    list or the config can't be read.\n\n\
    Examples:\n  ringplan numbers import numbers.csv --trunk carrier-a\n  \
    ringplan numbers import numbers.json --trunk carrier-a --plan main --write numbers-imported.toml"
)]
pub(crate) struct Import {
    /// The list.
    file: PathBuf,
    /// The trunk over which calls for them come [default: they may come over any].
    #[arg(long, value_name = "NAME", add = named(&["trunks"]))]
    trunk: Option<String>,
    /// The plan that they lead to [default: the company phone and the site's mailbox].
    #[arg(long, value_name = "NAME", add = named(&["plans"]))]
    plan: Option<String>,
    /// Write the lines to this file of the config directory, which is not there yet.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::enum_variant_names, reason = "all of them are the operator's")]
enum ImportError {
    #[error("{path} can't be read: {why}", path = .0.display(), why = .1)]
    LocalList(PathBuf, String),
    #[error("{0} entries are at fault: nothing is imported")]
    LocalEntries(usize),
    #[error("there is no {0} {1} in the config")]
    LocalName(&'static str, String),
    #[error(
        "{path}: write to a `.toml` file of the config directory, by its path from there, as in numbers-imported.toml",
        path = .0.display()
    )]
    LocalPath(PathBuf),
    #[error("{path} is there already: give another name, or paste what is printed without --write", path = .0.display())]
    LocalStands(PathBuf),
    #[error("the config would be refused with these numbers, and nothing is written")]
    LocalRefused,
    #[error("can't write {path}: {1}", path = .0.display())]
    LocalFile(PathBuf, io::Error),
}

impl ImportError {
    const fn exit(&self) -> Exit {
        match self {
            Self::LocalEntries(_) | Self::LocalRefused | Self::LocalFile(..) => Exit::Failed,
            Self::LocalList(..) | Self::LocalName(..) | Self::LocalPath(_) | Self::LocalStands(_) => {
                Exit::Broken
            }
        }
    }
}

impl Import {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let tree = match Tree::of(place) {
            Ok(tree) => tree,
            Err(error) => return complain(Exit::Broken, error),
        };
        let site = match tree.load() {
            Ok(Loaded { site, .. }) => site,
            Err(refused) => return complain(Exit::Broken, refused),
        };
        match self.import(place, tree, &site) {
            Ok(()) => Exit::Done,
            Err(error) => complain(error.exit(), error),
        }
    }

    fn import(&self, place: &Place, tree: Tree, site: &Site) -> Result<(), ImportError> {
        if let Some(name) = self.trunk.as_ref().filter(|name| site.trunk(name).is_none()) {
            return Err(ImportError::LocalName("trunk", name.clone()));
        }
        if let Some(name) =
            self.plan.as_ref().filter(|name| site.plan(name).is_none_or(|_| name.contains(':')))
        {
            return Err(ImportError::LocalName("plan", name.clone()));
        }
        let path = self.write.as_ref().map(|to| fresh(place, to)).transpose()?;
        let list = self.list(site)?;
        let (known, new): (Vec<&Listed>, Vec<&Listed>) =
            list.numbers.iter().partition(|listed| site.number(listed.number).is_some());
        if new.is_empty() {
            eprintln!("ringplan: {} numbers, all of them in the config already", known.len());
            self.tell_of_others(site, &list);
            return Ok(());
        }
        let lines = self.lines(&new);
        // What is pasted stands in one of the files there; by itself it is judged in a new one.
        let judged = path.clone().unwrap_or_else(|| place.config.join("numbers-imported.toml"));
        if let Err(Refused(findings)) = tree.with_text(&judged, lines.as_bytes()).load() {
            findings.iter().filter(|it| it.severity() == Severity::Error).for_each(tell);
            return Err(ImportError::LocalRefused);
        }
        match path {
            Some(path) => {
                let written = replace(&path, lines.as_bytes(), Readers::Folder);
                written.map_err(|error| ImportError::LocalFile(path.clone(), error))?;
                println!(
                    "{} numbers are in {}: `ringplan apply` brings them into force",
                    new.len(),
                    path.display()
                );
            }
            None => print!("{lines}"),
        }
        if !known.is_empty() {
            eprintln!("ringplan: left out {} that the config has already", known.len());
        }
        if !list.shorts.is_empty() {
            eprintln!("ringplan: left out short numbers, which no calls come to: {}", list.shorts.join(", "));
        }
        self.tell_of_others(site, &list);
        Ok(())
    }

    fn list(&self, site: &Site) -> Result<List, ImportError> {
        let unread = |why: String| ImportError::LocalList(self.file.clone(), why);
        let bytes = content(&self.file, ASSET_MAX).map_err(|error| unread(error.to_string()))?;
        let list = read(site, &bytes).map_err(|why| unread(why.to_string()))?;
        for fault in &list.faults {
            let text = format!("{}, {fault}", self.file.display());
            text.lines().for_each(|line| eprintln!("{}", plain::line(line)));
        }
        if list.faults.is_empty() { Ok(list) } else { Err(ImportError::LocalEntries(list.faults.len())) }
    }

    /// The numbers as they stand in the config.
    fn lines(&self, numbers: &[&Listed]) -> String {
        let mut lines = "[numbers]\n".to_owned();
        for listed in numbers {
            let mut keys = Vec::new();
            let mut key = |name: &str, value: Option<&str>| {
                keys.extend(value.map(|value| format!("{name} = {}", Value::from(value))));
            };
            key("label", listed.label.as_deref());
            key("trunk", self.trunk.as_deref());
            // A number is on its way to a carrier.
            key("state", (listed.is_porting && self.trunk.is_some()).then_some("porting"));
            key("plan", self.plan.as_deref());
            let keys = if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) };
            writeln!(lines, "\"{}\" = {keys}", listed.number).expect("a text in memory takes everything");
        }
        lines
    }

    /// Numbers of the config, of this trunk if one is named, that the provider does not list.
    fn tell_of_others(&self, site: &Site, list: &List) {
        let Some(trunk) = self.trunk.as_ref().and_then(|name| site.trunk(name)) else { return };
        let is_listed = |number| list.numbers.iter().any(|listed| listed.number == number);
        let others = site.numbers.iter().filter(|own| own.trunk == Some(trunk) && !is_listed(own.e164));
        let others: Vec<_> = others.map(|own| own.e164.to_string()).collect();
        if !others.is_empty() {
            eprintln!("ringplan: in the config over this trunk, and not in the list: {}", others.join(", "));
        }
    }
}

/// A file of the config directory that is not there yet.
fn fresh(place: &Place, to: &Path) -> Result<PathBuf, ImportError> {
    let is_name = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    if !to.components().all(is_name) || to.extension().is_none_or(|extension| extension != "toml") {
        return Err(ImportError::LocalPath(to.to_owned()));
    }
    let path = place.config.join(to);
    if path.symlink_metadata().is_ok() { Err(ImportError::LocalStands(path)) } else { Ok(path) }
}

fn tell(finding: &Finding) {
    finding.to_string().lines().for_each(|line| eprintln!("{}", plain::line(line)));
    eprintln!();
}
