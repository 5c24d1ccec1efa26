//! A telephone in software, worked by a script: it registers, calls, rings, answers, talks, presses keys,
//! listens and hangs up.
//!
//! `demo` rings a house full of them, `dial` is one. It is a SIP user agent of its own on the far side of
//! a real socket, so it sees what any phone would see; it shares the switch's parser and transactions and
//! knows nothing else of it. One phone is one thread and one call at a time (RFC 3261 §8, §10, §12, §15).

mod account;
mod dialog;
mod events;
mod link;
mod phone;
mod sdp;
mod voice;
mod wire;

pub(crate) use self::{
    account::{Account, Login},
    link::Over,
    phone::{News, Phone},
};

/// Whether it is a key of a telephone: 0 to 9, `*`, `#`, A to D.
pub(crate) fn is_key(key: char) -> bool {
    voice::KEYS.contains(key.to_ascii_uppercase())
}

/// Writes what a phone heard to a WAV file.
///
/// # Errors
/// The file can't be written.
pub(crate) fn save(path: &std::path::Path, samples: &[i16]) -> std::io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let fault = std::io::Error::other::<hound::Error>;
    let mut wav = hound::WavWriter::create(path, spec).map_err(fault)?;
    samples.iter().try_for_each(|sample| wav.write_sample(*sample)).map_err(fault)?;
    wav.finalize().map_err(fault)
}
