//! G.722 at 64 kbit/s: 16 kHz sound in two bands of 8 kHz, each an adaptive differential code (ITU-T G.722; RFC 3551
//! §4.5.2 for its RTP clock, which counts 8,000 a second by an old mistake).
//!
//! Written here because of the crates that have it one (ezk-g722) allocates for each packet and brings an async runtime
//! along, the other (audio-codec) wants a newer compiler than we promise; both begin with wrong steps.

/// Samples in a byte.
pub const SAMPLES_PER_BYTE: usize = 2;

/// Taps of the filters that part and join the bands.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Decision levels of the lower band (table 14, Q6).
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
    1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];

/// The lower band's differences by 4 bits, as its predictor sees them (QM4).
const LOW_COARSE: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];

/// The lower band's differences by all 6 bits, as they are heard (QM6).
const LOW_FINE: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
    -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
    -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856,
    7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
    -432, -136,
];

/// What the lower band's step grows by, by 4 bits of its code (WL of RL42).
const LOW_GROWTH: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

/// The upper band's differences (QM2).
const HIGH: [i32; 4] = [-7408, -1616, 7408, 1616];

/// What the upper band's step grows by (WH of RH2).
const HIGH_GROWTH: [i32; 4] = [798, -214, 798, -214];

/// The one decision level of the upper band.
const HIGH_LEVEL: i32 = 564;

/// Steps by five bits of their logarithm (ILB).
const ANTILOG: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// The encoding side of one stream.
#[derive(Clone, Debug)]
pub struct Encoder {
    history: [i32; 24],
    low: Band,
    high: Band,
}

/// The decoding side of one stream.
#[derive(Clone, Debug)]
pub struct Decoder {
    history: [i32; 24],
    low: Band,
    high: Band,
}

