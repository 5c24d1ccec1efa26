//! Who transfers whom in a run: blind, to whom it asked first, and sometimes while nobody is there to be transferred.

use std::time::Duration;

use clock::{Chance, Instant};

use super::calls::{Menu, grid};
use crate::{
    agent::{Act, Course, Parting, Referral, Role},
    world::{Order, World},
};

/// Transfers of a run, at most.
const TRANSFERS_MAX: u32 = 8;

/// Lets phones transfer, from `from` on for so long.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let menu = Menu::of(world);
    let is_phone = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Phone { .. });
    let phones: Vec<usize> = (0..world.agents().len()).filter(is_phone).collect();
    let mut chance = world.fork_chance();
    for _ in 0..chance.below(TRANSFERS_MAX + 1) {
        let phone = phones[chance.below(u32::try_from(phones.len()).expect("a few")) as usize];
        let mut at = from + chance.between(Duration::ZERO, lasts);
        let wish = referral(&mut chance);
        let course =
            Course { gives_up: Some(Duration::from_secs(30)), talks: Some(TALK), ..Course::default() };
        let mut calls = |world: &mut World, chance: &mut Chance| {
            world.at(at, Order::Act(phone, Act::Calls(menu.inside(chance.u32()), course)));
            at += grid(chance, 6, 20);
            at
        };
        let act = match chance.below(4) {
            // Whomever it talks with then, or nobody.
            0 => Act::Transfers(menu.inside(chance.u32()), wish),
            1 | 2 => {
                calls(world, &mut chance);
                Act::Transfers(menu.inside(chance.u32()), wish)
            }
            _ => {
                calls(world, &mut chance);
                calls(world, &mut chance);
                Act::Joins(wish, chance.below(2) == 0)
            }
        };
        world.at(at, Order::Act(phone, act));
    }
}

/// How long a call lasts that is to be transferred, unless it is.
pub(super) const TALK: Duration = Duration::from_secs(40);

pub(super) fn referral(chance: &mut Chance) -> Referral {
    let parting = [Parting::Never, Parting::AtOnce, Parting::OnSuccess][chance.below(3) as usize];
    Referral { parting, is_quiet: chance.below(8) == 0 }
}
