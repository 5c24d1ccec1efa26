//! The rules of a worker, in virtual time: packets, requests and the clock in, packets and replies out.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod chance;
mod convert;
mod keys;
mod latch;
mod moving;
mod play;
mod ports;
mod record;
mod relay;
mod reports;
mod rig;
