//! Random days of a queue: no caller is lost, nobody is offered two, and in the end all is idle.

use std::collections::{BTreeMap, BTreeSet};

use clock::{Chance, Instant};

use super::sample::{ANA, BEN, CHO, QUIN, SPANISH, Scene, rules, secs, show};
use crate::{
    Order, PersonId,
    queue::{Action, CallerId, Doing, Event, Need, Refusal, Rules, Timer},
};

/// Seeds, and events of each.
const SEEDS: u64 = 50;
const EVENTS: u32 = 2_000;

const PEOPLE: [PersonId; 4] = [ANA, BEN, CHO, QUIN];

/// What a driver knows: what it was told to do and has not undone.
struct Driver {
    scene: Scene,
    rules: Rules,
    callers: BTreeMap<CallerId, Known>,
    rung: BTreeMap<PersonId, CallerId>,
    talks: BTreeSet<PersonId>,
    out: BTreeSet<PersonId>,
    is_closed: bool,
    timers: BTreeMap<Timer, Instant>,
    joined: u64,
    /// What became of callers: served, sent away, gone by themselves.
    ends: [u64; 3],
}

/// A caller who waits.
#[derive(Clone, Copy)]
struct Known {
    priority: u8,
    need: Option<Need>,
    since: Instant,
    is_home: bool,
    /// Was sent home, and has not hung up yet.
    is_leaving: bool,
}

impl Driver {
    fn new(rules: Rules) -> Self {
        Self {
            scene: Scene::new(rules.clone()),
            rules,
            callers: BTreeMap::new(),
            rung: BTreeMap::new(),
            talks: BTreeSet::new(),
            out: BTreeSet::new(),
            is_closed: false,
            timers: BTreeMap::new(),
            joined: 0,
            ends: [0; 3],
        }
    }

    /// Lets an event happen, carries out what comes of it and looks at everything.
    fn on(&mut self, event: Event) {
        match event {
            Event::Fired(timer) => {
                self.timers.remove(&timer);
            }
            Event::Leaves(caller) => {
                if self.callers.remove(&caller).is_some() {
                    self.ends[2] += 1;
                }
            }
            Event::Refused(caller, agent, _) => {
                if self.rung.get(&agent) == Some(&caller) {
                    self.rung.remove(&agent);
                }
            }
            Event::Ended(agent) => {
                self.talks.remove(&agent);
            }
            Event::SignsIn(agent) => {
                self.out.remove(&agent);
            }
            Event::SignsOut(agent) => {
                if self.rules.members.contains(&agent) {
                    self.out.insert(agent);
                }
            }
            Event::Opens => self.is_closed = false,
            Event::Closes => self.is_closed = true,
            Event::IsHome(caller) => {
                if let Some(known) = self.callers.get_mut(&caller) {
                    known.is_leaving = false;
                }
            }
            Event::Joins { .. }
            | Event::Returns(_)
            | Event::Key(..)
            | Event::Answered(..)
            | Event::Changed => {}
        }
        let mut actions = Vec::new();
        let Scene { queue, room, now } = &mut self.scene;
        queue.handle(*now, event, &*room, &mut actions);
        for (at, action) in actions.iter().enumerate() {
            self.carry_out(event, *action, &actions[..at]);
        }
        self.look(event, &actions);
    }

