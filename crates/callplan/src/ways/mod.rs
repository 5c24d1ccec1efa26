//! Every way that calls can go: the engine asked again and again, until nothing new comes of it.
//!
//! A way is a [`Question`] and what [`explain`](crate::explain::explain) says of it, so each can be asked again by
//! anybody. Ways are told apart by what decides: who calls and when, how each step that rings ends and who of it
//! answers, which key is pressed at each menu, and whether the hours change meanwhile. Two ways that come to the
//! same step with the same caller at the same kind of time go on alike, so only the first goes on: the walk is
//! as long as the plans are, not as their ways are many.
//!
//! What it leaves out: people send no calls elsewhere and block nobody (that is state, no config), hours change once
//! during a call, whoever stands for an owner or for who was it last is one of all, of a rota only those are rung who are on at a time that is looked at anyway, and nobody goes through the same menus until the call is ended for it. It knows no rules
//! and prints nothing.

pub(crate) mod assume;
pub(crate) mod bands;
pub(crate) mod callers;
pub(crate) mod choice;
pub(crate) mod gather;
mod moments;
pub(crate) mod reads;
mod rung;
pub(crate) mod somebody;
mod tree;
mod walk;

use clock::Wall;

pub use choice::{Answerer, Choice};
pub use tree::tree;
pub use walk::{Walk, Walked, Way};

use crate::{Site, explain::Question, step::Entry};

/// The time that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// From when.
    pub from: Wall,
    /// Until when.
    pub until: Wall,
}

impl Horizon {
    /// From `now` on, and past every holiday of this year and the next.
    pub fn after(now: Wall) -> Self {
        const TWO_YEARS_US: i64 = 2 * 366 * 86_400_000_000;
        Self { from: now, until: Wall::from_unix_micros(now.unix_micros().saturating_add(TWO_YEARS_US)) }
    }
}

/// Ways that are looked at before the walk gives up; beyond it nothing is proven.
pub const WAYS_MAX: usize = 50_000;

/// A call to begin with: one for each kind of caller and each kind of time that its plans tell apart.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    question: Question,
    /// What the plans ask of caller and time, as far as that is known when it comes; ways with another go on apart.
    kind: Kind,
    /// What could become of the hours meanwhile.
    turns: Vec<moments::Turn>,
}

/// Caller and time, as the plans tell them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    hours: Vec<(crate::HoursId, bool)>,
    caller: callers::Kind,
}

/// Everything that can be called: numbers, then extensions.
pub fn entries(site: &Site) -> Vec<Entry> {
    let numbers = (0..site.numbers.len()).map(|at| Entry::Number(at.into()));
    let with_ext = |ext: &Option<std::sync::Arc<str>>| ext.is_some();
    let people = site.people.iter().enumerate().filter(|(_, person)| with_ext(&person.ext));
    let phones = site.phones.iter().enumerate().filter(|(_, phone)| with_ext(&phone.ext));
    let groups = site.groups.iter().enumerate().filter(|(_, group)| with_ext(&group.ext));
    let queues = site.queues.iter().enumerate().filter(|(_, queue)| with_ext(&queue.ext));
    let queues = queues.map(|(at, _)| Entry::Queue(at.into()));
    let people = people.map(|(at, _)| Entry::Person(at.into()));
    let phones = phones.map(|(at, _)| Entry::Phone(at.into()));
    let groups = groups.map(|(at, _)| Entry::Group(at.into()));
    numbers.chain(people).chain(phones).chain(groups).chain(queues).collect()
}

/// The calls to begin with.
fn seeds(site: &Site, entry: Entry, horizon: Horizon, moments: &mut moments::Known) -> Vec<Seed> {
    let reads = reads::of(site, site.entry(entry.plan(site)));
    let moments = moments.of(site, &reads.hours, horizon);
    let callers = callers::kinds(site, entry, &reads);
    let mut seeds = Vec::new();
    for (index, moment) in moments.stays.iter().enumerate() {
        for caller in &callers {
            let mut question = Question::new(caller.caller, entry, moment.at);
            question.held.clone_from(&moment.held);
            question.told = caller.kind.told.iter().map(|telling| telling.just(moment.at)).collect();
            question.attest = caller.kind.attest.unwrap_or(question.attest);
            let turns = moments.turns.iter().filter(|turn| turn.from == index && moment.held.is_empty());
            let turns = turns.cloned().collect();
            seeds.push(Seed {
                question,
                kind: Kind { hours: moment.open.clone(), caller: caller.kind.clone() },
                turns,
            });
        }
    }
    seeds
}
