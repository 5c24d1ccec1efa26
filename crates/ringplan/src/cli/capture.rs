//! `ringplan capture`: a call of before as a test of the config.

use callplan::{
    capture::{Captured, capture},
    journal,
};
use serde_json::{Value, json};

use super::{Exit, complain, record};
use crate::{config::Place, plain};

/// Print a call of before as a test of the config: what was so as what is given, what came of it as what is expected.
///
/// Put it into a file of the config, and `ringplan test` asks from now on whether such a call still goes like that.
/// Numbers of people outside are replaced by numbers that nobody has; those that the config itself hangs on stay. Names
/// of people and phones stay as well, and so do numbers of ours and the keys that were pressed, whatever was meant by
/// them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it is printed, 1 there is no such call, its version is not kept, or its record says too little, 2 its version can't be read.\n\n\
                        Examples:\n  ringplan capture 65f0c1b2a3d4e > /etc/ringplan/tests/monday.toml\n  ringplan capture"
)]
pub(crate) struct Capture {
    /// The call, as `ringplan calls` and the log name it, or a part of its SIP Call-ID [default: the last that ended].
    #[arg(value_name = "ID")]
    call: Option<String>,
    /// What the test is called [default: the id of the call].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Capture {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let call = match record::find(place, self.call.as_deref()) {
            Ok(call) => call,
            Err(why) => return complain(Exit::Failed, why),
        };
        let site = match record::site_of(place, call.began.version) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let recorded = match journal::read(&site, &call.journal) {
            Ok(recorded) => recorded,
            Err(broken) => return complain(Exit::Failed, broken),
        };
        let id = format!("{:x}", call.call.0);
        let name = self.name.clone().unwrap_or_else(|| format!("call {id}"));
        let Some(captured) = capture(&site, &recorded, 0, &name) else {
            let why = format!(
                "call {id} ran through no plan, or was recorded before its inputs were: there is nothing to test"
            );
            return complain(Exit::Failed, why);
        };
        if self.json {
            let Captured { text, odd, is_faithful, is_redacted } = &captured;
            let body = json!({
                "call": id,
                "version": call.began.version,
                "test": text,
                "faithful": is_faithful,
                "redacted": is_redacted,
                "left_out": odd.iter().map(ToString::to_string).collect::<Value>(),
            });
            println!("{}", plain::json(&body));
        } else {
            notes(&captured).iter().for_each(|note| println!("# {}", plain::line(note)));
            captured.text.lines().for_each(|line| println!("{}", plain::line(line)));
        }
        Exit::Done
    }
}

/// What whoever reads the test has to know.
fn notes(captured: &Captured) -> Vec<String> {
    let mut notes: Vec<_> = captured.odd.iter().map(|odd| format!("left out: {odd}")).collect();
    if !captured.is_faithful {
        notes.push(
            "the test goes nearly as the call did: compare what it expects with `ringplan why-not`"
                .to_owned(),
        );
    }
    if !captured.is_redacted {
        notes.push(
            "a number of somebody outside is in it, for the config asks about that very number".to_owned(),
        );
    }
    notes
}
