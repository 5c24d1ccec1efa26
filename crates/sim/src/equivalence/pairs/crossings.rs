//! What crosses on the wire, which devices were rung, and carriers that failed.

use std::time::Duration;

use super::Pairs;
use crate::equivalence::timeline::{Event, What};

/// Counts what the parties of a call will see.
pub(in crate::equivalence) fn count_crossings(
    expected: &[Event],
    cancelled_in_vain: Option<Duration>,
    pairs: &mut Pairs,
) {
    if expected.iter().any(|event| event.what == What::Dropped(Some(200))) {
        pairs.count(("crossing", "two answers"));
    }
    if cancelled_in_vain.is_some() {
        pairs.count(("crossing", "CANCEL and answer"));
    }
    for event in expected.iter().filter(|event| event.party.ends_with("-2")) {
        match event.what {
            What::Rings => pairs.count(("second device", "rings")),
            What::PicksUp => pairs.count(("second device", "picks up")),
            What::Refuses(_) => pairs.count(("second device", "refuses")),
            What::Silenced(_) => pairs.count(("second device", "silenced")),
            What::Answered
            | What::Fails(_)
            | What::HangsUp
            | What::Dropped(_)
            | What::Hears(_)
            | What::Speaks
            | What::Spoke(_)
            | What::Left(..) => {}
        }
    }
    let refusals = expected.iter().filter(|event| matches!(event.what, What::Refuses(503)));
    let is_next = |refused: &Event| {
        expected
            .iter()
            .any(|event| event.what == What::Rings && event.at == refused.at && event.party != refused.party)
    };
    if refusals.into_iter().any(is_next) {
        pairs.count(("carriers", "failed over"));
    }
}
