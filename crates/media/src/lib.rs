//! RTP and what is done with it (RFC 3550): relay, prompts, keys, recordings.

pub mod control;
