//! One subscription: whose it is, what it watches and what was told.

use std::sync::Arc;

use clock::{Instant, Now, Wall};
use sip::flow::Flow;

use super::{
    asked::Asked,
    package::Package,
    usage::{Machine, Usage},
    watched::Watched,
};
use crate::dialog::Dialog;

/// One subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// Our tag of its dialog, which names it over restarts.
    pub(crate) tag: Arc<str>,
    /// Whose it is.
    pub(crate) phone: Arc<str>,
    /// Which device of the phone, if it was registered.
    pub(crate) device: Option<Arc<str>>,
    /// The flow of its last SUBSCRIBE, and when that came.
    pub(crate) flow: Flow,
    pub(crate) spoke: Instant,
    /// That flow leads nowhere any more.
    pub(crate) is_cut: bool,
    pub(crate) dialog: Dialog,
    pub(crate) package: Package,
    pub(super) id: Option<Box<str>>,
    pub(crate) watched: Watched,
    /// What it watches, in the words of its watcher.
    pub(crate) entity: Arc<str>,
    pub(super) began: Wall,
    pub(crate) expires: Instant,
    /// Documents sent so far.
    pub(crate) version: u32,
    /// What its watcher was told last.
    pub(crate) told: Option<Arc<str>>,
    pub(crate) machine: Machine,
    /// When to try again.
    pub(super) retry: Option<Instant>,
    /// The earliest hint on the wheel.
    pub(super) hint: Option<Instant>,
}

/// Who begins to watch, and what.
pub(crate) struct Birth {
    pub(crate) tag: Arc<str>,
    pub(crate) phone: Arc<str>,
    pub(crate) device: Option<Arc<str>>,
    pub(crate) flow: Flow,
    pub(crate) dialog: Dialog,
    pub(crate) asked: Asked,
    pub(crate) watched: Watched,
    pub(crate) entity: Arc<str>,
}

impl Subscription {
    /// One whose SUBSCRIBE is not answered yet.
    pub(crate) fn new(birth: Birth, now: Now) -> Self {
        let Birth { tag, phone, device, flow, dialog, asked, watched, entity } = birth;
        Self {
            tag,
            phone,
            device,
            flow,
            spoke: now.mono,
            is_cut: false,
            dialog,
            package: asked.package,
            id: asked.id,
            watched,
            entity,
            began: now.wall,
            expires: now.mono + asked.interval,
            version: 0,
            told: None,
            machine: Machine::new(Usage::Held),
            retry: None,
            hint: None,
        }
    }

    /// Seconds it has left, those begun too: what was asked for is granted whole.
    pub(crate) fn left(&self, now: Instant) -> u64 {
        self.expires.since(now).as_micros().div_ceil(1_000_000) as u64
    }

    /// Has all that a NOTIFY is written from come from memory: a byte of each piece.
    pub(super) fn fetch(&self) -> u8 {
        let told = self.told.as_ref().map_or(0, |told| told.len() as u8);
        let words = [&self.tag, &self.phone, &self.entity].map(|word| word.as_bytes().first().copied());
        let words = words.into_iter().flatten().fold(told, u8::wrapping_add);
        words.wrapping_add(self.dialog.fetch())
    }

    /// Nothing reaches its watcher, who is to be told all of it when that changes.
    pub(crate) fn sleep(&mut self) {
        self.machine.found_no_way();
        self.told = None;
    }

    /// Whether it was begun with this event.
    pub(crate) fn is_of(&self, asked: &Asked) -> bool {
        (self.package, &self.id) == (asked.package, &asked.id)
    }
}
