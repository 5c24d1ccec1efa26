//! `ringplan trunks`: whether the carriers are there.

use super::{Exit, live};
use crate::config::Place;

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
            ("SERVERS", "told"),
            ("CALLS", "channels.used"),
            ("OF", "channels.max"),
        ];
        live(place, "/v1/trunks", self.json, &columns, "no trunks in the config")
    }
}
