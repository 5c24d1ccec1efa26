//! The engine against hand-made graphs: a table of every state and event, the rules by name, and random
//! walks over random graphs.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test picks out the one variant it is about")]

mod journal;
mod onward;
mod orders;
mod outcomes;
mod sample;
mod table;
mod walks;
