//! A small team, a floor on which everybody can be rung unless a test says otherwise, and actions in few words.

use std::{sync::Arc, time::Duration};

use clock::{Instant, Wall};

use crate::{
    Order, PersonId, Tally,
    queue::{Action, CallBack, CallerId, Event, Floor, Queue, Rules, SkillId, Timer, Widen},
};

pub(super) const ANA: PersonId = PersonId(0);
pub(super) const BEN: PersonId = PersonId(1);
pub(super) const CHO: PersonId = PersonId(2);
/// May be rung for whoever has waited for a minute and a half.
pub(super) const QUIN: PersonId = PersonId(3);
pub(super) const SPANISH: SkillId = SkillId(0);

pub(super) const NAMES: [&str; 4] = ["ana", "ben", "cho", "quin"];

pub(super) const ONE: CallerId = CallerId(1);
pub(super) const TWO: CallerId = CallerId(2);
pub(super) const THREE: CallerId = CallerId(3);

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Ana, ben and cho ring in order for 15 s each, rest for 30 s, and wrap up for 10 s.
pub(super) fn rules() -> Rules {
    Rules {
        members: vec![ANA, BEN, CHO],
        weights: vec![1, 1, 1],
        order: Order::InOrder,
        each: secs(15),
        rest: secs(30),
        wrap: secs(10),
        widen: vec![Widen { after: secs(90), with: vec![QUIN] }],
        callers_max: Some(3),
        wait_max: Some(secs(480)),
        announce_every: Some(secs(45)),
        closes: true,
        call_back: Some(CallBack { offer_after: secs(60), key: '1', tries: 3, again: secs(300) }),
    }
}

/// The switch as far as a queue asks.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) can_ring: [bool; 4],
    pub(super) tallies: [Tally; 4],
    pub(super) spanish: [u8; 4],
    pub(super) blocks: Vec<(PersonId, CallerId)>,
    /// Whom each may not call.
    pub(super) forbidden: Vec<(PersonId, CallerId)>,
}

impl Floor for Room {
    fn can_ring(&self, person: PersonId) -> bool {
        self.can_ring[person.index()]
    }

    fn would_take(&self, person: PersonId, caller: CallerId) -> bool {
        !self.blocks.contains(&(person, caller))
    }

    fn may_call_back(&self, person: PersonId, caller: CallerId) -> bool {
        !self.forbidden.contains(&(person, caller))
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.tallies[person.index()]
    }

    fn skill_of(&self, person: PersonId, skill: SkillId) -> u8 {
        if skill == SPANISH { self.spanish[person.index()] } else { 0 }
    }
}

/// A queue and its floor, at a time.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) queue: Queue,
    pub(super) room: Room,
    pub(super) now: Instant,
}

impl Scene {
    pub(super) fn new(rules: Rules) -> Self {
        let room = Room {
            can_ring: [true; 4],
            tallies: [Tally::default(); 4],
            spanish: [0; 4],
            blocks: Vec::new(),
            forbidden: Vec::new(),
        };
        Self { queue: Queue::new(Arc::new(rules), 0), room, now: Instant::ZERO }
    }

    /// What comes of an event, in few words.
    pub(super) fn on(&mut self, event: Event) -> String {
        let mut out = Vec::new();
        self.queue.handle(self.now, event, &self.room, &mut out);
        out.iter().map(show).collect::<Vec<_>>().join(", ")
    }

    /// The same after each of several events, only the last shown.
    pub(super) fn after(&mut self, events: &[Event]) -> String {
        events.iter().map(|event| self.on(*event)).last().unwrap_or_default()
    }

    /// Who rings for whom after an event, and nothing else of it.
    pub(super) fn rings(&mut self, event: Event) -> String {
        let shown = self.on(event);
        let rings = shown.split(", ").filter(|action| action.starts_with("ring "));
        rings.collect::<Vec<_>>().join(", ")
    }
}

/// A caller who comes like most.
pub(super) fn joins(caller: CallerId) -> Event {
    Event::Joins { caller, priority: 0, need: None }
}

pub(super) fn ended(second: i64) -> Tally {
    Tally { ended: Some(Wall::from_unix_micros(second * 1_000_000)), ..Tally::default() }
}

fn name(person: PersonId) -> &'static str {
    NAMES[person.index()]
}

/// An action in a few words.
pub(super) fn show(action: &Action) -> String {
    match *action {
        Action::Wait(CallerId(caller)) => format!("wait {caller}"),
        Action::Ring(CallerId(caller), agent) => format!("ring {} for {caller}", name(agent)),
        Action::Stop(CallerId(caller), agent, why) => format!("stop {} for {caller} {why:?}", name(agent)),
        Action::Join(CallerId(caller), agent) => format!("join {caller} {}", name(agent)),
        Action::Leave(CallerId(caller), exit) => format!("leave {caller} {exit:?}"),
        Action::Say { caller: CallerId(caller), position, wait } => {
            let wait = wait.map_or(String::new(), |wait| format!(" in {}s", wait.as_secs()));
            format!("say {caller} at {position}{wait}")
        }
        Action::Offer(CallerId(caller), key) => format!("offer {caller} {key}"),
        Action::SendHome(CallerId(caller)) => format!("send home {caller}"),
        Action::Advance(place) => format!("advance {place}"),
        Action::Arm(timer, after) => format!("arm {} {}s", show_timer(timer), after.as_secs()),
        Action::Clear(timer) => format!("clear {}", show_timer(timer)),
    }
}

fn show_timer(timer: Timer) -> String {
    match timer {
        Timer::Ring(agent) => format!("ring-{}", name(agent)),
        Timer::Alone(agent) => format!("alone-{}", name(agent)),
        Timer::Widen(CallerId(caller)) => format!("widen-{caller}"),
        Timer::Wait(CallerId(caller)) => format!("wait-{caller}"),
        Timer::Announce(CallerId(caller)) => format!("announce-{caller}"),
        Timer::Offer(CallerId(caller)) => format!("offer-{caller}"),
    }
}
