//! A call without media: set up through a plan, held a second, hung up; beside a mere stateful proxy.

use xtask::net::{Net, PORT};

use crate::{
    cpu::Tree,
    figures::{Tried, cheapest},
    peer::{self, WORKERS, folder},
    sipp::{self, Load},
    switch,
    table::{Row, Table},
};

const RATE: u32 = 1000;
const CALLS: u32 = 10 * RATE;
/// Kamailio forgets a transaction 5 s after its end; then what begins and what ends is in balance.
const WARM_UP: u32 = 6 * RATE;
/// Ours keeps each as long as its peer may repeat itself (64*T1, RFC 6026 §7.1, RFC 3261 §17.2.2).
const WARM_UP_OURS: u32 = 34 * RATE;

/// Measures Kamailio with each number of workers, then ours.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let mut peers = Vec::new();
    for workers in WORKERS {
        peers.extend(proxied(workers, table)?);
    }
    let daemon = switch::start("call", None)?;
    let (cost, failed) = measure(switch::tree(&daemon), WARM_UP_OURS)?;
    table.step(&format!("ours: {cost:.3} ms a call, {failed} failed"));
    switch::count_calls(&daemon, WARM_UP_OURS + CALLS - failed)?;
    daemon.stop()?;
    let best = cheapest(&peers).ok_or("Kamailio failed more than one in a hundred, however many workers")?;
    let ours = Tried { name: "ours".to_owned(), costs: vec![cost] };
    let work = format!("call through a plan, no media, {RATE}/s");
    table.add(Row::beside(work, &ours, best, "ms", 0.6, format!("{failed} of ours failed")));
    Ok(())
}

/// What a call costs Kamailio as a mere stateful proxy with so many workers; `None` if it failed more than one in a
/// hundred.
pub(crate) fn proxied(workers: u32, table: &Table) -> Result<Option<Tried>, String> {
    let callee = format!("!CALLEE!{}:{PORT}!", Net::of_this_run().address(3));
    let peer = peer::kamailio("proxy.cfg", workers, Net::of_this_run().address(1), &callee)?;
    let (cost, failed) = measure(Tree::of(peer.id()), WARM_UP)?;
    table.step(&format!("Kamailio, {workers} workers: {cost:.3} ms a call, {failed} failed"));
    let name = format!("Kamailio proxy, {workers} workers");
    Ok((failed * 100 < CALLS).then(|| Tried { name, costs: vec![cost] }))
}

/// Milliseconds of processor time a call, and how many calls failed, those of the warm-up too.
fn measure(tree: Tree, warm_up: u32) -> Result<(f64, u32), String> {
    let (net, folder) = (Net::of_this_run(), folder("call")?);
    let (from, switch) = (net.address(2), net.address(1));
    let _callee = sipp::answer(net.address(3), switch, &folder)?;
    let caller =
        Load { part: sipp::CALLS, from, switch, to: "+12025550100", accounts: None, folder: &folder };
    let early = caller.run(warm_up, RATE)?;
    let before = tree.spent();
    let failed = caller.run(CALLS, RATE)?;
    let spent = tree.spent() - before;
    Ok((spent.as_secs_f64() * 1000.0 / f64::from(CALLS), early + failed))
}
