//! What a party does by itself: its manner with calls that come in, and its chores.

use std::{collections::BTreeMap, time::Duration};

use clock::Instant;
use sip::Status;

use super::Agent;

/// What a party does with a call that comes in, without being told each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Manner {
    /// Rings after so long.
    pub rings: Option<Duration>,
    /// Rings with media of its own: 183 with a description.
    pub early: bool,
    /// Then, counted from the INVITE, does this.
    pub then: Option<(Duration, Deed)>,
    /// Once it talks, hangs up after so long.
    pub talks: Option<Duration>,
    /// Once it talks, changes the session after so long.
    pub changes: Option<Duration>,
}

/// What a party makes of a call that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// 200.
    Answer,
    /// A refusal.
    Refuse(Status),
}

/// What a party is to do later: the earliest first, of equals the one decided first.
#[derive(Debug, Default)]
pub(super) struct Chores {
    pub(super) at: BTreeMap<(Instant, u64), Chore>,
    decided: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Chore {
    /// The manner's ringing.
    Ring(usize, bool),
    /// The manner's deed.
    Deed(usize, Deed),
    /// A 2xx without ACK is sent again.
    Again(usize),
    /// Hang up, if still talking.
    HangUp(usize),
    /// Give up calling.
    GiveUp(usize),
    /// Change the session.
    Change(usize),
    /// Refresh the session of this agreement.
    Refresh(usize, u32),
    /// It was not refreshed.
    Expire(usize, u32),
    /// A provisional without PRACK is sent again.
    Provisional(usize, u32),
    /// Register anew.
    Register,
    /// Subscribe for longer.
    Rewatch(usize),
    /// Subscribe anew.
    WatchAgain(usize),
}

impl Chores {
    pub(super) fn plan(&mut self, at: Instant, chore: Chore) {
        self.decided += 1;
        self.at.insert((at, self.decided), chore);
    }

    pub(super) fn due(&mut self, now: Instant) -> Option<Chore> {
        let first = self.at.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

impl Agent {
    /// From now on it renews nothing and tries nothing again.
    pub fn repeats_nothing(&mut self) {
        (self.registration.keeps_up, self.keeps_watching) = (false, false);
        let repeats =
            |chore: &Chore| matches!(chore, Chore::Register | Chore::Rewatch(_) | Chore::WatchAgain(_));
        self.chores.at.retain(|_, chore| !repeats(chore));
    }

    pub(super) fn later(&mut self, after: Duration, chore: Chore) {
        self.chores.plan(self.now + after, chore);
    }

    pub(super) fn do_chore(&mut self, chore: Chore) {
        match chore {
            Chore::Ring(line, early) => self.ring(line, early),
            Chore::Deed(line, Deed::Answer) => self.answer(line),
            Chore::Deed(line, Deed::Refuse(status)) => self.refuse(line, status),
            Chore::Again(line) => self.repeat_answer(line),
            Chore::HangUp(line) => self.hang_up(line),
            Chore::GiveUp(line) => self.give_up(line),
            Chore::Change(line) => self.change(line),
            Chore::Refresh(line, turn) => self.refresh(line, turn),
            Chore::Expire(line, turn) => self.expire(line, turn),
            Chore::Provisional(line, rseq) => self.repeat_provisional(line, rseq),
            Chore::Register => self.register(),
            Chore::Rewatch(index) => self.rewatch(index),
            Chore::WatchAgain(index) => self.watch_again(index),
        }
    }
}
