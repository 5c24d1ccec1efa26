//! From steps to one graph: every plan, menu, group, person and phone becomes nodes.
//!
//! Compiling goes on over findings, so that the graph can be checked for what else is wrong; only a graph
//! of a config without errors is ever run.

mod graph;
mod ringing;
mod shorthand;

pub(crate) use graph::{Drafts, Graph, compile};
