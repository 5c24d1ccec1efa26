//! `ringplan drain`: a graceful end.

use super::{Exit, complain};
use crate::{config::Place, control::client};

/// Take no new calls, and end when the last one has ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan drain")]
pub(crate) struct Drain {}

impl Drain {
    #[expect(clippy::unused_self, reason = "every command is run alike")]
    pub(super) fn run(&self, place: &Place) -> Exit {
        match client::post(&place.control(), "/v1/drain") {
            Ok(_) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}
