//! `ringplan contacts`: who calls, as far as the operator knows them.

mod import;
mod list;

use std::{path::PathBuf, sync::Arc};

use callplan::{number::Digits, resolve::home};
use store::sqlite::Reader;

use self::{import::Import, list::List};
use super::{Exit, complain, site};
use crate::{
    config::{Place, Tree},
    contacts,
    control::client,
    plain,
};

/// Who calls: numbers, owners, campaigns and tags, for conditions such as `contact.tag("vip")`.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  ringplan contacts import contacts.csv --dry-run\n  \
    ringplan contacts list --owner ana\n  ringplan contacts show +12025550142")]
pub(crate) enum Contacts {
    Import(Import),
    List(List),
    Show(Show),
    Erase(Erase),
}

/// Show what is known of a number.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan contacts show +12025550142")]
pub(crate) struct Show {
    /// The number, in E.164 or as it is dialled in the site's country.
    number: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Forget whoever has a number: on all of their numbers, and that one of us talked with them.
///
/// Records of their calls stay as long as records do. That somebody was erased, and when, is kept.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan contacts erase +12025550142\n  ringplan contacts list --erased"
)]
pub(crate) struct Erase {
    /// The number, in E.164 or as it is dialled in the site's country.
    number: String,
}

impl Contacts {
    pub(super) fn run(&self, place: &Place) -> Exit {
        match self {
            Self::Import(import) => import.run(place),
            Self::List(list) => list.run(place),
            Self::Show(show) => show.run(place),
            Self::Erase(erase) => erase.run(place),
        }
    }
}

impl Show {
    fn run(&self, place: &Place) -> Exit {
        let number = match read_number(place, &self.number) {
            Ok(number) => number,
            Err(exit) => return exit,
        };
        let known = match open(place) {
            Ok(Some(reader)) => reader.known(&number).map_err(|error| complain(Exit::Failed, error)),
            Ok(None) => Ok(store::Known::default()),
            Err(exit) => Err(exit),
        };
        let known = match known {
            Ok(known) => known,
            Err(exit) => return exit,
        };
        let mut shape = contacts::to_json(&known.contact.clone().unwrap_or_default());
        shape["talked"] = known.talked.into();
        shape["is_contact"] = known.contact.is_some().into();
        if self.json {
            println!("{}", plain::json(&shape));
        } else if let Some(contact) = &known.contact {
            let joined = |parts: &[Arc<str>]| parts.join(", ");
            let lines = [
                ("numbers", joined(&contact.numbers)),
                ("name", contact.name.to_string()),
                ("owner", contact.owner.to_string()),
                ("campaign", contact.campaign.to_string()),
                ("tags", joined(&contact.tags)),
                ("last agent", contact.last_agent.to_string()),
                ("last texter", contact.last_texter.to_string()),
                ("group", contact.group.to_string()),
                ("language", contact.language.to_string()),
                ("talked", if known.talked { "yes" } else { "no" }.to_owned()),
            ];
            for (title, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
                println!("{title:<12}{}", plain::line(text));
            }
        } else if known.talked {
            println!("{number} is no contact, and one of us has talked with them");
        } else {
            return complain(Exit::Failed, format!("nothing is known of {number}"));
        }
        Exit::Done
    }
}

impl Erase {
    fn run(&self, place: &Place) -> Exit {
        let number = match read_number(place, &self.number) {
            Ok(number) => number,
            Err(exit) => return exit,
        };
        match client::post(&place.control(), &format!("/v1/contacts/erase/{number}")) {
            Ok(told) => {
                println!("{}", plain::line(told["told"].as_str().unwrap_or("erased")));
                Exit::Done
            }
            Err(error) => complain(Exit::Failed, error),
        }
    }
}

fn read_number(place: &Place, text: &str) -> Result<String, Exit> {
    let site = site(Tree::of(place), Tree::load)?;
    let number = Digits::read(text).ok().and_then(|digits| home(&site).read(&digits));
    number.map(|number| number.to_string()).ok_or_else(|| {
        complain(Exit::Broken, format!("{text} is no telephone number: write it as in +12025550142"))
    })
}

/// The database, which is there once a switch has run.
fn open(place: &Place) -> Result<Option<Reader>, Exit> {
    let path: PathBuf = place.database();
    if !path.exists() {
        return Ok(None);
    }
    Reader::open(&path).map(Some).map_err(|error| complain(Exit::Failed, error))
}
