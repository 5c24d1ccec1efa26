//! A caller in a slot: it waits, answered, until somebody comes for it or it goes back to whoever parked it.
//!
//! Which slots are taken is not kept anywhere: a call in a slot says so itself.

use crate::{
    call::{Call, Course, Hands, Phase, Timer, log::Kind},
    service::tone,
};

impl Call {
    /// The slot that its caller waits in.
    pub(crate) const fn slot(&self) -> Option<u32> {
        match &self.phase {
            Phase::Routing(Course::Parked(parked)) => Some(parked.slot),
            Phase::Routing(Course::Plan(_) | Course::Dialled(_) | Course::Said(_))
            | Phase::Talking(_)
            | Phase::Over(_) => None,
        }
    }

    /// The caller is in its slot: whoever brought it there is free.
    pub(in crate::call) fn wait_in_slot(&mut self, slot: u32, hands: &mut Hands<'_>) {
        self.note(hands.core, Kind::Parked, 0, 0, slot.into());
        self.alarm.table.arm(Timer::Parked, hands.core.now.mono + self.site.park.return_after);
        self.voice.ringback(self.id, tone::WAITING, self.a, hands);
        self.transfer_done(self.a, hands);
    }

    /// Somebody came for it.
    pub(super) fn leave_slot(&mut self, hands: &mut Hands<'_>) {
        self.note(hands.core, Kind::Replaced, 1, 0, self.slot().unwrap_or_default().into());
        self.voice.stop_all(hands.core);
        self.alarm.table.clear_all();
    }

    /// Nobody came: it rings whoever parked it, and says where it was.
    pub(in crate::call) fn waited_too_long(&mut self, hands: &mut Hands<'_>) {
        let Phase::Routing(Course::Parked(parked)) = &self.phase else { return };
        let parked = *parked;
        self.note(hands.core, Kind::TransferFailed, 1, 0, parked.slot.into());
        let name = if self.caller.name.is_empty() { &self.caller.number } else { &self.caller.name };
        self.caller.name = format!("{} {name}", parked.slot).into();
        self.ring_back(parked.by, hands);
    }
}
