//! A call of before as a test of the config: what was so is what is given, what came of it is what is expected.
//!
//! Numbers that belong to somebody outside are others in the test, kept for fiction and the same for the same number,
//! wherever the call goes the same way with them; a number that the config itself hangs on stays as it is, and so do
//! those of the site. It must never know how a call was carried out, only what its plan was told.

mod redact;
mod write;

use crate::{
    Site,
    explain::{self, Odd, Remembered, remembered},
    journal::{self, Recorded},
    step::{Reason, ReasonKind},
};

/// A call as a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Captured {
    /// A `[[tests]]` block, which loads in a config like the one that the call ran on.
    pub text: String,
    /// What it does not say.
    pub odd: Vec<Odd>,
    /// Whether its call comes to the very decisions of the real one.
    pub is_faithful: bool,
    /// Whether somebody's number is still in it.
    pub is_redacted: bool,
}

/// Makes a test, called `name`, of a course of a call; `None` if it has no such course. `site` is the version that
/// the call ran on, where nobody has signed in elsewhere.
pub fn capture(site: &Site, recorded: &Recorded, course: usize, name: &str) -> Option<Captured> {
    let Remembered { question, odd } = remembered(site, recorded, course)?;
    let replayed = journal::replay(site, recorded);
    let replayed = replayed.iter().filter(|it| it.course == course);
    let was = decided(replayed.flat_map(|it| &it.steps.reasons));
    let is = |question| decided(&explain::explain(site, question).decisions);
    let is_faithful = is(&question) == was;
    let (question, is_redacted) = redact::redacted(site, question);
    let text = write::written(site, name, &question, &explain::explain(site, &question));
    Some(Captured { text, odd, is_faithful, is_redacted })
}

/// What was decided; news that meant nothing may come on one side alone.
pub fn decided<'r>(reasons: impl IntoIterator<Item = &'r Reason>) -> Vec<Reason> {
    reasons.into_iter().filter(|reason| !matches!(reason.kind, ReasonKind::Ignored(_))).copied().collect()
}
