//! Sampling rates changed into one another.
//!
//! Prompts come at a multiple of 8 kHz and are brought down to it by a windowed-sinc low-pass of a few hundred taps, once
//! when they are loaded. In a call there are but two rates, 8 and 16 kHz, and half-band filters between them: every other
//! tap of such a filter is zero.

use std::f32::consts::PI;

/// The rate of what is played and recorded here, and of G.711.
pub const RATE: u32 = 8000;

/// The rate of what is decoded from wideband codecs.
pub const WIDE_RATE: u32 = 16_000;

/// Where the filter is half open, as a part of 4 kHz; it is shut at 4 kHz, above which nothing may fold.
const EDGE: f32 = 0.92;

/// Taps on each side for each step of the factor: a transition of about 300 Hz.
const TAPS_PER_STEP: usize = 48;

/// Keeps every `factor`th sample after filtering out what 8 kHz can't carry.
pub fn decimate(samples: &[i16], factor: usize) -> Vec<i16> {
    if factor <= 1 {
        return samples.to_vec();
    }
    let taps = low_pass(factor);
    let reach = taps.len() / 2;
    let centres = (0..samples.len()).step_by(factor);
    centres.map(|centre| filtered(samples, &taps, centre, reach)).collect()
}

/// The filter's answer at `centre`; beyond the ends there is silence.
fn filtered(samples: &[i16], taps: &[f32], centre: usize, reach: usize) -> i16 {
    let first = centre.saturating_sub(reach);
    let last = (centre + reach + 1).min(samples.len());
    let taps = &taps[first + reach - centre..];
    let sum: f32 = samples[first..last].iter().zip(taps).map(|(sample, tap)| f32::from(*sample) * tap).sum();
    sum.round() as i16
}

/// Brings samples of any rate to another, which need not divide it: what the lower one of the two can't carry is
/// filtered out.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Vec<i16> {
    let common = gcd(from, to);
    let (up, down) = ((to / common) as usize, (from / common) as usize);
    if up == down {
        return samples.to_vec();
    }
    let scale = (from as f32 / to as f32).max(1.0);
    let reach = (TAPS_PER_STEP as f32 * scale).ceil() as usize;
    // Between two samples there are but `up` places at which one is wanted.
    let phases: Vec<Vec<f32>> =
        (0..up).map(|phase| between(phase as f32 / up as f32, EDGE / scale, reach)).collect();
    let count = (samples.len() * up).div_ceil(down);
    let sample = |index: usize| {
        let (whole, phase) = (index * down / up, index * down % up);
        let first = (whole + 1).saturating_sub(reach);
        let taps = &phases[phase][(first + reach).saturating_sub(whole + 1)..];
        let near = samples[first..].iter().zip(taps);
        let sum: f32 = near.map(|(sample, tap)| f32::from(*sample) * tap).sum();
        sum.round() as i16
    };
    (0..count).map(sample).collect()
}

/// The filter for a place that lies so far behind a sample, from `reach` samples before it to `reach` behind.
fn between(behind: f32, cutoff: f32, reach: usize) -> Vec<f32> {
    let taps: Vec<f32> = (0..2 * reach)
        .map(|index| {
            let distance = index as f32 - (reach as f32 - 1.0) - behind;
            cutoff * sinc(cutoff * distance) * blackman(0.5 + distance / (2 * reach) as f32)
        })
        .collect();
    let gain: f32 = taps.iter().sum();
    taps.iter().map(|tap| tap / gain).collect()
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn low_pass(factor: usize) -> Vec<f32> {
    let reach = TAPS_PER_STEP * factor;
    let cutoff = EDGE / factor as f32;
    let taps: Vec<f32> = (0..=2 * reach)
        .map(|index| {
            let distance = index as f32 - reach as f32;
            let window = blackman(index as f32 / (2 * reach) as f32);
            cutoff * sinc(cutoff * distance) * window
        })
        .collect();
    let gain: f32 = taps.iter().sum();
    taps.iter().map(|tap| tap / gain).collect()
}

fn sinc(x: f32) -> f32 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

fn blackman(position: f32) -> f32 {
    0.42 - 0.5 * (2.0 * PI * position).cos() + 0.08 * (4.0 * PI * position).cos()
}

/// Taps on each side of a half-band filter that are not zero: 2 ms of delay, shut from 4.4 kHz on.
const HALF_TAPS: usize = 16;

/// What a filter remembers, in samples of the higher and of the lower rate.
const WIDE_PAST: usize = 4 * HALF_TAPS;
const NARROW_PAST: usize = 2 * HALF_TAPS;

/// From 16 to 8 kHz, one frame after the other.
#[derive(Clone, Debug)]
pub struct Halver {
    taps: [f32; HALF_TAPS],
    past: [i16; WIDE_PAST],
}

/// From 8 to 16 kHz, one frame after the other.
#[derive(Clone, Debug)]
pub struct Doubler {
    taps: [f32; HALF_TAPS],
    past: [i16; NARROW_PAST],
}

impl Halver {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self { taps: half_band(), past: [0; WIDE_PAST] }
    }

    /// Brings an even number of samples down, where they lie; how many there are now.
    pub fn run(&mut self, samples: &mut [i16]) -> usize {
        let count = samples.len() / 2;
        for at in 0..count {
            self.past.copy_within(2.., 0);
            self.past[WIDE_PAST - 2..].copy_from_slice(&samples[2 * at..2 * at + 2]);
            let centre = WIDE_PAST / 2;
            let sides = self.taps.iter().zip(0..).map(|(tap, reach)| {
                let reach = 2 * reach + 1;
                tap * (f32::from(self.past[centre - reach]) + f32::from(self.past[centre + reach]))
            });
            let sum = f32::from(self.past[centre]) + sides.sum::<f32>();
            samples[at] = (sum / 2.0).round() as i16;
        }
        count
    }
}

