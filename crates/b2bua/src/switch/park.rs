//! Slots of parked calls: which one is meant, who waits there, their lamps, and a word to whoever parked somewhere by
//! `*68`.

use callplan::{Feature, PhoneId, resolve, resolve::Joining};
use clock::Key;
use sip::Status;

use super::Switch;
use crate::{
    call::Call,
    subscription::{Lit, Watched},
};

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

    /// Whether a phone calls a free slot because it is about to send somebody there (RFC 5589 §7: it consults first).
    ///
    /// # Errors
    /// What it is told: somebody waits everywhere.
    pub(super) fn asks_after_slot(&self, phone: PhoneId, dialled: &str) -> Result<bool, Status> {
        Ok(self.has_company(phone) && self.slot_wanted(phone, dialled)?.is_some())
    }

    /// Whether somebody talks with a device of this phone who could be parked.
    fn has_company(&self, phone: PhoneId) -> bool {
        let talks = |lit: &Lit| {
            let call = self.legs.get(lit.leg).and_then(|leg| self.calls.get(leg.call()));
            call.is_some_and(|call| call.talks(lit.leg))
        };
        self.core.lights.of(&self.core.site[phone].name).iter().any(talks)
    }

    /// The call whose caller waits in this slot.
    pub(super) fn waits_in(&self, slot: u32) -> Option<Key<Call>> {
        self.core.taken.of(slot)
    }

    /// A call that ran waits elsewhere from here on, or nowhere.
    pub(super) fn moves(&mut self, call: Key<Call>, before: Option<u32>, after: Option<u32>) {
        self.core.taken.moves(call, before, after);
        before.into_iter().chain(after).for_each(|slot| self.slot_changed(slot));
    }

    /// A call was dropped in the middle of what it did.
    pub(super) fn leaves_any_slot(&mut self, call: Key<Call>) {
        if let Some(slot) = self.core.taken.forget(call) {
            self.slot_changed(slot);
        }
    }

    fn slot_changed(&mut self, slot: u32) {
        self.notifier.changed(self.core.now.mono, &Watched::Slot(slot));
    }

    /// Tells the devices of a phone which slot was chosen for them.
    pub(super) fn tell_slot(&mut self, phone: &str, slot: u32) {
        let now = self.core.now.mono;
        for binding in self.core.registrar.newest(phone, now) {
            self.send_message("park", &binding, &format!("Parked at {slot}."));
        }
    }
}
