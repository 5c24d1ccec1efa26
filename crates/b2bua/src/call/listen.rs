//! What media threads tell a call: keys, and the end of prompts and recordings.

use std::time::Duration;

use callplan::step::Event;
use clock::Key;
use media::control::{DoneReason, TaskId};

use super::{Call, Hands, log::Kind};
use crate::{core::Purpose, leg::Leg, switch::Log};

impl Call {
    /// A party pressed a key.
    pub(crate) fn key(&mut self, leg: Key<Leg>, key: char, hands: &mut Hands<'_>) {
        if leg != self.a {
            self.key_of_callee(leg, key, hands);
        } else if self.voice.is_collecting() {
            if !self.hears_secret() {
                self.note(hands.core, Kind::Key, 0, 0, u64::from(u32::from(key)));
            }
            self.advance(Event::Key(key), hands);
            self.settle(hands);
        }
    }

    /// Something is said on the recording that is being made.
    pub(crate) fn spoke(&mut self, task: TaskId) {
        self.voice.spoke(task);
    }

    /// A task ended.
    pub(crate) fn task_done(
        &mut self,
        task: TaskId,
        purpose: Purpose,
        reason: &DoneReason,
        lasted: Duration,
        hands: &mut Hands<'_>,
    ) {
        if let DoneReason::Failed(why) = reason {
            let line = format!("call {}: a prompt or recording failed: {why}", self.number.0);
            hands.core.log(Log::Warn(line));
        }
        match purpose {
            Purpose::Prompt => {
                if self.voice.play_done(task) && !self.voice.say_on(self.id, self.a, hands) {
                    self.advance(Event::PlayDone, hands);
                }
            }
            Purpose::Message => {
                let from = (!self.is_rehearsal()).then(|| self.caller.number.clone());
                let left = self.voice.record_done(reason, lasted, self.number, from.as_ref(), hands.core);
                let ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
                self.note(hands.core, Kind::Recorded, u8::from(left), 0, ms);
                self.has_left |= left;
                self.recorded_late(left);
                self.advance(Event::RecordDone { left }, hands);
            }
            Purpose::Take => {
                let made = self.voice.take_done(reason, lasted, hands.core);
                self.taken(made, hands);
            }
            Purpose::Music => self.on_hold.ended(task, reason, hands.core.now.mono),
            Purpose::Ringback | Purpose::Keys => {}
        }
        self.settle(hands);
    }
}
