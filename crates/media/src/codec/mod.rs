//! Sound as numbers: the codecs that we speak, and sampling rates changed into one another.
//!
//! Arithmetic alone; knows nothing of packets, files or time.

pub mod coder;
pub mod g711;
pub mod g722;
pub mod resample;
