//! Machines that outlive calls or join them.

pub(crate) mod again;
pub mod blocked;
pub(crate) mod callback;
pub mod desks;
pub(crate) mod erred;
pub(crate) mod guess;
pub mod keys;
pub(crate) mod ledger;
pub mod limit;
pub mod lists;
pub(crate) mod messages;
pub(crate) mod pending;
pub(crate) mod people;
pub mod port;
pub mod probes;
pub(crate) mod promise;
pub(crate) mod queue;
pub(crate) mod recent;
pub mod recorded;
pub mod rehearsal;
pub(crate) mod reminders;
pub(crate) mod slots;
pub mod tally;

use std::sync::Arc;

/// A named value that the store keeps.
pub(crate) type Row = (Arc<str>, Arc<[u8]>);
