//! Lamps: what a call costs whose two people have 20 watchers each, with all their NOTIFYs.
//!
//! An office at work: pairs of people call one another without pause, first while nobody watches them, then with all
//! their lamps. What the NOTIFYs cost is the difference. Each lamp is held to have shown every call whole: it rings,
//! it talks, it is over.
//!
//! Milliseconds are a machine's: the goal of one was set where a call costs Kamailio 0.19 ms as a mere proxy, so that
//! call is measured in the same run, and the ratio is judged.

mod calls;
mod lamps;
mod side;

use std::{fmt::Write as _, fs, path::PathBuf, time::Instant};

use sip::digest::{Algorithm, ha1};

use self::{calls::Calls, lamps::Lamps};
use crate::{
    call,
    cpu::Tree,
    figures::Tried,
    peer::folder,
    switch,
    table::{Row, Table},
};

/// Pairs of people who call one another, each a little later than the one before.
const PAIRS: u32 = 180;
/// Who watches each person.
const WATCHERS: u32 = 20;
/// Pairs that the same phones watch: a phone may have 256 lamps.
const WATCHED_TOGETHER: u32 = 90;
/// Calls of each pair before they are measured: a switch keeps server transactions for 64*T1, client transactions
/// for T4 (RFC 3261 §17.2.2, §17.1.2.2), and then begins and ends them in balance.
const WARM_UP: u32 = 46;
const WARM_UP_WATCHED: u32 = 8;
/// Calls of each pair that are measured.
const ROUNDS: u32 = 10;
const DOMAIN: &str = "pbx.test";
/// A millisecond to the 0.19 that a call through Kamailio took where the goal was set.
const GOAL: f64 = 5.2;

/// Lets every pair call in rounds, and looks at the processor time of the whole process.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let proxied = call::proxied(1, table)?.ok_or("Kamailio failed more than one call in a hundred")?;
    let daemon = switch::start("watchers", Some(site()?))?;
    let tree = switch::tree(&daemon);
    let mut calls = Calls::new()?;
    calls.run(WARM_UP)?;
    let (bare, _) = measure(tree, &mut calls)?;
    let lamps = Lamps::subscribe()?;
    calls.run(WARM_UP_WATCHED)?;
    lamps.begin()?;
    let (watched, rate) = measure(tree, &mut calls)?;
    let seen = lamps.end(ROUNDS)?;
    daemon.stop()?;
    let a_call = f64::from(seen.notifies) / f64::from(PAIRS * ROUNDS);
    table.step(&format!(
        "{bare:.3} ms a call that nobody watches, {:.2} us a NOTIFY; {} repeated",
        (watched - bare) * 1000.0 / a_call,
        seen.repeated
    ));
    let work = format!("call whose two people have {WATCHERS} watchers each");
    let note = format!("{a_call} NOTIFYs a call: it rings, talks, is over; {rate:.0} calls a second");
    let ours = Tried { name: "ours".to_owned(), costs: vec![watched] };
    table.add(Row::beside(work, &ours, &proxied, "ms", GOAL, note));
    Ok(())
}

/// Milliseconds of processor time a call, and calls a second.
fn measure(tree: Tree, calls: &mut Calls) -> Result<(f64, f64), String> {
    let (before, begin) = (tree.spent(), Instant::now());
    calls.run(ROUNDS)?;
    let (spent, number) = (tree.spent() - before, f64::from(PAIRS * ROUNDS));
    Ok((spent.as_secs_f64() * 1000.0 / number, number / begin.elapsed().as_secs_f64()))
}

/// Every phone that watches.
fn watchers() -> Vec<String> {
    let rooms = (0..PAIRS).step_by(WATCHED_TOGETHER as usize);
    rooms.flat_map(|pair| (0..WATCHERS).map(move |watcher| phone(pair, watcher))).collect()
}

/// The phone by which the people of a pair are watched.
fn phone(pair: u32, watcher: u32) -> String {
    format!("w{}x{watcher}", pair / WATCHED_TOGETHER)
}

/// People in pairs and phones that watch, to be laid over the bench's site.
fn site() -> Result<PathBuf, String> {
    let folder = folder("watchers")?;
    let (mut people, mut phones, mut secrets) =
        ("[people]\n".to_owned(), "[phones]\n".to_owned(), String::new());
    let mut secret = |name: &str| {
        let _ = writeln!(secrets, "{name} MD5 {}", ha1(Algorithm::Md5, name, DOMAIN, "secret").as_str());
    };
    for (side, first) in [("c", 30_000), ("d", 30_500)] {
        for pair in 0..PAIRS {
            let name = format!("{side}{pair}");
            let _ = writeln!(people, "{name} = {{ ext = {} }}", first + pair);
            let _ = writeln!(phones, "{name} = {{ person = \"{name}\" }}");
            secret(&name);
        }
    }
    for (name, ext) in watchers().iter().zip(31_000..) {
        let _ = writeln!(phones, "{name} = {{ ext = {ext} }}");
        secret(name);
    }
    let write = |path: PathBuf, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    fs::create_dir_all(folder.join("secrets")).map_err(|error| error.to_string())?;
    write(folder.join("people.toml"), &format!("{people}{phones}"))?;
    write(folder.join("secrets/phones"), &secrets)?;
    Ok(folder)
}
