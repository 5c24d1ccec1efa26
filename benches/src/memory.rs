//! Memory: what a held call with media takes, beside rtpengine's part of it, and what calls leave behind.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use xtask::net::Net;

use crate::{
    cpu::Tree,
    ng::Control,
    peer::{self, folder},
    rtp::{Streams, raise_open_files},
    sipp::{self, Load},
    switch,
    table::{Row, Table},
    ua::Ends,
};

/// Calls held, looked at in steps.
const HELD: usize = 2000;
const STEP: usize = 500;
/// A packet now and then, so that nobody takes a held call for a dead one.
const ROUND: Duration = Duration::from_secs(2);
/// After the last set-up every transaction's time runs out (64*T1).
const RESTS: Duration = Duration::from_secs(40);

const RATE: u32 = 500;
/// Calls before the first look: transactions live for 32 s, so until then each second adds some.
const WARM_UP: u32 = 33 * RATE;
/// Calls after it, when memory is looked at.
const LOOKS: [u32; 3] = [2_000, 10_000, 20_000];
/// Growth that is none: half a page a hundred calls.
const GROWTH_KB_MAX: f64 = 400.0;

/// Holds 2,000 calls, then passes 20,000 and more.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    raise_open_files();
    let theirs = held_by_rtpengine(table)?;
    held(table, theirs)?;
    growth(table)
}

fn held_by_rtpengine(table: &Table) -> Result<f64, String> {
    let peer = peer::rtpengine(2, Net::of_this_run().address(6))?;
    let mut control = Control::new(6)?;
    let before = Tree::of(peer.id()).resident();
    let pairs = (0..HELD).map(|_| control.call()).collect::<Result<_, _>>()?;
    Streams::new(pairs).pass(ROUND, ROUND * 2)?;
    let each = kilobytes(before, Tree::of(peer.id()).resident()) / HELD as f64;
    table.step(&format!("rtpengine, 2 threads, holds {HELD} calls with {each:.1} KB each"));
    Ok(each)
}

fn held(table: &mut Table, theirs: f64) -> Result<(), String> {
    let daemon = switch::start("held", None)?;
    let tree = switch::tree(&daemon);
    let mut ends = Ends::new()?;
    let before = tree.resident();
    let each = |calls: usize| kilobytes(before, tree.resident()) / calls as f64;
    let mut pairs = Vec::new();
    for calls in (STEP..=HELD).step_by(STEP) {
        for _ in 0..STEP {
            pairs.push(ends.call()?);
        }
        table.step(&format!("ours holds {calls} calls with {:.1} KB each, just set up", each(calls)));
    }
    let passed = Streams::new(pairs).pass(ROUND, RESTS)?;
    if !passed.is_whole() {
        return Err(format!("{} of {} packets came through", passed.received(), passed.sent));
    }
    let ours = each(HELD);
    ends.hang_up()?;
    daemon.stop()?;
    let work = format!("held call with media, {HELD} calls");
    let note = format!("rtpengine alone {theirs:.1} KB");
    table.add(Row { work, ours, unit: "KB", beside: None, goal: 16.0, note });
    Ok(())
}

fn growth(table: &mut Table) -> Result<(), String> {
    let daemon = switch::start("growth", None)?;
    let tree = switch::tree(&daemon);
    let (net, folder) = (Net::of_this_run(), folder("growth")?);
    let (from, switch) = (net.address(4), net.address(1));
    let _callee = sipp::answer(net.address(5), switch, &folder)?;
    let load = Load { part: sipp::CALLS, from, switch, to: "+12025550101", accounts: None, folder: &folder };
    // A last second of calls, so that the rate is steady at the last look too.
    let calls = WARM_UP + LOOKS[2] + 2 * RATE;
    let begun = Instant::now();
    let running = load.begin(calls, RATE)?;
    let mut sizes = Vec::new();
    for look in LOOKS {
        let due = Duration::from_secs(1) * (WARM_UP + look) / RATE;
        sleep(due.saturating_sub(begun.elapsed()));
        sizes.push(tree.resident());
        table.step(&format!("{look} calls: {:.1} MB", tree.resident() as f64 / 1048576.0));
    }
    let failed = running.end()?;
    switch::count_calls(&daemon, calls - failed)?;
    daemon.stop()?;
    let ours = kilobytes(sizes[0], sizes[2]);
    let work = format!("growth from {} to {} calls", LOOKS[0], LOOKS[2]);
    let note = format!("with media, {RATE}/s, {failed} failed");
    table.add(Row { work, ours, unit: "KB", beside: None, goal: GROWTH_KB_MAX, note });
    Ok(())
}

fn kilobytes(before: u64, after: u64) -> f64 {
    (after as f64 - before as f64) / 1024.0
}