impl Default for Halver {
    fn default() -> Self {
        Self::new()
    }
}

impl Doubler {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self { taps: half_band(), past: [0; NARROW_PAST] }
    }

    /// Writes two samples for each, as many as there is room for; how many.
    pub fn run(&mut self, samples: &[i16], wide: &mut [i16]) -> usize {
        let pairs = wide.chunks_exact_mut(2);
        let count = pairs.len().min(samples.len());
        for (pair, sample) in pairs.zip(samples) {
            self.past.copy_within(1.., 0);
            self.past[NARROW_PAST - 1] = *sample;
            let centre = NARROW_PAST / 2;
            let between = self.taps.iter().zip(0..).map(|(tap, reach)| {
                tap * (f32::from(self.past[centre - 1 - reach]) + f32::from(self.past[centre + reach]))
            });
            *pair.first_mut().expect("of two") = self.past[centre - 1];
            *pair.last_mut().expect("of two") = between.sum::<f32>().round() as i16;
        }
        count * 2
    }
}

impl Default for Doubler {
    fn default() -> Self {
        Self::new()
    }
}

/// The taps on one side of a half-band filter, from the centre outwards, without those that are zero; both sides
/// together let everything pass that does not change.
fn half_band() -> [f32; HALF_TAPS] {
    let mut taps: [f32; HALF_TAPS] = std::array::from_fn(|index| {
        let distance = index as f32 + 0.5;
        sinc(distance) * blackman(0.5 + distance / (2 * HALF_TAPS) as f32)
    });
    let gain: f32 = 2.0 * taps.iter().sum::<f32>();
    taps.iter_mut().for_each(|tap| *tap /= gain);
    taps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::tone::{level_of, sine};

    /// In frames of 20 ms.
    fn halved(wide: &[i16]) -> Vec<i16> {
        let mut halver = Halver::new();
        let frames = wide.chunks(320).map(|frame| {
            let mut frame = frame.to_vec();
            let count = halver.run(&mut frame);
            frame.truncate(count);
            frame
        });
        frames.collect::<Vec<_>>().concat()
    }

    fn doubled(narrow: &[i16]) -> Vec<i16> {
        let (mut doubler, mut wide) = (Doubler::new(), vec![0; 2 * narrow.len()]);
        for (frame, wide) in narrow.chunks(160).zip(wide.chunks_mut(320)) {
            assert_eq!(doubler.run(frame, wide), wide.len());
        }
        wide
    }

    #[test]
    fn halving_lets_speech_pass_and_folds_nothing_loud() {
        for (hz, least) in [(300.0, -0.1), (1000.0, -0.1), (3000.0, -0.2), (3400.0, -1.5)] {
            let loss = level_of(&halved(&sine(WIDE_RATE, hz, 8000.0, 16_000)), hz)
                - level_of(&sine(RATE, hz, 8000.0, 8000), hz);
            assert!(loss > least && loss < 0.2, "{hz}: {loss}");
        }
        let folded = halved(&sine(WIDE_RATE, 5000.0, 8000.0, 16_000));
        assert!(level_of(&folded, 3000.0) < -60.0, "{}", level_of(&folded, 3000.0));
    }

    /// Goal: what is doubled holds the tone alone. Method: its halves at 8 kHz, where an image would fold back.
    #[test]
    fn doubling_keeps_a_tone_and_makes_no_image_of_it() {
        for hz in [300.0, 1000.0, 3000.0] {
            let wide = doubled(&sine(RATE, hz, 8000.0, 8000));
            let back = halved(&wide);
            let loss = level_of(&back, hz) - level_of(&sine(RATE, hz, 8000.0, 8000), hz);
            assert!(loss.abs() < 0.3, "{hz}: {loss}");
            // At twice the rate a frequency reads as half of what it is.
            let image = level_of(&wide, (8000.0 - hz) / 2.0);
            assert!(image < -50.0, "{hz}: {image}");
        }
    }

    #[test]
    fn speech_passes_and_what_would_fold_does_not() {
        for factor in [2, 3, 4, 6] {
            let rate = RATE * factor as u32;
            let kept = decimate(&sine(rate, 1000.0, 8000.0, rate as usize), factor);
            assert_eq!(kept.len(), RATE as usize);
            assert!(
                (level_of(&kept, 1000.0) - level_of(&sine(RATE, 1000.0, 8000.0, 8000), 1000.0)).abs() < 0.1
            );
            // 5 kHz would come back as 3 kHz.
            let folded = decimate(&sine(rate, 5000.0, 8000.0, rate as usize), factor);
            assert!(level_of(&folded, 3000.0) < -60.0, "factor {factor}: {}", level_of(&folded, 3000.0));
        }
    }
}
