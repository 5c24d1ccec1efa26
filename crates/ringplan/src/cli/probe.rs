//! `ringplan probe`: numbers are tried by calls that go out over the real trunk and come back in.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{Exit, complain, completions::named, table};
use crate::{config::Place, control::client, plain};

/// Columns of test calls.
const COLUMNS: [(&str, &str); 6] = [
    ("NUMBER", "number"),
    ("TRUNK", "trunk"),
    ("AT", "at"),
    ("WENT", "went"),
    ("WHY", "why"),
    ("STEPS", "path"),
];

/// How often it is looked whether they are over.
const LOOK: Duration = Duration::from_millis(200);

/// Try numbers by calls over the real trunk, and compare what comes back with what `explain` says.
///
/// The switch calls the number over its own trunk, so that the carrier brings the call back in. Its plan runs, with hours,
/// lists and greetings, up to where somebody would be rung or a message kept, and the call ends there: nobody is rung.
/// One call runs at a time, for forty seconds at most. Calls cost what the carrier takes for them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 all went as explained, 1 one did not.\n\n\
                        Examples:\n  ringplan probe\n  ringplan probe --now\n  ringplan probe --now +12025550100\n  \
                        ringplan probe --now +12025550100 --from +12025550101 --trunk carrier-b")]
pub(crate) struct Probe {
    /// Only this number [default: all].
    #[arg(add = named(&["numbers"]))]
    number: Option<String>,
    /// Place the calls now and wait for them [default: show what the last came to].
    #[arg(long)]
    now: bool,
    /// The number of ours that calls [default: another on the same trunk].
    #[arg(long, value_name = "NUMBER", requires = "now", add = named(&["numbers"]))]
    from: Option<String>,
    /// The trunk that it goes out by [default: the number's own].
    #[arg(long, value_name = "NAME", requires = "now", add = named(&["trunks"]))]
    trunk: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Probe {
    #[expect(clippy::disallowed_methods, reason = "a command that waits for another process")]
    pub(super) fn run(&self, place: &Place) -> Exit {
        let socket = place.control();
        if self.now {
            let said = json!({ "number": self.number, "from": self.from, "trunk": self.trunk });
            if let Err(error) = client::hand_over(&socket, "/v1/probes", said) {
                return complain(Exit::Failed, error);
            }
        }
        loop {
            let body = match client::get(&socket, "/v1/probes") {
                Ok(body) => body,
                Err(error) => return complain(Exit::Failed, error),
            };
            if !self.now || body["left"] == 0 {
                return self.show(&body["probes"]);
            }
            thread::sleep(LOOK);
        }
    }

    fn show(&self, probes: &Value) -> Exit {
        let probes = probes.as_array().map_or(&[][..], Vec::as_slice);
        let is_wanted = |it: &&Value| self.number.as_ref().is_none_or(|number| it["number"] == **number);
        let shown: Value = probes.iter().filter(is_wanted).cloned().collect();
        let is_well = shown.as_array().is_some_and(|all| all.iter().all(|it| it["well"] == true));
        if self.json {
            println!("{}", plain::json(&shown));
        } else {
            table::show(
                &shown,
                false,
                &COLUMNS,
                "no number was tried since the start: `ringplan probe --now`",
            );
        }
        if is_well { Exit::Done } else { Exit::Failed }
    }
}
