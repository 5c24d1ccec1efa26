//! Time, chance and identity for the pure crates.
//!
//! Nothing here reads a clock or an entropy source: the caller hands in [`Now`] and a seed, so that a
//! log of inputs replays to the same outputs. Nothing here knows of SIP or calls either.

mod chance;
mod instant;
mod slots;
mod table;
mod wheel;

pub use chance::Chance;
pub use instant::{Instant, Now, Wall};
pub use slots::{Full, Key, Slots};
pub use table::Table;
pub use wheel::Wheel;
