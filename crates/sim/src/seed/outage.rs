//! Carriers of a run that fall silent and come back, and the name server that does, or says something else.

use std::time::Duration;

use clock::{Chance, Instant};

use super::topology::TWINS;
use crate::{
    agent::Role,
    world::{NameServer, Order, World},
};

/// Outages of carriers in a run, at most.
const OUTAGES_MAX: u32 = 3;

/// Plans them, from `from` on for so long.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let is_carrier = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Carrier { .. });
    let carriers: Vec<usize> = (0..world.agents().len()).filter(is_carrier).collect();
    let mut chance = world.fork_chance();
    for _ in 0..chance.below(OUTAGES_MAX + 1) {
        let carrier = carriers[chance.below(u32::try_from(carriers.len()).expect("a few")) as usize];
        let (at, back) = span(&mut chance, from, lasts, 60);
        world.at(at, Order::Cut(carrier, true));
        world.at(back, Order::Cut(carrier, false));
    }
    if chance.below(3) == 0 {
        let server = match chance.below(3) {
            0 => NameServer::Down,
            _ => NameServer::Slow(chance.between(Duration::from_millis(200), Duration::from_secs(6))),
        };
        let (at, back) = span(&mut chance, from, lasts, 150);
        world.at(at, Order::Names(server));
        world.at(back, Order::Names(NameServer::Up));
    }
    if chance.below(2) == 0 {
        let (at, back) = span(&mut chance, from, lasts, 200);
        world.at(at, Order::Rename(TWINS.to_owned(), Vec::new()));
        world.at(back, Order::Rename(TWINS.to_owned(), vec!["spare".to_owned()]));
    }
}

/// From then on nobody is asked any more, so that in the end no transaction is left.
pub(super) fn end(world: &mut World, at: Instant) {
    world.at(at, Order::StopAsking);
}

/// A time within the run that lasts five seconds or more.
fn span(chance: &mut Chance, from: Instant, lasts: Duration, most: u64) -> (Instant, Instant) {
    let at = from + chance.between(Duration::ZERO, lasts);
    let back = at + chance.between(Duration::from_secs(5), Duration::from_secs(most));
    (at, back.min(from + lasts))
}
