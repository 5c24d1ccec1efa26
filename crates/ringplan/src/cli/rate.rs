//! `ringplan rate`: what a call costs, and which row of the deck says so.

use std::time::Duration;

use callplan::{
    E164,
    explain::{Quote, quote, read_time},
    money::Way,
    number::Digits,
    resolve::home,
};
use serde_json::{Value, json};

use super::{Exit, complain, duration, site};
use crate::{
    config::{Place, Tree},
    plain,
    time::Clocks,
};

/// Say what a call to a number costs.
///
/// For a number of ours that is a call which comes in. Of the rows of the site's rate deck the longest prefix
/// holds, and of its rows the newest in force.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 there is a price, 1 there is none, 2 nothing is rated, or the config is refused.\n\n\
                        Example:\n  ringplan rate +442079460000 --for 5m --at 2026-12-25"
)]
pub(crate) struct Rate {
    /// The number, in E.164 or as it is dialled in the site's country.
    number: String,
    /// When, in the site's time zone [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// For how long it is talked [default: 1m and 10m].
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    talk: Option<Duration>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Lengths of talk that are priced if none is asked for.
const TALKS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(600)];

impl Rate {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let Some(number) = Digits::read(&self.number).ok().and_then(|digits| home(&site).read(&digits))
        else {
            let why = format!("{} is no telephone number: write it as in +442079460000", self.number);
            return complain(Exit::Broken, why);
        };
        let at = match &self.at {
            Some(text) => read_time(&site.timezone, text),
            None => Ok(Clocks::start().now().wall),
        };
        let quote = match at.map(|at| quote(&site, number, site.day(at))) {
            Ok(Some(quote)) => quote,
            Ok(None) => {
                return complain(Exit::Broken, "nothing is rated here: the config has no table [money]");
            }
            Err(error) => return complain(Exit::Broken, error),
        };
        self.print(number, &quote);
        if quote.price.is_some() { Exit::Done } else { Exit::Failed }
    }

    fn print(&self, number: E164, quote: &Quote) {
        let talks = self.talk.as_ref().map_or(&TALKS[..], std::slice::from_ref);
        if self.json {
            return println!("{}", plain::json(&shape(number, quote, talks)));
        }
        quote.to_string().lines().for_each(|line| println!("{}", plain::line(line)));
        for (talk, cost) in talks.iter().filter_map(|talk| Some((talk, quote.cost(*talk)?))) {
            println!("costs   {cost} {} for {}", quote.currency, duration::show(*talk));
        }
    }
}

fn shape(number: E164, quote: &Quote, talks: &[Duration]) -> Value {
    let price = quote.price.map(|price| {
        let (row, rate) = (price.row, price.row.rate);
        let costs = talks
            .iter()
            .map(|talk| json!({ "seconds": talk.as_secs_f64(), "cost": rate.cost(*talk).to_string() }));
        json!({
            "file": &*quote.file,
            "line": row.line,
            "prefix": if row.prefix == 0 { "any".to_owned() } else { row.prefix.to_string() },
            "valid_from": row.valid_from.map(|day| day.to_string()),
            "until": price.until.map(|day| day.to_string()),
            "per_minute": rate.per_minute.to_string(),
            "connect_fee": rate.connect_fee.to_string(),
            "first_increment": rate.first,
            "next_increment": rate.next,
            "costs": costs.collect::<Value>(),
        })
    });
    json!({
        "number": number.to_string(),
        "direction": if quote.way == Way::In { "inbound" } else { "outbound" },
        "on": quote.on.to_string(),
        "currency": quote.currency.to_string(),
        "price": price,
    })
}

fn length(text: &str) -> Result<Duration, String> {
    duration::within(text, Duration::from_secs(1)..=Duration::from_secs(24 * 3600))
}