    fn carry_out(&mut self, event: Event, action: Action, before: &[Action]) {
        let told = || {
            let shown: Vec<_> = before.iter().chain([&action]).map(show).collect();
            format!("{event:?}: {}", shown.join(", "))
        };
        match action {
            Action::Wait(caller) => {
                let Event::Joins { caller: joins, priority, need } = event else { panic!("{}", told()) };
                let known =
                    Known { priority, need, since: self.scene.now, is_home: false, is_leaving: false };
                assert!(joins == caller && self.callers.insert(caller, known).is_none(), "{}", told());
            }
            Action::Ring(caller, agent) => {
                let known = self.callers.get(&caller).unwrap_or_else(|| panic!("{}", told()));
                assert!(!known.is_leaving && !self.is_at_rest(), "{}", told());
                assert!(!self.timers.contains_key(&Timer::Alone(agent)), "is left alone: {}", told());
                assert!(!self.out.contains(&agent) && !self.talks.contains(&agent), "{}", told());
                assert!(self.scene.room.can_ring[agent.index()] && self.is_able(known, agent), "{}", told());
                let has_one = self.rung.values().any(|other| *other == caller);
                assert!(self.rules.order == Order::All || !has_one, "{}", told());
                let mut earlier = self.scene.queue.callers().take_while(|other| *other != caller);
                let passed = earlier.find(|other| self.could_have(*other, agent));
                assert!(passed.is_none(), "{passed:?} came before: {}", told());
                assert!(self.rung.insert(agent, caller).is_none(), "is offered two: {}", told());
            }
            Action::Stop(caller, agent, _) => {
                assert_eq!(self.rung.remove(&agent), Some(caller), "{}", told());
            }
            Action::Join(caller, agent) => {
                assert_eq!(event, Event::Answered(caller, agent));
                assert_eq!(self.rung.remove(&agent), Some(caller), "{}", told());
                assert!(self.callers.remove(&caller).is_some() && self.talks.insert(agent), "{}", told());
                self.ends[0] += 1;
            }
            Action::Leave(caller, _) => {
                let is_new = matches!(event, Event::Joins { caller: joins, .. } if joins == caller);
                assert!(self.callers.remove(&caller).is_some() || is_new, "{}", told());
                self.ends[1] += 1;
            }
            Action::SendHome(caller) => {
                let known = self.callers.get_mut(&caller).expect("who is sent home waits");
                assert!(!std::mem::replace(&mut known.is_home, true), "{}", told());
                known.is_leaving = true;
            }
            Action::Say { caller, .. } | Action::Offer(caller, _) => {
                assert!(self.callers.get(&caller).is_some_and(|known| !known.is_home), "{}", told());
            }
            Action::Advance(place) => assert!((place as usize) < self.rules.members.len()),
            Action::Arm(timer, after) => {
                self.timers.insert(timer, self.scene.now + after);
            }
            Action::Clear(timer) => assert!(self.timers.remove(&timer).is_some(), "{}", told()),
        }
    }

    /// Whether a caller who waits could be offered to an agent now.
    fn could_have(&self, caller: CallerId, agent: PersonId) -> bool {
        let is_offered = self.rung.values().any(|other| *other == caller);
        let is_leaving = self.callers[&caller].is_leaving;
        (self.rules.order == Order::All || !is_offered) && !is_leaving && self.is_for(caller, agent)
    }

    /// Whether an agent may serve a caller, and can. A caller who has just waited for long enough is widened by a
    /// timer of the same moment.
    fn is_for(&self, caller: CallerId, agent: PersonId) -> bool {
        let is_widened = !self.timers.contains_key(&Timer::Widen(caller));
        (self.rules.members.contains(&agent) || is_widened) && self.is_able(&self.callers[&caller], agent)
    }

    fn is_able(&self, known: &Known, agent: PersonId) -> bool {
        let is_theirs = self.rules.members.contains(&agent)
            || self.scene.now.since(known.since) >= self.rules.widen[0].after;
        let skill = self.scene.room.spanish[agent.index()];
        is_theirs && known.need.is_none_or(|need| need.skill == SPANISH && skill >= need.least)
    }

    /// What has to be true between two events.
    fn look(&self, event: Event, actions: &[Action]) {
        let queue = &self.scene.queue;
        let told = || {
            let shown: Vec<_> = actions.iter().map(show).collect();
            format!("{event:?}: {}", shown.join(", "))
        };
        let line: Vec<_> = queue.callers().collect();
        let known: BTreeSet<_> = self.callers.keys().copied().collect();
        assert_eq!(line.iter().copied().collect::<BTreeSet<_>>(), known, "a caller is lost: {}", told());
        let rank = |caller: &CallerId| {
            let known = self.callers[caller];
            (std::cmp::Reverse(known.priority), *caller)
        };
        assert!(line.is_sorted_by_key(rank), "the line stands in its order: {}", told());
        for agent in PEOPLE {
            let expected = match (self.rung.get(&agent), self.talks.contains(&agent)) {
                (Some(caller), _) => Doing::Rung(*caller),
                (None, true) => Doing::Talks,
                (None, false) if self.timers.contains_key(&Timer::Alone(agent)) => Doing::Alone,
                (None, false) => Doing::Nothing,
            };
            assert_eq!(queue.doing(agent), expected, "{agent:?} after {}", told());
            let is_timed = self.timers.contains_key(&Timer::Ring(agent));
            assert_eq!(is_timed, self.rung.contains_key(&agent), "{}", told());
        }
        for timer in self.timers.keys() {
            if let Timer::Widen(of) | Timer::Wait(of) | Timer::Announce(of) | Timer::Offer(of) = timer {
                assert!(self.callers.contains_key(of), "{timer:?} outlives its caller: {}", told());
            }
        }
        self.nobody_waits_in_vain(&line, &told);
    }

