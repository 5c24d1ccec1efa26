//! Broken copies of every message there is: whatever bytes come, nothing panics and every promise holds.
//!
//! `SIP_MUTATIONS` sets how many (200,000 unless told; 10,000,000 before a release), `SIP_SEED` which.

#![allow(missing_docs, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "no message may take long (RELIABILITY P1)")]

mod probe;

use std::{
    env, fs, panic,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use clock::Chance;
use probe::Fate;

/// What parsers stumble over.
const SPICE: &[&[u8]] = &[
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b";;",
    b",",
    b"=",
    b"%",
    b"%00",
    b":",
    b"@",
    b"[",
    b"]",
    b"*",
    b"?",
    b" ",
    b"\t",
    b"-1",
    b"0",
    b"99999999999999999999",
    b"4294967295",
    b"2147483648",
    b"SIP/2.0",
    b"Via: ",
    b"v: SIP/2.0/UDP h\r\n",
    b"Content-Length: ",
    b"l: 5\r\n",
    b"tag=",
    b"z9hG4bK",
    b"sip:",
];

fn corpus() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut paths: Vec<_> = ["rfc4475", "rfc5118", "sip-messages"]
        .iter()
        .flat_map(|folder| fs::read_dir(data.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "toml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn below(chance: &mut Chance, limit: usize) -> usize {
    chance.below(u32::try_from(limit.max(1)).unwrap()) as usize
}

/// One to four changes to one of the messages.
fn mutant(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = corpus[below(chance, corpus.len())].clone();
    for _ in 0..=chance.below(4) {
        let at = below(chance, bytes.len());
        let end = at + below(chance, (bytes.len() - at).min(64));
        match chance.below(7) {
            0 if at < bytes.len() => bytes[at] = chance.u32() as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].repeat(1 + below(chance, 40));
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = &corpus[below(chance, corpus.len())];
                let from = below(chance, other.len());
                let to = from + below(chance, other.len() - from);
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            5 => bytes.truncate(at),
            _ => drop(bytes.splice(at..end, SPICE[below(chance, SPICE.len())].iter().copied())),
        }
        bytes.truncate(100_000);
    }
    bytes
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn mutations_never_panic() {
    let (total, seed) = (number("SIP_MUTATIONS", 200_000), number("SIP_SEED", 1));
    let corpus = corpus();
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = &|thread| {
        let (mut fates, mut slowest) = ([0_u64; 3], (Duration::ZERO, 0));
        for index in (thread..total).step_by(threads as usize) {
            let (fate, took) = run(&corpus, seed, index);
            fates[fate as usize] += 1;
            slowest = slowest.max((took, index));
        }
        (fates, slowest)
    };
    let shares = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    let sum = |fate: usize| shares.iter().map(|(fates, _)| fates[fate]).sum::<u64>();
    let [read, answered, dropped] = [0, 1, 2].map(sum);
    let (_, slowest) = shares.iter().map(|(_, slowest)| *slowest).max().unwrap();
    let mut again = [(); 5].map(|()| run(&corpus, seed, slowest).1);
    again.sort();
    println!(
        "figure: seed {seed}: {read} read, {answered} answered, {dropped} dropped, the slowest ({slowest}) in {:.2} ms",
        again[2].as_secs_f64() * 1e3
    );
    // The changes must neither leave all messages whole nor make noise of them all.
    assert!([read, answered, dropped].into_iter().all(|count| count > total / 20));
    // A machine that is busy with something else makes one look slow, not five in a row.
    assert!(again[2] <= TOOK_MAX * 2, "seed {seed} mutation {slowest} takes {:?}", again[2]);
}

/// What one message may take: everything that can be asked of it, several times over, as `probe` does.
const TOOK_MAX: Duration = Duration::from_millis(10);

/// Every mutant has a seed of its own, so that a failure is found again by its number.
fn run(corpus: &[Vec<u8>], seed: u64, index: u64) -> (Fate, Duration) {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&index.to_le_bytes());
    let bytes = mutant(corpus, &mut Chance::from_seed(key));
    let begun = Instant::now();
    let outcome = panic::catch_unwind(|| {
        probe::stream(&bytes);
        for line in bytes.split(|&b| b == b'\n').take(40) {
            let value = line.iter().position(|&b| b == b':').map_or(line, |colon| &line[colon + 1..]);
            probe::uri(value.trim_ascii());
        }
        probe::message(&bytes)
    });
    let fate = outcome.unwrap_or_else(|_| panic!("seed {seed} mutation {index}: {}", bytes.escape_ascii()));
    (fate, begun.elapsed())
}
