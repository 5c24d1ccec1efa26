//! `ringplan rehearse`: a real phone tries what happens at another time.

use std::time::Duration;

use b2bua::shared::rehearsal::LASTS;
use serde_json::{Value, json};

use super::{Exit, complain, completions::named, duration, live};
use crate::{config::Place, control::client, plain};

/// Let somebody's calls see another time, to try a greeting or a plan on a real phone.
///
/// Only the calls that these phones place see it, from their next on. A number of ours is called as from outside, by
/// the number that the phone shows there or by --from. People inside really ring. Nobody outside is called: a voice
/// says which number would now ring, for as long as its step lasts, and then comes what follows when nobody answers.
/// Messages that are left are kept nowhere, nothing counts in figures and turns, and calls for help are real ones. It
/// ends by itself, and when the switch starts anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan rehearse ana --at 2026-12-25T10:00 --for 10m\n  \
                        ringplan rehearse ana-desk --at \"Sat 2026-12-26 22:30\" --from +12025550142\n  \
                        ringplan rehearse\n  ringplan rehearse ana --end")]
pub(crate) struct Rehearse {
    /// Who: a person, with all their phones, or one phone, by name or extension [default: all who rehearse are shown].
    #[arg(add = named(&["people", "phones"]))]
    who: Option<String>,
    /// The time that their calls see at first, by the clocks of the site; it goes on from there.
    #[arg(long, value_name = "TIME", requires = "who")]
    at: Option<String>,
    /// For how long, a minute to a day.
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = lasts)]
    lasts: Duration,
    /// Whom plans of numbers see calling.
    #[arg(long, value_name = "NUMBER", requires = "at")]
    from: Option<String>,
    /// They rehearse no longer.
    #[arg(long, requires = "who", conflicts_with = "at")]
    end: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn lasts(text: &str) -> Result<Duration, String> {
    duration::within(text, LASTS)
}

impl Rehearse {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let Some(who) = &self.who else {
            let columns = [("WHO", "who"), ("SEES", "sees"), ("FROM", "from"), ("SECONDS LEFT", "left_s")];
            return live(place, "/v1/rehearsals", self.json, &columns, "nobody rehearses");
        };
        let said = if self.end {
            client::post(&place.control(), &format!("/v1/rehearsals/{who}/end"))
        } else if let Some(at) = &self.at {
            let asked = json!({ "at": at, "seconds": self.lasts.as_secs(), "from": self.from });
            client::hand_over(&place.control(), &format!("/v1/rehearsals/{who}"), asked)
        } else {
            return complain(Exit::Broken, "say which time with --at 2026-12-25T10:00, or --end");
        };
        match said {
            Ok(body) if self.json => println!("{}", plain::json(&body)),
            Ok(body) => println!("{}", plain::line(&told(&body))),
            Err(error) => return complain(Exit::Failed, error),
        }
        Exit::Done
    }
}

/// `person:ana rehearses Fri 2026-12-25 10:00 for 600 s`.
fn told(body: &Value) -> String {
    let who = body["who"].as_str().unwrap_or("-");
    match (body["sees"].as_str(), body["left_s"].as_u64()) {
        (Some(sees), Some(left)) => {
            let from = body["from"].as_str().map_or_else(String::new, |from| format!(", called from {from}"));
            format!("{who} rehearses {sees} for {left} s{from}")
        }
        _ => format!("{who} rehearses no longer"),
    }
}
