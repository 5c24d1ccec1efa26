//! `ringplan hours`, `open` and `close`: how schedules stand, and their day/night keys, pressed from the terminal.

use serde_json::{Value, json};

use super::{
    Exit, complain,
    completions::{named, words},
    live, table,
};
use crate::{config::Place, control::client, plain};

/// Columns of schedules.
const COLUMNS: [(&str, &str); 5] =
    [("HOURS", "name"), ("IS", "is"), ("UNTIL", "until"), ("HELD", "held"), ("REASON", "reason")];

/// Show how opening hours stand, or hold one open or closed until its next change, or leave it be.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan hours\n  ringplan hours office closed\n  ringplan hours office auto\n\n\
                        `ringplan open` and `ringplan close` hold until a time, and for a reason."
)]
pub(crate) struct Hours {
    /// The schedule, by its name in the config [default: all, as they stand].
    #[arg(add = named(&["hours"]), requires = "held")]
    name: Option<String>,
    /// `open`, `closed` or `auto`.
    #[arg(add = words(&["open", "closed", "auto"]))]
    held: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Hold opening hours open until a time and for a reason.
///
/// It ends by itself, outlives restarts and counts from the next step of a plan on that asks for the hours. The
/// day/night key says the same thing: of the two the later word counts. Without a reason and a time, what is held is
/// shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan open --until 19:00 \"stocktake\"\n  \
                        ringplan open --until 2026-12-24T19:00 --hours shop \"late-night shopping\"\n  \
                        ringplan open --auto\n  ringplan open")]
pub(crate) struct Open {
    #[command(flatten)]
    asked: Asked,
}

/// Hold opening hours closed until a time and for a reason.
///
/// It ends by itself, outlives restarts and counts from the next step of a plan on that asks for the hours. The
/// day/night key says the same thing: of the two the later word counts. Without a reason and a time, what is held is
/// shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan close --until 14:00 \"staff meeting\"\n  \
                        ringplan close --until 24:00 --hours shop \"burst pipe\"\n  \
                        ringplan close --auto\n  ringplan close")]
pub(crate) struct Close {
    #[command(flatten)]
    asked: Asked,
}

/// What is said of a schedule.
#[derive(Debug, clap::Args)]
struct Asked {
    /// Why, in a few words: `explain`, `calendar` and `hours` show it.
    reason: Option<String>,
    /// Until when, by the clocks of the schedule: 19:00, or 2026-12-24T19:00 [default: until it would change next
    /// anyway].
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Which, where there are several.
    #[arg(long, value_name = "NAME", add = named(&["hours"]))]
    hours: Option<String>,
    /// Leave it to itself again.
    #[arg(long, conflicts_with_all = ["reason", "until"])]
    auto: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Hours {
    pub(super) fn run(&self, place: &Place) -> Exit {
        match (&self.name, &self.held) {
            (Some(name), Some(held)) => say(place, name, held, Value::Null, self.json),
            _ => live(
                place,
                "/v1/hours",
                self.json,
                &COLUMNS,
                "there are no opening hours: write them under [hours.office]",
            ),
        }
    }
}

impl Open {
    pub(super) fn run(&self, place: &Place) -> Exit {
        self.asked.run(place, "open")
    }
}

impl Close {
    pub(super) fn run(&self, place: &Place) -> Exit {
        self.asked.run(place, "closed")
    }
}

impl Asked {
    fn run(&self, place: &Place, held: &str) -> Exit {
        let all = match client::get(&place.control(), "/v1/hours") {
            Ok(all) => all,
            Err(error) => return complain(Exit::Failed, error),
        };
        let all = all.as_array().map_or(&[][..], Vec::as_slice);
        if self.reason.is_none() && self.until.is_none() && !self.auto {
            let is_wanted = |it: &&Value| self.hours.as_ref().is_none_or(|name| it["name"] == **name);
            let held = all.iter().filter(|it| it["held"].is_string()).filter(is_wanted).cloned().collect();
            table::show(&held, self.json, &COLUMNS, "nothing is held: the schedules are left to themselves");
            return Exit::Done;
        }
        let names: Vec<&str> = all.iter().filter_map(|it| it["name"].as_str()).collect();
        let name = match (&self.hours, names.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => *only,
            (None, []) => {
                return complain(Exit::Failed, "there are no opening hours: write them under [hours.office]");
            }
            (None, several) => {
                return complain(Exit::Failed, format!("say which with --hours: {}", several.join(", ")));
            }
        };
        let said = json!({ "until": self.until, "reason": self.reason });
        say(place, name, if self.auto { "auto" } else { held }, said, self.json)
    }
}

/// Says something of a schedule, and what it overrules.
fn say(place: &Place, name: &str, held: &str, said: Value, json: bool) -> Exit {
    match client::hand_over(&place.control(), &format!("/v1/hours/{name}/{held}"), said) {
        Ok(body) if json => println!("{}", plain::json(&body)),
        Ok(body) => {
            println!("{}", plain::line(&told(&body["now"])));
            if body["before"]["held"].is_string() && held != "auto" {
                println!(
                    "{}",
                    plain::line(&format!("before: {}; the later word counts", told(&body["before"])))
                );
            }
        }
        Err(error) => return complain(Exit::Failed, error),
    }
    Exit::Done
}

/// `hours:office held open until Mon 2026-11-23 19:00: "stocktake"`.
fn told(hours: &Value) -> String {
    let text = |field: &str| hours[field].as_str();
    let held = if text("held").is_some() { "held " } else { "" };
    let until = text("until").map_or_else(String::new, |until| format!(" until {until}"));
    let reason = text("reason").filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(": \"{reason}\""));
    format!("hours:{} {held}{}{until}{reason}", text("name").unwrap_or("-"), text("is").unwrap_or("-"))
}
