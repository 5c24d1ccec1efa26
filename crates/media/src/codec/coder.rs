//! The codecs that we speak ourselves, behind one face: payload to 16-bit mono sound and back.
//!
//! All but G.711 remember what went before, so there is one [`Decoder`] and one [`Encoder`] for each direction of each
//! stream. What they need is allocated at the first packets; only the encoder of Opus takes a little for each.

use opus_pure::{Application, OpusDecoder, OpusEncoder};

use super::{
    g711::Law,
    g722,
    resample::{RATE, WIDE_RATE},
};
use crate::control::Format;

/// Longest packet that is opened, in milliseconds: the longest that Opus has (RFC 6716 §3.2.5).
pub const PACKET_MS_MAX: usize = 120;

/// Room for the sound of one packet.
pub const SOUND_MAX: usize = PACKET_MS_MAX * WIDE_RATE as usize / 1000;

/// Opus at a rate where wideband speech is clean (RFC 7587 §3.1.1): mono, bits a second.
const OPUS_BITS: i32 = 32_000;

/// Of 10. From 7 on the encoder asks itself whether it hears music, which costs as much again.
const OPUS_EFFORT: i32 = 5;

/// Longest Opus packet that we make; far above what [`OPUS_BITS`] needs.
const OPUS_BYTES_MAX: usize = 1000;

/// Durations that an Opus packet may have, in samples at 16 kHz, the longest first (RFC 6716 §2.1.4).
const OPUS_FRAMES: [usize; 8] = [1920, 1600, 1280, 960, 640, 320, 160, 80];

/// A codec that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// G.711.
    Law(Law),
    /// G.722.
    G722,
    /// Opus, as mono speech.
    Opus,
}

impl Codec {
    /// The codec of a format, if we speak it.
    pub const fn of(format: Format) -> Option<Self> {
        match format {
            Format::Pcmu => Some(Self::Law(Law::Mu)),
            Format::Pcma => Some(Self::Law(Law::A)),
            Format::G722 => Some(Self::G722),
            Format::Opus => Some(Self::Opus),
            Format::TelephoneEvent(_) | Format::Other(_) => None,
        }
    }

    /// Samples a second of what is decoded and encoded.
    pub const fn rate(self) -> u32 {
        match self {
            Self::Law(_) => RATE,
            Self::G722 | Self::Opus => WIDE_RATE,
        }
    }

    /// Units of its RTP clock in a millisecond: that of G.722 counts as if it sampled at 8 kHz (RFC 3551 §4.5.2), that of
    /// Opus at 48 (RFC 7587 §4.1).
    pub const fn clock_khz(self) -> u32 {
        match self {
            Self::Law(_) | Self::G722 => 8,
            Self::Opus => 48,
        }
    }

    /// Whether a packet says the same whatever went before it.
    pub const fn is_forgetful(self) -> bool {
        matches!(self, Self::Law(_))
    }

    /// The longest packet that can be made of so many samples at [`rate`](Self::rate), in samples; 0 if none can.
    pub fn packet_of(self, samples: usize) -> usize {
        match self {
            Self::Law(_) => samples.min(PACKET_MS_MAX * RATE as usize / 1000),
            Self::G722 => samples.min(SOUND_MAX) / g722::SAMPLES_PER_BYTE * g722::SAMPLES_PER_BYTE,
            Self::Opus => OPUS_FRAMES.into_iter().find(|frame| *frame <= samples).unwrap_or(0),
        }
    }
}

/// What a party says, to be heard.
#[derive(Debug)]
pub enum Decoder {
    /// G.711.
    Law(Law),
    /// G.722.
    G722(Box<g722::Decoder>),
    /// Opus.
    Opus(Box<OpusDecoder>),
}

impl Decoder {
    /// At the beginning of a stream.
    pub fn new(codec: Codec) -> Self {
        match codec {
            Codec::Law(law) => Self::Law(law),
            Codec::G722 => Self::G722(Box::default()),
            Codec::Opus => {
                let decoder = OpusDecoder::new(WIDE_RATE.cast_signed(), 1).expect("a rate that Opus has");
                Self::Opus(Box::new(decoder))
            }
        }
    }