impl Encoder {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self { history: [0; 24], low: Band::new(8, 18_432), high: Band::new(10, 22_528) }
    }

    /// Writes a byte for each two samples, as many as there is room for; how many.
    pub fn encode(&mut self, samples: &[i16], bytes: &mut [u8]) -> usize {
        let pairs = samples.chunks_exact(SAMPLES_PER_BYTE);
        let count = pairs.len().min(bytes.len());
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let [odd, even] = filter(&mut self.history, pair[0].into(), pair[1].into());
            *byte = self.low(even.wrapping_add(odd) >> 14) | self.high(even.wrapping_sub(odd) >> 14) << 6;
        }
        count
    }

    fn low(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.low.predicted);
        let magnitude = if difference < 0 { !difference } else { difference };
        let step = self.low.step;
        let level = LEVELS.iter().position(|level| magnitude < (level * step) >> 12).unwrap_or(LEVELS.len());
        let code = match (difference < 0, level) {
            (true, 0 | 1) => 63 - level,
            (true, _) => 33 - level,
            (false, _) => 61 - level,
        };
        self.low.take(LOW_COARSE[code >> 2], LOW_GROWTH[code >> 2]);
        code as u8
    }

    fn high(&mut self, sample: i32) -> u8 {
        let difference = saturated(sample - self.high.predicted);
        let magnitude = if difference < 0 { !difference } else { difference };
        let is_far = magnitude >= (HIGH_LEVEL * self.high.step) >> 12;
        let code = usize::from(!is_far) | usize::from(difference >= 0) << 1;
        self.high.take(HIGH[code], HIGH_GROWTH[code]);
        code as u8
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self { history: [0; 24], low: Band::new(8, 18_432), high: Band::new(10, 22_528) }
    }

    /// Writes two samples for each byte, as many as there is room for; how many samples.
    pub fn decode(&mut self, bytes: &[u8], samples: &mut [i16]) -> usize {
        let count = bytes.len().min(samples.len() / SAMPLES_PER_BYTE);
        for (pair, byte) in samples.chunks_exact_mut(SAMPLES_PER_BYTE).zip(bytes) {
            let (low, high) = (self.low(byte & 0x3f), self.high(byte >> 6));
            let [odd, even] = filter(&mut self.history, low + high, low - high);
            pair[0] = saturated(even >> 11) as i16;
            pair[1] = saturated(odd >> 11) as i16;
        }
        count * SAMPLES_PER_BYTE
    }

    fn low(&mut self, code: u8) -> i32 {
        let code = usize::from(code);
        let sample = self.low.predicted + ((self.low.step * LOW_FINE[code]) >> 15);
        self.low.take(LOW_COARSE[code >> 2], LOW_GROWTH[code >> 2]);
        sample.clamp(-16_384, 16_383)
    }

    fn high(&mut self, code: u8) -> i32 {
        let code = usize::from(code);
        let sample = self.high.predicted + ((self.high.step * HIGH[code]) >> 15);
        self.high.take(HIGH[code], HIGH_GROWTH[code]);
        sample.clamp(-16_384, 16_383)
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// One of the two bands: its step and its predictor, the same on both sides.
#[derive(Clone, Debug)]
struct Band {
    /// Bits by which the step's logarithm is scaled.
    shift: i32,
    /// Highest logarithm.
    log_max: i32,
    log: i32,
    step: i32,
    /// What comes next (S), and the part of it that the differences make (SZ).
    predicted: i32,
    by_zeros: i32,
    poles: [i32; 2],
    zeros: [i32; 6],
    /// Differences, the newest first.
    differences: [i32; 6],
    /// The sample before, as both sides know it.
    before: i32,
    /// The two partial sums before, of which the signs matter.
    partial: [i32; 2],
}

impl Band {
    const fn new(shift: i32, log_max: i32) -> Self {
        Self {
            shift,
            log_max,
            log: 0,
            step: antilog(0, shift),
            predicted: 0,
            by_zeros: 0,
            poles: [0; 2],
            zeros: [0; 6],
            differences: [0; 6],
            before: 0,
            partial: [0; 2],
        }
    }

    /// A difference was sent: both sides adapt alike (blocks 2 to 4).
    fn take(&mut self, difference: i32, growth: i32) {
        let difference = (self.step * difference) >> 15;
        self.log = (((self.log * 127) >> 7) + growth).clamp(0, self.log_max);
        self.step = antilog(self.log, self.shift);

        let sample = saturated(self.predicted + difference);
        let partial = saturated(self.by_zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);

        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        let by_poles = scaled(self.poles[0], sample) + scaled(self.poles[1], self.before);
        self.before = sample;
        self.partial = [partial, self.partial[0]];
        let pairs = self.zeros.iter().zip(self.differences);
        self.by_zeros = saturated(pairs.map(|(zero, difference)| scaled(*zero, difference)).sum());
        self.predicted = saturated(saturated(by_poles) + self.by_zeros);
    }

    fn adapt_poles(&mut self, partial: i32) {
        let [like_last, like_before] = self.partial.map(|earlier| (earlier < 0) == (partial < 0));
        let first = saturated(self.poles[0] << 2);
        let pull = if like_last { -first } else { first }.min(i32::from(i16::MAX)) >> 7;
        let push = if like_before { 128 } else { -128 };
        self.poles[1] = (pull + push + ((self.poles[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if like_last { 192 } else { -192 };
        let limit = 15_360 - self.poles[1];
        self.poles[0] = (push + ((self.poles[0] * 32_640) >> 15)).clamp(-limit, limit);
    }

    fn adapt_zeros(&mut self, difference: i32) {
        let push = if difference == 0 { 0 } else { 128 };
        for (zero, earlier) in self.zeros.iter_mut().zip(self.differences) {
            let push = if (earlier < 0) == (difference < 0) { push } else { -push };
            *zero = saturated(push + ((*zero * 32_640) >> 15));
        }
    }
}

/// Two samples go into the filter; the sums of its odd and its even taps.
fn filter(history: &mut [i32; 24], first: i32, second: i32) -> [i32; 2] {
    history.copy_within(2.., 0);
    (history[22], history[23]) = (first, second);
    let (mut odd, mut even) = (0, 0);
    for (pair, tap) in history.chunks_exact(2).zip(0..) {
        odd += pair[0] * QMF[tap];
        even += pair[1] * QMF[11 - tap];
    }
    [odd, even]
}

const fn antilog(log: i32, shift: i32) -> i32 {
    let mantissa = ANTILOG[(log >> 6 & 31) as usize];
    let shift = shift - (log >> 11);
    (if shift < 0 { mantissa << -shift } else { mantissa >> shift }) << 2
}

/// A sample through a tap of the predictor.
fn scaled(tap: i32, sample: i32) -> i32 {
    (tap * saturated(sample << 1)) >> 15
}

fn saturated(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of noise, loud enough for every level.
    fn noise() -> Vec<i16> {
        let mut state = 12_345_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16 as i16
        };
        (0..16_000).map(|_| next()).collect()
    }

    fn hash(values: impl Iterator<Item = u16>) -> u64 {
        values.fold(0xcbf2_9ce4_8422_2325, |hash, value| {
            (hash ^ u64::from(value)).wrapping_mul(0x100_0000_01b3)
        })
    }

    /// Goal: bit for bit what others make. Method: hashes of what ezk-g722 0.1.2 made of the same noise, which begins with
    /// steps of 0 where the Recommendation has 32 and 8.
    #[test]
    fn a_second_of_noise_goes_both_ways_as_in_other_programs() {
        let (mut encoder, mut decoder, mut bytes) = (Encoder::new(), Decoder::new(), [0; 8000]);
        assert_eq!((encoder.low.step, encoder.high.step), (32, 8));
        for band in [&mut encoder.low, &mut encoder.high, &mut decoder.low, &mut decoder.high] {
            band.step = 0;
        }
        assert_eq!(encoder.encode(&noise(), &mut bytes), 8000);
        assert_eq!(hash(bytes.iter().map(|byte| u16::from(*byte))), 0xa022_7343_75ea_d723);
        let mut samples = [0; 16_000];
        assert_eq!(decoder.decode(&bytes, &mut samples), 16_000);
        assert_eq!(hash(samples.iter().map(|sample| sample.cast_unsigned())), 0x74cf_9ae5_b47e_4ded);
    }

    /// Goal: no bytes overflow anything. Method: chance, through both sides.
    #[test]
    fn no_bytes_bring_it_down() {
        let mut chance = clock::Chance::from_seed([7; 32]);
        let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new());
        for _ in 0..200 {
            let bytes: [u8; 160] = std::array::from_fn(|_| chance.u32() as u8);
            let mut samples = [0; 320];
            decoder.decode(&bytes, &mut samples);
            encoder.encode(&samples, &mut [0; 160]);
            samples
                .iter_mut()
                .for_each(|sample| *sample = if chance.u32() & 1 == 0 { i16::MIN } else { i16::MAX });
            encoder.encode(&samples, &mut [0; 160]);
        }
    }
}
