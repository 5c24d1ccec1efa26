//! Who leaves messages by a code in a run, who listens to them, on two phones at once too, and what keys they press.

use std::time::Duration;

use clock::{Chance, Instant};

use super::{calls::grid, transfer::TALK};
use crate::{
    agent::{Act, Course, Role},
    world::{Order, World},
};

/// Listeners of a run, at most.
const LISTENERS_MAX: u32 = 6;

/// Keys that somebody presses who listens, most of them often.
const KEYS: [char; 16] = ['1', '2', '3', '3', '4', '6', '7', '9', '#', '#', '#', '#', '0', '5', '8', '*'];

/// Lets phones leave messages and listen, from `from` on for so long.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let is_phone = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Phone { .. });
    let phones: Vec<usize> = (0..world.agents().len()).filter(is_phone).collect();
    let people = world.site().people.iter().filter_map(|person| person.ext.clone());
    let people: Vec<_> = people.collect();
    let mut chance = world.fork_chance();
    let course = Course { gives_up: Some(Duration::from_secs(30)), talks: Some(TALK), ..Course::default() };
    let phone = |chance: &mut Chance| phones[chance.below(phones.len() as u32) as usize];
    for _ in 0..chance.below(LISTENERS_MAX + 1) {
        let mut at = from + chance.between(Duration::ZERO, lasts);
        for _ in 0..chance.below(3) {
            let (who, whose) = (phone(&mut chance), &people[chance.below(people.len() as u32) as usize]);
            world.at(at, Order::Act(who, Act::Calls(format!("*99{whose}"), course)));
            at += grid(&mut chance, 9, 14);
            world.at(at, Order::Press(who, '#'));
        }
        let who = phone(&mut chance);
        let code = if chance.below(8) == 0 { "*98" } else { "*97" };
        world.at(at, Order::Act(who, Act::Calls(code.to_owned(), course)));
        for _ in 0..chance.below(8) {
            at += grid(&mut chance, 1, 9);
            world.at(at, Order::Press(who, KEYS[chance.below(16) as usize]));
        }
    }
}
