//! What `explain` says against what the parties of a call saw (DESIGN §1, STYLE §6).
//!
//! A seed chooses a site, an hour and a call or three, one after another. `explain` is asked what will come
//! of each; the parties then play it and tell, by themselves, what they did and what they were told. Both
//! must be the same list.
//!
//! **The rule.** What is compared is when things left or reached the switch: from what a party was told the
//! time on the way is taken off, to what it did it is added. The network of these runs takes the same time for
//! each message and loses none, media answers at once, and both sides run on one virtual clock, so nothing is
//! left to tolerate: times have to be the same to the microsecond, and so to the millisecond. What parties
//! do is chosen to the microsecond, so that no two things happen together by accident and their order is
//! never a matter of taste; where two messages do cross on the wire, `expected` says by RFC 3261 who wins.
//!
//! What a party *does* is given to both sides, as delays after it was called or after the call came; who is
//! called, from when to when, what they are told and why, what the caller hears, where it ends and with
//! which status is said by `explain` alone on the one side and by messages and media alone on the other.
//!
//! A model that predicts who ends up talking to whom (STYLE §6) would say less than `explain` does, and by
//! the same engine or a worse one; `expected` and `call` hold what is independent of it: carriers in turn,
//! channels, crossings, the turns of round-robin groups. So there is no `reference.rs` beside this room.
//!
//! The way through the plan that the record of the call names has to be the one explained, too.
//!
//! | file | holds |
//! |---|---|
//! | `office` | the site |
//! | `call` | one call and everybody's habits |
//! | `outside` | carriers in turn |
//! | `expected`, `observed` | the two sides |
//! | `timeline` | what both are written in |
//! | `pairs` | which steps came to which outcomes |
//! | `tallies` | what people did in the calls before |
//! | `prospect` | what is asked, and what will come of it |
//! | `place` | everybody is told what to do |
//! | `said` | what people said before, and what is known of callers |

mod call;
mod expected;
mod observed;
mod office;
mod outside;
pub mod pairs;
mod place;
mod prospect;
mod said;
mod tallies;
mod timeline;

use std::{collections::BTreeSet, time::Duration};

use callplan::{GroupId, Notice, QueueId, explain::Explanation, step::ReasonKind};
use clock::{Chance, Instant, Now};

use self::{
    call::{Call, some},
    expected::Expected,
    observed::Window,
    office::{EAST, OTHER, Office},
    outside::Silence,
    pairs::{Pairs, count_crossings},
    prospect::Prospect,
    said::Said,
    tallies::Tallies,
};
use crate::{
    agent::{self, Act, Deed, Manner, Role},
    seed::Prepare,
    wire::Weather,
    world::{Order, World},
};

/// When the first call sets out; phones register before.
const CALLS_FROM: Duration = Duration::from_secs(6);

/// How long a call is looked at after the last thing expected of it.
const AFTERMATH: Duration = Duration::from_secs(3);

/// Nobody is left alone for longer after a call, or after not taking one: lines begin anew with each call.
const ALONE_MAX: Duration = Duration::from_secs(13);

/// How long everything takes to come to rest after the last call.
const REST: Duration = Duration::from_secs(80);

/// What a seed came to.
#[derive(Debug, Default)]
pub struct Account {
    /// Calls compared.
    pub calls: u64,
    /// What they went through.
    pub pairs: Pairs,
    /// The first difference, or whatever else was wrong: site, call, both timelines.
    pub wrong: Option<String>,
}

/// Plays the calls of this seed and compares each with what `explain` says.
pub fn play(seed: u64, prepare: Prepare<'_>) -> Account {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8] = 2;
    let mut chance = Chance::from_seed(bytes);
    let office = Office::choose(&mut chance);
    let way = some(&mut chance, 1, 40);
    let mut world = World::new(office.site.clone(), &office.cast, seed, Weather::fair(way));
    world.studio_mut().is_instant = true;
    prepare(&mut world);
    let mut run = Run {
        office,
        world,
        way,
        turns: Vec::new(),
        rounds: Vec::new(),
        tallies: Tallies::default(),
        said: Said::default(),
        is_last: false,
        silences: Vec::new(),
        talking: BTreeSet::new(),
        chance,
    };
    run.all(seed)
}

