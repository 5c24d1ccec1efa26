//! A REGISTER with digest: two round trips. Bindings of ours are durable, Kamailio's in memory.

use std::{
    fmt::Write as _,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use sip::digest::{Algorithm, ha1};
use xtask::net::Net;

use crate::{
    cpu::Tree,
    figures::{Tried, cheapest},
    peer::{Peer, WORKERS, folder},
    sipp::Load,
    switch,
    table::{Row, Table},
};

const RATE: u32 = 1000;
/// Phones that register while warming up, and those that are measured.
const WARM_UP: u32 = 2 * RATE;
const PHONES: u32 = 10 * RATE;

/// What each of the phones does, one after the other.
const WORK: [&str; 2] = ["REGISTER that binds", "REGISTER that refreshes"];

/// What a REGISTER of each kind of [`WORK`] cost, and how many failed.
#[derive(Clone, Copy, Debug)]
struct Measured {
    costs: [f64; 2],
    failed: u32,
}

/// Measures Kamailio with each number of workers, then ours.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let accounts = format!("!ACCOUNTS!{}!", WARM_UP + PHONES);
    let mut peers = [Vec::new(), Vec::new()];
    for workers in WORKERS {
        let peer = Peer::kamailio("registrar.cfg", workers, &accounts)?;
        let measured = measure(peer.tree())?;
        table.step(&format!("Kamailio, {workers} workers: {}", measured.say()));
        if measured.failed * 100 < PHONES {
            for (peers, cost) in peers.iter_mut().zip(measured.costs) {
                peers.push(Tried { name: format!("Kamailio, {workers} workers"), costs: vec![cost] });
            }
        }
    }
    let daemon = switch::start("register", Some(phones()?))?;
    let measured = measure(switch::tree(&daemon))?;
    table.step(&format!("ours: {}", measured.say()));
    switch::count_bindings(&daemon, WARM_UP + PHONES - measured.failed.min(PHONES))?;
    daemon.stop()?;
    for ((work, peers), cost) in WORK.iter().zip(&peers).zip(measured.costs) {
        let best =
            cheapest(peers).ok_or("Kamailio failed more than one in a hundred, however many workers")?;
        let ours = Tried { name: "ours".to_owned(), costs: vec![cost] };
        let note = format!("{} of ours failed", measured.failed);
        table.add(Row::beside(format!("{work}, {RATE}/s"), &ours, best, "ms", 0.8, note));
    }
    Ok(())
}

fn measure(tree: Tree) -> Result<Measured, String> {
    let folder = folder("register")?;
    let load = |accounts| Load {
        part: "benches/sipp/register.xml",
        from: Net::of_this_run().address(9),
        to: "p0",
        accounts: Some(accounts),
        folder: &folder,
    };
    let (early, measured) = (folder.join("early.csv"), folder.join("measured.csv"));
    write_accounts(&early, 0..WARM_UP)?;
    write_accounts(&measured, WARM_UP..WARM_UP + PHONES)?;
    let mut failed = load(&early).run(WARM_UP, RATE)?;
    let mut costs = [0.0; 2];
    for cost in &mut costs {
        let before = tree.spent();
        failed += load(&measured).run(PHONES, RATE)?;
        *cost = (tree.spent() - before).as_secs_f64() * 1000.0 / f64::from(PHONES);
    }
    Ok(Measured { costs, failed })
}

impl Measured {
    fn say(&self) -> String {
        let Self { costs: [binds, refreshes], failed } = self;
        format!("{binds:.3} ms to bind, {refreshes:.3} ms to refresh, {failed} failed")
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
fn phones() -> Result<PathBuf, String> {
    let folder = folder("phones")?;
    let (mut phones, mut secrets) = ("[phones]\n".to_owned(), String::new());
    for phone in 0..WARM_UP + PHONES {
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
