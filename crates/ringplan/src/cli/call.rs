//! `ringplan call`: click-to-call from the terminal.

use super::{Exit, complain, completions::named};
use crate::{config::Place, control::client};

/// Place a call for somebody: their phones ring first, then whom they call.
///
/// The call is theirs as if they had dialled it: their permissions, limits and number shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan call ana +12025550177\n  ringplan call ana 103\n  \
    ringplan call rosa-desk ben")]
pub(crate) struct Call {
    /// Who calls: a person or a phone, by name or extension.
    #[arg(add = named(&["people", "phones"]))]
    from: String,
    /// Whom they call, as they would dial it.
    #[arg(allow_hyphen_values = true)]
    to: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Call {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let Self { from, to, json } = self;
        match client::post(&place.control(), &format!("/v1/calls/{from}/{to}")) {
            Ok(body) if *json => println!("{body}"),
            Ok(body) => {
                let call = body["id"].as_str().unwrap_or_default();
                println!("call {call}: {from} is rung, then {to}");
            }
            Err(error) => return complain(Exit::Failed, error),
        }
        Exit::Done
    }
}
