//! Sampling rates that are multiples of 8 kHz brought down to it.
//!
//! A windowed-sinc low-pass of a few hundred taps, run once when a prompt is loaded and never in a call.

use std::f32::consts::PI;

/// The one rate inside the switch.
pub const RATE: u32 = 8000;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::tone::{level_of, sine};

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
