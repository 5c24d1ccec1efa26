//! The part of the binary's network room that its phones stand on.

#[path = "../../src/net/udp.rs"]
#[allow(dead_code, reason = "the phone uses some of it")]
pub(crate) mod udp;