struct Run {
    office: Office,
    world: World,
    way: Duration,
    /// Whose turn it is in round-robin groups.
    turns: Vec<(GroupId, u32)>,
    /// Where the next round begins in round-robin queues.
    rounds: Vec<(QueueId, u32)>,
    /// What people did of late.
    tallies: Tallies,
    /// What they said of themselves.
    said: Said,
    /// The last call left something behind of which `explain` would have to be told more than an operator can say.
    is_last: bool,
    /// Carriers that said nothing since the process began.
    silences: Vec<Silence>,
    /// Two phones that talk all the time.
    talking: BTreeSet<usize>,
    chance: Chance,
}

impl Run {
    fn all(&mut self, seed: u64) -> Account {
        let mut account = Account::default();
        self.before();
        self.register();
        if self.chance.below(3) == 0 {
            self.talk();
        }
        self.world.run_until(Instant::ZERO + CALLS_FROM);
        for _ in 0..1 + self.chance.below(4) {
            let call = Call::choose(&self.office, &self.world, &self.talking, &mut self.chance);
            account.calls += 1;
            if let Some(difference) = self.compare(call, &mut account.pairs) {
                account.wrong = Some(format!("seed {seed}, call {}\n{difference}", account.calls));
                return account;
            }
            if self.is_last {
                // Whoever waits or went home is served until there is nobody to be seen: the end shows nothing.
                return account;
            }
            self.pause();
        }
        for agent in self.talking.clone() {
            let now = self.world.now().mono;
            self.world.at(now, Order::Act(agent, Act::HangsUp));
        }
        self.world.run_for(REST);
        let wrong = self.world.ends().wrong;
        if !wrong.is_empty() {
            account.wrong = Some(format!("seed {seed}, in the end\n{}\n", wrong.join("\n")));
        }
        account
    }

    /// In most runs people did and said something before, and something is known of callers. The switch finds that
    /// when it starts once more.
    fn before(&mut self) {
        let site = self.office.site.clone();
        if self.chance.below(4) > 0 {
            self.tallies = Tallies::choose(&site, &mut self.world, &mut self.chance);
        }
        if self.chance.below(4) > 0 {
            self.said = Said::choose(&site, &mut self.world, &mut self.chance);
        }
        if self.chance.below(8) > 0 {
            said::import(&site, &mut self.world, &mut self.chance);
        }
        if self.chance.below(2) == 0 {
            said::talked(&site, &mut self.world, &mut self.chance);
        }
        let now = self.world.now().mono;
        self.world.at(now + Duration::from_millis(80), Order::Restart(Duration::from_millis(10)));
        let from = format!("<sip:{OTHER}@10.0.1.9>");
        self.world.at(now, Order::Act(self.east(), Act::Says("From".to_owned(), from)));
    }

    /// The carrier of those who wait in lines before.
    fn east(&self) -> usize {
        self.world.agent(EAST).expect("every site has it")
    }

    fn register(&mut self) {
        for index in 0..self.world.agents().len() {
            let persona = self.world.agents()[index].persona();
            let is_phone = matches!(persona.role, Role::Phone { .. });
            if is_phone && !self.office.absent.iter().any(|name| **name == *persona.name) {
                let at = Instant::ZERO + Duration::from_millis(100 * (index as u64 + 1));
                self.world.at(at, Order::Act(index, Act::Registers));
            }
        }
        for index in 0..self.world.agents().len() {
            let name = self.world.agents()[index].persona().name.to_string();
            if self.office.deaf.contains(&name) {
                let at = Instant::ZERO + Duration::from_secs(3);
                self.world.at(at, Order::Cut(index, true));
            }
        }
    }

    /// Lets a phone of one person talk to a phone of another as long as the run lasts, so that both have a
    /// call already.
    fn talk(&mut self) {
        let site = self.office.site.clone();
        let is_well = |name: &str| {
            let named = |names: &[String]| names.iter().any(|it| it == name);
            !named(&self.office.absent) && !named(&self.office.deaf)
        };
        let first = |person: usize| site.people[person].phones.first().copied();
        let has_said = |person: usize| self.said.states.iter().any(|(who, _)| who.index() == person);
        let well: Vec<_> = (0..site.people.len())
            .filter(|person| !has_said(*person))
            .filter_map(|person| Some((person, first(person)?)))
            .filter(|(_, phone)| is_well(&site[*phone].name) && site[*phone].ext.is_some())
            .collect();
        let [.., (_, from), (_, to)] = well.as_slice() else { return };
        let at = Instant::ZERO + Duration::from_secs(4);
        let answers = Manner { then: Some((Duration::from_millis(100), Deed::Answer)), ..Manner::default() };
        self.world.agent_mut(to.index()).plans(answers);
        let ext = site[*to].ext.clone().expect("looked at above").to_string();
        self.world.at(at, Order::Act(from.index(), Act::Calls(ext, agent::Course::default())));
        self.talking = [from.index(), to.index()].into();
    }

