//! WAV files as sound at 8 kHz; `wave` reads their heads.

use std::sync::Arc;

pub use wave::WavError;
use wave::{Coding, Wave};

use crate::codec::{
    g711::Law,
    resample::{self, RATE},
};

/// The sound of a WAV: mono, 16 bit, 8 kHz.
///
/// # Errors
/// The operator's file: no WAV, or of a kind we don't open.
pub fn read(bytes: &[u8]) -> Result<Arc<[i16]>, WavError> {
    let wave = Wave::open(bytes)?;
    let samples: Vec<i16> = wave.moments().map(|moment| mono(&wave, moment)).collect();
    Ok(resample::decimate(&samples, (wave.rate() / RATE) as usize).into())
}

/// A WAV of any rate as one that is played without further ado: mono, 16 bit, 8 kHz.
///
/// # Errors
/// No WAV, of a coding we don't open, or without sound.
pub fn conformed(bytes: &[u8]) -> Result<Vec<u8>, WavError> {
    let wave = Wave::open_at_any_rate(bytes)?;
    let samples: Vec<i16> = wave.moments().map(|moment| mono(&wave, moment)).collect();
    let samples = resample::resample(&samples, wave.rate(), RATE);
    let data = (samples.len() * 2) as u32;
    let mut out = Vec::with_capacity(HEAD + samples.len() * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(data + HEAD as u32 - 8).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * 2).to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&data.to_le_bytes());
    out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    Ok(out)
}

/// Bytes before the samples of a WAV that we write.
const HEAD: usize = 44;

/// The mean of the channels.
fn mono(wave: &Wave<'_>, moment: &[u8]) -> i16 {
    let samples = moment.chunks_exact(wave.coding().width());
    let sum: i32 = samples.map(|sample| i32::from(decode(wave.coding(), sample))).sum();
    (sum / wave.channels() as i32) as i16
}

/// `bytes` is one sample of this coding's width.
fn decode(coding: Coding, bytes: &[u8]) -> i16 {
    match coding {
        Coding::Pcm8 => (i16::from(bytes[0]) - 128) << 8,
        Coding::Pcm16 => i16::from_le_bytes([bytes[0], bytes[1]]),
        Coding::ALaw => Law::A.decode(bytes[0]),
        Coding::MuLaw => Law::Mu.decode(bytes[0]),
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

    /// Goal: what programs for speech write, mostly at 22.05 kHz, is heard as it was said.
    #[test]
    fn any_rate_is_brought_to_8_khz() {
        for rate in [6_000, 11_025, 16_000, 22_050, 44_100] {
            let tone = sine(rate, 1000.0, 8000.0, rate as usize);
            let bytes = conformed(&by_hound(1, rate, 16, &tone)).unwrap();
            let wave = Wave::open(&bytes).unwrap();
            assert_eq!((wave.rate(), wave.lasts().as_millis()), (8_000, 1_000), "{rate}");
            let heard = read(&bytes).unwrap();
            let meant = level_of(&sine(RATE, 1000.0, 8000.0, RATE as usize), 1000.0);
            let is = level_of(&heard, 1000.0);
            assert!((meant - is).abs() < 0.2, "{rate}: {meant} {is}");
        }
        let high = sine(22_050, 6_000.0, 8000.0, 22_050);
        let heard = read(&conformed(&by_hound(1, 22_050, 16, &high)).unwrap()).unwrap();
        assert!(heard[200..7_800].iter().all(|sample| sample.abs() < 40), "what 8 kHz can't carry is gone");
        assert_eq!(conformed(b"RIFF"), Err(WavError::NoWave));
    }

    #[test]
    fn wide_sound_is_brought_down_to_8_khz() {
        for rate in [16_000, 24_000, 32_000, 48_000] {
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
        let mut bytes = wav(0xfffe, 1, 8000, 16, &[1, 0]);
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
