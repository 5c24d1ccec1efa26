//! A REGISTER with digest: two round trips. Bindings of ours are durable, Kamailio's in memory.
//!
//! All contestants run all the time and take turns in registering, a few seconds each.

use std::{
    fmt::Write as _,
    fs,
    net::Ipv4Addr,
    ops::Range,
    path::{Path, PathBuf},
};

use sip::digest::{Algorithm, ha1};
use xtask::net::Net;

use crate::{
    cpu::Tree,
    figures::{Tried, cheapest},
    peer::{self, WORKERS, folder},
    sipp::Load,
    switch,
    table::{Row, Table},
};

const RATE: u32 = 1000;
const TURNS: u32 = 6;
/// Phones that register for the first time in a turn, and then once more.
const PHONES: u32 = 3 * RATE;
/// All phones; the first turn's are there to warm up.
const ALL: u32 = PHONES * (TURNS + 1);

/// What each of a turn's phones does, one after the other.
const WORK: [&str; 2] = ["REGISTER that binds", "REGISTER that refreshes"];

/// A registrar, and what a REGISTER of each kind of [`WORK`] cost it.
struct Contestant {
    address: Ipv4Addr,
    tree: Tree,
    tried: [Tried; 2],
    failed: u32,
}

/// Measures Kamailio with each number of workers and ours, in turns.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let accounts = format!("!ACCOUNTS!{ALL}!");
    let net = Net::of_this_run();
    let mut peers = Vec::new();
    let mut contestants = Vec::new();
    for (workers, host) in WORKERS.into_iter().zip(6..) {
        let peer = peer::kamailio("registrar.cfg", workers, net.address(host), &accounts)?;
        let name = format!("Kamailio, {workers} workers");
        contestants.push(Contestant::new(&name, net.address(host), Tree::of(peer.id())));
        peers.push(peer);
    }
    let daemon = switch::start("register", Some(phones()?))?;
    contestants.push(Contestant::new("ours", net.address(1), switch::tree(&daemon)));
    for turn in 0..=TURNS {
        for contestant in &mut contestants {
            let said = contestant.register(turn)?;
            table.step(&format!("turn {turn}, {}: {said}", contestant.tried[0].name));
        }
    }
    let ours = contestants.pop().expect("ours came last");
    switch::count_bindings(&daemon, ALL - ours.failed.min(ALL))?;
    daemon.stop()?;
    for (kind, work) in WORK.into_iter().enumerate() {
        let able = contestants.iter().filter(|peer| peer.failed * 100 < ALL);
        let tried: Vec<Tried> = able.map(|peer| peer.tried[kind].clone()).collect();
        let best =
            cheapest(&tried).ok_or("Kamailio failed more than one in a hundred, however many workers")?;
        let note = format!("medians of {TURNS} turns; {} of ours failed", ours.failed);
        table.add(Row::beside(format!("{work}, {RATE}/s"), &ours.tried[kind], best, "ms", 0.8, note));
    }
    Ok(())
}

impl Contestant {
    fn new(name: &str, address: Ipv4Addr, tree: Tree) -> Self {
        let tried = [(); 2].map(|()| Tried { name: name.to_owned(), costs: Vec::new() });
        Self { address, tree, tried, failed: 0 }
    }

    /// Registers a turn's phones and then refreshes them, and says how it went; turn 0 does not count.
    fn register(&mut self, turn: u32) -> Result<String, String> {
        let folder = folder("register")?;
        let accounts = folder.join("accounts.csv");
        write_accounts(&accounts, turn * PHONES..(turn + 1) * PHONES)?;
        let load = Load {
            part: "benches/sipp/register.xml",
            from: Net::of_this_run().address(9),
            switch: self.address,
            to: "p0",
            accounts: Some(&accounts),
            folder: &folder,
        };
        let mut costs = [0.0; 2];
        for cost in &mut costs {
            let before = self.tree.spent();
            self.failed += load.run(PHONES, RATE)?;
            *cost = (self.tree.spent() - before).as_secs_f64() * 1000.0 / f64::from(PHONES);
        }
        if turn > 0 {
            self.tried.iter_mut().zip(costs).for_each(|(tried, cost)| tried.costs.push(cost));
        }
        let [binds, refreshes] = costs;
        Ok(format!("{binds:.3} ms to bind, {refreshes:.3} ms to refresh, {} failed so far", self.failed))
    }
}

/// Accounts as SIPp wants them.
fn write_accounts(file: &Path, phones: Range<u32>) -> Result<(), String> {
    let mut lines = "SEQUENTIAL\n".to_owned();
    for phone in phones {
        let _ = writeln!(lines, "p{phone};[authentication username=p{phone} password=secret];");
    }
    fs::write(file, lines).map_err(|error| format!("{}: {error}", file.display()))
}

/// A site's worth of phones with their secrets, to be laid over the bench's.
pub(crate) fn phones() -> Result<PathBuf, String> {
    let folder = folder("phones")?;
    let (mut phones, mut secrets) = ("[phones]\n".to_owned(), String::new());
    for phone in 0..ALL {
        let name = format!("p{phone}");
        let proof = ha1(Algorithm::Md5, &name, "pbx.test", "secret");
        let _ = writeln!(phones, "{name} = {{ ext = {} }}", 20_000 + phone);
        let _ = writeln!(secrets, "{name} MD5 {}", proof.as_str());
    }
    let write = |path: PathBuf, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    fs::create_dir_all(folder.join("secrets")).map_err(|error| error.to_string())?;
    write(folder.join("phones.toml"), &phones)?;
    write(folder.join("secrets/phones"), &secrets)?;
    Ok(folder)
}
