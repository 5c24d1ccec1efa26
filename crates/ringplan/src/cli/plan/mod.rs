//! `ringplan plan`: what plans are, as compiled.

mod describe;
mod graph;
mod list;
mod show;

use callplan::Site;
use clap::Subcommand;

use super::{Exit, site};
use crate::config::{Place, Tree};

/// Tables of the config whose names have plans.
const HAVE_PLANS: [&str; 8] =
    ["plans", "numbers", "menus", "groups", "queues", "people", "phones", "mailboxes"];

/// What plans are, as compiled.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  ringplan plan show default\n  ringplan plan graph sales --svg sales.svg"
)]
pub(super) enum Plan {
    Describe(describe::Describe),
    Graph(graph::Graph),
    List(list::List),
    Show(show::Show),
}

impl Plan {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        match self {
            Self::Describe(describe) => describe.run(&site),
            Self::Graph(graph) => graph.run(&site),
            Self::List(list) => list.run(&site),
            Self::Show(show) => show.run(&site),
        }
    }
}

/// The plans that are looked at where none is named: those that the config has words for. What people, phones and
/// mailboxes have built in is the same for each.
fn spoken_of(site: &Site) -> impl Iterator<Item = callplan::PlanId> {
    use callplan::PlanKind::{Agent, Group, Mailbox, Menu, Number, Person, Phone, Queue, Written};
    (0..site.plans.len()).map(callplan::PlanId::from).filter(|plan| match site[*plan].kind {
        Written | Menu(_) | Group(_) | Queue(_) | Agent(_) => true,
        // One that names a plan has no shorthand.
        Number(number) => site[number].plan == *plan,
        Person(_) | Phone(_) | Mailbox(_) => false,
    })
}
