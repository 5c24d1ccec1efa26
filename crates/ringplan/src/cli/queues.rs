//! `ringplan queues`: who waits, and who serves them.

use serde_json::Value;

use super::{Exit, complain, completions::named, live, table, warn_of_refusal};
use crate::{config::Place, control::client};

/// Show queues: how many wait in each and for how long, and what those do who serve it.
///
/// Of one queue the callers are shown, the first to be served first. Whoever serves a queue is free, rung, talks, wraps up
/// (left alone for a while), is absent (signed in, and can't be rung now) or out (signed out).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan queues\n  ringplan queues support --json")]
pub(crate) struct Queues {
    /// Show who waits in this one.
    #[arg(add = named(&["queues"]))]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const PATH: &str = "/v1/queues";

impl Queues {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let Some(name) = &self.name else {
            let columns = [
                ("QUEUE", "name"),
                ("OPEN", "open"),
                ("WAITING", "waiting"),
                ("LONGEST S", "longest_s"),
                ("FREE", "free"),
                ("RUNG", "rung"),
                ("TALKS", "talks"),
                ("WRAPS", "wraps"),
                ("ABSENT", "absent"),
                ("OUT", "out"),
            ];
            return live(place, PATH, self.json, &columns, "no queues in the config");
        };
        let socket = place.control();
        let answers =
            client::get(&socket, PATH).and_then(|body| Ok((body, client::get(&socket, "/v1/status")?)));
        let (queues, status) = match answers {
            Ok(answers) => answers,
            Err(error) => return complain(Exit::Failed, error),
        };
        let is_it = |queue: &&Value| queue["name"] == name.as_str();
        let Some(queue) = queues.as_array().into_iter().flatten().find(is_it) else {
            return complain(
                Exit::Failed,
                format!("there is no queue `{name}`; `ringplan queues` lists them"),
            );
        };
        let columns = [
            ("POSITION", "position"),
            ("FROM", "from"),
            ("WAITS S", "waits_s"),
            ("AT HOME", "at_home"),
            ("RUNG", "rung"),
        ];
        let shown = if self.json { queue } else { &queue["callers"] };
        table::show(shown, self.json, &columns, "nobody waits");
        warn_of_refusal(&status);
        Exit::Done
    }
}