    /// Between two calls; sometimes the process dies and is back, and has to know whose turn it is; who
    /// was silent it forgets.
    fn pause(&mut self) {
        if self.talking.is_empty() && self.chance.below(3) > 0 {
            let now = self.world.now().mono;
            self.world.at(now, Order::Restart(Duration::from_millis(500)));
            self.silences.clear();
            self.world.run_for(Duration::from_secs(4));
        }
        let pause = some(&mut self.chance, 500, 4_000);
        self.world.run_for(pause + ALONE_MAX);
    }

    /// Plays a call; says what differed.
    fn compare(&mut self, mut call: Call, pairs: &mut Pairs) -> Option<String> {
        let from = self.world.now().mono;
        let is_phone = matches!(self.world.agents()[call.agent].persona().role, Role::Phone { .. });
        // A phone is challenged first: INVITE, 407, INVITE.
        let zero = from + if is_phone { self.way * 3 } else { self.way };
        let arrived = Now { mono: zero, wall: self.world.now().after(zero.since(from)).wall };
        let Prospect { course, leaves, cancelled_in_vain } = self.prospect(&mut call, arrived);
        let explanation = &course.explanation;
        pairs.of(&self.office.site, explanation);
        let expected =
            Expected { office: &self.office, call: &call, way: self.way, course: &course, cancelled_in_vain }
                .timeline();
        if call.before > 0 {
            pairs.count(("queue", "others before"));
        }
        count_crossings(&expected, cancelled_in_vain, pairs);
        if course.tried().any(|(rung, tries)| tries.iter().any(|it| it.passes_silent && it.is_made(rung))) {
            pairs.count(("carriers", "silent before, so last"));
        }
        let last = expected.iter().map(|event| event.at).max().unwrap_or_default().max(explanation.lasts);
        let until = zero + last + AFTERMATH;
        self.place(&call, zero, until, leaves);
        self.place_beside(&call, &course, (zero, until));
        self.attend(&call, zero, until);
        let home = explanation.told.iter().find(|(_, notice)| *notice == Notice::KeptPlace);
        let home = home.map(|(at, _)| *at);
        self.is_last = home.is_some() || call.before > 0;
        let window = Window { from, zero, until, way: self.way, caller: call.agent, home };
        let observed = observed::timeline(&self.world, window);
        self.turn(explanation);
        self.tallies.add(&self.office.site, &call, &course, arrived);
        self.silences.clone_from(&course.silences);
        let (goes, went) = self.paths(&call, explanation);
        (expected != observed || goes != went).then(|| {
            let both = timeline::side_by_side(&expected, &observed);
            let paths = format!("goes {goes}\nwent {went}\n");
            format!("{both}\n{paths}\n{explanation}\n{}\n{}", told(&call, &self.world), self.office.text)
        })
    }

    /// The nodes that the call goes through, and those that its record names.
    fn paths(&self, call: &Call, explanation: &Explanation) -> (String, String) {
        let began = explanation.decisions.iter().filter(|reason| reason.kind == ReasonKind::Began);
        let goes: Vec<_> = began.map(|reason| self.office.site.node_name(reason.node)).collect();
        let mut lines = self.world.agents()[call.agent].lines().iter().rev();
        let placed = lines.find(|line| line.is_ours()).map(|line| line.call_id());
        let is_it = |record: &&store::Record| Some(&record.began.sip_call_id) == placed;
        let record = self.world.store().records().find(is_it);
        (goes.join(" "), record.map_or_else(String::new, |record| record.path.to_string()))
    }

    /// Remembers whose turn it is.
    fn turn(&mut self, explanation: &Explanation) {
        for (group, to) in &explanation.turns {
            self.turns.retain(|(other, _)| other != group);
            self.turns.push((*group, *to));
        }
        for (queue, to) in &explanation.rounds {
            self.rounds.retain(|(other, _)| other != queue);
            self.rounds.push((*queue, *to));
        }
    }
}

/// A call in words.
fn told(call: &Call, world: &World) -> String {
    let habits: Vec<String> = call.habits.iter().map(|habit| format!("  {habit:?}\n")).collect();
    format!(
        "{} calls {}{}, presses {:?}, leaves {:?}, speaks {:?}; who picks up talks {:?}\n{}",
        world.agents()[call.agent].persona().name,
        call.dialled,
        if call.is_withheld { " withheld" } else { "" },
        call.keys,
        call.leaves,
        call.speaks,
        call.talks,
        habits.concat(),
    )
}
