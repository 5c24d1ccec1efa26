//! SIP messages, digest and transactions (RFC 3261), without sockets or clocks.
//!
//! Everything that reads the network here takes bytes and gives a value or a [`Fault`]; nothing in this crate
//! panics on input, holds `unsafe`, asks the time or rolls dice.

#![forbid(unsafe_code)]

pub mod decimal;
pub mod digest;
mod fault;
pub mod flow;
mod grammar;
pub mod header;
pub mod message;
mod method;
mod status;
pub mod stun;
pub mod transaction;
pub mod uri;

pub use fault::Fault;
pub use header::Name;
pub use message::Message;
pub use method::Method;
pub use status::Status;
