//! Who watches what in a run: lamps of people, groups, mailboxes and slots, one's own messages, presence.

use std::time::Duration;

use clock::{Chance, Instant};

use crate::{
    agent::{Act, Role, Wish},
    world::{Order, World},
};

/// Lets some phones watch, from `from` on, and keep it up.
pub(super) fn plan(world: &mut World, from: Instant) {
    let site = world.site().clone();
    let things: Vec<String> = site
        .people
        .iter()
        .filter_map(|person| person.ext.as_ref())
        .chain(site.groups.iter().filter_map(|group| group.ext.as_ref()))
        .map(|ext| ext.to_string())
        .chain(site.mailboxes.iter().map(|mailbox| mailbox.name.to_string()))
        .chain(site.park.slots.iter().flat_map(|slots| slots.clone()).map(|slot| slot.to_string()))
        .collect();
    for index in 0..world.agents().len() {
        let persona = world.agents()[index].persona();
        if !matches!(persona.role, Role::Phone { .. }) {
            continue;
        }
        let own = persona.user.to_string();
        let has_mailbox = site.phone(&own).is_some_and(|phone| site[phone].person.is_some());
        world.agent_mut(index).keeps_watching();
        let mut chance = world.fork_chance();
        for _ in 0..chance.below(4) {
            let wish = match chance.below(4) {
                0 if has_mailbox => wish(own.clone(), "message-summary", &mut chance),
                1 => wish(one_of(&things, &mut chance), "presence", &mut chance),
                _ => wish(one_of(&things, &mut chance), "dialog", &mut chance),
            };
            let at = from + chance.between(Duration::ZERO, Duration::from_secs(30));
            world.at(at, Order::Act(index, Act::Watches(wish)));
        }
        if chance.below(4) == 0 {
            let act = if chance.below(2) == 0 { Act::Unwatches } else { Act::ForgetsWatches };
            let at = from + chance.between(Duration::from_secs(20), Duration::from_secs(90));
            world.at(at, Order::Act(index, act));
        }
    }
}

fn wish(of: String, package: &str, chance: &mut Chance) -> Wish {
    Wish { of, package: package.to_owned(), expires: [60, 90, 600, 3600][chance.below(4) as usize] }
}

fn one_of(things: &[String], chance: &mut Chance) -> String {
    let count = u32::try_from(things.len()).expect("a site of a seed is small");
    things[chance.below(count) as usize].clone()
}
