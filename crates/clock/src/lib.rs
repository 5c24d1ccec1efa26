//! Time, chance and identity for the pure crates.
//!
//! Nothing here reads a clock or an entropy source: the caller hands in [`Now`] and a seed, so that a
//! log of inputs replays to the same outputs.

mod instant;

pub use instant::{Instant, Now, Wall};
