//! What the plan of a call was told while it ran, so that it can be decided again.
//!
//! A [`Journal`] stands between a call and [`step`]: it writes down each event, and whatever the engine looked up while
//! it dealt with that, as it was answered. [`read`] takes the bytes apart, and [`replay`] runs them through `step`
//! again: with the version that the call ran on the decisions are the same, for nothing else goes into them.
//!
//! ```text
//!   clock, course, told ... | event, answer, answer ... | event, answer ... | course ... | event ...
//! ```
//!
//! Ids are those of the version that the call began with. It must never know who reads it, nor decide anything.
//!
//! What it costs is told by `cargo run --release -p callplan --example step_cost`.

mod ink;
mod overheard;
mod read;
mod recorded;
mod replay;
mod write;

pub use read::{Broken, read};
pub use recorded::{Course, Heard, Moment, Recorded, tellings};
pub use replay::{Recalled, Replayed, replay};

use std::mem;

use clock::Now;

use self::{overheard::Overheard, write::Pen};
use crate::{
    Site,
    step::{Caller, Cursor, Event, Facts, Steps, World, step},
};

/// Bytes after which nothing more is written: of a call that goes on, the beginning is kept.
pub const BYTES_MAX: usize = 16 << 10;

/// Bytes that most calls come to, taken at once.
const BYTES_USUAL: usize = 120;

/// The journal of one call, whatever courses it took.
#[derive(Clone, Debug)]
pub struct Journal {
    bytes: Vec<u8>,
    /// When the call came, or the last event was, by both clocks.
    last: Now,
}

impl Journal {
    /// Nothing yet, of a call that came just now. Takes no memory before a plan runs.
    pub const fn new(now: Now) -> Self {
        Self { bytes: Vec::new(), last: now }
    }

    /// [`step`], with all that it was told written down.
    pub fn step(
        &mut self,
        site: &Site,
        cursor: &mut Cursor,
        facts: &Facts,
        world: &dyn World,
        event: Event,
        out: &mut Steps,
    ) {
        if self.bytes.len() >= BYTES_MAX {
            return step(site, cursor, facts, world, event, out);
        }
        self.happens(site, world.now(), cursor.is_new(), facts, event);
        let number = if let Caller::Number(number) = facts.caller { Some(number) } else { None };
        let overheard = Overheard::new(site, world, &mut self.bytes, number);
        step(site, cursor, facts, &overheard, event, out);
    }

    /// As kept in the record of a call; empty for one that never ran through a plan.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn happens(&mut self, site: &Site, now: Now, is_new: bool, facts: &Facts, event: Event) {
        let before = mem::replace(&mut self.last, now);
        let since = now.mono.since(before.mono);
        let is_first = self.bytes.is_empty();
        if is_first {
            self.bytes.reserve(BYTES_USUAL);
        }
        let mut pen = Pen::new(&mut self.bytes);
        if is_first || before.after(since).wall != now.wall {
            pen.clock(now.wall);
        }
        if is_new {
            pen.course(facts);
            if let Caller::Phone(phone) = facts.caller {
                site.desks().filter(|(lent, _)| *lent == phone).for_each(|(lent, who)| pen.desk(lent, who));
            }
        }
        if is_new || matches!(event, Event::Told(_)) {
            pen.told(&facts.told);
        }
        pen.event(since, event);
    }
}
