//! What lamps show of a leg: its dialog seen from the phone (RFC 4235 §3.7.1).

use super::{Leg, Usage};
use crate::subscription::Stage;

impl Leg {
    /// How far the party's dialog has come; `None` while there is none to show. A call that we have given up is
    /// over for whoever looks on, whatever its last messages still have to say.
    pub(crate) const fn stage(&self) -> Option<Stage> {
        match &self.usage {
            Usage::EarlyIn(invited) if invited.has_rung() => Some(Stage::Early),
            Usage::EarlyIn(_) => Some(Stage::Trying),
            Usage::EarlyOut(inviting) if !inviting.cancel.is_wanted() => Some(Stage::Early),
            Usage::Moratorium(_) | Usage::Established => Some(Stage::Confirmed),
            Usage::Preparative(_) | Usage::EarlyOut(_) | Usage::Mortal(_) | Usage::Morgue => None,
        }
    }

    /// How far it has come, if lamps show anything else, or somebody else at the other end.
    pub(crate) fn shows_anew(&mut self) -> Option<Option<Stage>> {
        let stage = self.stage();
        let is_new = self.company.take_new();
        (stage != self.shown || is_new).then(|| {
            self.shown = stage;
            stage
        })
    }
}
