//! Transactions: what repeats lost messages and drops doubled ones (RFC 3261 §17, RFC 6026).
//!
//! Four machines, one per file, know nothing but their state, their timers and bytes; [`Layer`] finds the
//! machine a message belongs to and carries out what it asks for. Dialogs and calls stand above, as the
//! *transaction user*; nothing here knows of them beyond a word of theirs, `U`.
//!
//! ```text
//!            transaction user
//!   request ▼ respond ▼       ▲ Up
//!     ┌───────────── Layer ──────────┐
//!     │ Clients            Servers   │   slots, index by fingerprint, alarm
//!     │  ClientInvite       ServerInvite
//!     │  ClientRequest      ServerRequest
//!     └──────────────────────────────┘
//!            ▲ receive        ▼ transmit
//! ```

mod ack;
mod alarm;
mod branch;
mod client;
mod client_invite;
mod client_machine;
mod client_request;
mod completed;
mod fingerprint;
mod flows;
mod layer;
mod server;
mod server_invite;
mod server_machine;
mod server_request;
#[cfg(test)]
mod table;
mod timing;

pub use branch::Branch;
pub use client::{ClientKey, Outgoing};
pub use layer::{Config, Layer, Out, Up};
pub use server::ServerKey;
pub use timing::Timing;
