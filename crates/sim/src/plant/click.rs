//! Faults in how calls are placed that were asked for by a click.

use sip::{Message, Method};

use super::{Fault, Planted};

#[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
impl Planted {
    /// How often a click is heard.
    pub fn clicks_heard(&self) -> u32 {
        if self.fault == Fault::ClickTwice { 2 } else { 1 }
    }

    /// A click is under way, or has been dealt with.
    pub const fn clicks(&mut self, is_click: bool) {
        self.is_click = is_click;
    }

    /// Whether one of those two is not called; copies are not either.
    pub(super) fn leaves_out(&mut self, message: &Message) -> bool {
        let is_left_out = match self.fault {
            Fault::AskerUnrung => self.is_click,
            Fault::CalleeForgotten => std::mem::take(&mut self.is_asker_there),
            _ => return false,
        };
        let branch = message.branch().unwrap_or_default();
        if is_left_out {
            self.left_out.insert(branch.into());
        }
        self.left_out.contains(branch)
    }

    /// Who is rung because of a click, and who is called once one of them is there.
    pub(super) fn note_asker(&mut self, message: &Message) {
        if !message.is_request() {
            return;
        }
        let is_call = *message.method() == Method::Invite && message.to_tag().is_none();
        if is_call && self.is_click {
            self.askers.insert(message.call_id().into());
        } else if is_call && std::mem::take(&mut self.is_asker_there) && self.fault == Fault::CalleeLate {
            self.led_on.insert(message.branch().unwrap_or_default().into());
        } else if *message.method() == Method::Ack {
            self.is_asker_there = self.askers.remove(message.call_id());
        }
    }
}
