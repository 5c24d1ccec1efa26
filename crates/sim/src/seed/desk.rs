//! Who signs in at other people's phones in a run, by `*11`, extension and PIN, and out again.

use std::time::Duration;

use clock::{Chance, Instant};

use crate::{
    agent::{Act, Course, Role},
    world::{Order, World},
};

/// Times that somebody dials the code in a run, at most.
const VISITS_MAX: u32 = 5;

/// What opens everybody's mailbox, and what does not.
const PINS: [&str; 4] = ["4711", "4711", "4711", "1234"];

/// Whoever hears no good-bye, for the process died, hangs up.
const TALKS: Duration = Duration::from_secs(20);

/// Between two keys.
const PACE: Duration = Duration::from_millis(300);

/// Lets people sign in, from `from` on for so long. Whoever masks neither lends their phones nor goes elsewhere: what
/// others may be told of a call under way would hang on when it began.
pub(super) fn plan(world: &mut World, from: Instant, lasts: Duration) {
    let site = world.site().clone();
    let lends = |name: &str| {
        let person = site.phone(name).and_then(|phone| site[phone].person);
        person.is_some_and(|person| !site[person].mask)
    };
    let is_phone = |index: &usize| matches!(world.agents()[*index].persona().role, Role::Phone { .. });
    let phones = (0..world.agents().len()).filter(is_phone);
    let phones: Vec<usize> = phones.filter(|index| lends(&world.agents()[*index].persona().name)).collect();
    let people: Vec<_> = site.people.iter().filter(|person| person.pin.is_some()).collect();
    let mut chance = world.fork_chance();
    let pick = |chance: &mut Chance, of: usize| chance.below(u32::try_from(of).expect("a few")) as usize;
    for _ in 0..chance.below(VISITS_MAX + 1) {
        let phone = phones[pick(&mut chance, phones.len())];
        let ext = people[pick(&mut chance, people.len())].ext.as_deref().unwrap_or_default();
        let pin = PINS[pick(&mut chance, PINS.len())];
        let mut at = from + chance.between(Duration::ZERO, lasts);
        let course =
            Course { gives_up: Some(Duration::from_secs(30)), talks: Some(TALKS), ..Course::default() };
        world.at(at, Order::Act(phone, Act::Calls("*11".to_owned(), course)));
        at += Duration::from_secs(2);
        for key in format!("{ext}#{pin}#").chars() {
            at += PACE;
            world.at(at, Order::Press(phone, key));
        }
    }
}
