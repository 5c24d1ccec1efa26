//! Sound on its way from one codec to another, packet by packet (RFC 3551 §4.1, RFC 7587).
//!
//! An [`Ear`] opens what a party sends and a [`Mouth`] makes what a party hears; each is one for its stream, since codecs
//! remember. Between them sound has 8 or 16 kHz. A packet becomes a packet of the same length, where the codec has that
//! length: what Opus can't take yet waits for the next one. What was lost stays missing, as a gap that the hearer's
//! own player covers.
//!
//! Knows sound and lengths, nothing of sequence numbers; [`ClockMap`] alone looks at timestamps.

use clock::Instant;

use crate::{
    codec::{
        coder::{Codec, Decoder, Encoder, SOUND_MAX},
        resample::{Doubler, Halver, RATE},
    },
    rtp::Header,
};

/// Milliseconds of sound of one party that are coded in a second: a burst after a stall passes, a flood does not.
const CODED_MAX: usize = 3000;

/// What a party says, opened.
#[derive(Debug)]
pub struct Ear {
    decoder: Decoder,
    halver: Option<Box<Halver>>,
    budget: Budget,
}

/// What a party hears, made.
#[derive(Debug)]
pub struct Mouth {
    encoder: Encoder,
    resampler: Resampler,
    /// Sound at the codec's rate that no packet was made of yet, and room for more.
    room: Box<[i16; 2 * SOUND_MAX]>,
    waiting: usize,
    budget: Budget,
}

#[derive(Debug)]
enum Resampler {
    None,
    Double(Box<Doubler>),
    Halve(Box<Halver>),
}

impl Ear {
    /// For what comes in this codec.
    pub fn new(codec: Codec) -> Self {
        Self { decoder: Decoder::new(codec), halver: None, budget: Budget::default() }
    }

    /// What it opens.
    pub const fn codec(&self) -> Codec {
        self.decoder.codec()
    }

    /// Opens a packet at the codec's rate; how many samples. `None` of one that can't be opened, or is one too many.
    pub fn hear(&mut self, now: Instant, payload: &[u8], sound: &mut [i16; SOUND_MAX]) -> Option<usize> {
        if self.budget.is_used(now) {
            return None;
        }
        let count = self.decoder.decode(payload, sound)?;
        self.budget.take(self.codec(), count);
        Some(count)
    }

    /// The same sound at 8 kHz, beside it; how many samples.
    pub fn narrow(&mut self, sound: &[i16], narrow: &mut [i16; SOUND_MAX]) -> usize {
        let room = &mut narrow[..sound.len()];
        room.copy_from_slice(sound);
        match self.codec().rate() {
            RATE => room.len(),
            _ => self.halver.get_or_insert_default().run(room),
        }
    }
}

impl Mouth {
    /// For what is to go out in this codec.
    pub fn new(codec: Codec) -> Self {
        Self {
            encoder: Encoder::new(codec),
            resampler: Resampler::None,
            room: Box::new([0; 2 * SOUND_MAX]),
            waiting: 0,
            budget: Budget::default(),
        }
    }

    /// What it makes.
    pub const fn codec(&self) -> Codec {
        self.encoder.codec()
    }

    /// How much earlier than what comes next its packet begins, in units of the codec's clock: so much waits.
    pub const fn lead(&self) -> u32 {
        self.waiting as u32 * self.codec().clock_khz() / (self.codec().rate() / 1000)
    }

    /// Something else begins: what waits goes unheard.
    pub const fn forget(&mut self) {
        self.waiting = 0;
    }

    /// Makes one packet of what waits and of this sound at this rate, 8 or 16 kHz; how many bytes. `None` if it is too
    /// little for a packet yet, or one too many.
    pub fn speak(&mut self, now: Instant, sound: &[i16], rate: u32, payload: &mut [u8]) -> Option<usize> {
        if self.budget.is_used(now) {
            return None;
        }
        let codec = self.codec();
        let ready = self.waiting + self.resample(sound, rate);
        let count = codec.packet_of(ready);
        self.waiting = ready - count;
        let len = Some(count).filter(|count| *count > 0).and_then(|count| {
            self.budget.take(codec, count);
            self.encoder.encode(&self.room[..count], payload)
        });
        self.room.copy_within(count..ready, 0);
        self.waiting = self.waiting.min(SOUND_MAX);
        len
    }

