//! What a call does with its caller alone: prompts, keys, recordings, tones.

pub(crate) mod tone;
pub(crate) mod voice;
