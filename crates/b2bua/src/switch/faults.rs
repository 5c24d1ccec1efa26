//! A panic costs one call, not the switch (STYLE §5).
//!
//! The effects and outputs of the input that panicked are thrown away, since nobody knows how far they got.
//! The call that ran is dropped, its parties are told, and what calls hold is counted anew.

use std::{any::Any, panic::resume_unwind, time::Duration};

use clock::{Instant, Key};

use super::{Log, Switch};
use crate::{call::Call, cause::Release, leg::Leg};

/// This many panics within [`WINDOW`] end the process, so that a sound one is started.
const FAULTS_MAX: usize = 3;
const WINDOW: Duration = Duration::from_secs(60);

/// When the last panics were.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Instant>);

impl Faults {
    /// Notes a panic; whether there were too many of late.
    fn note(&mut self, now: Instant) -> bool {
        self.0.retain(|at| now.since(*at) < WINDOW);
        self.0.push(now);
        self.0.len() >= FAULTS_MAX
    }
}

impl Switch {
    /// Goes on after a panic, unless there were too many.
    pub(super) fn survive(&mut self, panic: Box<dyn Any + Send>) {
        self.core.counters.faults += 1;
        self.core.effects.clear();
        self.core.outputs.clear();
        if self.faults.note(self.core.now.mono) {
            resume_unwind(panic);
        }
        let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref().map(String::as_str));
        let mut line = format!("a fault of ringplan: {}", said.unwrap_or("no words"));
        if let Some(call) = self.running.take() {
            line = format!("{line}; one call was dropped");
            self.drop_call(call);
        }
        self.core.log(Log::Warn(line));
    }

    fn drop_call(&mut self, key: Key<Call>) {
        let legs: Vec<Key<Leg>> =
            self.legs.iter().filter(|(_, leg)| leg.call() == key).map(|(leg, _)| leg).collect();
        for leg in legs {
            if let Some(leg) = self.legs.get_mut(leg) {
                leg.stop(Release::Fault, &mut self.core);
            }
        }
        if let Some(mut call) = self.calls.remove(key) {
            call.settle_up(&mut self.core);
            self.core.store(store::Request::Record(Box::new(call.record_of_fault(self.core.now))));
        }
        self.leaves_any_slot(key);
        self.core.limits.clear();
        for (_, call) in self.calls.iter() {
            call.holdings().for_each(|holding| self.core.limits.take(holding));
        }
        let tabs = self.calls.iter().flat_map(|(_, call)| call.tabs());
        self.core.ledger.recount(tabs, |leg| self.legs.get(leg).is_some());
        self.lines_recount();
        self.core.tallies.recount(|leg| self.legs.get(leg).is_some());
    }
}
