//! Machines that outlive calls or join them.

pub(crate) mod callback;
pub(crate) mod keys;
pub mod limit;
pub(crate) mod messages;
pub(crate) mod pending;
pub(crate) mod people;
pub mod port;
pub(crate) mod recent;
pub(crate) mod slots;
