//! What changing one packet from one codec into another costs: 20 ms of speech-like sound, decoded, resampled, encoded.
//!
//! `cargo run --release -p media --example convert_cost -- [seconds of sound]`
//!
//! Prints microseconds of processor a packet for each ordered pair, and how many such calls, both ways, fill one core.

use std::{env, fs, io, time::Duration};

use media::{
    codec::{
        coder::{Codec, SOUND_MAX},
        g711::Law,
        resample::RATE,
    },
    convert::{Ear, Mouth},
};

const CODECS: [(&str, Codec); 4] = [
    ("PCMU", Codec::Law(Law::Mu)),
    ("PCMA", Codec::Law(Law::A)),
    ("G722", Codec::G722),
    ("opus", Codec::Opus),
];

/// Samples of a packet at 8 kHz.
const FRAME: usize = 160;

fn main() -> io::Result<()> {
    let seconds = env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(60);
    let speech = speech(seconds);
    let mut costs = Vec::new();
    for (from_name, from) in CODECS {
        for (to_name, to) in CODECS.into_iter().filter(|(_, to)| *to != from) {
            let us = cost(from, to, &speech)?;
            costs.push((from, to, us));
            println!("{from_name} to {to_name}: {us:7.2} µs a packet");
        }
    }
    for (at, (name, one)) in CODECS.into_iter().enumerate() {
        for (other_name, other) in CODECS.into_iter().skip(at + 1) {
            let both =
                costs.iter().filter(|(from, to, _)| [(one, other), (other, one)].contains(&(*from, *to)));
            let a_second: f64 = both.map(|(_, _, us)| us * 50.0).sum();
            println!("{name} with {other_name}: {:6.0} calls a core", 1e6 / a_second);
        }
    }
    Ok(())
}

/// Microseconds a packet, its encoding by the speaker not counted.
fn cost(from: Codec, to: Codec, speech: &[i16]) -> io::Result<f64> {
    let mut theirs = Mouth::new(from);
    let now = |at: usize| clock::Instant::from_micros(at as u64 * 20_000);
    let packets: Vec<Vec<u8>> = speech
        .chunks_exact(FRAME)
        .enumerate()
        .map(|(at, frame)| {
            let mut bytes = [0; 1500];
            let len = theirs.speak(now(at), frame, RATE, &mut bytes).expect("20 ms are a packet");
            bytes[..len].to_vec()
        })
        .collect();
    let (mut ear, mut mouth) = (Ear::new(from), Mouth::new(to));
    let (mut sound, mut bytes) = ([0; SOUND_MAX], [0; 1500]);
    let begin = cpu()?;
    for (at, packet) in packets.iter().enumerate() {
        let count = ear.hear(now(at), packet, &mut sound).expect("it is sound");
        mouth.speak(now(at), &sound[..count], from.rate(), &mut bytes).expect("it is sound");
    }
    Ok((cpu()? - begin).as_secs_f64() * 1e6 / packets.len() as f64)
}

/// Syllables of a voice: harmonics of a pitch that wanders, with pauses and some breath.
fn speech(seconds: usize) -> Vec<i16> {
    let mut chance = clock::Chance::from_seed([1; 32]);
    let mut phase = 0.0_f64;
    (0..seconds * RATE as usize)
        .map(|at| {
            let time = at as f64 / f64::from(RATE);
            phase += (110.0 + 30.0 * (time * 2.0).sin()) / f64::from(RATE);
            let loudness = (time * 9.0).sin().max(0.0) * f64::from(u8::from(time % 3.0 < 2.0));
            let voice: f64 = (1..12)
                .map(|nth| (std::f64::consts::TAU * phase * f64::from(nth)).sin() / f64::from(nth))
                .sum();
            let breath = f64::from(chance.below(200)) - 100.0;
            (loudness * voice * 4000.0 + breath) as i16
        })
        .collect()
}

/// Time that this program had a processor, whatever else the machine does.
fn cpu() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let ns = stat.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Ok(Duration::from_nanos(ns.unwrap_or_default()))
}
