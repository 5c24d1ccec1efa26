//! Who is rung for whom: callers in their order, each for the best of those who are free and may serve them.

use super::{Action, Caller, CallerId, Doing, PersonId, Place, Queue, Step, Timer};
use crate::{
    Order, Tally,
    order::{self, Candidate},
};

impl Queue {
    /// Offers callers to whoever is free, the first in the line first. While it is closed nobody is rung for those who
    /// went home: phones would ring in an empty office all night.
    pub(super) fn offer(&mut self, step: &mut Step<'_>) {
        if self.is_closed && self.rules.closes {
            return;
        }
        let mut free = self.free(step);
        for place in 0..self.line.len() {
            if free.is_empty() {
                return;
            }
            let caller = self.line.at(place).expect("a place in the line");
            let rings_together = !self.rules.order.is_in_turn();
            let is_offered = !rings_together && !caller.rung.is_empty();
            if is_offered || caller.place == Place::Leaving {
                continue;
            }
            let (id, tried, is_first) = (caller.id, caller.tried, caller.tried == 0);
            let mut chosen = self.candidates(caller, &free, step);
            let mut chance = order::lots(id.0, tried);
            self.rules.order.line_up(&mut chosen, self.pointer, &mut chance);
            chosen.truncate(if rings_together { usize::MAX } else { 1 });
            for candidate in chosen {
                let person = free.iter().find(|(place, _)| *place == candidate.place);
                let (place, person) = *person.expect("candidates are among those who are free");
                free.retain(|(_, other)| *other != person);
                self.ring(id, person, step);
                if is_first {
                    self.advance(place, step);
                }
            }
        }
    }

    /// Everybody who could be rung, members and more, by their place among them.
    fn free(&self, step: &Step<'_>) -> Vec<(u32, PersonId)> {
        let is_free =
            |person: PersonId| self.agents.doing(person) == Doing::Nothing && step.floor.can_ring(person);
        let all = (0..).zip(self.rules.people());
        let mut free: Vec<(u32, PersonId)> = Vec::new();
        for (place, person) in all {
            let is_out = self.agents.is_out(person);
            if !is_out && !free.iter().any(|(_, other)| *other == person) && is_free(person) {
                free.push((place, person));
            }
        }
        free
    }

    /// Of those who are free whoever may be rung for this caller.
    fn candidates(&self, caller: &Caller, free: &[(u32, PersonId)], step: &Step<'_>) -> Vec<Candidate> {
        let widened = &self.rules.widen[..caller.widened];
        let is_theirs = |place: u32, person: &PersonId| {
            (place as usize) < self.rules.members.len()
                || widened.iter().any(|widen| widen.with.contains(person))
        };
        let level = |person| caller.need.map_or(0, |need| step.floor.skill_of(person, need.skill));
        let least = caller.need.map_or(0, |need| need.least);
        let reads_tallies = self.rules.order.reads_tallies();
        let is_able = |person: PersonId| {
            level(person) >= least
                && step.floor.would_take(person, caller.id)
                && (caller.place != Place::AtHome || step.floor.may_call_back(person, caller.id))
        };
        let theirs = free.iter().filter(|(place, person)| is_theirs(*place, person) && is_able(*person));
        let candidate = |(place, person): &(u32, PersonId)| Candidate {
            place: *place,
            weight: self.rules.weights.get(*place as usize).copied().unwrap_or(1),
            level: level(*person),
            tally: if reads_tallies { step.floor.tally_of(*person) } else { Tally::default() },
        };
        theirs.map(candidate).collect()
    }

    fn ring(&mut self, id: CallerId, agent: PersonId, step: &mut Step<'_>) {
        let each = self.rules.each;
        let caller = self.line.get(id).expect("whoever is offered waits");
        caller.rung.push(agent);
        caller.tried = caller.tried.saturating_add(1);
        self.agents.does(agent, Doing::Rung(id));
        step.out.push(Action::Ring(id, agent));
        self.arm(Timer::Ring(agent), each, step);
    }

    /// The next round begins behind whom a caller was offered to first.
    fn advance(&mut self, place: u32, step: &mut Step<'_>) {
        let members = u32::try_from(self.rules.members.len()).expect("fewer than a text has bytes");
        if self.rules.order == Order::RoundRobin && place < members {
            self.pointer = (place + 1) % members;
            step.out.push(Action::Advance(self.pointer));
        }
    }
}
