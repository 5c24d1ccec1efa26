//! A whole switch in virtual time: a lossy network, a slow store, phones and carriers that follow a script.
//!
//! Nothing here sleeps, binds a port or reads the clock; a seed replays a run to the last message. Parties
//! are user agents of their own on the `sip` crate and know of the switch what the wire tells them.
//!
//! | room | holds |
//! |---|---|
//! | `world` | virtual time, and everything that happens in it, in order |
//! | `wire` | loss, delay, duplication, reordering; what was sent, drawn as a ladder |
//! | `agent` | one phone or carrier |
//! | `studio` | a media thread without media: ports, prompts, recordings, keys |
//! | `site` | configs to run on |
//! | `script` | ladders: prose in, messages out |
//! | `check` | what must always be true |
//! | `plant` | faults put in on purpose, to be found |
//! | `seed` | sites, calls and faults that a number chooses |
//! | `equivalence` | what `explain` says against what parties saw |

#![forbid(unsafe_code)]

pub mod agent;
pub mod authority;
pub mod check;
pub mod equivalence;
pub mod ladders;
pub mod plant;
pub mod script;
pub mod seed;
mod shown;
pub mod site;
pub mod studio;
pub mod wire;
pub mod world;
