//! `ringplan calls`: what goes on now.

use super::{Exit, live};
use crate::config::Place;

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
            ("COST", "cost"),
            ("LEGS", "legs.party"),
        ];
        live(place, "/v1/calls", self.json, &columns, "no calls")
    }
}
