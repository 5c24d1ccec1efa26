//! `ringplan manual`: how a site is written and run, page by page.

use std::fmt::Write as _;

use clap_complete::{ArgValueCandidates, CompletionCandidate};
use serde_json::Value;

use super::{Exit, complain};

/// Every page in the order in which to read them. The tests run each command that they show.
const PAGES: [(&str, &str); 14] = [
    ("start", include_str!("../../manual/start.md")),
    ("config", include_str!("../../manual/config.md")),
    ("numbers", include_str!("../../manual/numbers.md")),
    ("plans", include_str!("../../manual/plans.md")),
    ("people", include_str!("../../manual/people.md")),
    ("teams", include_str!("../../manual/teams.md")),
    ("menus", include_str!("../../manual/menus.md")),
    ("hours", include_str!("../../manual/hours.md")),
    ("voice", include_str!("../../manual/voice.md")),
    ("callers", include_str!("../../manual/callers.md")),
    ("outside", include_str!("../../manual/outside.md")),
    ("proof", include_str!("../../manual/proof.md")),
    ("changes", include_str!("../../manual/changes.md")),
    ("running", include_str!("../../manual/running.md")),
];

/// Every key of the config, told by the schema.
const KEYS: &str = "keys";

/// Read the manual: how a site is written, proven and run.
///
/// Pages are Markdown. Every command that they show is run, and every piece of a config loaded, when the project is
/// tested.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan manual\n  ringplan manual plans\n  ringplan manual keys queues"
)]
pub(crate) struct Manual {
    /// The page, or `keys` for every key of the config [default: the list of pages].
    #[arg(add = ArgValueCandidates::new(pages))]
    page: Option<String>,
    /// With `keys`, the table: queues.
    #[arg(value_name = "TABLE")]
    table: Option<String>,
}

impl Manual {
    pub(super) fn run(&self) -> Exit {
        let told = match (self.page.as_deref(), self.table.as_deref()) {
            (None, _) => Ok(contents()),
            (Some(KEYS), table) => keys(table),
            (Some(page), None) => text(page),
            (Some(_), Some(table)) => {
                Err(format!("{table} is looked for with `ringplan manual keys {table}`"))
            }
        };
        match told {
            Ok(text) => {
                print!("{text}");
                Exit::Done
            }
            Err(why) => complain(Exit::Broken, why),
        }
    }
}

fn pages() -> Vec<CompletionCandidate> {
    PAGES.iter().map(|(name, _)| *name).chain([KEYS]).map(CompletionCandidate::new).collect()
}

fn contents() -> String {
    let title = |text: &str| text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
    let lines = PAGES.iter().map(|(name, text)| format!("{name:<9} {}\n", title(text)));
    lines.chain([format!("{KEYS:<9} Every key of the config, by table\n")]).collect()
}

fn text(page: &str) -> Result<String, String> {
    let found = PAGES.iter().find(|(name, _)| *name == page);
    found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
        let names: Vec<_> = PAGES.iter().map(|(name, _)| *name).collect();
        format!("there is no page {page}: there are {} and {KEYS}", names.join(", "))
    })
}

/// What can be written in a table, or in each.
fn keys(table: Option<&str>) -> Result<String, String> {
    let schema: Value = serde_json::from_str(&callplan::schema()).expect("it is JSON");
    let all = schema["properties"].as_object().expect("a config has tables");
    let mut text = String::new();
    match table {
        Some(name) => {
            let found = all.get(name).ok_or_else(|| {
                let names: Vec<_> = all.keys().map(String::as_str).collect();
                format!("there is no table [{name}]: there are {}", names.join(", "))
            })?;
            told(&mut text, name, found);
        }
        None => all.iter().for_each(|(name, found)| told(&mut text, name, found)),
    }
    Ok(text)
}

/// A table: what it is for, and its keys. Of named ones those that each of them has.
fn told(text: &mut String, name: &str, table: &Value) {
    let of_each = table.get("additionalProperties").filter(|of_each| of_each.is_object());
    let of_each =
        of_each.or_else(|| table["patternProperties"].as_object()?.values().next()).or(table.get("items"));
    let head = match (table["type"].as_str(), of_each) {
        (Some("array"), _) => format!("[[{name}]]"),
        (_, Some(_)) => format!("[{name}.NAME]"),
        _ => format!("[{name}]"),
    };
    let _ = writeln!(text, "{head}  {}", described(table));
    let holds = of_each.unwrap_or(table);
    let Some(keys) = holds["properties"].as_object() else { return text.push('\n') };
    for (key, shape) in keys {
        let _ = writeln!(text, "  {key:<20} {}", described(shape));
        for (inner, shape) in shape["properties"].as_object().into_iter().flatten() {
            let _ = writeln!(text, "    .{inner:<17} {}", described(shape));
        }
    }
    text.push('\n');
}

fn described(shape: &Value) -> &str {
    shape["description"].as_str().unwrap_or_default()
}
