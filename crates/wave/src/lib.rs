//! The head of a WAV file (Microsoft RIFF WAVE; formats 1, 6, 7 and their extensible form): whether the
//! switch can play it, how long it lasts and where its sound lies.
//!
//! The one reading of it, for whoever checks a prompt, says how long it is and plays it. Reads bytes it is
//! given, from whom it is not told. Tolerates what a crashed writer leaves: lengths of zero or beyond the end
//! of the file mean "to the end". hound reads neither that nor G.711, so this is ours. It never decodes.

use std::{ops::RangeInclusive, slice::ChunksExact, time::Duration};

use thiserror::Error;

/// The longest sound, in seconds: an hour.
pub const SECONDS_MAX: u32 = 3600;

/// The rates that divide well into 8 kHz, in Hz.
const RATES: [u32; 5] = [8_000, 16_000, 24_000, 32_000, 48_000];

/// The rates that sound may be brought from to one of those, in Hz.
const RATES_AT_ALL: RangeInclusive<u32> = 4_000..=192_000;

/// The real format tag stands further behind.
const EXTENSIBLE: u16 = 0xfffe;

/// Why a file can't be played. All of it is the operator's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
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
    #[error("the WAV is sampled at {0} Hz; use 8000, 16000, 24000, 32000 or 48000")]
    Rate(u32),
    /// No samples.
    #[error("the WAV holds no sound")]
    Empty,
    /// Longer than [`SECONDS_MAX`].
    #[error("the WAV is longer than an hour")]
    TooLong,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Unsigned bytes.
    Pcm8,
    /// Signed, little-endian.
    Pcm16,
    /// G.711 A-law.
    ALaw,
    /// G.711 µ-law.
    MuLaw,
}

impl Coding {
    /// Bytes a sample.
    pub const fn width(self) -> usize {
        match self {
            Self::Pcm16 => 2,
            Self::Pcm8 | Self::ALaw | Self::MuLaw => 1,
        }
    }
}

/// A file that can be played: it holds a sample at least, and an hour at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wave<'a> {
    form: Form,
    data: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    coding: Coding,
    channels: usize,
    /// In Hz.
    rate: u32,
}

impl<'a> Wave<'a> {
    /// Reads the head.
    ///
    /// # Errors
    /// The operator's file: no WAV, or of a kind we don't open.
    pub fn open(bytes: &'a [u8]) -> Result<Self, WavError> {
        let wave = Self::open_at_any_rate(bytes)?;
        if RATES.contains(&wave.rate()) { Ok(wave) } else { Err(WavError::Rate(wave.rate())) }
    }

