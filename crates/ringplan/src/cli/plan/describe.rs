//! `ringplan plan describe`: a plan in plain sentences.

use callplan::{Site, shown::prose};

use super::{
    super::{complain, completions::named},
    Exit, HAVE_PLANS,
};
use crate::plain;

/// Tell in plain sentences what becomes of calls, for whoever reads no config.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan plan describe +12025550100")]
pub(in crate::cli) struct Describe {
    /// A plan, a number, a menu, a group, a person, a phone or a mailbox.
    #[arg(add = named(&HAVE_PLANS))]
    name: String,
}

impl Describe {
    pub(super) fn run(&self, site: &Site) -> Exit {
        match site.plan_called(&self.name) {
            Ok(plan) => {
                prose(site, plan).lines().for_each(|line| println!("{}", plain::line(line)));
                Exit::Done
            }
            Err(error) => complain(Exit::Failed, error),
        }
    }
}