    /// Whoever is free is rung, for the first in the line whom they can serve.
    fn nobody_waits_in_vain(&self, line: &[CallerId], told: &dyn Fn() -> String) {
        let is_free = |agent: &PersonId| {
            self.scene.room.can_ring[agent.index()]
                && !self.out.contains(agent)
                && self.scene.queue.doing(*agent) == Doing::Nothing
        };
        for caller in line.iter().filter(|_| !self.is_at_rest()) {
            let is_offered = self.rung.values().any(|other| other == caller);
            if !is_offered && !self.callers[caller].is_leaving {
                let mut free = PEOPLE.iter().filter(|agent| is_free(agent));
                let free = free.find(|agent| self.is_for(*caller, **agent));
                assert!(free.is_none(), "{caller:?} waits while {free:?} is free: {}", told());
            }
        }
    }

    /// Whether it is closed, and goes by its hours.
    fn is_at_rest(&self) -> bool {
        self.is_closed && self.rules.closes
    }

    /// Lets time pass until then, and timers fire as they are due.
    fn pass(&mut self, until: Instant) {
        loop {
            let due = self.timers.iter().map(|(timer, at)| (*at, *timer)).min();
            let Some((at, timer)) = due.filter(|(at, _)| *at <= until) else { break };
            self.scene.now = self.scene.now.max(at);
            self.on(Event::Fired(timer));
        }
        self.scene.now = until;
    }

    fn random_event(&mut self, chance: &mut Chance) -> Event {
        let agent = PEOPLE[chance.below(4) as usize];
        let some = |chance: &mut Chance, callers: &[CallerId]| match callers {
            [] => CallerId(u64::from(chance.below(3))),
            callers => callers[chance.below(u32::try_from(callers.len()).unwrap()) as usize],
        };
        let callers: Vec<_> = self.callers.keys().copied().collect();
        let rung: Vec<_> = self.rung.iter().map(|(agent, caller)| (*caller, *agent)).collect();
        let of_rung = |chance: &mut Chance| match rung.as_slice() {
            [] => (CallerId(u64::from(chance.below(9))), agent),
            rung => rung[chance.below(u32::try_from(rung.len()).unwrap()) as usize],
        };
        match chance.below(21) {
            20 => Event::IsHome(some(chance, &callers)),
            0..5 => {
                self.joined += 1;
                let least = u8::try_from(chance.below(9)).unwrap();
                let need = (chance.below(4) == 0).then_some(Need { skill: SPANISH, least });
                let priority = u8::from(chance.below(5) == 0);
                Event::Joins { caller: CallerId(1_000 + self.joined), priority, need }
            }
            5 => Event::Leaves(some(chance, &callers)),
            6 => Event::Key(some(chance, &callers), if chance.below(2) == 0 { '1' } else { '2' }),
            7..10 => {
                let (caller, agent) = of_rung(chance);
                Event::Answered(caller, agent)
            }
            10 | 11 => {
                let (caller, agent) = of_rung(chance);
                Event::Refused(caller, agent, Refusal::Declined)
            }
            12..15 => self.talks.first().map_or(Event::Ended(agent), |agent| Event::Ended(*agent)),
            15 => Event::SignsIn(agent),
            16 => Event::SignsOut(agent),
            17 => {
                self.scene.room.can_ring[agent.index()] = chance.below(4) > 0;
                Event::Changed
            }
            18 => {
                if chance.below(3) == 0 {
                    Event::Closes
                } else {
                    Event::Opens
                }
            }
            _ => Event::Fired(Timer::Wait(CallerId(0))),
        }
    }

    /// Everybody hangs up, and what runs runs out.
    fn end(&mut self) {
        for caller in self.callers.keys().copied().collect::<Vec<_>>() {
            self.on(Event::Leaves(caller));
        }
        for agent in self.talks.clone() {
            self.on(Event::Ended(agent));
        }
        self.pass(self.scene.now + secs(3_600));
        assert!(self.scene.queue.is_idle() && self.rung.is_empty() && self.timers.is_empty());
    }
}

#[test]
fn no_caller_is_lost_and_in_the_end_all_is_idle() {
    let mut ends = [0; 3];
    for seed in 0..SEEDS {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut chance = Chance::from_seed(bytes);
        let (_, order) = Order::OF_QUEUES[chance.below(9) as usize];
        let rules = Rules { order, closes: chance.below(2) == 0, callers_max: Some(6), ..rules() };
        let mut driver = Driver::new(rules);
        driver.scene.room.spanish = [0, 3, 6, 9];
        for _ in 0..EVENTS {
            let event = driver.random_event(&mut chance);
            driver.on(event);
            let pause = chance.between(secs(0), secs(12));
            driver.pass(driver.scene.now + pause);
        }
        driver.end();
        assert_eq!(driver.joined, driver.ends.iter().sum::<u64>(), "everybody who came has an end");
        for (sum, own) in ends.iter_mut().zip(driver.ends) {
            *sum += own;
        }
    }
    assert!(ends.iter().all(|end| *end > 1_000), "{ends:?}: each end is common");
}
