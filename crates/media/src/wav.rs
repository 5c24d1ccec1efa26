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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use hound::{SampleFormat, WavSpec, WavWriter};

    use super::*;
    use crate::stage::tone::{level_of, sine};

    /// A WAV of any form, made by hand.
    fn wav(format: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend(format.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"LIST\x03\0\0\0odd\0data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    /// What an independent writer wrote: the oracle for PCM.
    fn by_hound(channels: u16, rate: u32, bits: u16, samples: &[i16]) -> Vec<u8> {
        let spec =
            WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: SampleFormat::Int };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for sample in samples {
            writer.write_sample(*sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pcm_reads_as_another_program_wrote_it() {
        let samples = [0, 1, -1, 32_767, -32_768, 1234];
        assert_eq!(*read(&by_hound(1, 8000, 16, &samples)).unwrap(), samples);
        let bytes = [0, 1, -1, 127, -128, 64];
        let loud = bytes.map(|sample| sample << 8);
        assert_eq!(*read(&by_hound(1, 8000, 8, &bytes)).unwrap(), loud);
        assert_eq!(*read(&by_hound(2, 8000, 16, &[100, 300, -100, -300])).unwrap(), [200, -200]);
    }

    #[test]
    fn wide_sound_is_brought_down_to_8_khz() {
        for rate in [16_000, 48_000] {
            let tone = sine(rate, 1000.0, 8000.0, rate as usize);
            let read = read(&by_hound(1, rate, 16, &tone)).unwrap();
            assert_eq!(read.len(), 8000);
            assert!(level_of(&read, 1000.0) > -9.5);
        }
    }

    #[test]
    fn both_laws_are_opened() {
        assert_eq!(*read(&wav(7, 1, 8000, 8, &[0xff, 0x80, 0x00])).unwrap(), [0, 32_124, -32_124]);
        assert_eq!(*read(&wav(6, 1, 8000, 8, &[0xd5, 0xaa, 0x2a])).unwrap(), [8, 32_256, -32_256]);
    }

    #[test]
    fn the_extensible_form_says_its_format_further_behind() {
        let mut bytes = wav(EXTENSIBLE, 1, 8000, 16, &[1, 0]);
        let more = [&[22, 0, 16, 0, 4, 0, 0, 0, 1, 0][..], &[0; 14]].concat();
        bytes[16] = 16 + more.len() as u8;
        bytes.splice(36..36, more);
        assert_eq!(*read(&bytes).unwrap(), [1]);
    }

    #[test]
    fn what_a_killed_writer_left_is_read_to_its_end() {
        let whole = by_hound(1, 8000, 16, &[7; 800]);
        let cut = &whole[..whole.len() - 600];
        assert_eq!(read(cut).unwrap().len(), 500);
        let mut unfinished = whole.clone();
        unfinished[40..44].fill(0);
        assert_eq!(read(&unfinished).unwrap().len(), 800);
        unfinished[40..44].fill(0xff);
        assert_eq!(read(&unfinished).unwrap().len(), 800);
    }

    #[test]
    fn a_file_that_cannot_be_played_says_why() {
        let table: [(Vec<u8>, WavError); 7] = [
            (b"ID3 and so on".to_vec(), WavError::NoWave),
            (b"RIFF\0\0\0\0WAVE".to_vec(), WavError::Missing("format")),
            (wav(1, 1, 8000, 16, &[])[..36].to_vec(), WavError::Missing("data")),
            (wav(1, 1, 44_100, 16, &[0; 2]), WavError::Rate(44_100)),
            (wav(1, 1, 8000, 24, &[0; 3]), WavError::Coding { format: 1, bits: 24 }),
            (wav(85, 2, 8000, 0, &[0; 3]), WavError::Coding { format: 85, bits: 0 }),
            (wav(1, 1, 8000, 16, &[0]), WavError::Empty),
        ];
        for (bytes, error) in table {
            assert_eq!(read(&bytes), Err(error));
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down() {
        let mut chance = clock::Chance::from_seed([5; 32]);
        let good = by_hound(2, 16_000, 16, &[99; 64]);
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..=chance.below(4) {
                let at = chance.below(bytes.len() as u32) as usize;
                bytes[at] = chance.u32() as u8;
            }
            bytes.truncate(chance.below(200) as usize);
            let _ = read(&bytes);
        }
    }
}
