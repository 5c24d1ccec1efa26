//! State that outlives the process, behind requests and replies.
//!
//! A switch asks with [`Request`] and is answered with [`Reply`]; it cannot tell which backend answers.
//! [`memory`] keeps rows in memory under virtual time, for simulation; `sqlite` keeps them in a file. Both
//! commit in groups by the same rules ([`commit`]), both pass the same tests. Nothing here knows calls,
//! plans or SIP: rows come ready-made.

pub mod commit;
pub mod files;
pub mod memory;
pub mod request;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod tables;

pub use request::*;
