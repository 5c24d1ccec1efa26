//! `ringplan phones`: which phones are reached, and where.

use super::{Exit, live};
use crate::config::Place;

/// Show phones and where they are registered.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan phones")]
pub(crate) struct Phones {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Phones {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let columns = [
            ("PHONE", "name"),
            ("PERSON", "person"),
            ("SIGNED IN", "signed_in"),
            ("EXT", "ext"),
            ("REGISTERED FROM", "bindings.flow"),
            ("SECONDS LEFT", "bindings.expires_s"),
            ("AGENT", "bindings.agent"),
        ];
        live(place, "/v1/phones", self.json, &columns, "no phones in the config")
    }
}
