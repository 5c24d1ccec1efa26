//! `ringplan person`: what people said of themselves, and saying it for them.

use serde_json::Value;

use super::{
    Exit, complain,
    completions::{named, words},
    live, table,
};
use crate::{config::Place, control::client, plain};

/// Show what people said of themselves, or say it for one of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan person\n  ringplan person ana\n  ringplan person ana away\n  \
    ringplan person ana forward +12025550177\n  ringplan person ana forward off\n  \
    ringplan person ana unblock +12025550142")]
pub(crate) struct Person {
    /// Whom it is about, by short name.
    #[arg(add = named(&["people"]))]
    name: Option<String>,
    /// What is said: `available`, `away`, `dnd`, `forward`, `block`, `unblock` or `reminders`; without it all of them
    /// is shown.
    #[arg(add = words(&["available", "away", "dnd", "forward", "block", "unblock", "reminders"]))]
    said: Option<String>,
    /// With `forward`, the number outside that calls go to, or `off`; with `block` and `unblock`, the caller's; with
    /// `reminders`, `off`.
    #[arg(allow_hyphen_values = true, add = words(&["off"]))]
    to: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Person {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let (name, said) = match (&self.name, &self.said) {
            (Some(name), Some(said)) => (name, said),
            (Some(name), None) => return self.show(place, name),
            (None, _) => {
                let columns =
                    [("PERSON", "name"), ("STATE", "state"), ("FORWARD", "forward"), ("CALLS", "calls")];
                return live(place, "/v1/people", self.json, &columns, "no people in the config");
            }
        };
        let to = self.to.iter().map(|to| format!("/{to}")).collect::<String>();
        match client::post(&place.control(), &format!("/v1/people/{name}/{said}{to}")) {
            Ok(_) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }

    /// All of one person, a line each.
    fn show(&self, place: &Place, name: &str) -> Exit {
        let people = match client::get(&place.control(), "/v1/people") {
            Ok(people) => people,
            Err(error) => return complain(Exit::Failed, error),
        };
        let person = people.as_array().and_then(|people| people.iter().find(|person| person["name"] == name));
        match person {
            Some(person) if self.json => println!("{}", plain::json(person)),
            Some(person) => print(person),
            None => return complain(Exit::Failed, format!("there is no person {name}")),
        }
        Exit::Done
    }
}

fn print(person: &Value) {
    for (title, field) in [
        ("person", "name"),
        ("state", "state"),
        ("forward", "forward"),
        ("calls", "calls"),
        ("reminders", "reminders"),
        ("blocked", "blocked"),
    ] {
        println!("{title:<10}{}", table::cell(&person[field]));
    }
}
