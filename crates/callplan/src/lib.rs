//! The call plan: read, checked, compiled, stepped and explained.
//!
//! From TOML text to a [`Site`]: `parse` reads the files into drafts that remember where every value
//! stood, `check` looks at them as a whole, `compile` turns steps into one graph of nodes. The engine
//! walks that graph. Nothing here opens a file, knows a socket or asks what time it is: texts and
//! asset bytes are handed in.

mod almanac;
pub mod capture;
mod check;
mod compile;
pub mod coverage;
pub mod days;
mod describe;
pub mod diff;
mod draft;
mod effective;
pub mod explain;
pub mod exposure;
mod finding;
pub mod heard;
pub mod hold;
pub mod hours;
pub mod journal;
mod load;
pub mod model;
pub mod money;
pub mod number;
pub mod order;
mod parse;
pub mod proof;
pub mod queue;
pub mod reach;
pub mod resolve;
mod schema;
pub mod shown;
mod source;
pub mod step;
pub mod times;
pub mod ways;
pub mod whatif;
mod wording;

pub use almanac::{Almanac, CalendarFile, EventId, Use};
pub use check::{Parts, largest_invite};
pub use describe::{Description, describe};
pub use effective::{Effective, effective};
pub use finding::{Code, Finding, Severity};
pub use load::{CONFIG_BYTES_MAX, load, load_exposed};
pub use model::*;
pub use order::{Order, Tally};
pub use parse::fetched_calendar;
pub use schema::schema;
pub use source::{Assets, Exposed, Fetched, Flaw, Memory, Pem, Saying, Source, Spoken, Unread};
pub use wording::Vocabulary;
