//! The end of a run: what parties do again and again stops, and the switch comes to rest.

use std::time::Duration;

use clock::Instant;

use crate::world::{Order, World};

/// No transaction outlives the last that begins by so much: 64*T1, and what is on its way (RFC 3261 §17.1.2.2 and
/// §17.2.2, timers F and J).
const TRANSACTION: Duration = Duration::from_secs(40);

/// Whoever has no call any more sends no media either: of two who could not say goodbye that is all that shows
/// (RELIABILITY M8).
pub(super) fn fall_silent(world: &mut World) {
    for index in 0..world.agents().len() {
        if world.agents()[index].is_quiet() {
            world.at(world.now().mono, Order::Silence(index, true));
        }
    }
}

/// Lets the switch come to rest. Whatever renews or is tried again by a party is given up first, then everybody ends
/// what they still watch; what a watcher forgot ends by itself, and with a NOTIFY, so no such end is near either.
pub(super) fn rest(world: &mut World) {
    everybody(world, Order::RepeatNothing);
    world.run_for(TRANSACTION);
    everybody(world, Order::StopWatching);
    let ends = ends_of_subscriptions(world);
    let mut at = world.now().mono + TRANSACTION;
    let is_near = |end: &Instant, at: Instant| *end <= at && at < *end + TRANSACTION;
    while let Some(end) = ends.iter().filter(|end| is_near(end, at)).max() {
        at = *end + TRANSACTION;
    }
    world.run_until(at);
}

fn everybody(world: &mut World, order: fn(usize) -> Order) {
    for index in 0..world.agents().len() {
        world.at(world.now().mono, order(index));
    }
}

fn ends_of_subscriptions(world: &World) -> Vec<Instant> {
    let now = world.now();
    let left = |row: &store::Subscription| row.expires.unix_micros() - now.wall.unix_micros();
    let left = world.store().subscriptions().filter_map(|row| u64::try_from(left(row)).ok());
    left.map(|micros| now.mono + Duration::from_micros(micros)).collect()
}
