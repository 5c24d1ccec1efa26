//! One line: its machine, whose calls its callers are, who talks with one, and its timers.

use std::{collections::BTreeMap, sync::Arc};

use callplan::{
    E164, PersonId, QueueId, Site,
    queue::{self, CallerId, Doing, Event, Timer},
};
use clock::{Instant, Key, Table, Wall};

use super::floor::Nobody;
use crate::{call::Call, leg::Leg, shared::rehearsal::Ahead};

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    pub(super) machine: queue::Queue,
    pub(super) timers: Table<Timer>,
    pub(super) callers: BTreeMap<CallerId, Waits>,
    /// Calls of those who were sent home and have not hung up yet.
    pub(super) leaving: BTreeMap<Key<Call>, CallerId>,
    /// Legs on which those talk who serve it, with somebody out of it.
    pub(super) talking: BTreeMap<Key<Leg>, PersonId>,
    pub(super) is_open: bool,
    /// How far ahead of the clock it is: a line that somebody has for themselves who rehearses.
    pub(super) ahead: Ahead,
}

/// Who waits.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// Where they are.
    pub(crate) at: At,
    /// Their number, if they have one.
    pub(crate) number: Option<E164>,
    /// The person whose phone calls.
    pub(crate) person: Option<Arc<str>>,
    /// When they came.
    pub(crate) since: Wall,
    /// How often they were called back in vain.
    pub(crate) tries: u8,
}

/// Where somebody is who waits.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// On the line, by this call.
    Line(Key<Call>),
    /// At home; these calls ring people who are to be joined with them.
    Home(Vec<(Key<Call>, PersonId)>),
}

impl Line {
    /// The line of a queue in which nobody waits yet; whoever has signed out of it is out.
    pub(super) fn new(
        queue: QueueId,
        site: &Site,
        out: impl Fn(&str) -> bool,
        pointer: u32,
        ahead: Ahead,
    ) -> Self {
        let rules = site[queue].rules.clone();
        let mut line = Self {
            machine: queue::Queue::new(rules.clone(), pointer),
            timers: Table::new(),
            callers: BTreeMap::new(),
            leaving: BTreeMap::new(),
            talking: BTreeMap::new(),
            is_open: true,
            ahead,
        };
        for member in rules.members.iter().filter(|member| out(&site[**member].name)) {
            line.machine.handle(Instant::ZERO, Event::SignsOut(*member), &Nobody, &mut Vec::new());
        }
        line
    }

    /// Whose call a caller's is.
    pub(crate) fn call_of(&self, caller: CallerId) -> Option<Key<Call>> {
        match self.callers.get(&caller)?.at {
            At::Line(call) => Some(call),
            At::Home(_) => None,
        }
    }

    /// The caller whose call it is.
    pub(crate) fn caller_of(&self, call: Key<Call>) -> Option<CallerId> {
        let is_theirs = |waits: &Waits| matches!(waits.at, At::Line(own) if own == call);
        self.callers.iter().find(|(_, waits)| is_theirs(waits)).map(|(caller, _)| *caller)
    }

    /// The number at which a caller can be called back.
    pub(crate) fn number_of(&self, caller: CallerId) -> Option<E164> {
        self.callers.get(&caller)?.number
    }

    /// How often a caller was called back in vain.
    pub(crate) fn tries_of(&self, caller: CallerId) -> u8 {
        self.callers.get(&caller).map_or(0, |waits| waits.tries)
    }

    /// Calls that ring people for a caller at home.
    pub(crate) fn called_for(&mut self, caller: CallerId) -> Option<&mut Vec<(Key<Call>, PersonId)>> {
        match &mut self.callers.get_mut(&caller)?.at {
            At::Line(_) => None,
            At::Home(calls) => Some(calls),
        }
    }

    /// A caller goes home.
    pub(super) fn goes_home(&mut self, caller: CallerId) {
        let Some(waits) = self.callers.get_mut(&caller) else { return };
        if let At::Line(call) = std::mem::replace(&mut waits.at, At::Home(Vec::new())) {
            self.leaving.insert(call, caller);
        }
    }

    /// Whether somebody else of this caller's number is at home: one place is enough, the first.
    pub(crate) fn is_home_already(&self, caller: CallerId) -> bool {
        let number = self.number_of(caller);
        let is_at_home = |waits: &Waits| matches!(waits.at, At::Home(_)) && waits.number == number;
        number.is_some() && self.callers.iter().any(|(other, waits)| *other != caller && is_at_home(waits))
    }

    /// The caller who was sent home on this call, which has ended.
    pub(crate) fn has_left(&mut self, call: Key<Call>) -> Option<CallerId> {
        self.leaving.remove(&call)
    }

    /// What somebody who serves it does.
    pub(crate) fn doing(&self, person: PersonId) -> Doing {
        self.machine.doing(person)
    }

    /// Who waits, the first to be served first, and who is rung for them.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&Waits, &[PersonId])> {
        self.machine
            .callers()
            .filter_map(|caller| Some((self.callers.get(&caller)?, self.machine.rung_for(caller))))
    }

    /// How many wait.
    pub(crate) const fn waiting(&self) -> usize {
        self.machine.waiting()
    }

    /// Whether nothing goes on in it.
    pub(super) fn is_idle(&self) -> bool {
        self.machine.is_idle() && self.callers.is_empty() && self.talking.is_empty()
    }
}
