//! The ring step: a person, a phone or a group, together or in turn.

use super::{
    Action, BRANCHES_MAX, Caller, Entry, Event, NotRung, Outcome, ReasonKind, StopWhy, Stray, Target,
    TargetId, TimerId,
    branch::{Branch, Branches},
    cursor::State,
    engine::{Engine, Flow},
    onward::Instead,
    outcome::Heard,
    turn::Turns,
};
use crate::{Act, GroupId, Mood, PersonId, PhoneId, Ring, RotaId, Who};

/// Phones of a ring step under way.
#[derive(Clone, Debug)]
pub(super) struct Ringing {
    pub(super) branches: Branches,
    heard: Heard,
    pub(super) is_of_group: bool,
    /// The group that rings in place of whom the step is for.
    pub(super) instead: Option<Instead>,
    /// The group that is rung, if one is.
    pub(super) group: Option<GroupId>,
    /// Legs that the branches came to when they began.
    pub(super) legs: u16,
    /// Members left whose turn may come.
    pub(super) turns: Option<Turns>,
}

impl Ringing {
    /// Phones of one more person, while so many others are called for the same caller.
    pub(super) fn beside(branches: Branches, others: usize) -> Self {
        let legs = u16::try_from(others).unwrap_or(u16::MAX);
        Self {
            branches,
            heard: Heard::default(),
            is_of_group: true,
            group: None,
            instead: None,
            legs,
            turns: None,
        }
    }

    /// Targets that may still answer.
    pub(super) fn targets(&self) -> impl Iterator<Item = TargetId> {
        let live = |(at, (_, state)): (usize, (PhoneId, Branch))| state.is_live().then_some(at);
        self.branches.iter().enumerate().filter_map(live).map(|at| self.branches.target(at))
    }
}

impl<'a> Engine<'a> {
    /// Begins a ring step.
    pub(super) fn ring(&mut self, ring: &Ring) -> Flow {
        let branches = Branches::new(self.cursor.following);
        let mut ringing = Ringing {
            branches,
            heard: Heard::default(),
            is_of_group: false,
            group: None,
            instead: None,
            legs: 0,
            turns: None,
        };
        if let Who::First(layers) = ring.who {
            return self.ring_first(layers, ring, ringing);
        }
        match self.call(ring.who, ring, &mut ringing) {
            Some(flow) => flow,
            None => self.ring_what_was_called(ring, ringing),
        }
    }

    /// Calls whom a step rings. Calls that somebody sends elsewhere are all that the step does.
    pub(super) fn call(&mut self, who: Who, ring: &Ring, ringing: &mut Ringing) -> Option<Flow> {
        let on = if let Who::Rota(rota) = who { self.on(rota) } else { &[] };
        let who = if let [person] = on { Who::Person(*person) } else { who };
        ringing.is_of_group = matches!(who, Who::Group(_) | Who::Rota(_));
        (ringing.group, ringing.turns) = (None, None);
        match who {
            Who::Person(person) => {
                // Whom they have blocked is not sent on to them either.
                if self.blocked_by(person).is_none()
                    && let Some(number) = self.forward_of(person)
                {
                    return Some(self.call_number(number, Some(person), ring.total));
                }
                self.call_person(person, false, ringing);
            }
            Who::Phone(phone) => self.call_phone_alone(phone, ringing),
            Who::Group(group) => {
                ringing.group = Some(group);
                self.call_group(group, ring, ringing);
            }
            Who::Rota(_) => on.iter().for_each(|person| self.call_person(*person, true, ringing)),
            // Layers name none of their own kind.
            Who::First(_) => {}
        }
        None
    }

    /// Waits for whoever was called; over at once if nobody was.
    pub(super) fn ring_what_was_called(&mut self, ring: &Ring, ringing: Ringing) -> Flow {
        if ringing.targets().next().is_none() {
            return self.ring_over(ring, &ringing);
        }
        self.arm(TimerId::Step, ring.total);
        self.keep_ringing(ringing)
    }

