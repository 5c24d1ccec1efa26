//! Slots of parked calls: which one is meant, who waits there, and a word to whoever parked somewhere by `*68`.

use callplan::{Feature, PhoneId, resolve, resolve::Joining};
use clock::Key;
use sip::Status;

use super::Switch;
use crate::call::Call;

impl Switch {
    /// The slot that a phone wants to park in; `None` if it wants something else.
    ///
    /// # Errors
    /// What it is told: somebody waits there, or everywhere.
    pub(super) fn slot_wanted(&self, phone: PhoneId, dialled: &str) -> Result<Option<u32>, Status> {
        let site = &self.core.site;
        let free = |slot: &u32| self.waits_in(*slot).is_none();
        let mut slots = match resolve::resolve(site, phone, dialled).joining() {
            Some(Joining::Slot(slot)) => slot..=slot,
            Some(Joining::Code(Feature::Park, _)) => match &site.park.slots {
                Some(slots) => slots.clone(),
                None => return Err(Status::NOT_FOUND),
            },
            Some(Joining::Code(..)) | None => return Ok(None),
        };
        slots.find(free).map(Some).ok_or(Status::BUSY_HERE)
    }

    /// The call whose caller waits in this slot.
    pub(super) fn waits_in(&self, slot: u32) -> Option<Key<Call>> {
        self.calls.iter().find(|(_, call)| call.slot() == Some(slot)).map(|(key, _)| key)
    }

    /// Tells the devices of a phone which slot was chosen for them.
    pub(super) fn tell_slot(&mut self, phone: &str, slot: u32) {
        let now = self.core.now.mono;
        let told: Vec<_> = self.core.registrar.bindings(phone, now).cloned().collect();
        for binding in told {
            self.send_message("park", &binding, &format!("Parked at {slot}."));
        }
    }
}
