//! Looking at the config as a whole: what each value hides on its own.
//!
//! Every check reads the compiled site and says where in the texts its finding stands.

mod attest;
mod graph;
mod homeward;
mod large;
mod money;
mod outside;
mod plans;
mod ringing;

pub use self::large::{Parts, largest_invite};
use crate::{
    draft::Step,
    model::Site,
    parse::{Findings, Names, Place, Spending},
};

/// What is checked: the site, and where everything in it was written.
pub(crate) struct Whole<'w, 'a> {
    pub(crate) site: &'w Site,
    pub(crate) names: &'w Names<'a>,
    /// The steps of the written plans.
    pub(crate) plans: &'w [Vec<Step>],
    /// Where each node was written.
    pub(crate) nodes: &'w [Place],
    /// Where spending is limited.
    pub(crate) spending: Spending,
}

/// Reports everything that is wrong with the whole.
pub(crate) fn check(whole: &Whole<'_, '_>, found: &mut Findings) {
    whole.steps(found);
    whole.loops(found);
    whole.unused(found);
    whole.extensions(found);
    whole.recorders(found);
    whole.legs(found);
    whole.silent(found);
    whole.layers(found);
    whole.mobiles(found);
    whole.on_call(found);
    whole.forwards(found);
    whole.homeward(found);
    whole.emergency(found);
    whole.shorts(found);
    whole.undialled(found);
    whole.help(found);
    whole.trunks(found);
    whole.datagrams(found);
    whole.channels(found);
    whole.phones(found);
    whole.attested(found);
    whole.money(found);
}
