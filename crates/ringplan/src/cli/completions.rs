//! Completion in a shell: commands, options, and the names that the config has.
//!
//! The script is short and asks this binary each time, so an upgrade or a change of the config needs no new one.

use std::{env, io, path::PathBuf};

use clap::CommandFactory;
use clap_complete::{
    ArgValueCandidates, CompletionCandidate, Shell,
    env::{CompleteEnv, Shells},
};

use super::{Cli, Exit, complain};
use crate::config::{Paths, Place, Tree, Versions, names, names_of_items};

/// Set to the name of a shell that asks what could stand at the cursor.
const ASKED: &str = "RINGPLAN_COMPLETE";

/// Print the script by which a shell completes commands, options and names.
///
/// Names are those of the config at the time, of `--config` where the line has it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        ringplan completions bash > /usr/share/bash-completion/completions/ringplan\n  \
                        ringplan completions zsh > /usr/local/share/zsh/site-functions/_ringplan\n  \
                        ringplan completions fish > ~/.config/fish/completions/ringplan.fish")]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Exit {
        let (shells, name) = (Shells::builtins(), "ringplan");
        let Some(shell) = shells.completer(&self.shell.to_string()) else {
            return complain(Exit::Broken, format!("{} is not known here", self.shell));
        };
        match shell.write_registration(ASKED, name, name, name, &mut io::stdout()) {
            Ok(()) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}

/// Answers a shell that asks, and ends; returns if none does.
pub(super) fn answer() {
    CompleteEnv::with_factory(Cli::command).var(ASKED).complete();
}

/// The names in these tables of the config, as candidates for an argument.
pub(super) fn named(tables: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let tree = Tree::read(&place_asked().config);
        let named = |tree: Tree| tables.iter().flat_map(|table| names(&tree, table)).collect::<Vec<_>>();
        tree.map_or_else(|_| Vec::new(), named).into_iter().map(CompletionCandidate::new).collect()
    })
}

/// The names in these tables of the config with the word for what they are, `person:ana`, as candidates.
pub(super) fn named_with_kind(tables: &'static [(&'static str, &'static str)]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let tree = Tree::read(&place_asked().config);
        let named = |tree: Tree| {
            let of = |(table, kind): &(&str, &str)| {
                names(&tree, table).into_iter().map(|name| format!("{kind}:{name}")).collect::<Vec<_>>()
            };
            tables.iter().flat_map(of).collect::<Vec<_>>()
        };
        tree.map_or_else(|_| Vec::new(), named).into_iter().map(CompletionCandidate::new).collect()
    })
}

/// The names of the items in these lists of the config, as candidates for an argument.
pub(super) fn named_items(lists: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let tree = Tree::read(&place_asked().config);
        let named =
            |tree: Tree| lists.iter().flat_map(|list| names_of_items(&tree, list)).collect::<Vec<_>>();
        tree.map_or_else(|_| Vec::new(), named).into_iter().map(CompletionCandidate::new).collect()
    })
}

/// A few words, as candidates for an argument.
pub(super) fn words(words: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || words.iter().map(CompletionCandidate::new).collect())
}

/// The versions that are kept, the newest first, as candidates for an argument.
pub(super) fn versions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let kept = Versions::new(place_asked().versions()).kept();
        let newest = kept.iter().rev().enumerate();
        newest
            .map(|(at, version)| CompletionCandidate::new(version.to_string()).display_order(Some(at)))
            .collect()
    })
}

/// The directories that the line means which is being written.
fn place_asked() -> Place {
    Paths::of(given("--config"), given("--data")).place()
}

/// What the line that is being written gives for an option.
fn given(option: &str) -> Option<PathBuf> {
    let mut line = env::args_os().skip_while(|word| word != "--").skip(1);
    while let Some(word) = line.next() {
        let Some(word) = word.to_str() else { continue };
        if word == option {
            return line.next().map(PathBuf::from);
        }
        if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.into());
        }
    }
    None
}
