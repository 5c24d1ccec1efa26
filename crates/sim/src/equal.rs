//! `sim simulate --equivalence`: what `explain` says against what parties saw.

use std::{process::ExitCode, thread};

use crate::planted::Ladders;
use sim::{
    equivalence::{self, Account, pairs::Pairs},
    plant::{OF_PLANS, Planted},
    world::World,
};

/// Fewer calls than this need not have gone through everything.
const ENOUGH: u64 = 1_000;

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
    let mut never = 0;
    for ((step, outcome), count) in pairs.counts() {
        println!("{count:>8}  {step}: {outcome}");
        never += u32::from(count == 0);
    }
    let differ: Vec<_> = accounts.iter().filter_map(|(_, account)| account.wrong.as_ref()).collect();
    for difference in differ.iter().take(3) {
        println!("\n{difference}");
    }
    if never > 0 && calls >= ENOUGH {
        println!("{never} never occurred: these seeds show too little");
    }
    println!("{} seeds, {calls} calls compared, {} differ", accounts.len(), differ.len());
    differ.is_empty() && (never == 0 || calls < ENOUGH)
}
