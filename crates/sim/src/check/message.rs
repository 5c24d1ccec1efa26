//! Messages: what was recorded is listed, what is listed was recorded, and the record says so.

use std::time::Duration;

use b2bua::call::log::{Event, Kind};
use callplan::MESSAGE_MIN;
use clock::Instant;
use store::{Direction, Record, Voicemail};

use super::{Check, SLACK, duty::Duty};

impl Check {
    /// A recording on which something was said came to its end.
    pub(crate) fn recorded(&mut self, now: Instant, lasted: Duration) {
        if lasted >= MESSAGE_MIN {
            let lasted_ms = u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX);
            self.unlisted.push(lasted_ms);
            self.owe(now + SLACK, Duty::List(lasted_ms));
        }
    }

    pub(super) fn listed(&mut self, now: Instant, row: &Voicemail) {
        match self.unlisted.iter().position(|lasted_ms| *lasted_ms == row.lasted_ms) {
            Some(at) => drop(self.unlisted.swap_remove(at)),
            None => self.violate(now, format!("call {}: a message that nobody left", row.call.0)),
        }
        if !self.messages.insert(row.call) {
            self.violate(now, format!("call {} left two messages", row.call.0));
        }
    }

    pub(super) fn judge_list(&mut self, at: Instant, lasted_ms: u32) {
        if let Some(index) = self.unlisted.iter().position(|it| *it == lasted_ms) {
            self.unlisted.swap_remove(index);
            if !self.rehearsing.is_empty() {
                // Their records tell whether it was theirs.
                return self.rehearsed.push(lasted_ms);
            }
            self.violate(at, format!("a message of {lasted_ms} ms is not listed"));
        }
    }

    /// RELIABILITY F5: whoever reads the record knows whether there is a message.
    pub(super) fn judge_outcome(&mut self, now: Instant, record: &Record) {
        let (said, left) = (record.outcome == "voicemail", self.messages.contains(&record.call));
        if record.began.direction == Direction::Rehearsal {
            self.judge_rehearsed(now, record, left);
        } else if said != left {
            let (call, outcome) = (record.call.0, record.outcome);
            self.violate(now, format!("call {call} is recorded as {outcome}, a message left: {left}"));
        }
    }

    /// What was said in a rehearsal is kept nowhere.
    fn judge_rehearsed(&mut self, now: Instant, record: &Record, left: bool) {
        let events = Event::read_all(&record.events);
        for spoken in events.filter(|event| event.kind == Kind::Recorded as u8 && event.detail == 1) {
            if let Some(at) = self.rehearsed.iter().position(|it| u64::from(*it) == spoken.value) {
                self.rehearsed.swap_remove(at);
            }
        }
        self.rehearsing.remove(&record.call);
        if left {
            self.violate(now, format!("call {} rehearsed, and left a message", record.call.0));
        }
    }
}
