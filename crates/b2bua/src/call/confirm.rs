//! A phone that said something of its person hears a tone once that lasts, and that is all of the call; and whoever
//! asked to be reminded hears one, longer, when the time has come.

use std::sync::Arc;

use callplan::{Prompt, Shipped, step::Event};
use sip::Status;

use super::{Call, Course, Hands, Phase, plan::Pending, release::Ending};
use crate::{cause::Cause, shared::reminders::Reminder};

/// How many beeps are a reminder.
const BEEPS: u8 = 8;

/// A reminder that rings.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    /// Whose.
    pub(crate) person: Arc<str>,
    /// As it stands until it is heard.
    pub(crate) again: Reminder,
    /// Beeps that were heard.
    pub(crate) beeps: u8,
}

impl Call {
    /// What was said lasts.
    pub(crate) fn kept(&mut self, hands: &mut Hands<'_>) {
        if self.is_saying() {
            self.confirm(hands).into_iter().for_each(|event| self.advance(event, hands));
            return self.settle(hands);
        }
        self.told_taker(true, hands);
        self.told_guest(true, hands);
    }

    /// What was said may not last, and is so no more.
    pub(crate) fn not_kept(&mut self, hands: &mut Hands<'_>) {
        if self.is_saying() {
            self.end(Ending::refused(Cause::Limit, Status::SERVICE_UNAVAILABLE), hands);
            return self.settle(hands);
        }
        self.told_taker(false, hands);
        self.told_guest(false, hands);
    }

    const fn is_saying(&self) -> bool {
        matches!(self.phase, Phase::Routing(Course::Said(_)))
    }

    /// Somebody is there to be reminded: it rings no more.
    pub(super) fn remind(&mut self, hands: &mut Hands<'_>) {
        let Phase::Routing(Course::Reminder(remembered)) = &self.phase else { return };
        let row = hands.core.reminders.replace(&remembered.person, remembered.again, None);
        row.into_iter().for_each(|row| hands.core.put(None, row));
        self.confirm(hands).into_iter().for_each(|event| self.advance(event, hands));
    }

    /// A beep is over, or nobody listens any more.
    pub(super) fn hear_reminding(&mut self, event: Event, hands: &mut Hands<'_>) {
        if let (Event::PlayDone, Phase::Routing(Course::Reminder(remembered))) = (event, &mut self.phase) {
            remembered.beeps += 1;
            if remembered.beeps < BEEPS && self.beep(hands) {
                return;
            }
        }
        self.hear_confirming(event, hands);
    }

    /// Answers and plays the tone.
    fn confirm(&mut self, hands: &mut Hands<'_>) -> Pending {
        self.answer_for_service(hands);
        if self.beep(hands) { Pending::new() } else { Pending::from_slice(&[Event::PlayDone]) }
    }

    fn beep(&mut self, hands: &mut Hands<'_>) -> bool {
        self.voice.play(self.id, Prompt::Shipped(Shipped::Beep), &self.site, self.a, hands)
    }

    /// The tone is over, or nobody listens any more.
    pub(super) fn hear_confirming(&mut self, event: Event, hands: &mut Hands<'_>) {
        match event {
            Event::PlayDone => self.end(Ending::by_switch(Cause::PlanEnded), hands),
            Event::CallerLeft => {
                let cause = if self.is_answered() { Cause::HangUp } else { Cause::Cancelled };
                self.end(Ending::by_caller(self.left.unwrap_or(cause)), hands);
            }
            Event::Enter
            | Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::SentOn { .. }
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(_) => {}
        }
    }
}
