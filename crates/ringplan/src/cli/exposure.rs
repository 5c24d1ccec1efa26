//! `ringplan exposure`: what a stolen password could cost.

use callplan::{
    Site,
    exposure::{Dearest, Exposure, exposures},
    money::Amount,
};
use serde_json::{Value, json};

use super::{Exit, complain, completions::named, site, table};
use crate::{
    config::{Place, Tree},
    time::Clocks,
};

/// Say how much money whoever stole a password could spend within an hour, at worst.
///
/// By what its person may dial, how many calls they may have at once and begin in a minute, and what the site's rate deck
/// says of every number that they could dial. What one may spend on a day (`per_day`) bounds an hour; one over midnight
/// has two days.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 nobody could spend more than [limits] max_exposure_per_hour, 1 somebody could,\n\
                        2 nothing is rated, or the config is refused.\n\nExamples:\n  ringplan exposure\n  ringplan exposure ana --json"
)]
pub(crate) struct ExposureOf {
    /// One person [default: all, those who could spend most first].
    #[arg(add = named(&["people"]))]
    person: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl ExposureOf {
    pub(super) fn run(&self, place: &Place) -> Exit {
        // What it is asked about may be what the config is refused for.
        let site = match site(Tree::of(place), Tree::load_exposed) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        if let Some(name) = &self.person
            && site.person(name).is_none()
        {
            return complain(Exit::Broken, format!("there is no person {name}"));
        }
        let today = site.day(Clocks::start().now().wall);
        let Some(mut all) = exposures(&site, today) else {
            return complain(Exit::Broken, "nothing is rated here: the config has no table [money]");
        };
        all.retain(|it| self.person.as_ref().is_none_or(|name| *site[it.person].name == **name));
        all.sort_by_key(|it| std::cmp::Reverse(it.per_hour));
        let max = site.limits.max_exposure_per_hour;
        let body: Value = all.iter().map(|it| shape(&site, it)).collect();
        let columns = [
            ("PERSON", "person"),
            ("PHONES", "phones"),
            ("AN HOUR", "per_hour"),
            ("OVER MIDNIGHT", "over_midnight"),
            ("CALLS", "calls"),
            ("BEGUN", "begins"),
            ("DEAREST TO BEGIN", "begin.told"),
            ("DEAREST TO TALK", "minute.told"),
            ("WITHOUT A PRICE", "unpriced"),
        ];
        table::show(&body, self.json, &columns, "no people in the config");
        let above = all.iter().filter(|it| max.is_some_and(|max: Amount| it.per_hour > max)).count();
        if above == 0 {
            return Exit::Done;
        }
        let max = max.map(|max| max.to_string()).unwrap_or_default();
        complain(
            Exit::Failed,
            format!("{above} could spend more than [limits] max_exposure_per_hour = \"{max}\""),
        )
    }
}

fn shape(site: &Site, exposure: &Exposure) -> Value {
    let person = &site[exposure.person];
    let currency = site.money.as_ref().map(|money| money.currency.to_string());
    let dearest = |it: Option<Dearest>, of: fn(&Dearest) -> Amount| {
        it.map(|it| {
            let file = site.money.as_ref().map_or("", |money| &*money.file);
            json!({
                "number": it.number.to_string(),
                "cost": of(&it).to_string(),
                "file": file,
                "line": it.row.line,
                "told": format!("{} ({} {file}:{})", of(&it), it.number, it.row.line),
            })
        })
    };
    json!({
        "person": &*person.name,
        "phones": person.phones.iter().map(|phone| &*site[*phone].name).collect::<Value>(),
        "currency": currency,
        "per_hour": exposure.per_hour.to_string(),
        "over_midnight": exposure.over_midnight.to_string(),
        "without_per_day": exposure.unbounded.to_string(),
        "calls": exposure.calls,
        "begins": exposure.begins,
        "begin": dearest(exposure.begin, |it| it.row.rate.cost_of(0)),
        "minute": dearest(exposure.minute, |it| it.row.rate.per_minute),
        "unpriced": exposure.unpriced.map(|number| number.to_string()),
    })
}
