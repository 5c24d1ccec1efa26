//! Sound as numbers: G.711, and sampling rates brought down to 8 kHz.
//!
//! Pure arithmetic; knows nothing of packets, files or time.

pub mod g711;
pub mod resample;
