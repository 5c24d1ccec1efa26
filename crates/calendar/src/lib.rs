//! Calendars as other programs export them (RFC 5545): a text in, and on which days and at which times its events
//! take place.
//!
//! Knows iCalendar and civil time. Must never know what an event means to a telephone, what day it is, or where the
//! text came from. Whatever is wrong with an event costs that event and is told with its line; nothing in a text
//! can make reading it long or large.

mod event;
mod flaw;
mod line;
mod moment;
mod occur;
mod read;
mod recur;
mod rule;
mod windows;
mod zone;

pub use event::Event;
pub use flaw::{Flaw, Flawed};
pub use occur::{Occurrence, Occurrences, When};
pub use read::{BYTES_MAX, Calendar, EVENTS_MAX};
