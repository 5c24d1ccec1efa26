//! `sim simulate --equivalence`: what `explain` says against what parties saw.

use std::{process::ExitCode, thread};

use crate::planted::Ladders;
use sim::{
    equivalence::{
        self, Account,
        pairs::{Pair, Pairs},
    },
    plant::{OF_PLANS, Planted},
    world::World,
};

/// So many calls have to have gone through everything, each pair at least so often.
const ENOUGH: u64 = 10_000;
const LEAST: u64 = 50;

/// From so many on nothing may be missing.
const SOME: u64 = 1_000;

/// A planted change has to be caught within so many seeds.
const SEEDS_MAX: u64 = 500;

pub(crate) fn run(calls: u64, seed: Option<u64>, from: u64) -> ExitCode {
    if let Some(seed) = seed {
        let account = equivalence::play(seed, &|_| ());
        println!("{}", account.wrong.as_deref().unwrap_or("identical"));
        return if account.wrong.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let accounts = many(from, calls);
    let (compared, caught) = (report(&accounts), planted(from));
    if compared && caught { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Changes how plans are carried out, one way at a time; each has to be caught within so many seeds, and to
/// fail a ladder.
fn planted(from: u64) -> bool {
    let find = |fault| {
        (from..from + SEEDS_MAX).find(|seed| {
            let prepare = |world: &mut World| world.plant(Planted::new(fault));
            equivalence::play(*seed, &prepare).wrong.is_some()
        })
    };
    let ladders = Ladders::read();
    let mut caught = 0;
    for fault in OF_PLANS {
        let (seed, failed) = (find(fault), ladders.failed_by(fault));
        let at = seed.map_or("NOT CAUGHT".to_owned(), |seed| format!("caught at seed {seed}"));
        println!("{:20} {at:20} {failed:>3} ladders", format!("{fault:?}"));
        caught += usize::from(seed.is_some() && failed > 0);
    }
    println!("{caught} of {} planted changes of plans caught", OF_PLANS.len());
    caught == OF_PLANS.len()
}

/// Seeds from `from` on, as many as it takes for so many calls; a seed has one at least.
fn many(from: u64, calls: u64) -> Vec<(u64, Account)> {
    let threads = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let mut accounts: Vec<(u64, Account)> = Vec::new();
    let mut next = from;
    while accounts.iter().map(|(_, account)| account.calls).sum::<u64>() < calls {
        let batch: Vec<u64> = (next..next + threads * 25).collect();
        next += threads * 25;
        let (batch, per_thread) = (&batch, batch.len() / threads as usize);
        accounts.extend(thread::scope(|scope| {
            let workers: Vec<_> = batch
                .chunks(per_thread)
                .map(|own| {
                    scope.spawn(|| {
                        own.iter().map(|seed| (*seed, equivalence::play(*seed, &|_| ()))).collect::<Vec<_>>()
                    })
                })
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("a run does not panic"))
                .collect::<Vec<_>>()
        }));
    }
    accounts
}

fn report(accounts: &[(u64, Account)]) -> bool {
    let calls: u64 = accounts.iter().map(|(_, account)| account.calls).sum();
    let mut pairs = Pairs::default();
    accounts.iter().for_each(|(_, account)| pairs.add(&account.pairs));
    let rare = rare(&pairs, calls);
    for (pair @ (step, outcome), count) in pairs.counts() {
        let mark = if rare.contains(&pair) { "  TOO RARE" } else { "" };
        println!("{count:>8}  {step}: {outcome}{mark}");
    }
    let differ: Vec<_> = accounts.iter().filter_map(|(_, account)| account.wrong.as_ref()).collect();
    for difference in differ.iter().take(3) {
        println!("\n{difference}");
    }
    if !rare.is_empty() {
        println!("{} pairs occurred too rarely: these calls show too little of them", rare.len());
    }
    println!("{} seeds, {calls} calls compared, {} differ", accounts.len(), differ.len());
    differ.is_empty() && rare.is_empty()
}

/// Pairs of which so many calls should have shown more.
fn rare(pairs: &Pairs, calls: u64) -> Vec<Pair> {
    let least = match calls {
        ENOUGH.. => LEAST,
        SOME.. => 1,
        _ => 0,
    };
    pairs.counts().filter(|(_, count)| *count < least).map(|(pair, _)| pair).collect()
}

#[cfg(test)]
mod tests {
    use sim::equivalence::pairs::ALL;

    use super::*;

    #[test]
    fn a_pair_that_is_rare_in_many_calls_is_told() {
        let mut pairs = Pairs::default();
        assert_eq!(rare(&pairs, 999), []);
        assert_eq!(rare(&pairs, 1_000), ALL);
        for pair in ALL {
            pairs.note(pair, 50);
        }
        assert_eq!(rare(&pairs, 10_000), []);
        let mut fewer = Pairs::default();
        ALL.iter().skip(1).for_each(|pair| fewer.note(*pair, 50));
        fewer.note(ALL[0], 49);
        assert_eq!((rare(&fewer, 9_999), rare(&fewer, 10_000)), (vec![], vec![ALL[0]]));
    }
}
