//! A run that one number chooses: a site, its calls, its faults.

mod calls;
mod click;
mod code;
mod desk;
mod end;
mod faults;
mod listen;
mod outage;
mod park;
mod topology;
mod transfer;
mod watch;

use std::{collections::BTreeSet, time::Duration};

use clock::{Chance, Instant};

pub use self::topology::Topology;
use self::{calls::Calls, faults::Faults};
use crate::{
    agent::Act,
    check::Happened,
    wire::{Counts, Entry, Ladder, Weather},
    world::{Order, World},
};

/// When calls begin to come; phones register before.
const CALLS_FROM: Duration = Duration::from_secs(20);

/// When phones begin to watch.
const WATCHED_FROM: Duration = Duration::from_secs(5);

/// How long after the faults stop everything has to be idle: three minutes after the last call that could
/// still be ringing or talking.
const REST: Duration = Duration::from_secs(180);

/// What a run came to.
#[derive(Debug, Default)]
pub struct Run {
    /// Everything that was wrong.
    pub wrong: Vec<String>,
    /// What happened on the way.
    pub happened: Happened,
    /// Calls with one end, known on both sides.
    pub known: u64,
    /// What the network did.
    pub network: Counts,
    /// How often the process died.
    pub restarts: u32,
    /// The legs that something was wrong with, drawn.
    pub ladder: String,
}

/// Something to be done to a world before it runs.
pub type Prepare<'a> = &'a dyn Fn(&mut World);

/// Plays the run of this seed.
pub fn play(seed: u64, prepare: Prepare<'_>) -> Run {
    play_with(seed, None, prepare)
}

/// Plays the run of this seed on a network that loses so many of a thousand datagrams, each way, and has no other fault.
pub fn play_losing(seed: u64, of_thousand: u32) -> Run {
    play_with(seed, Some(of_thousand), &|_| ())
}

fn play_with(seed: u64, loses: Option<u32>, prepare: Prepare<'_>) -> Run {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8] = 1;
    let mut chance = Chance::from_seed(bytes);
    let topology = Topology::choose(&mut chance);
    let faults = match loses {
        None => Faults::choose(seed, &mut chance),
        Some(of_thousand) => Faults::of_loss(of_thousand),
    };
    let calls = Calls::choose(&mut chance);
    let fair = Weather::fair(Duration::from_millis(5));
    let mut world = World::new(topology.site.clone(), &topology.cast, seed, fair);
    prepare(&mut world);
    register(&mut world);
    let from = Instant::ZERO + CALLS_FROM;
    let until = from + calls.lasts();
    calls.plan(&mut world, from);
    transfer::plan(&mut world, from, calls.lasts());
    park::plan(&mut world, from, calls.lasts());
    click::plan(&mut world, from, calls.lasts());
    if !seed.is_multiple_of(4) && loses.is_none() {
        outage::plan(&mut world, from, calls.lasts());
    }
    watch::plan(&mut world, Instant::ZERO + WATCHED_FROM);
    listen::plan(&mut world, from, calls.lasts());
    code::plan(&mut world, from, calls.lasts());
    desk::plan(&mut world, from, calls.lasts());
    faults.plan(&mut world, from, until);
    outage::end(&mut world, until + REST / 2);
    world.run_until(until + REST / 2);
    end::fall_silent(&mut world);
    world.run_until(until + REST);
    let stale = world.stale_watchers();
    end::rest(&mut world);
    conclude(&mut world, stale, faults.restarts())
}

fn register(world: &mut World) {
    for index in 0..world.agents().len() {
        if matches!(world.agents()[index].persona().role, crate::agent::Role::Phone { .. }) {
            world.agent_mut(index).keeps_registered();
            let at = Instant::ZERO + Duration::from_millis(150 * (index as u64 + 1));
            world.at(at, Order::Act(index, Act::Registers));
        }
    }
}

fn conclude(world: &mut World, stale: Vec<String>, restarts: u32) -> Run {
    let mut wrong = world.ends().wrong;
    wrong.extend(stale);
    let lines = || world.agents().iter().flat_map(|agent| agent.lines());
    let held: BTreeSet<&str> = lines().filter(|line| !line.is_over()).map(|line| &**line.call_id()).collect();
    let mut run = Run {
        wrong,
        happened: world.check().happened(),
        known: world.check().known(|call_id| held.contains(call_id)),
        network: world.network().counts(),
        restarts,
        ladder: String::new(),
    };
    if !run.wrong.is_empty() {
        let names = world.agents().iter().map(|agent| &*agent.persona().name).collect();
        let usual = Duration::from_millis(5);
        let is_about = |entry: &&Entry| match entry {
            Entry::Sent { message, .. } => run.wrong.iter().any(|it| it.contains(message.call_id())),
            Entry::Said { .. } => true,
        };
        let about: Vec<Entry> = world.entries().iter().filter(is_about).cloned().collect();
        run.ladder = Ladder { names, from: Instant::ZERO, usual }.draw(&about);
    }
    run
}
