//! `ringplan contacts list`: a line for each number.

use serde_json::{Value, json};
use store::Contact;

use super::{super::table, Exit, Place, complain, contacts, open};
use crate::control::shape;

/// List contacts, a line for each of their numbers.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan contacts list\n  ringplan contacts list --owner ana --tag vip --limit 1000\n  \
    ringplan contacts list --erased"
)]
pub(crate) struct List {
    /// Those of one owner.
    #[arg(long, value_name = "PERSON")]
    owner: Option<String>,
    /// Those of one campaign.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
    /// Those with a tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// At most so many lines.
    #[arg(long, value_name = "LINES", default_value_t = 100)]
    limit: usize,
    /// Instead, when contacts were erased.
    #[arg(long, conflicts_with_all = ["owner", "campaign", "tag"])]
    erased: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const COLUMNS: [(&str, &str); 6] = [
    ("NUMBER", "number"),
    ("NAME", "name"),
    ("OWNER", "owner"),
    ("CAMPAIGN", "campaign"),
    ("TAGS", "tags"),
    ("GROUP", "group"),
];

impl List {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let reader = match open(place) {
            Ok(Some(reader)) => reader,
            Ok(None) => {
                table::show(&json!([]), self.json, &COLUMNS, "no contacts");
                return Exit::Done;
            }
            Err(exit) => return exit,
        };
        if self.erased {
            let erased = match reader.erased() {
                Ok(erased) => erased,
                Err(error) => return complain(Exit::Failed, error),
            };
            let row = |it: &store::Erased| json!({ "at": shape::time(it.at), "what": &*it.line });
            let body: Value = erased.iter().map(row).collect();
            table::show(&body, self.json, &[("AT", "at"), ("WHAT", "what")], "nobody was erased");
            return Exit::Done;
        }
        let (mut rows, mut has_more) = (Vec::new(), false);
        let each = |number: &str, contact: Contact| {
            if !self.wants(&contact) {
                return true;
            }
            has_more = rows.len() == self.limit;
            if !has_more {
                let mut shape = contacts::to_json(&contact);
                shape["number"] = number.into();
                rows.push(shape);
            }
            !has_more
        };
        if let Err(error) = reader.contacts(each) {
            return complain(Exit::Failed, error);
        }
        table::show(&Value::Array(rows), self.json, &COLUMNS, "no contacts");
        if has_more {
            eprintln!("ringplan: there are more: --limit shows more lines");
        }
        Exit::Done
    }

    fn wants(&self, contact: &Contact) -> bool {
        let is = |wanted: &Option<String>, has: &str| wanted.as_ref().is_none_or(|wanted| wanted == has);
        let tag = self.tag.as_ref().is_none_or(|tag| contact.tags.iter().any(|has| **has == **tag));
        is(&self.owner, &contact.owner) && is(&self.campaign, &contact.campaign) && tag
    }
}
