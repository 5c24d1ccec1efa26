//! What lies between the parties and the switch: the network's faults, and a record of what was sent.

mod ladder;
mod network;

pub use ladder::{Entry, Fate, Ladder, Side, label};
pub use network::{Counts, Network, Rule, Way, Weather};