    /// Who of a rota is on now.
    fn on(&mut self, rota: RotaId) -> &'a [PersonId] {
        let (people, duty) = self.site[rota].on(self.world.now().wall);
        self.because(ReasonKind::OnDuty { rota, duty });
        people
    }

    /// A ring step hears something.
    pub(super) fn ringing(&mut self, mut ringing: Ringing, event: Event) -> Flow {
        let site = self.site;
        let Act::Ring(ring) = &site[self.cursor.node].act else {
            unreachable!("only a ring step leaves the cursor ringing")
        };
        let ring = &self.meant(ring, &ringing);
        let (target, outcome) = match event {
            Event::TimerFired(TimerId::Step) => {
                self.time_out(&mut ringing);
                return self.ring_over(ring, &ringing);
            }
            Event::TimerFired(TimerId::Turn) => {
                self.time_out(&mut ringing);
                return self.ring_on(ring, ringing);
            }
            Event::Ringing(target) => return self.rings(ringing, target),
            Event::Answered(target) => (target, Outcome::Answered),
            Event::Busy(target) => (target, Outcome::Busy),
            Event::Declined(target) => (target, Outcome::Declined),
            Event::Unreachable(target) => (target, Outcome::Unreachable),
            Event::SentOn { target, to } => match ringing.branches.live(target) {
                Some(at) => return self.sent_on(ring, ringing, at, to),
                None => return self.ignore(State::Ringing(ringing), Stray::Target),
            },
            Event::Enter
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(TimerId::Key | TimerId::Message | TimerId::Fact)
            | Event::CallerLeft => return self.ignore(State::Ringing(ringing), Stray::NotAwaited),
        };
        let Some(at) = ringing.branches.live(target) else {
            return self.ignore(State::Ringing(ringing), Stray::Target);
        };
        self.heard(ring, ringing, at, outcome)
    }

    /// The phone at `at` has come to an end.
    pub(super) fn heard(&mut self, ring: &Ring, mut ringing: Ringing, at: usize, outcome: Outcome) -> Flow {
        let target = ringing.branches.target(at);
        self.because(ReasonKind::Heard { target, outcome });
        *ringing.branches.state(at) = Branch::Done(outcome);
        if outcome == Outcome::Answered {
            self.answered_elsewhere(&ringing, at);
            return Flow::Bridge(target);
        }
        if outcome == Outcome::Declined {
            self.decline_elsewhere(&mut ringing, at);
        }
        match self.member_outcome(&ringing, at) {
            Some(outcome) => {
                ringing.heard.add(outcome);
                self.ring_on(ring, ringing)
            }
            None => self.keep_ringing(ringing),
        }
    }

    /// Stops every target that may still answer.
    pub(super) fn stop_live(&mut self, ringing: &Ringing, why: StopWhy) {
        for target in ringing.targets() {
            self.act(Action::Stop { target, why });
        }
    }

    /// Stops what still rings after the phone at `at` answered. Other phones of who answered missed nothing,
    /// whatever the group says of its other members.
    fn answered_elsewhere(&mut self, ringing: &Ringing, at: usize) {
        let is_said = ringing.group.is_none_or(|group| self.site[group].answered_elsewhere);
        for (other, (_, state)) in ringing.branches.iter().enumerate() {
            if state.is_live() {
                let is_told = is_said || self.same_member(ringing, at, other);
                let why = if is_told { StopWhy::AnsweredElsewhere } else { StopWhy::Missed };
                self.act(Action::Stop { target: ringing.branches.target(other), why });
            }
        }
    }

    fn rings(&mut self, mut ringing: Ringing, target: TargetId) -> Flow {
        let Some(at) = ringing.branches.live(target) else {
            return self.ignore(State::Ringing(ringing), Stray::Target);
        };
        if *ringing.branches.state(at) == Branch::Called {
            *ringing.branches.state(at) = Branch::Rings;
            self.because(ReasonKind::Rings(target));
        }
        self.keep_ringing(ringing)
    }

    /// A member is done with: waits for the others, turns to the next, or leaves.
    pub(super) fn ring_on(&mut self, ring: &Ring, mut ringing: Ringing) -> Flow {
        if ringing.targets().next().is_none() {
            self.disarm(TimerId::Turn);
            if let (Some(turns), Some(group)) = (ringing.turns.take(), ringing.group) {
                self.next_turn(group, turns, ring, &mut ringing);
            }
        }
        if ringing.targets().next().is_none() {
            return self.ring_over(ring, &ringing);
        }
        self.keep_ringing(ringing)
    }

    /// Whether a member of the group has yet to have their turn.
    pub(super) fn is_turn_left(&self, ringing: &Ringing) -> bool {
        let Some(group) = ringing.group else { return false };
        ringing.turns.as_ref().is_some_and(|turns| !turns.are_over(self.site[group].members.len()))
    }

    fn ring_over(&mut self, ring: &Ring, ringing: &Ringing) -> Flow {
        self.cursor.following = ringing.branches.following();
        self.leave(ringing.heard.mixed(), [ring.busy, ring.declined, ring.unanswered])
    }

    fn keep_ringing(&mut self, ringing: Ringing) -> Flow {
        self.cursor.following = ringing.branches.following();
        self.wait(State::Ringing(ringing))
    }

    /// Calls every phone of a person, unless busy, absent or calling.
    pub(super) fn call_person(&mut self, person: PersonId, in_group: bool, ringing: &mut Ringing) {
        let site = self.site;
        let calls = self.world.calls_of(person);
        let may_wait = !in_group || site[person].call_waiting;
        let calls_max = if may_wait { site[person].calls_max } else { 1 };
        let is_sent_on = in_group && self.world.state_of(person).forward.is_some();
        let said = self
            .blocked_by(person)
            .or_else(|| self.said_by(person))
            .or(is_sent_on.then_some(NotRung::Forwards));
        let refusal = match self.facts.caller {
            _ if said.is_some() => said,
            Caller::Phone(phone) if in_group && site[phone].person == Some(person) => Some(NotRung::Caller),
            _ if in_group && ringing.instead.is_some_and(|it| site[it.by].person == Some(person)) => {
                Some(NotRung::Sender)
            }
            Caller::Phone(_) | Caller::Number(_) | Caller::Withheld => {
                (calls >= calls_max).then_some(NotRung::Busy(calls))
            }
        };
        let before = ringing.branches.len();
        let refusal = refusal.or_else(|| {
            for phone in &site[person].phones {
                self.call_phone(*phone, ringing);
            }
            (ringing.branches.len() == before).then_some(NotRung::NotRegistered)
        });
        if let Some(why) = refusal {
            self.not_rung(Who::Person(person), why, ringing);
        }
    }

    /// Whether a person wants no calls of this caller.
    fn blocked_by(&self, person: PersonId) -> Option<NotRung> {
        let Caller::Number(number) = self.facts.caller else { return None };
        self.world.has_blocked(person, number).then_some(NotRung::Blocked(number))
    }

    /// Why a person does not want to be rung at all.
    fn said_by(&self, person: PersonId) -> Option<NotRung> {
        match self.world.state_of(person).mood {
            Mood::Available => None,
            Mood::Away => Some(NotRung::Away),
            Mood::DoNotDisturb => Some(NotRung::DoNotDisturb),
        }
    }

    /// Calls one phone that is rung for itself; its person's calls count all the same, and what they said, unless
    /// somebody calls back after a call for help.
    fn call_phone_alone(&mut self, phone: PhoneId, ringing: &mut Ringing) {
        let judged = self.site[phone].person.filter(|_| self.facts.entry != Entry::CallBack(phone));
        let busy = judged.and_then(|person| {
            let calls = self.world.calls_of(person);
            self.blocked_by(person)
                .or_else(|| self.said_by(person))
                .or_else(|| (calls >= self.site[person].calls_max).then_some(NotRung::Busy(calls)))
        });
        match busy {
            Some(why) => self.not_rung(Who::Phone(phone), why, ringing),
            None => {
                self.call_phone(phone, ringing);
                if ringing.branches.len() == 0 {
                    self.not_rung(Who::Phone(phone), NotRung::NotRegistered, ringing);
                }
            }
        }
    }

    /// Calls a phone if it is registered, is not the caller and the call may have another leg.
    fn call_phone(&mut self, phone: PhoneId, ringing: &mut Ringing) {
        let contacts = u16::from(self.world.contacts(phone));
        // The caller's own leg is the one more.
        let legs = ringing.legs + contacts;
        let full = legs >= self.site.limits.legs_max || ringing.branches.len() == BRANCHES_MAX;
        let refusal = match (self.facts.caller == Caller::Phone(phone), contacts, full) {
            (true, _, _) => Some(NotRung::Caller),
            (false, 0, _) => Some(NotRung::NotRegistered),
            (false, _, true) => Some(NotRung::LegsMax),
            (false, _, false) => None,
        };
        if let Some(why) = refusal {
            return self.because(ReasonKind::NotRung { who: Who::Phone(phone), why });
        }
        ringing.legs = legs;
        if let Some(target) = ringing.branches.push(phone) {
            let who = Target::Phone(phone);
            self.because(ReasonKind::Rang { target, who });
            self.act(Action::Start { target, who });
        }
    }

    fn not_rung(&mut self, who: Who, why: NotRung, ringing: &mut Ringing) {
        self.because(ReasonKind::NotRung { who, why });
        let is_of_group = ringing.is_of_group;
        ringing.heard.add(match why {
            NotRung::Busy(_) => Outcome::Busy,
            // Others of a group are none the wiser; who was called alone has declined.
            NotRung::Blocked(_) if !is_of_group => Outcome::Declined,
            NotRung::Blocked(_)
            | NotRung::NotRegistered
            | NotRung::Away
            | NotRung::DoNotDisturb
            | NotRung::Forwards
            | NotRung::Caller
            | NotRung::Sender
            | NotRung::LegsMax => Outcome::Unreachable,
        });
    }

    /// Stops the other phones of the person who declined at `at`.
    fn decline_elsewhere(&mut self, ringing: &mut Ringing, at: usize) {
        for other in 0..ringing.branches.len() {
            if self.same_member(ringing, at, other) && ringing.branches.state(other).is_live() {
                *ringing.branches.state(other) = Branch::Done(Outcome::Declined);
                let target = ringing.branches.target(other);
                self.act(Action::Stop { target, why: StopWhy::DeclinedElsewhere });
            }
        }
    }

    /// How the member to whom the phone at `at` belongs ended; `None` while another phone of theirs may
    /// still answer.
    fn member_outcome(&self, ringing: &Ringing, at: usize) -> Option<Outcome> {
        let mut outcome = Outcome::Unreachable;
        for (other, (_, state)) in ringing.branches.iter().enumerate() {
            if !self.same_member(ringing, at, other) {
                continue;
            }
            match state {
                Branch::Called | Branch::Rings => return None,
                Branch::Done(Outcome::Unreachable) => {}
                Branch::Done(other) => outcome = other,
            }
        }
        Some(outcome)
    }

    /// Whether two phones ring for the same member: phones of one person, or one phone.
    fn same_member(&self, ringing: &Ringing, one: usize, other: usize) -> bool {
        let person = |at| self.site[ringing.branches.phone(at)].person;
        one == other || (person(one).is_some() && person(one) == person(other))
    }

    /// Stops whatever rings because its time is up, and counts each as it stands.
    fn time_out(&mut self, ringing: &mut Ringing) {
        for at in 0..ringing.branches.len() {
            let state = *ringing.branches.state(at);
            if state.is_live() {
                let (target, outcome) = (ringing.branches.target(at), state.so_far());
                *ringing.branches.state(at) = Branch::Done(outcome);
                ringing.heard.add(outcome);
                self.because(ReasonKind::Heard { target, outcome });
                self.act(Action::Stop { target, why: StopWhy::Timeout });
            }
        }
    }
}