    /// Puts sound behind what waits, at the codec's rate; how many samples.
    fn resample(&mut self, sound: &[i16], rate: u32) -> usize {
        let room = &mut self.room[self.waiting..];
        let own = self.encoder.codec().rate();
        if rate < own {
            if !matches!(self.resampler, Resampler::Double(_)) {
                self.resampler = Resampler::Double(Box::default());
            }
        } else if rate > own {
            if !matches!(self.resampler, Resampler::Halve(_)) {
                self.resampler = Resampler::Halve(Box::default());
            }
        } else {
            self.resampler = Resampler::None;
        }
        match &mut self.resampler {
            Resampler::Double(doubler) => doubler.run(sound, room),
            Resampler::Halve(halver) => {
                room[..sound.len()].copy_from_slice(sound);
                halver.run(&mut room[..sound.len()])
            }
            Resampler::None => {
                room[..sound.len()].copy_from_slice(sound);
                sound.len()
            }
        }
    }
}

/// How much is coded in a second. The laws cost next to nothing and are not counted.
#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    second: u64,
    used_ms: usize,
}

impl Budget {
    const fn is_used(&mut self, now: Instant) -> bool {
        let second = now.as_micros() / 1_000_000;
        if self.second != second {
            *self = Self { second, used_ms: 0 };
        }
        self.used_ms >= CODED_MAX
    }

    const fn take(&mut self, codec: Codec, samples: usize) {
        if !matches!(codec, Codec::Law(_)) {
            self.used_ms += samples * 1000 / codec.rate() as usize;
        }
    }
}

/// Units in a millisecond of the clock that a packet came by, and of the one that it leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The speaker's.
    pub from_khz: u32,
    /// The hearer's.
    pub to_khz: u32,
}

impl Clocks {
    /// Whether timestamps mean something else on the other side.
    pub const fn differ(self) -> bool {
        self.from_khz != self.to_khz
    }
}

/// A speaker's timestamps by another clock. It counts on where they go round, so that no division loses its rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClockMap(Option<Following>);

#[derive(Clone, Copy, Debug)]
struct Following {
    ssrc: u32,
    clocks: Clocks,
    newest: u32,
    /// The newest, with the rounds above it.
    position: i64,
}

impl ClockMap {
    /// Translates the timestamp of a packet.
    pub fn follow(&mut self, header: &Header, clocks: Clocks) -> u32 {
        let known = self.0.filter(|it| it.ssrc == header.ssrc && it.clocks == clocks);
        let (ssrc, newest) = (header.ssrc, header.timestamp);
        let mut following = known.unwrap_or(Following { ssrc, clocks, newest, position: newest.into() });
        let at = following.at(newest);
        if at > following.position {
            (following.newest, following.position) = (newest, at);
        }
        self.0 = Some(following);
        clocks.by_hearer(at)
    }

    /// Translates a timestamp that a report of this speaker names; the same where the clocks are.
    pub fn translate(&self, ssrc: u32, timestamp: u32) -> u32 {
        let following = self.0.filter(|it| it.ssrc == ssrc);
        following.map_or(timestamp, |it| it.clocks.by_hearer(it.at(timestamp)))
    }
}

impl Following {
    fn at(&self, timestamp: u32) -> i64 {
        self.position + i64::from(timestamp.wrapping_sub(self.newest).cast_signed())
    }
}

impl Clocks {
    fn by_hearer(self, at: i64) -> u32 {
        (at * i64::from(self.to_khz)).div_euclid(self.from_khz.into()) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::{g711::Law, resample::WIDE_RATE},
        stage::tone::{level_of, sine},
    };

    const ALL: [Codec; 4] = [Codec::Law(Law::Mu), Codec::Law(Law::A), Codec::G722, Codec::Opus];

    fn at(ms: usize) -> Instant {
        Instant::from_micros(ms as u64 * 1000)
    }

