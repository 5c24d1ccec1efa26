//! RTP and what is done with it: relay, prompts, tones, keys, recordings.
//!
//! One [`worker::Worker`] owns every stream of a media thread. It is pure: packets, requests and time go
//! in, packets, replies and [`worker::Effect`]s come out, and nothing in it touches a socket, a file or a
//! clock. `thread`, on Linux alone, holds the sockets and the disk and carries out what the worker says.
//!
//! ```text
//! phone ─ RTP ─▶ latch ─▶ incoming ─┬─▶ keys, recording
//!                                   └─▶ relay, convert ─▶ outgoing ─ RTP ─▶ the other phone
//!                           prompt, tone, silence ─────────▶ ┘
//! ```
//!
//! It knows what [`control`] says of a call and no more: never SIP, SDP, numbers or plans.
//! RFC 3550 (RTP, RTCP), RFC 3551 (audio profile), RFC 4733 (keys), RFC 5761 (RTCP beside RTP on one port),
//! RFC 7587 (Opus).

pub mod codec;
pub mod control;
pub mod convert;
pub mod incoming;
pub mod latch;
pub mod outgoing;
pub mod port;
pub mod relay;
pub mod rtcp;
pub mod rtp;
pub mod stage;
mod stream;
#[cfg(target_os = "linux")]
pub mod thread;
pub mod wav;
pub mod worker;
