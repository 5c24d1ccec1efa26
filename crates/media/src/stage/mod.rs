//! What can be done with a stream besides relaying it; a call that needs none of it pays for none.
//!
//! Each stage is pure and knows samples, payloads and time, never packets, sockets or files.

pub mod dtmf;
pub mod play;
pub mod record;
pub mod tone;
