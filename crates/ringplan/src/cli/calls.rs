//! `ringplan calls`: what goes on now.

use super::{Exit, table, unanswered};
use crate::{config::Place, control::client};

/// Show live calls.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan calls --json | jq length")]
pub(crate) struct Calls {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Calls {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let columns = [
            ("CALL", "id"),
            ("SINCE", "began"),
            ("FROM", "from"),
            ("TO", "to"),
            ("STATE", "phase"),
            ("STEP", "step"),
            ("LEGS", "legs.party"),
        ];
        match client::get(&place.control(), "/v1/calls") {
            Ok(body) => table::show(&body, self.json, &columns, "no calls"),
            Err(error) => return unanswered(&error),
        }
        Exit::Done
    }
}
