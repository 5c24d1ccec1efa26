//! Who has calls placed for themselves in a run, to whom or what else.

use std::time::Duration;

use clock::Instant;

use super::calls::Menu;
use crate::world::{Order, World};

/// Clicks of a run, at most.
const CLICKS_MAX: u32 = 6;

/// Lets people click, from `from` on for so long.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let menu = Menu::of(world);
    let people: Vec<String> = world.site().people.iter().map(|person| person.name.to_string()).collect();
    let count = u32::try_from(people.len()).expect("a few");
    let mut chance = world.fork_chance();
    for _ in 0..chance.below(CLICKS_MAX + 1) {
        let at = from + chance.between(Duration::ZERO, lasts);
        let who = people[chance.below(count) as usize].clone();
        let number = menu.inside(chance.u32());
        world.at(at, Order::Originate(who.clone(), number));
        if chance.below(4) == 0 {
            // Impatient.
            world.at(at + Duration::from_millis(300), Order::Originate(who, menu.inside(chance.u32())));
        }
    }
}
