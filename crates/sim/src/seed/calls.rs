//! The calls of a run: who calls whom, when, and how everybody behaves.
//!
//! Times fall on a grid of half seconds, a few milliseconds off, so that what may cross does cross.

use std::time::Duration;

use clock::{Chance, Instant};
use sip::Status;

use crate::{
    agent::{Act, Course, Deed, Manner, Role},
    world::{Order, World},
};

/// Planned calls.
#[derive(Debug)]
pub(super) struct Calls {
    calls: Vec<Planned>,
    /// Changes of manner, as many as there are calls, by party counted from 0.
    manners: Vec<(Duration, u32, Manner)>,
    keys: Vec<(Duration, char)>,
    lasts: Duration,
}

#[derive(Debug)]
struct Planned {
    at: Duration,
    /// A number for the party, to be taken modulo those there are.
    who: u32,
    from_outside: bool,
    to: u32,
    course: Course,
}

impl Calls {
    pub(super) fn choose(chance: &mut Chance) -> Self {
        let count = 20 + chance.below(31);
        // Few minutes for many calls, so that they meet; a few are spread out.
        let lasts = Duration::from_secs(u64::from(60 + chance.below(300)));
        let mut calls = Self { calls: Vec::new(), manners: Vec::new(), keys: Vec::new(), lasts };
        for _ in 0..count {
            let at = chance.between(Duration::ZERO, lasts);
            let course = Course {
                gives_up: Some(if chance.below(3) == 0 { grid(chance, 1, 12) } else { grid(chance, 30, 80) }),
                talks: Some(talk(chance)),
                changes: (chance.below(3) == 0).then(|| grid(chance, 1, 6)),
                hops: None,
                is_withheld: chance.below(8) == 0,
                is_doubled: false,
            };
            calls.calls.push(Planned {
                at,
                who: chance.u32(),
                from_outside: chance.below(5) < 2,
                to: chance.u32(),
                course,
            });
            for _ in 0..3 {
                calls.manners.push((at, chance.u32(), manner(chance)));
            }
            if chance.below(4) == 0 {
                let key = ['1', '2', '7', '#'][chance.below(4) as usize];
                calls.keys.push((at + grid(chance, 1, 12), key));
            }
        }
        calls
    }

    pub(super) const fn lasts(&self) -> Duration {
        self.lasts
    }

    pub(super) fn plan(&self, world: &mut World, from: Instant) {
        let is_phone =
            |world: &World, index: usize| matches!(world.agents()[index].persona().role, Role::Phone { .. });
        let all = 0..world.agents().len();
        let phones: Vec<usize> = all.clone().filter(|index| is_phone(world, *index)).collect();
        for index in all.clone() {
            let mut chance = world.fork_chance();
            world.agent_mut(index).behaves(manner(&mut chance));
        }
        for (at, who, manner) in &self.manners {
            world.at(from + *at, Order::Behave(pick(*who, all.len()), *manner));
        }
        let topology = Menu::of(world);
        for planned in &self.calls {
            let (caller, number) = if planned.from_outside {
                topology.outside(planned.who, planned.to)
            } else {
                (phones[pick(planned.who, phones.len())], topology.inside(planned.to))
            };
            world.at(from + planned.at, Order::Act(caller, Act::Calls(number, planned.course)));
        }
        if self.calls.len().is_multiple_of(3) {
            let says = Act::Says("Privacy".to_owned(), "id".to_owned());
            world.at(from, Order::Act(phones[0], says));
        }
        for (at, key) in &self.keys {
            for (name, _) in &topology.called {
                let agent = world.agent(name).expect("each trunk is a party");
                world.at(from + *at, Order::Press(agent, *key));
            }
        }
    }
}

/// What may be dialled, by whom.
pub(super) struct Menu {
    dialled: Vec<String>,
    called: Vec<(String, Vec<String>)>,
    agents: Vec<usize>,
}

impl Menu {
    pub(super) fn of(world: &World) -> Self {
        let site = world.site();
        let extensions = site.people.iter().filter_map(|person| person.ext.as_ref());
        let groups = site.groups.iter().filter_map(|group| group.ext.as_ref());
        let outside =
            ["12025550177", "12025550178", "12025550300", "12025550301", "911", "999", "18005550123"];
        let queues = site.queues.iter().filter_map(|queue| queue.ext.as_ref());
        let dialled = extensions.chain(groups).chain(queues).map(|ext| ext.to_string());
        // Somebody else's call: that of the group, or what rings at one extension.
        let first = site.people.iter().filter_map(|person| person.ext.as_ref()).take(2);
        let taken = first.map(|ext| format!("**{ext}")).chain(["*8".to_owned(), "*8".to_owned()]);
        let dialled = dialled.chain(outside.map(str::to_owned)).chain(taken).collect();
        let called: Vec<(String, Vec<String>)> = site
            .trunks
            .iter()
            .enumerate()
            .map(|(index, trunk)| {
                let own = site
                    .numbers
                    .iter()
                    .filter(|number| number.trunk.is_some_and(|trunk| trunk.index() == index));
                (trunk.name.to_string(), own.map(|number| number.e164.to_string()).collect())
            })
            .filter(|(_, own): &(String, Vec<String>)| !own.is_empty())
            .collect();
        let agents = called.iter().filter_map(|(name, _)| world.agent(name)).collect();
        Self { dialled, called, agents }
    }

    pub(super) fn inside(&self, to: u32) -> String {
        self.dialled[pick(to, self.dialled.len())].clone()
    }

    fn outside(&self, who: u32, to: u32) -> (usize, String) {
        let at = pick(who, self.called.len());
        let own = &self.called[at].1;
        (self.agents[at], own[pick(to, own.len())].clone())
    }
}

fn pick(number: u32, of: usize) -> usize {
    usize::try_from(number).expect("a machine of 32 bits or more") % of
}

/// How long somebody talks: one in six long enough to refresh a session.
fn talk(chance: &mut Chance) -> Duration {
    if chance.below(6) == 0 { grid(chance, 120, 260) } else { grid(chance, 2, 40) }
}

/// A time of some half seconds, up to 25 milliseconds off.
pub(super) fn grid(chance: &mut Chance, least: u32, most: u32) -> Duration {
    let halves = least + chance.below(most - least + 1);
    Duration::from_millis(u64::from(halves) * 500 + u64::from(chance.below(26)))
}

fn manner(chance: &mut Chance) -> Manner {
    let deed = match chance.below(20) {
        0..12 => Some(Deed::Answer),
        12..14 => Some(Deed::Refuse(Status::BUSY_HERE)),
        14..16 => Some(Deed::Refuse(Status::DECLINE)),
        16 => Some(Deed::Refuse(Status::TEMPORARILY_UNAVAILABLE)),
        17 => Some(Deed::Refuse(Status::SERVICE_UNAVAILABLE)),
        18 => Some(Deed::Refuse(Status::MOVED_TEMPORARILY)),
        _ => None,
    };
    Manner {
        rings: (chance.below(6) > 0).then(|| chance.between(Duration::ZERO, Duration::from_millis(800))),
        early: chance.below(6) == 0,
        then: deed.map(|deed| (grid(chance, 1, 16), deed)),
        talks: Some(if chance.below(2) == 0 { talk(chance) } else { grid(chance, 60, 80) }),
        changes: (chance.below(3) == 0).then(|| grid(chance, 1, 6)),
    }
}
