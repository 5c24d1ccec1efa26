//! What a call does with its caller alone: prompts, keys, recordings, tones, messages.

pub(crate) mod mailbox;
pub(crate) mod phrase;
pub(crate) mod take;
pub(crate) mod tone;
pub(crate) mod voice;
