//! What a call asks of the new site that nobody had asked of the old: it is taken as it usually is, and said.
//!
//! Schedules are hardly ever held by hand and lists hardly ever added to, so going both ways would make a range of
//! every sum and tell nothing. But whoever reads the sums has to know what they rest on.

use std::collections::BTreeSet;

use super::translate::Dictionary;
use crate::{
    Atom, HoursId, ListId, Site,
    explain::Explanation,
    journal::{Heard, Recorded},
    step::{Answer, ReasonKind},
};

/// What the switch was asked while the call lasted, in ids of the new site.
#[derive(Debug, Default)]
pub(super) struct Answered {
    hours: BTreeSet<HoursId>,
    lists: BTreeSet<ListId>,
}

impl Answered {
    /// Of the first course of a call.
    pub(super) fn of(dictionary: Dictionary<'_>, recorded: &Recorded) -> Self {
        let mut answered = Self::default();
        let moments = recorded.courses.first().into_iter().flat_map(|course| &course.moments);
        for heard in moments.flat_map(|moment| &moment.heard) {
            if let Heard::Held(hours, _) = *heard {
                answered.hours.extend(dictionary.hours(hours));
            } else if let Heard::Listed(list, ..) = *heard {
                answered.lists.extend(dictionary.list(list));
            }
        }
        answered
    }

    /// What this way of the call rests on beside that, as questions.
    pub(super) fn lacks(&self, site: &Site, course: &Explanation) -> impl Iterator<Item = String> {
        course.decisions.iter().filter_map(|reason| {
            let ReasonKind::Asked { atom, answer } = reason.kind else { return None };
            match (atom, answer) {
                (Atom::Open(hours), _) => (!self.hours.contains(&hours))
                    .then(|| format!("was hours:{} held by hand?", site[hours].name)),
                (Atom::CallerIn(list), _) => (!self.lists.contains(&list))
                    .then(|| format!("was the caller in list:{} by hand?", site[list].name)),
                (_, Answer::Unknown) => Some(format!("what was {} of the caller?", atom.fact()?.name())),
                (_, Answer::Yes | Answer::No | Answer::Hours(_)) => None,
            }
        })
    }
}
