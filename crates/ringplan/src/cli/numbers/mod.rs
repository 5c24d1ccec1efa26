//! `ringplan numbers`: the numbers of the site, and how those that a provider lists become its own.

mod import;
mod listed;

use self::import::Import;
use super::{Exit, live};
use crate::config::Place;

/// Show the numbers of the running site: what they are called, over which trunk their calls come, where they lead.
///
/// `import` makes lines of the config of a provider's list.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  ringplan numbers\n  ringplan numbers import numbers.csv --trunk carrier-a --plan main"
)]
pub(crate) struct Numbers {
    #[command(subcommand)]
    what: Option<What>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Import(Import),
}

const COLUMNS: [(&str, &str); 6] = [
    ("NUMBER", "number"),
    ("LABEL", "label"),
    ("TYPE", "type"),
    ("TRUNK", "trunk"),
    ("STATE", "state"),
    ("PLAN", "plan"),
];

impl Numbers {
    pub(super) fn run(&self, place: &Place) -> Exit {
        match &self.what {
            Some(What::Import(import)) => import.run(place),
            None => live(place, "/v1/numbers", self.json, &COLUMNS, "no numbers"),
        }
    }
}