    /// The codec it opens.
    pub const fn codec(&self) -> Codec {
        match self {
            Self::Law(law) => Codec::Law(*law),
            Self::G722(_) => Codec::G722,
            Self::Opus(_) => Codec::Opus,
        }
    }

    /// Decodes one packet at the codec's [rate](Codec::rate); how many samples, or `None` of one that holds none, more
    /// than [`PACKET_MS_MAX`] or what is no code.
    pub fn decode(&mut self, payload: &[u8], sound: &mut [i16; SOUND_MAX]) -> Option<usize> {
        let longest = PACKET_MS_MAX * RATE as usize / 1000;
        match self {
            Self::Law(_) | Self::G722(_) if payload.is_empty() || payload.len() > longest => None,
            Self::Law(law) => {
                for (sample, byte) in sound.iter_mut().zip(payload) {
                    *sample = law.decode(*byte);
                }
                Some(payload.len())
            }
            Self::G722(decoder) => Some(decoder.decode(payload, sound)),
            // An empty one would be taken for a lost one.
            Self::Opus(_) if payload.is_empty() => None,
            Self::Opus(decoder) => {
                decoder.decode_s16(payload, SOUND_MAX, sound).ok().filter(|count| *count > 0)
            }
        }
    }
}

/// What a party hears, to be said.
#[derive(Debug)]
pub enum Encoder {
    /// G.711.
    Law(Law),
    /// G.722.
    G722(Box<g722::Encoder>),
    /// Opus.
    Opus(Box<OpusEncoder>),
}

impl Encoder {
    /// At the beginning of a stream.
    pub fn new(codec: Codec) -> Self {
        match codec {
            Codec::Law(law) => Self::Law(law),
            Codec::G722 => Self::G722(Box::default()),
            Codec::Opus => {
                let encoder = OpusEncoder::new(WIDE_RATE.cast_signed(), 1, Application::Voip);
                let mut encoder = encoder.expect("a rate that Opus has");
                (encoder.bitrate_bps, encoder.complexity) = (OPUS_BITS, OPUS_EFFORT);
                Self::Opus(Box::new(encoder))
            }
        }
    }

    /// The codec it makes.
    pub const fn codec(&self) -> Codec {
        match self {
            Self::Law(law) => Codec::Law(*law),
            Self::G722(_) => Codec::G722,
            Self::Opus(_) => Codec::Opus,
        }
    }

