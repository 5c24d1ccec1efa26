//! `sim simulate`: many seeds, or one to look at.

use std::{process::ExitCode, thread};

use sim::{
    plant::{Fault, Planted},
    seed::{self, Run},
};

use crate::flags::Flags;

/// Lines of a failed run's ladder that are shown.
const LINES: usize = 60;

pub(crate) fn run(flags: &Flags) -> ExitCode {
    if flags.has("--planted") {
        return crate::planted::run();
    }
    let from = flags.number("--from").unwrap_or(0);
    if let Some(calls) = flags.number("--equivalence") {
        return crate::equal::run(calls, flags.number("--seed"), from);
    }
    if let Some(seed) = flags.number("--seed") {
        return one(seed, flags.fault, flags.has("--ladder"));
    }
    let seeds = flags.number("--seeds").unwrap_or(200);
    match flags.number("--loss").and_then(|percent| u32::try_from(percent).ok()) {
        Some(percent) => losing(&many(from, seeds, &|seed| seed::play_losing(seed, percent * 10)), percent),
        None => report(&many(from, seeds, &|seed| seed::play(seed, &|_| ()))),
    }
}

fn one(seed: u64, fault: Option<Fault>, draw: bool) -> ExitCode {
    let run = seed::play(seed, &|world| {
        if let Some(fault) = fault {
            world.plant(Planted::new(fault));
        }
    });
    if draw {
        println!("{}", run.ladder);
    }
    run.wrong.iter().for_each(|wrong| println!("{wrong}"));
    println!("seed {seed}: {:?} {:?}", run.happened, run.network);
    if run.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn many(from: u64, seeds: u64, play: &(dyn Fn(u64) -> Run + Sync)) -> Vec<(u64, Run)> {
    let threads = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let own = (from..from + seeds).filter(|seed| seed % threads == worker);
                    own.map(|seed| (seed, play(seed))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a run does not panic")).collect()
    })
}

/// How calls fared on a network that loses so much each way: each has to come to one end that both sides know of.
fn losing(runs: &[(u64, Run)], percent: u32) -> ExitCode {
    let sum = |of: fn(&Run) -> u64| runs.iter().map(|(_, run)| of(run)).sum::<u64>();
    let (calls, known) = (sum(|run| run.happened.calls), sum(|run| run.known));
    let (sent, ventured) = (sum(|run| run.network.sent), sum(|run| run.network.ventured));
    let lost = sum(|run| run.network.lost);
    println!(
        "{calls} calls at {percent} % loss each way ({lost} of {ventured} datagrams lost, of {sent} messages): {known} ended \
         in one known state on both sides, {} unknown",
        calls.abs_diff(known)
    );
    let is_lossy = lost_as_asked(lost, ventured, percent) && ventured >= sent / 2;
    if !is_lossy {
        println!(
            "the network lost something else than it was asked to: these seeds show nothing of {percent} %"
        );
    }
    let is_sound = failed(runs) == 0 && known == calls && calls > 0 && is_lossy;
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether so many lost of so many are what chance makes of this share, give or take five times its usual error.
fn lost_as_asked(lost: u64, ventured: u64, percent: u32) -> bool {
    let share = f64::from(percent) / 100.0;
    let expected = ventured as f64 * share;
    let error = (expected * (1.0 - share)).sqrt();
    ventured > 0 && (lost as f64 - expected).abs() <= 5.0 * error
}

/// Shows the first runs that something was wrong with; how many there are.
fn failed(runs: &[(u64, Run)]) -> usize {
    let failed: Vec<_> = runs.iter().filter(|(_, run)| !run.wrong.is_empty()).collect();
    for (seed, run) in failed.iter().take(5) {
        println!("\nseed {seed}: sim simulate --seed {seed} --ladder");
        run.wrong.iter().take(10).for_each(|wrong| println!("  {wrong}"));
    }
    if let Some((_, run)) = failed.first() {
        let lines: Vec<_> = run.ladder.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].iter().for_each(|line| println!("{line}"));
    }
    failed.len()
}