    /// The same of a file that may be sampled at any rate: it can be played once it was brought to one that divides well.
    ///
    /// # Errors
    /// No WAV, of a coding we don't open, or sampled at less than 4 or more than 192 kHz.
    pub fn open_at_any_rate(bytes: &'a [u8]) -> Result<Self, WavError> {
        let rest = bytes.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)?.strip_prefix(b"WAVE"));
        let mut rest = rest.ok_or(WavError::NoWave)?;
        let mut form = None;
        while let Some((head, body)) = rest.split_first_chunk::<8>() {
            let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            match &head[..4] {
                b"fmt " => form = Some(Form::read(body.get(..len).unwrap_or(body))?),
                b"data" => {
                    let form = form.ok_or(WavError::Missing("format"))?;
                    return form.around(body.get(..len).filter(|data| !data.is_empty()).unwrap_or(body));
                }
                _ => {}
            }
            // Parts begin at even places.
            rest = body.get(len.saturating_add(len % 2)..).unwrap_or_default();
        }
        Err(WavError::Missing(if form.is_some() { "data" } else { "format" }))
    }

    /// How a sample is written.
    pub const fn coding(&self) -> Coding {
        self.form.coding
    }

    /// Moments a second; one of the multiples of 8 kHz up to 48 kHz, unless any was allowed.
    pub const fn rate(&self) -> u32 {
        self.form.rate
    }

    /// Samples of one moment.
    pub const fn channels(&self) -> usize {
        self.form.channels
    }

    /// The moments in order, each with a sample for each channel.
    pub fn moments(&self) -> ChunksExact<'a, u8> {
        self.data.chunks_exact(self.form.width())
    }

    /// How long it plays, to the nearest millisecond.
    pub fn lasts(&self) -> Duration {
        let (moments, rate) = (self.moments().len() as u64, u64::from(self.form.rate));
        Duration::from_millis((moments * 1000 + rate / 2) / rate)
    }
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
            (6, 8) => Coding::ALaw,
            (7, 8) => Coding::MuLaw,
            _ => return Err(WavError::Coding { format, bits }),
        };
        let rate = u32::from(high) << 16 | u32::from(low);
        if !RATES_AT_ALL.contains(&rate) {
            return Err(WavError::Rate(rate));
        }
        Ok(Self { coding, channels: usize::from(channels.max(1)), rate })
    }

    /// Bytes of one moment.
    const fn width(self) -> usize {
        self.channels * self.coding.width()
    }

    fn around(self, data: &[u8]) -> Result<Wave<'_>, WavError> {
        match data.len() / self.width() {
            0 => Err(WavError::Empty),
            moments if moments > SECONDS_MAX as usize * self.rate as usize => Err(WavError::TooLong),
            _ => Ok(Wave { form: self, data }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV of any form, whose data part says to be `len` bytes long.
    fn wav(format: u16, rate: u32, bits: u16, len: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend(format.to_le_bytes());
        bytes.extend([1, 0]);
        bytes.extend(rate.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"LIST\x03\0\0\0odd\0data");
        bytes.extend(len.to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn the_samples_that_are_there_tell_the_length() {
        let table = [
            (wav(1, 8_000, 16, 16_000, &[0; 16_000]), 1_000),
            (wav(7, 8_000, 8, 8_000, &[0; 8_000]), 1_000),
            (wav(1, 48_000, 16, 4_800, &[0; 9_600]), 50),
            // What a writer leaves that was killed, or that wrote into a pipe.
            (wav(1, 8_000, 16, 0xffff_ffff, &[0; 16_000]), 1_000),
            (wav(1, 24_000, 16, 0, &[0; 24_000]), 500),
            (wav(1, 32_000, 8, 64_000, &[0; 16_000]), 500),
            (wav(1, 8_000, 8, 1, &[0]), 0),
        ];
        for (bytes, lasts_ms) in table {
            let wave = Wave::open(&bytes).expect("it can be played");
            assert_eq!(wave.lasts(), Duration::from_millis(lasts_ms), "{wave:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_played_says_why() {
        let table: [(Vec<u8>, WavError); 8] = [
            (b"ID3 and so on".to_vec(), WavError::NoWave),
            (b"RIFF\0\0\0\0WAVE".to_vec(), WavError::Missing("format")),
            (wav(1, 8_000, 16, 0, &[])[..36].to_vec(), WavError::Missing("data")),
            (wav(1, 44_100, 16, 2, &[0; 2]), WavError::Rate(44_100)),
            (wav(1, 8_000, 24, 3, &[0; 3]), WavError::Coding { format: 1, bits: 24 }),
            (wav(85, 8_000, 0, 3, &[0; 3]), WavError::Coding { format: 85, bits: 0 }),
            (wav(1, 8_000, 16, 1, &[0]), WavError::Empty),
            (wav(7, 8_000, 8, 0xffff_ffff, &vec![0; 3600 * 8_000 + 1]), WavError::TooLong),
        ];
        for (bytes, error) in table {
            assert_eq!(Wave::open(&bytes), Err(error));
        }
    }

    #[test]
    fn any_rate_is_read_where_it_is_brought_to_another() {
        let odd = wav(1, 22_050, 16, 44_100, &[0; 44_100]);
        assert_eq!(Wave::open(&odd), Err(WavError::Rate(22_050)));
        assert_eq!(Wave::open_at_any_rate(&odd).map(|it| (it.rate(), it.lasts().as_secs())), Ok((22_050, 1)));
        for rate in [0, 3_999, 192_001] {
            let bytes = wav(1, rate, 16, 2, &[0; 2]);
            assert_eq!(Wave::open_at_any_rate(&bytes), Err(WavError::Rate(rate)));
        }
    }

    #[test]
    fn a_head_that_is_cut_is_no_sound() {
        let good = wav(1, 8_000, 16, 2, &[0; 2]);
        for cut in 0..good.len() {
            assert!(Wave::open(&good[..cut]).is_err(), "{cut}");
        }
    }
}
