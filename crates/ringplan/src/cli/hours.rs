//! `ringplan hours`: the day/night key of a schedule, pressed from the terminal.

use super::{
    Exit, complain,
    completions::{named, words},
};
use crate::{config::Place, control::client};

/// Hold a schedule open or closed until its next change, or leave it be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan hours office closed\n  ringplan hours office auto")]
pub(crate) struct Hours {
    /// The schedule, by its name in the config.
    #[arg(add = named(&["hours"]))]
    name: String,
    /// `open`, `closed` or `auto`.
    #[arg(add = words(&["open", "closed", "auto"]))]
    held: String,
}

impl Hours {
    pub(super) fn run(&self, place: &Place) -> Exit {
        match client::post(&place.control(), &format!("/v1/hours/{}/{}", self.name, self.held)) {
            Ok(_) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}