fn report(runs: &[(u64, Run)]) -> ExitCode {
    let sum = |of: fn(&Run) -> u64| runs.iter().map(|(_, run)| of(run)).sum::<u64>();
    println!("{} seeds, {} failed", runs.len(), runs.iter().filter(|(_, run)| !run.wrong.is_empty()).count());
    let counts: [(&str, u64); 43] = [
        ("INVITEs", sum(|run| run.happened.invites)),
        ("calls", sum(|run| run.happened.calls)),
        ("messages", sum(|run| run.network.sent)),
        ("lost", sum(|run| run.network.lost)),
        ("delivered twice", sum(|run| run.network.twice)),
        ("overtaken", sum(|run| run.network.late)),
        ("answers crossing CANCEL", sum(|run| run.happened.answers_crossing_cancel)),
        ("CANCELs crossing an answer", sum(|run| run.happened.cancels_crossing_answer)),
        ("BYEs crossing", sum(|run| run.happened.byes_crossing)),
        ("glares (491)", sum(|run| run.happened.glares)),
        ("pickups", sum(|run| run.happened.pickups)),
        ("changes", sum(|run| run.happened.changes)),
        ("pairs deaf to each other at first", sum(|run| run.happened.askings)),
        ("PRACKs owed", sum(|run| run.happened.pracks)),
        ("reliable provisionals", sum(|run| run.happened.reliable)),
        ("refreshes", sum(|run| run.happened.refreshes)),
        ("intervals refused (422)", sum(|run| run.happened.intervals_refused)),
        ("NOTIFYs", sum(|run| run.happened.notifies)),
        ("transfers", sum(|run| run.happened.transfers)),
        ("transfers answered", sum(|run| run.happened.transfers_done)),
        ("transfers in vain", sum(|run| run.happened.transfers_failed)),
        ("calls joined", sum(|run| run.happened.joins)),
        ("callers parked", sum(|run| run.happened.parks)),
        ("callers fetched", sum(|run| run.happened.fetched)),
        ("callers returned", sum(|run| run.happened.parks_returned)),
        ("numbers blocked", sum(|run| run.happened.blocks)),
        ("times signed in", sum(|run| run.happened.sign_ins)),
        ("reminders rung", sum(|run| run.happened.reminders)),
        ("clicks", sum(|run| run.happened.clicks)),
        ("clicks refused", sum(|run| run.happened.clicks_refused)),
        ("302s followed", sum(|run| run.happened.redirects)),
        ("ways led on", sum(|run| run.happened.led_on)),
        ("carriers passed over", sum(|run| run.happened.passed_over)),
        ("rests asked for", sum(|run| run.happened.rests)),
        ("carriers out", sum(|run| run.happened.outages)),
        ("carriers back", sum(|run| run.happened.returns)),
        ("names untold", sum(|run| run.happened.names_untold)),
        ("names moved", sum(|run| run.happened.names_moved)),
        ("calls decided again", sum(|run| run.happened.replays)),
        ("forks", sum(|run| run.happened.forks)),
        ("INVITEs that two answered", sum(|run| run.happened.twins)),
        ("restarts", sum(|run| run.restarts.into())),
        ("runs without faults", runs.iter().filter(|(seed, _)| seed.is_multiple_of(4)).count() as u64),
    ];
    for (what, count) in counts {
        println!("{count:>10}  {what}");
    }
    let never = counts.iter().any(|(_, count)| *count == 0);
    if never && runs.len() >= 200 {
        println!("something never happened: these seeds show too little");
    }
    let is_sound = failed(runs) == 0 && !(never && runs.len() >= 200);
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_loses_something_else_is_seen() {
        for (lost, ventured, percent, is_as_asked) in [
            (2_000, 10_000, 20, true),
            (2_150, 10_000, 20, true),
            (1_850, 10_000, 20, true),
            (2_250, 10_000, 20, false),
            (1_750, 10_000, 20, false),
            (0, 10_000, 20, false),
            (0, 10_000, 0, true),
            (1, 10_000, 0, false),
            (0, 0, 20, false),
        ] {
            assert_eq!(lost_as_asked(lost, ventured, percent), is_as_asked, "{lost} of {ventured}");
        }
    }
}
