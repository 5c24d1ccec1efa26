//! WAV files as sound at 8 kHz (Microsoft RIFF WAVE; formats 1, 6, 7 and their extensible form).
//!
//! Reads bytes it is given, from whom it is not told. Tolerates what a crashed writer leaves: lengths of
//! zero or beyond the end of the file mean "to the end". hound reads neither that nor G.711, so this is ours.

use std::sync::Arc;

use thiserror::Error;

use crate::codec::{
    g711::Law,
    resample::{self, RATE},
};

/// Longest prompt: an hour.
pub const SAMPLES_MAX: usize = 3600 * RATE as usize;

/// Why a file can't be played. All of it is the operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WavError {
    /// Not a WAV at all.
    #[error("it is no WAV file: it does not begin with RIFF and WAVE")]
    NoWave,
    /// Ends before it says what it holds.
    #[error("the WAV has no {0} part")]
    Missing(&'static str),
    /// A coding we don't open.
    #[error("the WAV holds format {format} with {bits} bits a sample; use PCM of 8 or 16 bits, or G.711")]
    Coding {
        /// Format tag.
        format: u16,
        /// Bits a sample.
        bits: u16,
    },
    /// A rate that does not divide well.
    #[error("the WAV is sampled at {0} Hz; use 8000, 16000 or 48000")]
    Rate(u32),
    /// No samples.
    #[error("the WAV holds no sound")]
    Empty,
    /// Longer than [`SAMPLES_MAX`].
    #[error("the WAV is longer than an hour")]
    TooLong,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// Unsigned bytes.
    Pcm8,
    /// Signed, little-endian.
    Pcm16,
    G711(Law),
}

/// The real format tag stands further behind.
const EXTENSIBLE: u16 = 0xfffe;

struct Form {
    coding: Coding,
    channels: usize,
    /// Of 8 kHz.
    factor: usize,
}

/// The sound of a WAV: mono, 16 bit, 8 kHz.
///
/// # Errors
/// The operator's file: no WAV, or of a kind we don't open.
pub fn read(bytes: &[u8]) -> Result<Arc<[i16]>, WavError> {
    let rest = bytes.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)?.strip_prefix(b"WAVE"));
    let mut rest = rest.ok_or(WavError::NoWave)?;
    let mut form = None;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        match &head[..4] {
            b"fmt " => form = Some(Form::read(body.get(..len).unwrap_or(body))?),
            b"data" => {
                let form = form.ok_or(WavError::Missing("format"))?;
                return form.sound(body.get(..len).filter(|data| !data.is_empty()).unwrap_or(body));
            }
            _ => {}
        }
        // Parts begin at even places.
        rest = body.get(len.saturating_add(len % 2)..).unwrap_or_default();
    }
    Err(WavError::Missing(if form.is_some() { "data" } else { "format" }))
}

impl Form {
    fn read(part: &[u8]) -> Result<Self, WavError> {
        let word = |at: usize| part.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let missing = WavError::Missing("format");
        let (Some(tag), Some(channels), Some(low), Some(high), Some(bits)) =
            (word(0), word(2), word(4), word(6), word(14))
        else {
            return Err(missing);
        };
        let format = if tag == EXTENSIBLE { word(24).ok_or(missing)? } else { tag };
        let coding = match (format, bits) {
            (1, 8) => Coding::Pcm8,
            (1, 16) => Coding::Pcm16,
            (6, 8) => Coding::G711(Law::A),
            (7, 8) => Coding::G711(Law::Mu),
            _ => return Err(WavError::Coding { format, bits }),
        };
        let rate = u32::from(high) << 16 | u32::from(low);
        match rate {
            8_000 | 16_000 | 24_000 | 32_000 | 48_000 => {}
            _ => return Err(WavError::Rate(rate)),
        }
        Ok(Self { coding, channels: usize::from(channels.max(1)), factor: (rate / RATE) as usize })
    }

    fn sound(&self, data: &[u8]) -> Result<Arc<[i16]>, WavError> {
        let frame = self.channels * self.coding.width();
        if data.len() / frame > SAMPLES_MAX * self.factor {
            return Err(WavError::TooLong);
        }
        let samples: Vec<i16> = data.chunks_exact(frame).map(|frame| self.mono(frame)).collect();
        let samples = resample::decimate(&samples, self.factor);
        if samples.is_empty() { Err(WavError::Empty) } else { Ok(samples.into()) }
    }

    fn mono(&self, frame: &[u8]) -> i16 {
        let channels = frame.chunks_exact(self.coding.width());
        let sum: i32 = channels.map(|sample| i32::from(self.coding.sample(sample))).sum();
        (sum / self.channels as i32) as i16
    }
}

impl Coding {
    fn width(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Pcm8 | Self::G711(_) => 1,
        }
    }

    /// `bytes` is one sample of our width.
    fn sample(self, bytes: &[u8]) -> i16 {
        match self {
            Self::Pcm8 => (i16::from(bytes[0]) - 128) << 8,
            Self::Pcm16 => i16::from_le_bytes([bytes[0], bytes[1]]),
            Self::G711(law) => law.decode(bytes[0]),
        }
    }
}
