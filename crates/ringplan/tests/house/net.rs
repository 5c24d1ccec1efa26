//! The part of the binary's network room that its phones stand on.

#[path = "../../src/net/udp.rs"]
pub(crate) mod udp;
