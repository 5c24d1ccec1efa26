//! Call-progress tones (ITU-T E.180): made for people, found again for tests.

use std::f64::consts::TAU;

use crate::{codec::resample::RATE, control::Tone};

/// Peak of a sine of 0 dBm0 in 16-bit samples: a full-scale µ-law sine, 32124, is 3.17 dBm0 (G.711 table 5).
const PEAK_0_DBM0: f64 = 22_302.0;

const SAMPLES_PER_MS: usize = RATE as usize / 1000;

/// A tone under way.
#[derive(Clone, Debug)]
pub struct Generator {
    tone: Tone,
    waves: [Wave; 2],
    position: usize,
}

impl Generator {
    /// The tone from its beginning.
    pub fn new(tone: Tone) -> Self {
        let peak = peak(tone.level_db);
        Self { tone, waves: tone.hz.map(|hz| Wave::new(f64::from(hz), peak)), position: 0 }
    }

    /// Writes the next samples, to the end of the cadence at most: how many, and whether it ended, after
    /// which it begins anew. A tone without cadence never ends.
    pub fn fill(&mut self, out: &mut [i16]) -> (usize, bool) {
        let length = self.length();
        let wanted = length.map_or(out.len(), |length| out.len().min(length - self.position));
        for sample in &mut out[..wanted] {
            *sample = self.sample();
            self.position += 1;
        }
        let over = length == Some(self.position);
        if over || length.is_none() {
            self.position = 0;
        }
        (wanted, over)
    }

    /// Samples of one cadence; `None` for a steady tone.
    fn length(&self) -> Option<usize> {
        let ms: usize = self.tone.cadence_ms.iter().map(|ms| usize::from(*ms)).sum();
        (ms > 0).then_some(ms * SAMPLES_PER_MS)
    }

    fn sample(&mut self) -> i16 {
        let mut left = self.position / SAMPLES_PER_MS;
        let mut on = true;
        for ms in self.tone.cadence_ms {
            if left < usize::from(ms) {
                break;
            }
            left -= usize::from(ms);
            on = !on;
        }
        let steady = self.tone.cadence_ms == [0; 4];
        let [first, second] = &mut self.waves;
        let sum = first.next() + second.next();
        if on || steady { sum.round() as i16 } else { 0 }
    }
}

/// A sine by recurrence: one multiplication a sample.
#[derive(Clone, Copy, Debug)]
struct Wave {
    twice_cosine: f64,
    last: f64,
    before: f64,
}

impl Wave {
    fn new(hz: f64, peak: f64) -> Self {
        let step = TAU * hz / f64::from(RATE);
        Self { twice_cosine: 2.0 * step.cos(), last: 0.0, before: -peak * step.sin() }
    }

    fn next(&mut self) -> f64 {
        let now = self.last;
        self.last = self.twice_cosine * now - self.before;
        self.before = now;
        now
    }
}

fn peak(level_db: i8) -> f64 {
    PEAK_0_DBM0 * 10f64.powf(f64::from(level_db) / 20.0)
}

/// A plain sine for tests and test calls.
pub fn sine(rate: u32, hz: f64, peak: f64, samples: usize) -> Vec<i16> {
    let step = TAU * hz / f64::from(rate);
    (0..samples).map(|index| (peak * (step * index as f64).sin()).round() as i16).collect()
}

/// How loud one frequency is in 8 kHz sound, in dBm0, by Goertzel's filter.
pub fn level_of(samples: &[i16], hz: f64) -> f64 {
    let twice_cosine = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (last, before) = samples
        .iter()
        .fold((0.0, 0.0), |(last, before), sample| (f64::from(*sample) + twice_cosine * last - before, last));
    let power = last * last + before * before - twice_cosine * last * before;
    let peak = 2.0 * power.max(0.0).sqrt() / samples.len().max(1) as f64;
    20.0 * (peak / PEAK_0_DBM0).max(1e-9).log10()
}

/// Which of some frequencies is the loudest in 8 kHz sound; `None` if none reaches -50 dBm0.
pub fn loudest(samples: &[i16], frequencies: &[f64]) -> Option<f64> {
    let levels = frequencies.iter().map(|hz| (level_of(samples, *hz), *hz));
    levels.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(level, _)| *level > -50.0).map(|(_, hz)| hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RINGBACK: Tone = Tone { hz: [425, 0], level_db: -10, cadence_ms: [1000, 4000, 0, 0] };

    fn play(tone: Tone, samples: usize) -> Vec<i16> {
        let mut generator = Generator::new(tone);
        let mut out = vec![0; samples];
        let mut filled = 0;
        while filled < samples {
            filled += generator.fill(&mut out[filled..]).0;
        }
        out
    }

    #[test]
    fn a_tone_has_its_pitch_and_level() {
        let dial = play(Tone { hz: [350, 440], level_db: -13, cadence_ms: [0; 4] }, 8000);
        for hz in [350.0, 440.0] {
            assert!((level_of(&dial, hz) + 13.0).abs() < 0.1, "{hz}: {}", level_of(&dial, hz));
        }
        assert!(level_of(&dial, 700.0) < -60.0);
        assert_eq!(loudest(&dial, &[425.0, 440.0, 1000.0]), Some(440.0));
        assert_eq!(loudest(&[0; 800], &[425.0]), None);
    }

    #[test]
    fn a_cadence_is_kept_to_the_sample_and_repeats() {
        let out = play(RINGBACK, 8000 * 6);
        assert!((level_of(&out[..8000], 425.0) + 10.0).abs() < 0.1);
        assert!(out[8000..40_000].iter().all(|sample| *sample == 0));
        assert!((level_of(&out[40_000..], 425.0) + 10.0).abs() < 0.1);
    }

    #[test]
    fn a_burst_ends() {
        let mut beep = Generator::new(Tone { hz: [1000, 0], level_db: -9, cadence_ms: [30, 0, 0, 0] });
        let mut out = [0; 160];
        assert_eq!(
            [beep.fill(&mut out), beep.fill(&mut out), beep.fill(&mut out)],
            [(160, false), (80, true), (160, false)]
        );
    }
}
