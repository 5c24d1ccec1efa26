//! `sim simulate --planted`: each planted fault has to be found by seeds and by ladders.

use std::{fs, process::ExitCode};

use sim::{
    ladders::Golden,
    plant::{FAULTS, Fault, Planted},
    seed,
};

/// A fault has to be found within so many seeds.
const SEEDS_MAX: u64 = 500;

pub(crate) fn run() -> ExitCode {
    let ladders = Ladders::read();
    let mut missed = 0;
    println!("{:24} {:>10}  {:>7}  first word", "fault", "found at", "ladders");
    for fault in FAULTS {
        let found = (0..SEEDS_MAX).find_map(|seed| {
            let run = seed::play(seed, &|world| world.plant(Planted::new(fault)));
            run.wrong.first().map(|wrong| (seed, wrong.clone()))
        });
        let failed = ladders.failed_by(fault);
        let (seed, word) = match &found {
            Some((seed, word)) => (format!("seed {seed}"), word.as_str()),
            None => ("NEVER".to_owned(), ""),
        };
        println!("{:24} {seed:>10}  {failed:>7}  {word}", format!("{fault:?}"));
        missed += u32::from(found.is_none() || failed == 0);
    }
    println!("{} faults planted, {missed} missed", FAULTS.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The golden ladders, to be failed.
pub(crate) struct Ladders(Vec<String>);

impl Ladders {
    pub(crate) fn read() -> Self {
        Self(crate::files().iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect())
    }

    /// How many come out otherwise with a fault.
    pub(crate) fn failed_by(&self, fault: Fault) -> usize {
        let fails = |file: &&String| {
            let golden = Golden::of(file);
            let played = golden.play_in(|world| world.plant(Planted::new(fault)));
            played.is_ok_and(|ladder| !golden.expects(&ladder))
        };
        self.0.iter().filter(fails).count()
    }
}
