//! Whose turn it is in a group that rings one after another.

use super::{Action, ReasonKind, TimerId, branch::Branches, engine::Engine, ring::Ringing, screen::Agenda};
use crate::{
    GroupId, Order, PersonId, Ring, Tally,
    order::{self, Candidate},
};

/// Whose turn it is in a group that rings in turn.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    line: Line,
    /// Members asked so far.
    asked: u32,
    /// The group whose pointer moves when the first phone rings.
    advance: Option<GroupId>,
}

/// Who is asked after whom.
#[derive(Clone, Debug)]
enum Line {
    /// The members as they are declared, from the one at this place.
    From(u32),
    /// By what they did or by chance, as it was when the step began: their places.
    Drawn(Box<[u32]>),
}

impl Turns {
    /// Whether each of so many members was asked.
    pub(super) const fn are_over(&self, count: usize) -> bool {
        self.asked as usize >= count
    }
}

impl Line {
    /// The place among `count` members of who is asked after `asked` others.
    fn place(&self, asked: u32, count: u32) -> u32 {
        match self {
            Self::From(from) => {
                let place = (u64::from(*from) + u64::from(asked)) % u64::from(count);
                u32::try_from(place).expect("below the count")
            }
            Self::Drawn(places) => places[asked as usize],
        }
    }
}

impl Engine<'_> {
    /// Calls a group, together or beginning with whose turn it is.
    pub(super) fn call_group(&mut self, group: GroupId, ring: &Ring, ringing: &mut Ringing) {
        let site = self.site;
        let (line, advance) = match site[group].order {
            Order::All => {
                for person in &site[group].members {
                    self.call_person(*person, true, ringing);
                }
                return;
            }
            Order::InOrder => (Line::From(0), None),
            Order::RoundRobin => (Line::From(self.world.pointer(group)), Some(group)),
            Order::LongestIdle
            | Order::FewestCalls
            | Order::LeastTalk
            | Order::Random
            | Order::Weighted
            | Order::Skill => (self.line_up(group), None),
        };
        self.next_turn(group, Turns { line, asked: 0, advance }, ring, ringing);
    }

    /// Puts the members of a group into the order in which this call asks them.
    fn line_up(&self, group: GroupId) -> Line {
        let team = &self.site[group];
        let members = (0..).zip(team.members.iter().zip(&team.weights));
        let mut candidates: Vec<_> = members
            .map(|(place, (person, weight))| Candidate {
                place,
                weight: *weight,
                level: 0,
                tally: self.tally(team.order, *person),
            })
            .collect();
        let mut chance = order::lots(self.facts.chance, self.cursor.nodes);
        team.order.line_up(&mut candidates, 0, &mut chance);
        Line::Drawn(candidates.iter().map(|candidate| candidate.place).collect())
    }

    /// Asks members in turn until one rings or none is left.
    pub(super) fn next_turn(&mut self, group: GroupId, mut turns: Turns, ring: &Ring, ringing: &mut Ringing) {
        let members = &self.site[group].members;
        let count = u32::try_from(members.len()).expect("a group has fewer members than a text has bytes");
        (ringing.branches, ringing.legs) = (Branches::new(ringing.branches.following()), 0);
        ringing.agenda = Agenda::default();
        while turns.asked < count && ringing.targets().next().is_none() {
            let place = turns.line.place(turns.asked, count);
            let person = members[place as usize];
            turns.asked += 1;
            self.tell_merit(group, person);
            self.call_person(person, true, ringing);
            if ringing.targets().next().is_some() {
                if let Some(group) = turns.advance.take() {
                    self.act(Action::Advance { group, to: (place + 1) % count });
                }
                self.limit_turn(ring);
            }
        }
        ringing.turns = Some(turns);
    }

    /// Says why it is somebody's turn, if not for their place among the members.
    fn tell_merit(&mut self, group: GroupId, person: PersonId) {
        let order = self.site[group].order;
        if let Some(merit) = order.merit(self.tally(order, person), self.world.now().wall) {
            self.because(ReasonKind::Turn { person, merit });
        }
    }

    /// What a person did of late, where the order goes by it.
    fn tally(&self, order: Order, person: PersonId) -> Tally {
        if order.reads_tallies() { self.world.tally_of(person) } else { Tally::default() }
    }

    /// Arms the timer of a turn, unless the whole step is over by then: the member after would be called only
    /// to be silenced in the same moment.
    fn limit_turn(&mut self, ring: &Ring) {
        if self.world.now().mono + ring.each < self.cursor.entered + ring.total {
            self.arm(TimerId::Turn, ring.each);
        }
    }
}
