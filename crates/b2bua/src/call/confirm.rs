//! A phone that said something of its person hears a tone once that lasts, and that is all of the call.

use callplan::{Prompt, Shipped, step::Event};
use sip::Status;

use super::{Call, Course, Hands, Phase, plan::Pending, release::Ending};
use crate::cause::Cause;

impl Call {
    /// What was said lasts.
    pub(crate) fn kept(&mut self, hands: &mut Hands<'_>) {
        if self.is_saying() {
            self.confirm(hands).into_iter().for_each(|event| self.advance(event, hands));
            self.settle(hands);
        }
    }

    /// What was said may not last, and is so no more.
    pub(crate) fn not_kept(&mut self, hands: &mut Hands<'_>) {
        if self.is_saying() {
            self.end(Ending::refused(Cause::Limit, Status::SERVICE_UNAVAILABLE), hands);
            self.settle(hands);
        }
    }

    const fn is_saying(&self) -> bool {
        matches!(self.phase, Phase::Routing(Course::Said(_)))
    }

    /// Answers and plays the tone.
    fn confirm(&mut self, hands: &mut Hands<'_>) -> Pending {
        self.answer_for_service(hands);
        let prompt = Prompt::Shipped(Shipped::Beep);
        if self.voice.play(self.id, prompt, &self.site, self.a, hands) {
            return Pending::new();
        }
        Pending::from_slice(&[Event::PlayDone])
    }

    /// The tone is over, or nobody listens any more.
    pub(super) fn hear_confirming(&mut self, event: Event, hands: &mut Hands<'_>) {
        match event {
            Event::PlayDone => self.end(Ending::by_switch(Cause::PlanEnded), hands),
            Event::CallerLeft => {
                let cause = if self.is_answered() { Cause::HangUp } else { Cause::Cancelled };
                self.end(Ending::by_caller(cause), hands);
            }
            Event::Enter
            | Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::Key(_)
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::TimerFired(_) => {}
        }
    }
}
