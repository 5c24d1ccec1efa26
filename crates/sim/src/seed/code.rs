//! Codes by which phones say something for good, dialled now and then in a run.

use std::time::Duration;

use clock::{Chance, Instant};

use crate::{
    agent::{Act, Course, Role},
    world::{Order, World},
};

/// Codes of a run, at most.
const CODES_MAX: u32 = 6;

/// The clock on the wall shows this when a run begins, in minutes after midnight.
const BEGINS: u64 = 15 * 60;

/// Whoever hears no good-bye, for the process died, hangs up.
const TALKS: Duration = Duration::from_secs(20);

/// Lets phones dial codes, from `from` on for so long; nobody is reminded after that.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let is_phone = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Phone { .. });
    let phones: Vec<usize> = (0..world.agents().len()).filter(is_phone).collect();
    let mut chance = world.fork_chance();
    let pick = |chance: &mut Chance, of: usize| chance.below(u32::try_from(of).expect("a few")) as usize;
    for soon in [0, 20] {
        world.at(from + lasts + Duration::from_secs(soon), Order::RemindNoMore);
    }
    for _ in 0..chance.below(CODES_MAX + 1) {
        let phone = phones[pick(&mut chance, phones.len())];
        let at = from + chance.between(Duration::ZERO, lasts);
        let code = match chance.below(8) {
            0 => "*45".to_owned(),
            1..4 => "*30".to_owned(),
            4..7 => {
                let minute = BEGINS + at.since(Instant::ZERO).as_secs() / 60 + 1 + u64::from(chance.below(2));
                format!("*34{:02}{:02}", minute / 60, minute % 60)
            }
            _ => "*34".to_owned(),
        };
        let course =
            Course { gives_up: Some(Duration::from_secs(30)), talks: Some(TALKS), ..Course::default() };
        world.at(at, Order::Act(phone, Act::Calls(code, course)));
    }
}
