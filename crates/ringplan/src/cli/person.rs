//! `ringplan person`: what people said of themselves, and saying it for them.

use super::{
    Exit, complain,
    completions::{named, words},
    live,
};
use crate::{config::Place, control::client};

/// Show what people said of themselves, or say it for one of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan person\n  ringplan person ana away\n  \
    ringplan person ana forward +12025550177\n  ringplan person ana forward off")]
pub(crate) struct Person {
    /// Whom it is about, by short name.
    #[arg(requires = "said", add = named(&["people"]))]
    name: Option<String>,
    /// What is said: `available`, `away`, `dnd`, or `forward`.
    #[arg(add = words(&["available", "away", "dnd", "forward"]))]
    said: Option<String>,
    /// With `forward`, the number outside that calls go to, or `off`.
    #[arg(allow_hyphen_values = true)]
    to: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Person {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let (Some(name), Some(said)) = (&self.name, &self.said) else {
            let columns =
                [("PERSON", "name"), ("STATE", "state"), ("FORWARD", "forward"), ("CALLS", "calls")];
            return live(place, "/v1/people", self.json, &columns, "no people in the config");
        };
        let to = self.to.iter().map(|to| format!("/{to}")).collect::<String>();
        match client::post(&place.control(), &format!("/v1/people/{name}/{said}{to}")) {
            Ok(_) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}
