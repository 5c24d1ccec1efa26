//! `ringplan list`: entries of caller lists beside those of the config.

use b2bua::shared::lists;
use callplan::{E164, List as Written, Site, number::Digits, resolve::home};
use serde_json::{Value, json};
use store::sqlite::Reader;

use super::{
    Exit, complain,
    completions::{named, words},
    site, table,
};
use crate::{
    config::{Place, Tree},
    control::client,
};

/// Show a list of callers, add somebody to it or take them out again, without touching the config.
///
/// What is added counts from the next call on and outlives restarts; plans ask `caller in list:NAME` for it as for
/// what the config has.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan list show spam\n  ringplan list add spam +12025550142\n  \
    ringplan list remove spam +12025550142")]
pub(crate) struct List {
    /// `add`, `remove` or `show`.
    #[arg(add = words(&["add", "remove", "show"]))]
    what: String,
    /// The list, by its name in the config.
    #[arg(add = named(&["lists"]))]
    name: String,
    /// The number, in E.164 or as it is dialled in the site's country.
    #[arg(required_if_eq_any([("what", "add"), ("what", "remove")]))]
    number: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        match (&*self.what, &self.number) {
            ("show", None) => self.show(place, &site),
            ("add" | "remove", Some(text)) => {
                let number = Digits::read(text).ok().and_then(|digits| home(&site).read(&digits));
                let Some(number) = number else {
                    let why = format!("{text} is no telephone number: write it as in +12025550142");
                    return complain(Exit::Broken, why);
                };
                let path = format!("/v1/lists/{}/{}/{number}", self.name, self.what);
                match client::post(&place.control(), &path) {
                    Ok(_) => Exit::Done,
                    Err(error) => complain(Exit::Failed, error),
                }
            }
            _ => complain(Exit::Broken, "write `add`, `remove` or `show`; `show` takes no number"),
        }
    }

    /// What the config has, and what was added to it.
    fn show(&self, place: &Place, site: &Site) -> Exit {
        let Some(list) = site.lists.iter().find(|list| *list.name == *self.name) else {
            return complain(Exit::Failed, format!("there is no list `{}` under [lists]", self.name));
        };
        let added = match added(place, list) {
            Ok(added) => added,
            Err(error) => return complain(Exit::Failed, error),
        };
        let row = |number: &E164, from: &str| json!({ "number": number.to_string(), "from": from });
        let written = list.numbers.iter().map(|number| row(number, "config"));
        let body: Value = written.chain(added.iter().map(|number| row(number, "added"))).collect();
        table::show(&body, self.json, &[("NUMBER", "number"), ("FROM", "from")], "nobody is in it");
        Exit::Done
    }
}

/// Numbers that were added to a list and are not in the config.
fn added(place: &Place, list: &Written) -> Result<Vec<E164>, store::sqlite::StoreError> {
    let path = place.database();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let values = Reader::open(&path)?.values()?;
    let read = values.iter().filter_map(|(name, value)| lists::read(name, value));
    let own = read.filter(|(name, number)| **name == *list.name && !list.contains(*number));
    let mut numbers: Vec<_> = own.map(|(_, number)| number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}
