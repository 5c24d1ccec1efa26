//! `ringplan trunks`: whether the carriers are there.

use super::{Exit, table, unanswered};
use crate::{config::Place, control::client};

/// Show trunks and whether they can be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan trunks")]
pub(crate) struct Trunks {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Trunks {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let columns = [
            ("TRUNK", "name"),
            ("HOST", "host"),
            ("STATE", "health"),
            ("CALLS", "channels.used"),
            ("OF", "channels.max"),
        ];
        match client::get(&place.control(), "/v1/trunks") {
            Ok(body) => table::show(&body, self.json, &columns, "no trunks in the config"),
            Err(error) => return unanswered(&error),
        }
        Exit::Done
    }
}
