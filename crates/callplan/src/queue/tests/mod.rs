//! The queue against a table of every state and event, the rules by name, and random walks.

mod rules;
mod sample;
mod table;
mod walks;
