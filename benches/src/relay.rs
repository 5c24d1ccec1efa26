//! A relayed RTP packet at 500 calls, beside rtpengine in user space.
//!
//! All contestants hold their calls all the time and take turns in relaying, a few seconds each.

use std::time::Duration;

use xtask::net::Net;

use crate::{
    cpu::Tree,
    figures::{Tried, cheapest},
    ng::Control,
    peer::{self, WORKERS},
    rtp::{Pair, Streams, raise_open_files},
    switch,
    table::{Row, Table},
    ua::Ends,
};

const CALLS: usize = 500;
/// A packet each way every 20 ms.
const ROUND: Duration = Duration::from_millis(20);
const WARM_UP: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_secs(3);
const TURNS: usize = 5;

/// Who relays, and the calls it holds.
struct Contestant {
    tree: Tree,
    streams: Streams,
    tried: Tried,
}

/// Measures rtpengine with each number of threads and ours, in turns.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    raise_open_files();
    let mut peers = Vec::new();
    let mut contestants = Vec::new();
    for (threads, host) in WORKERS.into_iter().zip(6..) {
        let peer = peer::rtpengine(threads, Net::of_this_run().address(host))?;
        let mut control = Control::new(host)?;
        let pairs = calls(|| control.call())?;
        contestants.push(Contestant::new(
            format!("rtpengine, {threads} threads"),
            Tree::of(peer.id()),
            pairs,
        ));
        peers.push(peer);
    }
    let daemon = switch::start("relay", None)?;
    let mut ends = Ends::new()?;
    let pairs = calls(|| ends.call())?;
    contestants.push(Contestant::new("ours".to_owned(), switch::tree(&daemon), pairs));
    for turn in 1..=TURNS {
        for contestant in &mut contestants {
            let said = contestant.relay()?;
            table.step(&format!("turn {turn}, {}: {said}", contestant.tried.name));
        }
    }
    ends.hang_up()?;
    daemon.stop()?;
    let mut tried: Vec<Tried> = contestants.into_iter().map(|contestant| contestant.tried).collect();
    let ours = tried.pop().expect("ours came last");
    let best = cheapest(&tried).expect("several threads were tried");
    let work = format!("relayed RTP packet, {CALLS} calls");
    table.add(Row::beside(work, &ours, best, "us", 0.6, format!("medians of {TURNS} turns")));
    Ok(())
}

fn calls(mut call: impl FnMut() -> Result<Pair, String>) -> Result<Vec<Pair>, String> {
    (0..CALLS).map(|_| call()).collect()
}

impl Contestant {
    fn new(name: String, tree: Tree, pairs: Vec<Pair>) -> Self {
        Self { tree, streams: Streams::new(pairs), tried: Tried { name, costs: Vec::new() } }
    }

    /// Takes a turn, and says how it went.
    fn relay(&mut self) -> Result<String, String> {
        self.streams.pass(ROUND, WARM_UP)?;
        let before = self.tree.spent();
        let passed = self.streams.pass(ROUND, TURN)?;
        let spent = self.tree.spent() - before;
        let (sent, received) = (passed.sent, passed.received());
        if !passed.is_whole() {
            return Err(format!("{} passed {received} of {sent} packets", self.tried.name));
        }
        let cost = spent.as_secs_f64() * 1e6 / received as f64;
        self.tried.costs.push(cost);
        let (half, most) = (passed.delays.within(0.5), passed.delays.within(0.99));
        Ok(format!(
            "{cost:.2} us a packet, {} of {sent} lost, delay p50 {half} us, p99 {most} us",
            sent - received
        ))
    }
}
