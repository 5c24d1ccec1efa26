//! A caller in a slot: it waits, answered, until somebody comes for it or it goes back to whoever parked it.
//!
//! A call in a slot says so itself; whoever runs it keeps the table of slots by that.

use std::time::Duration;

use crate::{
    call::{Call, Course, Hands, Phase, Timer, log::Kind, release::Ending},
    cause::Cause,
    service::tone,
};

/// How long a phone may ask after a slot.
const ASKS_MAX: Duration = Duration::from_secs(60);

impl Call {
    /// The slot that its caller waits in.
    pub(crate) const fn slot(&self) -> Option<u32> {
        match &self.phase {
            Phase::Routing(Course::Parked(parked)) => Some(parked.slot),
            Phase::Routing(
                Course::Plan(_)
                | Course::Dialled(_)
                | Course::Said(_)
                | Course::Listening(_)
                | Course::Taking(_)
                | Course::Asking
                | Course::Originated(_)
                | Course::Reminder(_)
                | Course::Probing(_),
            )
            | Phase::Talking(_)
            | Phase::Over(_) => None,
        }
    }

    /// The caller is in its slot: whoever brought it there is free.
    pub(in crate::call) fn wait_in_slot(&mut self, slot: u32, hands: &mut Hands<'_>) {
        self.note(hands.core, Kind::Parked, 0, 0, slot.into());
        self.alarm.table.arm(Timer::Parked, hands.core.now.mono + self.site.park.return_after);
        if self.parked_music(hands).is_none() {
            self.voice.ringback(self.id, tone::WAITING, self.a, hands);
        }
        self.transfer_done(self.a, hands);
        self.agree_with_service(hands);
        self.meets_slot(slot, hands);
    }

    /// Whoever asks after a slot hears what waits there would, for a while.
    pub(in crate::call) fn hear_of_slot(&mut self, hands: &mut Hands<'_>) {
        self.answer_for_service(hands);
        if matches!(self.phase, Phase::Over(_)) {
            return;
        }
        self.alarm.table.arm(Timer::Parked, hands.core.now.mono + ASKS_MAX);
        self.voice.ringback(self.id, tone::WAITING, self.a, hands);
    }

    /// Somebody came for it.
    pub(super) fn leave_slot(&mut self, hands: &mut Hands<'_>) {
        self.note(hands.core, Kind::Replaced, 1, 0, self.slot().unwrap_or_default().into());
        self.voice.stop_all(hands.core);
        self.alarm.table.clear_all();
    }

    /// Nobody came: it rings whoever parked it, and says where it was. Whoever asks for ever is parted with.
    pub(in crate::call) fn waited_too_long(&mut self, hands: &mut Hands<'_>) {
        if matches!(self.phase, Phase::Routing(Course::Asking)) {
            return self.end(Ending::by_switch(Cause::PlanEnded), hands);
        }
        let Phase::Routing(Course::Parked(parked)) = &self.phase else { return };
        let parked = *parked;
        self.note(hands.core, Kind::TransferFailed, 1, 0, parked.slot.into());
        self.comes_from = Some(parked.slot);
        self.on_hold.returns(true);
        self.ring_back(parked.by, hands);
    }
}
