//! What is alike wherever the switch serves a caller by keys, whatever it does for them: [`mailbox`](super::mailbox) and
//! [`take`](super::take).

use std::time::Duration;

use callplan::step::{Event as Told, TimerId};
use media::control::Source;

use super::{Call, Hands, Timer, release::Ending};
use crate::{cause::Cause, core::Core, service::phrase::Phrase};

/// What a caller did, or what of theirs is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// They pressed a key.
    Press(char),
    /// What they heard is over.
    Played,
    /// They pressed nothing for as long as was waited for.
    Silence,
    /// What they spoke is recorded, or was nothing.
    Record(bool),
}

impl Call {
    /// Answers, and hears the caller's keys from now on.
    pub(super) fn attend(&mut self, hands: &mut Hands<'_>) {
        self.answer_for_service(hands);
        self.voice.collect(self.id, true, self.a, hands);
    }

    /// What of all that happens to a call its service hears of. Whoever hangs up ends it.
    pub(super) fn attended(&mut self, told: Told, hands: &mut Hands<'_>) -> Option<Did> {
        match told {
            Told::Key(key) => Some(Did::Press(key)),
            Told::PlayDone => Some(Did::Played),
            Told::TimerFired(TimerId::Key) => Some(Did::Silence),
            Told::RecordDone { left } => Some(Did::Record(left)),
            Told::CallerLeft => {
                let cause = if self.is_answered() { Cause::HangUp } else { Cause::Cancelled };
                self.end(Ending::by_caller(self.left.unwrap_or(cause)), hands);
                None
            }
            Told::Enter
            | Told::Ringing(_)
            | Told::Answered(_)
            | Told::Busy(_)
            | Told::Declined(_)
            | Told::Unreachable(_)
            | Told::SentOn { .. }
            | Told::KeyOf { .. }
            | Told::Told(_)
            | Told::Line(_)
            | Told::TimerFired(_) => None,
        }
    }

    /// A key is waited for so long, or no longer.
    pub(super) fn await_key(&mut self, patience: Option<Duration>, hands: &Hands<'_>) {
        let timer = Timer::Plan(TimerId::Key);
        match patience {
            Some(patience) => self.alarm.table.arm(timer, hands.core.now.mono + patience),
            None => self.alarm.table.clear(timer),
        }
    }
}

/// The recording of a phrase; none if it does not come with the switch.
pub(super) fn recording(phrase: Phrase, core: &Core) -> Option<Source> {
    core.sounds.words.get(phrase.name()).cloned().map(Source::Wave)
}
