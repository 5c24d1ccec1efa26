//! `ringplan reach`: which calls can come to somebody or something.

use callplan::{
    Site,
    proof::Point,
    reach::{Route, reach},
    ways::Horizon,
};
use serde_json::{Value, json};

use super::{Exit, complain, completions::named_with_kind, horizon::horizon, site};
use crate::{
    config::{Place, Tree},
    plain,
};

/// What there is to be reached, by its table of the config.
const TARGETS: [(&str, &str); 7] = [
    ("people", "person"),
    ("phones", "phone"),
    ("groups", "group"),
    ("queues", "queue"),
    ("menus", "menu"),
    ("mailboxes", "voicemail"),
    ("plans", "plan"),
];

/// Say which calls can come to somebody or something: the numbers, the times, the keys, and what people do.
///
/// Every way that a call can go is looked at, at every minute of a year, by the engine of the live switch.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 some call comes there, 1 none does, 2 there is no such thing, or the config is refused.\n\n\
                        Examples:\n  ringplan reach person:ana\n  ringplan reach voicemail:sales --year 2027\n  \
                        ringplan reach number:+12025550160\n  ringplan reach after-hours#2"
)]
pub(crate) struct Reach {
    /// What is to be reached: person:ana, phone:lobby, group:sales, queue:support, menu:main, plan:after-hours,
    /// voicemail:sales, number:+12025550160, class:international, or a step of a plan.
    #[arg(value_name = "TARGET", add = named_with_kind(&TARGETS))]
    target: String,
    /// Over this calendar year [default: a year from today].
    #[arg(long, value_parser = clap::value_parser!(i16).range(1970..=2200))]
    year: Option<i16>,
    /// Print JSON, with a call of each kind that can be explained.
    #[arg(long)]
    json: bool,
}

impl Reach {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let Some(target) = Point::read(&site, &self.target) else {
            let why = format!(
                "there is no {}: write person:ana, group:sales, voicemail:sales, number:+12025550160, or a step as in \
                 `ringplan plan show`",
                self.target
            );
            return complain(Exit::Broken, why);
        };
        let horizon = horizon(&site, self.year);
        let found = reach(&site, target, horizon);
        if self.json {
            let routes = found.routes.iter().map(|route| shape(&site, route, horizon));
            let body =
                json!({ "routes": routes.collect::<Value>(), "ways": found.ways, "whole": found.is_whole });
            println!("{}", plain::json(&body));
        } else if found.routes.is_empty() {
            println!("no call comes to {} ({} ways looked at)", target.words(&site), found.ways);
        } else {
            for route in &found.routes {
                println!("{}", plain::line(&route.sentence(&site.timezone, horizon)));
            }
        }
        if !found.is_whole {
            eprintln!("ringplan: there are more ways than were looked at; those left out are not told");
        }
        if found.routes.is_empty() { Exit::Failed } else { Exit::Done }
    }
}

fn shape(site: &Site, route: &Route, horizon: Horizon) -> Value {
    let at =
        |at: clock::Wall| jiff::Timestamp::from_microsecond(at.unix_micros()).map(|at| at.to_string()).ok();
    json!({
        "called": route.called,
        "callers": route.callers,
        "times": route.times.words(&site.timezone, horizon),
        "ranges": route.times.ranges().map(|(from, until)| json!({ "from": at(from), "until": at(until) })).collect::<Value>(),
        "ways": route.ways,
        "explain": route.example.command(site),
    })
}
