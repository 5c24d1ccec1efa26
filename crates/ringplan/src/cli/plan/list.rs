//! `ringplan plan list`: which plans there are.

use callplan::{PlanId, Site};
use serde_json::{Value, json};

use super::{super::table, Exit, spoken_of};

/// List plans: written ones, and those of numbers, menus and groups.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan plan list\n  ringplan plan list --all --json | jq -r .[].name")]
pub(in crate::cli) struct List {
    /// Those of people, phones and mailboxes, too.
    #[arg(long)]
    all: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, site: &Site) -> Exit {
        let every: Vec<PlanId> = if self.all {
            (0..site.plans.len()).map(PlanId::from).collect()
        } else {
            spoken_of(site).collect()
        };
        let body: Value = every.into_iter().map(|plan| shape(site, plan)).collect();
        let columns = [("PLAN", "name"), ("STEPS", "steps"), ("NUMBERS", "numbers"), ("ORIGIN", "origin")];
        table::show(&body, self.json, &columns, "no plans");
        Exit::Done
    }
}

fn shape(site: &Site, plan: PlanId) -> Value {
    let numbers = site.numbers.iter().filter(|number| number.plan == plan);
    let steps = site[plan].nodes.iter().filter(|node| site[**node].name.branch == callplan::Branch::None);
    json!({
        "name": &*site[plan].name,
        "kind": site[plan].kind.word(),
        "steps": steps.count(),
        "numbers": numbers.map(|number| number.e164.to_string()).collect::<Value>(),
        "origin": site.origin(plan).to_string(),
    })
}
