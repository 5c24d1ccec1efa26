//! `ringplan why-not`: why somebody's phone did not ring in a call.

use b2bua::call::why_not::why_not;
use serde_json::{Value, json};

use super::{Exit, complain, completions::named, record};
use crate::{config::Place, plain};

/// Say why somebody's phone did not ring in a call of before.
///
/// It is told from the record of the call and the version of the config that it ran on, which has to be kept still.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it is told, 1 there is no such call, or its version is not kept, 2 there is no such person.\n\n\
                        Examples:\n  ringplan why-not ana --call 65f0c1b2a3d4e\n  ringplan why-not ana"
)]
pub(crate) struct WhyNot {
    /// Who, by short name.
    #[arg(add = named(&["people"]))]
    person: String,
    /// The call, as `ringplan calls` and the log name it, or a part of its SIP Call-ID [default: the last that ended].
    #[arg(long, value_name = "ID")]
    call: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl WhyNot {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let call = match record::find(place, self.call.as_deref()) {
            Ok(call) => call,
            Err(why) => return complain(Exit::Failed, why),
        };
        let version = call.began.version;
        let site = match record::site_of(place, version) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let Some(person) = site.person(&self.person) else {
            return complain(
                Exit::Broken,
                format!("there is no person {} in version {version}", self.person),
            );
        };
        let told = why_not(&site, &call.events, &call.legs, person);
        if self.json {
            let lines = told.lines.iter().map(|(at, text)| json!({ "at_ms": at, "text": text }));
            let body = json!({
                "call": format!("{:x}", call.call.0),
                "version": version,
                "person": self.person,
                "rang": told.rang,
                "lines": lines.collect::<Value>(),
            });
            println!("{}", plain::json(&body));
        } else {
            let began = &call.began;
            let from = if began.from.is_empty() { "withheld" } else { &began.from };
            let heading = format!(
                "call {:x}   {from} -> {}   version {version}   {}",
                call.call.0, began.to, call.outcome
            );
            println!("{}", plain::line(&heading));
            for (at, text) in &told.lines {
                println!("{:>9.1} s  {}", f64::from(*at) / 1000.0, plain::line(text));
            }
        }
        Exit::Done
    }
}