    /// Encodes one packet, of as many samples as [`Codec::packet_of`] allows; how many bytes, or `None` if it has
    /// another length or the room is too small.
    pub fn encode(&mut self, sound: &[i16], payload: &mut [u8]) -> Option<usize> {
        match self {
            Self::Law(law) => {
                let room = payload.get_mut(..sound.len())?;
                for (byte, sample) in room.iter_mut().zip(sound) {
                    *byte = law.encode(*sample);
                }
                Some(sound.len())
            }
            Self::G722(encoder) => {
                let count = sound.len() / g722::SAMPLES_PER_BYTE;
                Some(encoder.encode(sound, payload.get_mut(..count)?))
            }
            Self::Opus(encoder) => {
                let room = payload.len().min(OPUS_BYTES_MAX);
                encoder.encode_s16(sound, sound.len(), &mut payload[..room]).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::resample::Halver,
        stage::tone::{level_of, sine},
    };

    const ALL: [Codec; 4] = [Codec::Law(Law::Mu), Codec::Law(Law::A), Codec::G722, Codec::Opus];

    /// What is heard of a sound at the codec's rate, by packets of so many milliseconds.
    fn through(codec: Codec, sound: &[i16], ms: usize) -> Vec<i16> {
        let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
        let mut heard = Vec::new();
        for frame in sound.chunks_exact(codec.rate() as usize * ms / 1000) {
            assert_eq!(codec.packet_of(frame.len()), frame.len());
            let (mut bytes, mut room) = ([0; 1500], [0; SOUND_MAX]);
            let len = encoder.encode(frame, &mut bytes).unwrap();
            let count = decoder.decode(&bytes[..len], &mut room).unwrap();
            assert_eq!(count, frame.len());
            heard.extend_from_slice(&room[..count]);
        }
        heard
    }

    fn at_8_khz(codec: Codec, mut sound: Vec<i16>) -> Vec<i16> {
        if codec.rate() == WIDE_RATE {
            let count = Halver::new().run(&mut sound);
            sound.truncate(count);
        }
        sound
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_level_through_each_codec() {
        for codec in ALL {
            for ms in [10, 20, 40, 60] {
                let said = sine(codec.rate(), 1000.0, 8000.0, codec.rate() as usize * 3);
                let heard = at_8_khz(codec, through(codec, &said, ms));
                let settled = &heard[8000..16_000];
                let loss = level_of(settled, 1000.0) - level_of(&sine(RATE, 1000.0, 8000.0, 8000), 1000.0);
                assert!(loss.abs() < 1.0, "{codec:?} in {ms} ms: {loss}");
                assert!(level_of(settled, 1500.0) < -35.0, "{codec:?} in {ms} ms");
            }
        }
    }

    /// Goal: wideband is wideband. Method: 6 kHz, which 8 kHz can't carry; at twice the rate it reads as 3.
    #[test]
    fn what_only_wideband_carries_is_carried() {
        for codec in [Codec::G722, Codec::Opus] {
            let heard = through(codec, &sine(WIDE_RATE, 6000.0, 4000.0, 32_000), 20);
            let said = level_of(&sine(WIDE_RATE, 6000.0, 4000.0, 16_000), 3000.0);
            let loss = said - level_of(&heard[16_000..], 3000.0);
            assert!(loss.abs() < 3.0, "{codec:?}: {loss}");
        }
    }

    #[test]
    fn opus_of_two_channels_is_heard_as_one() {
        let said: Vec<i16> =
            sine(48_000, 1000.0, 8000.0, 96_000).into_iter().flat_map(|it| [it, it]).collect();
        let mut encoder = OpusEncoder::new(48_000, 2, Application::Audio).unwrap();
        let mut decoder = Decoder::new(Codec::Opus);
        let mut heard = Vec::new();
        for frame in said.chunks_exact(2 * 960) {
            let (mut bytes, mut room) = ([0; 1500], [0; SOUND_MAX]);
            let len = encoder.encode_s16(frame, 960, &mut bytes).unwrap();
            assert_eq!(decoder.decode(&bytes[..len], &mut room), Some(320));
            heard.extend_from_slice(&room[..320]);
        }
        let heard = at_8_khz(Codec::Opus, heard);
        let loss = level_of(&heard[8000..], 1000.0) - level_of(&sine(RATE, 1000.0, 8000.0, 8000), 1000.0);
        assert!(loss.abs() < 1.0, "{loss}");
    }

    #[test]
    fn opus_takes_the_longest_of_its_durations_and_leaves_the_rest() {
        for (ms, taken) in [(30, 20), (50, 40), (60, 60), (5, 5), (4, 0), (120, 120), (140, 120)] {
            assert_eq!(Codec::Opus.packet_of(16 * ms), 16 * taken);
        }
        assert_eq!(Codec::G722.packet_of(481), 480);
    }

    /// Goal: what a party sends never brings the thread down. Method: chance, and packets broken by chance.
    #[test]
    fn no_payload_brings_a_decoder_down() {
        let mut chance = clock::Chance::from_seed([9; 32]);
        let said = sine(WIDE_RATE, 700.0, 9000.0, 320);
        for codec in ALL {
            let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
            for round in 0..400 {
                let mut bytes = [0; 1500];
                let mut len = encoder.encode(&said, &mut bytes).unwrap();
                if round % 2 == 0 {
                    len = chance.below(1500) as usize;
                    bytes[..len].iter_mut().for_each(|byte| *byte = chance.u32() as u8);
                } else {
                    bytes[chance.below(len as u32) as usize] = chance.u32() as u8;
                }
                decoder.decode(&bytes[..len], &mut [0; SOUND_MAX]);
            }
        }
    }
}
