//! Who parks whom in a run, blind or having asked first, and who comes for them.

use std::time::Duration;

use clock::{Chance, Instant};

use super::{
    calls::{Menu, grid},
    transfer::{TALK, referral},
};
use crate::{
    agent::{Act, Course, Role},
    world::{Order, World},
};

/// Parks of a run, at most.
const PARKS_MAX: u32 = 6;

/// Where callers are parked: slots, one of them often, and the lowest that is free.
const WHERE: [&str; 5] = ["701", "701", "702", "703", "*68"];

/// Lets phones park, from `from` on for so long.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let menu = Menu::of(world);
    let is_phone = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Phone { .. });
    let phones: Vec<usize> = (0..world.agents().len()).filter(is_phone).collect();
    let count = u32::try_from(phones.len()).expect("a few");
    let mut chance = world.fork_chance();
    for _ in 0..chance.below(PARKS_MAX + 1) {
        let phone = phones[chance.below(count) as usize];
        let mut at = from + chance.between(Duration::ZERO, lasts);
        let course =
            Course { gives_up: Some(Duration::from_secs(30)), talks: Some(TALK), ..Course::default() };
        let mut calls = |world: &mut World, number: String, chance: &mut Chance| {
            world.at(at, Order::Act(phone, Act::Calls(number, course)));
            at += grid(chance, 4, 16);
            at
        };
        let slot = WHERE[chance.below(5) as usize].to_owned();
        // Else whomever it talks with then.
        if chance.below(4) > 0 {
            calls(world, menu.inside(chance.u32()), &mut chance);
        }
        let (wish, asks) = (referral(&mut chance), chance.below(3) == 0);
        if asks {
            calls(world, slot.clone(), &mut chance);
        }
        let act = if asks { Act::Joins(wish, false) } else { Act::Transfers(slot.clone(), wish) };
        world.at(at, Order::Act(phone, act));
        for _ in 0..chance.below(3) {
            let (who, at) = (phones[chance.below(count) as usize], at + grid(&mut chance, 1, 40));
            let slot = if slot.starts_with('*') { WHERE[chance.below(4) as usize] } else { slot.as_str() };
            world.at(at, Order::Act(who, Act::Calls(slot.to_owned(), course)));
        }
    }
}
