//! Something to say: a little tune, so that a recording can be told from silence by ear and by arithmetic.

use std::{f32::consts::TAU, time::Duration};

/// Hz of its notes.
const NOTES: [f32; 8] = [523.0, 659.0, 784.0, 1047.0, 784.0, 659.0, 523.0, 392.0];

/// Samples of a note at 8 kHz: a quarter of a second.
const NOTE: usize = 2_000;

/// Samples over which a note swells and fades, so that it does not click.
const FADE: usize = 200;

/// So much of the tune, 8 kHz mono.
pub(super) fn play(time: Duration) -> Vec<i16> {
    let samples = time.as_millis() as usize * 8;
    (0..samples).map(sample).collect()
}

fn sample(at: usize) -> i16 {
    let (note, within) = (NOTES[at / NOTE % NOTES.len()], at % NOTE);
    let swell = within.min(NOTE - within).min(FADE) as f32 / FADE as f32;
    ((TAU * note * within as f32 / 8_000.0).sin() * swell * 9_000.0) as i16
}

/// Whether most of `samples` is louder than a line's noise.
pub(super) fn is_in(samples: &[i16]) -> bool {
    let loud = samples.iter().filter(|sample| sample.unsigned_abs() > 500).count();
    loud * 2 > samples.len()
}
