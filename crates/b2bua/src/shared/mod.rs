//! Machines that outlive calls or join them.

pub mod limit;
pub mod port;
pub(crate) mod recent;