    /// A tone said in one codec and heard in another, by packets of so many milliseconds: what is heard, at 8 kHz, and
    /// the lengths of what was sent, in milliseconds.
    fn across(from: Codec, to: Codec, ms: usize) -> (Vec<i16>, Vec<usize>) {
        let said = sine(from.rate(), 1000.0, 8000.0, from.rate() as usize * 3);
        let (mut theirs, mut ear) = (Encoder::new(from), Ear::new(from));
        let (mut mouth, mut hearer) = (Mouth::new(to), Ear::new(to));
        let (mut sound, mut narrow, mut bytes) = ([0; SOUND_MAX], [0; SOUND_MAX], [0; 1500]);
        let (mut heard, mut lengths) = (Vec::new(), Vec::new());
        for (frame, turn) in said.chunks_exact(from.rate() as usize * ms / 1000).zip(0..) {
            let len = theirs.encode(frame, &mut bytes).unwrap();
            let count = ear.hear(at(turn * ms), &bytes[..len], &mut sound).unwrap();
            let spoken = mouth.speak(at(turn * ms), &sound[..count], from.rate(), &mut bytes);
            let count = hearer.hear(at(turn * ms), &bytes[..spoken.unwrap()], &mut sound).unwrap();
            lengths.push(count * 1000 / to.rate() as usize);
            let count = hearer.narrow(&sound[..count], &mut narrow);
            heard.extend_from_slice(&narrow[..count]);
        }
        (heard, lengths)
    }

    #[test]
    fn a_tone_goes_from_each_codec_to_each_other() {
        let clean = level_of(&sine(RATE, 1000.0, 8000.0, 8000), 1000.0);
        for from in ALL {
            for to in ALL {
                let (heard, lengths) = across(from, to, 20);
                assert!(lengths.iter().all(|ms| *ms == 20));
                let loss = level_of(&heard[8000..16_000], 1000.0) - clean;
                assert!(loss.abs() < 1.2, "{from:?} to {to:?}: {loss}");
                let noise = level_of(&heard[8000..16_000], 1700.0);
                assert!(noise < -35.0, "{from:?} to {to:?}: {noise}");
            }
        }
    }

    #[test]
    fn lengths_that_opus_has_not_are_made_up_by_the_next() {
        let (heard, lengths) = across(Codec::Law(Law::A), Codec::Opus, 30);
        assert_eq!(lengths[..4], [20, 40, 20, 40]);
        assert!(level_of(&heard[8000..16_000], 1000.0) > -10.5);
    }

    #[test]
    fn what_waits_is_told_in_the_hearers_clock() {
        let mut mouth = Mouth::new(Codec::Opus);
        assert!(mouth.speak(at(0), &[0; 240], RATE, &mut [0; 1500]).is_some());
        assert_eq!(mouth.lead(), 480);
        mouth.forget();
        assert_eq!(mouth.lead(), 0);
        assert!(mouth.speak(at(0), &[0; 16], RATE, &mut [0; 1500]).is_none());
        assert_eq!(mouth.lead(), 96);
    }

    #[test]
    fn a_flood_is_not_coded_and_a_burst_is() {
        let (mut ear, mut mouth, mut sound) =
            (Ear::new(Codec::G722), Mouth::new(Codec::G722), [0; SOUND_MAX]);
        let heard = (0..500).filter(|_| ear.hear(at(10), &[0; 160], &mut sound).is_some()).count();
        let said = (0..500)
            .filter(|_| mouth.speak(at(10), &sound[..320], WIDE_RATE, &mut [0; 1500]).is_some())
            .count();
        assert_eq!((heard, said), (150, 150));
        assert!(ear.hear(at(1010), &[0; 160], &mut sound).is_some());
    }

    #[test]
    fn timestamps_follow_the_other_clock_through_their_end() {
        let packet = |timestamp| Header { marker: false, payload_type: 0, sequence: 0, timestamp, ssrc: 7 };
        for (from_khz, to_khz) in [(48, 8), (8, 48)] {
            let mut map = ClockMap::default();
            let clocks = Clocks { from_khz, to_khz };
            let first = u32::MAX - 30 * 20 * from_khz;
            let begin = map.follow(&packet(first), clocks);
            for turn in 1..100_000_u32 {
                let now = map.follow(&packet(first.wrapping_add(turn * 20 * from_khz)), clocks);
                assert_eq!(now.wrapping_sub(begin), turn * 20 * to_khz);
            }
            let before = map.follow(&packet(first.wrapping_add(99_998 * 20 * from_khz)), clocks);
            assert_eq!(before.wrapping_sub(begin), 99_998 * 20 * to_khz);
            assert_eq!(map.translate(7, first.wrapping_add(99_999 * 20 * from_khz)), before + 20 * to_khz);
            assert_eq!(map.translate(8, 5), 5);
        }
    }
}
