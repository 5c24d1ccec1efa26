//! A phone that said something of its person hears a tone, and that is all of the call.

use callplan::{Prompt, Shipped, step::Event};

use super::{Call, Hands, plan::Pending, release::Ending};
use crate::cause::Cause;

impl Call {
    /// Answers and plays the tone.
    pub(super) fn confirm(&mut self, hands: &mut Hands<'_>) -> Pending {
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
            Event::CallerLeft => self.end(Ending::by_caller(Cause::HangUp), hands),
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
