//! SIP messages, digest and transactions (RFC 3261), without sockets or clocks.

pub mod flow;
