//! `ringplan plan show`: the steps of a plan, as they run.

use callplan::{
    Fact, PlanId, Site, describe,
    shown::{self, Exit as Way},
};
use serde_json::{Value, json};

use super::{
    super::{complain, completions::named},
    Exit, HAVE_PLANS, spoken_of,
};
use crate::plain;

/// The order in which what a number has counts; no number has a plan of this name.
const DEFAULT: &str = "default";

/// Show a plan's steps as compiled, each by the name that `explain` gives it.
///
/// Where a step leads that ends unanswered is the step below it, unless it says otherwise. `default` is what a
/// number comes to that names no plan.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan plan show sales\n  ringplan plan show +12025550104\n  \
                        ringplan plan show default")]
pub(in crate::cli) struct Show {
    /// A plan, a number, a menu, a group, a person, a phone or a mailbox [default: every plan but those of people,
    /// phones and mailboxes].
    #[arg(add = named(&HAVE_PLANS))]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(&self, site: &Site) -> Exit {
        let every: Vec<PlanId> = match self.name.as_deref() {
            None => spoken_of(site).collect(),
            Some(DEFAULT) if site.plan(DEFAULT).is_none() => return self.default(site),
            Some(name) => match site.plan_called(name) {
                Ok(plan) => vec![plan],
                Err(error) => return complain(Exit::Failed, error),
            },
        };
        if self.json {
            let body: Value = match (&self.name, every.as_slice()) {
                (Some(_), [only]) => shape(site, *only),
                (_, every) => every.iter().map(|plan| shape(site, *plan)).collect(),
            };
            println!("{}", plain::json(&body));
            return Exit::Done;
        }
        let pages: Vec<_> = every.iter().map(|plan| page(site, *plan)).collect();
        pages.join("\n").lines().for_each(|line| println!("{}", plain::line(line)));
        Exit::Done
    }

    fn default(&self, site: &Site) -> Exit {
        let default = shown::default(site);
        if self.json {
            let layer = |(what, comes_to): &(&str, String)| json!({ "layer": what, "does": comes_to });
            let layers: Value = default.layers().iter().map(layer).collect();
            let body =
                json!({ "name": DEFAULT, "layers": layers, "numbers": default.numbers().collect::<Value>() });
            println!("{}", plain::json(&body));
        } else {
            default.to_string().lines().for_each(|line| println!("{}", plain::line(line)));
        }
        Exit::Done
    }
}

/// A heading that says where the plan comes from, then its nodes.
fn page(site: &Site, plan: PlanId) -> String {
    let name = &site[plan].name;
    let masked = if site[plan].mask { "; neither side learns the other's number" } else { "" };
    format!("{name}: {}{masked}\n{}", site.origin(plan), describe(site, plan))
}

fn shape(site: &Site, plan: PlanId) -> Value {
    let description = describe(site, plan);
    let way = |way: &Way| json!({ "on": way.on.to_string(), "to": site.node_name(way.to) });
    let node = |(id, line): (callplan::NodeId, String)| {
        json!({
            "id": site.node_name(id),
            "guard": description.guard(&site[id]),
            "does": description.deed(&site[id]),
            "leads": site.exits(id).iter().map(way).collect::<Value>(),
            "line": line,
        })
    };
    let facts = site[plan].facts.iter();
    json!({
        "name": &*site[plan].name,
        "kind": site[plan].kind.word(),
        "origin": site.origin(plan).to_string(),
        "mask": site[plan].mask,
        "facts": facts.map(Fact::name).collect::<Value>(),
        "nodes": description.lines().map(node).collect::<Value>(),
    })
}
