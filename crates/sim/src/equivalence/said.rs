//! What people said of themselves before a run, what the operator imported of callers, and what is known of them by
//! the time of a call.

use callplan::{E164, Mood, PersonId, PersonState, QueueId, Site, Telling};
use clock::{Chance, Wall};
use smallvec::SmallVec;
use store::{Asker, Began, CallId, Contact, Direction, End, ImportId, Record, Reply, Request};

use super::office::CALLER;
use crate::world::World;

/// What people said.
#[derive(Default)]
pub(super) struct Said {
    pub(super) states: Vec<(PersonId, PersonState)>,
    /// Who serves which queue no longer.
    pub(super) out: Vec<(PersonId, Option<QueueId>)>,
}

impl Said {
    /// What they said; the switch finds it when it starts once more.
    pub(super) fn choose(site: &Site, world: &mut World, chance: &mut Chance) -> Self {
        let mut said = Self::default();
        for index in 0..site.people.len() {
            let (person, name) = (PersonId::from(index), &site.people[index].name);
            if let Some(state) = state(chance) {
                said.states.push((person, state));
                keep(world, &format!("person:{name}"), &state.to_string());
            }
            let theirs = (0..site.queues.len())
                .map(QueueId::from)
                .filter(|queue| site[*queue].rules.members.contains(&person));
            let is_out = chance.below(10);
            let out: Vec<QueueId> = theirs.filter(|_| is_out == 0 || chance.below(8) == 0).collect();
            if !out.is_empty() {
                let names: Vec<&str> = out.iter().map(|queue| &*site[*queue].name).collect();
                keep(world, &format!("queue-out:{name}"), &names.join(" "));
                said.out.extend(out.into_iter().map(|queue| (person, Some(queue))));
            }
        }
        said
    }
}

/// What is known of who calls from outside.
pub(super) fn tellings(site: &Site, world: &World) -> Vec<Telling> {
    let (now, mut store) = (world.now(), world.store().clone());
    store.handle(now, Request::AskCaller(Asker(0), CALLER.into()));
    while let Some(reply) = store.poll(now) {
        if let Reply::Caller(_, known) = reply {
            return b2bua::call::tellings(site, &known).into();
        }
    }
    Vec::new()
}

/// The operator imports a contact, now and then one of nobody's.
pub(super) fn import(site: &Site, world: &mut World, chance: &mut Chance) {
    let people = u32::try_from(site.people.len()).expect("a few") + 1;
    let mut one_of_us = || {
        let person = chance.below(people) as usize;
        site.people.get(person).map_or_else(|| "".into(), |person| person.name.clone())
    };
    let (owner, last_agent, last_texter) = (one_of_us(), one_of_us(), one_of_us());
    let campaign = ["", "spring", "spring", "autumn"][chance.below(4) as usize].into();
    let contact = Contact {
        numbers: [CALLER.into()].into(),
        name: "".into(),
        owner,
        campaign,
        tags: [].into(),
        last_agent,
        last_texter,
        group: "".into(),
        language: "".into(),
    };
    // Who talked with them last did so up to an hour before.
    let (now, ago) = (world.now(), i64::from(chance.below(3_600)) * 1_000_000);
    let (import, rows) = (ImportId(1), Box::new([contact]));
    world.store_mut().handle(now, Request::PutContacts(import, rows));
    let at = Wall::from_unix_micros(now.wall.unix_micros() - ago);
    world.store_mut().handle(now, Request::FinishContacts(import, at));
}

/// Somebody talked with who calls from outside, some time ago.
pub(super) fn talked(site: &Site, world: &mut World, chance: &mut Chance) {
    let now = world.now();
    let at = |ago: i64| Wall::from_unix_micros(now.wall.unix_micros() - ago * 1_000_000);
    let (began, ended) = (at(7_200), at(i64::from(chance.below(3_600))));
    let person = chance.below(u32::try_from(site.people.len()).expect("a few")) as usize;
    let record = Record {
        call: CallId(u64::try_from(began.unix_micros()).expect("after 1970")),
        began: Began {
            at: began,
            from: CALLER.into(),
            to: "+12025550100".into(),
            direction: Direction::Inbound,
            version: 0,
            sip_call_id: "long-ago".into(),
        },
        person: "".into(),
        answered: Some(began),
        end: Some(End { at: ended, lasted_ms: 1_000 }),
        outcome: "answered",
        cause: "hang-up",
        ended_by: "caller",
        legs: SmallVec::new(),
        agent: site.people[person].name.clone(),
        events: [].into(),
        path: "".into(),
        journal: [].into(),
    };
    world.store_mut().handle(now, Request::Record(Box::new(record)));
}

fn state(chance: &mut Chance) -> Option<PersonState> {
    let mood = match chance.below(18) {
        0..3 => Mood::Away,
        3 => Mood::DoNotDisturb,
        _ => Mood::Available,
    };
    let forward = (chance.below(12) == 0).then(|| "+12025550177".parse::<E164>().expect("a number"));
    let state = PersonState { mood, before: Mood::Available, forward };
    (state != PersonState::default()).then_some(state)
}

fn keep(world: &mut World, name: &str, text: &str) {
    let now = world.now();
    let row = Request::Put(None, name.into(), text.as_bytes().into());
    world.store_mut().handle(now, row);
}
