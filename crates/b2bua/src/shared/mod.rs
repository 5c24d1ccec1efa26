//! Machines that outlive calls or join them.

pub(crate) mod callback;
pub mod limit;
pub(crate) mod messages;
pub(crate) mod pending;
pub mod port;
pub(crate) mod recent;
