//! Machines that outlive calls or join them.

pub mod limit;
pub(crate) mod messages;
pub(crate) mod pending;
pub mod port;
pub(crate) mod recent;
