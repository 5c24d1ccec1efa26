//! The ring and the forward step: a person, a phone or a group, together or in turn, or a number outside.

use super::{
    Action, Event, NotRung, Outcome, ReasonKind, StopWhy, Stray, TargetId, TimerId,
    branch::{Branch, Branches, Callee},
    cursor::State,
    engine::{Engine, Flow},
    onward::Instead,
    outcome::Heard,
    screen::Agenda,
    turn::Turns,
};
use crate::{GroupId, PersonId, Ring, Ringback, RotaId, Who};

/// Phones and numbers of a step under way.
#[derive(Clone, Debug)]
pub(super) struct Ringing {
    pub(super) branches: Branches,
    pub(super) heard: Heard,
    pub(super) is_of_group: bool,
    /// The group that rings in place of whom the step is for.
    pub(super) instead: Option<Instead>,
    /// The group that is rung, if one is.
    pub(super) group: Option<GroupId>,
    /// The time of the step is over, and only who is asked just now may still take the call.
    pub(super) is_late: bool,
    /// Legs that the branches came to when they began.
    pub(super) legs: u16,
    /// Members left whose turn may come.
    pub(super) turns: Option<Turns>,
    /// What is due of single targets.
    pub(super) agenda: Agenda,
    /// It goes to where somebody sends their calls, and nobody else is rung.
    pub(super) is_sent_on: bool,
    /// Who is rung and nobody else, and may send the call on.
    pub(super) alone: Option<PersonId>,
}

/// How it stands with a member.
enum Member {
    /// Something of theirs may still be answered.
    Rings,
    /// Nothing is any more, and this one is called next, whatever its time.
    Later(usize),
    /// Nothing is left.
    Over(Outcome),
}

impl Ringing {
    /// Nobody yet; the first will be `first`.
    pub(super) fn new(first: TargetId, is_of_group: bool) -> Self {
        let (branches, heard) = (Branches::new(first), Heard::default());
        Self {
            branches,
            heard,
            is_of_group,
            instead: None,
            group: None,
            is_late: false,
            legs: 0,
            turns: None,
            agenda: Agenda::default(),
            is_sent_on: false,
            alone: None,
        }
    }

    /// Phones of one more person, while so many others are called for the same caller.
    pub(super) fn beside(first: TargetId, others: usize) -> Self {
        Self { legs: u16::try_from(others).unwrap_or(u16::MAX), ..Self::new(first, true) }
    }

    /// Targets that may still take the call.
    pub(super) fn targets(&self) -> impl Iterator<Item = TargetId> {
        let live = |(at, state): (usize, Branch)| state.is_live().then_some(at);
        self.branches.states().enumerate().filter_map(live).map(|at| self.branches.target(at))
    }
}

impl<'a> Engine<'a> {
    /// Begins a ring step.
    pub(super) fn ring(&mut self, ring: &Ring) -> Flow {
        let mut ringing = Ringing::new(self.cursor.following, false);
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
        self.lets_hear(self.site.ringback(Some(who), self.called()));
        (ringing.group, ringing.turns, ringing.alone) = (None, None, None);
        match who {
            Who::Person(person) => {
                // Whom they have blocked is not sent on to them either.
                if self.blocked_by(person).is_none() {
                    if let Some(number) = self.forward_of(person) {
                        return Some(self.call_number(number, Some(person), ring.total));
                    }
                    // Of several layers somebody else is rung in their stead.
                    let is_layer = matches!(ring.who, Who::First(_));
                    if let Some(away) = self.away_of(person).filter(|_| !is_layer) {
                        self.because(ReasonKind::NotRung { who: Who::Person(person), why: NotRung::Away });
                        return Some(Flow::Go(away));
                    }
                    ringing.alone = Some(person);
                }
                self.call_person(person, false, ringing);
            }
            Who::Phone(phone) => self.call_phone_alone(phone, ringing),
            Who::Group(group) => {
                ringing.group = Some(group);
                self.call_group(group, ring, ringing);
            }
            Who::Rota(_) => on.iter().for_each(|person| self.call_person(*person, true, ringing)),
            Who::Agent(agent) => return Some(self.call_agent(agent, ring.total)),
            Who::OnCall(rota) => return self.call_on_call(rota, ring),
            // Layers name none of their own kind.
            Who::First(_) => {}
        }
        None
    }

    /// Waits for whoever was called; over at once if nobody was.
    pub(super) fn ring_what_was_called(&mut self, ring: &Ring, ringing: Ringing) -> Flow {
        if ringing.targets().next().is_none() {
            return self.ring_over(&ringing);
        }
        self.arm(TimerId::Step, ring.total);
        self.keep_ringing(ringing)
    }

    /// Who of a rota is on now.
    pub(super) fn on(&mut self, rota: RotaId) -> &'a [PersonId] {
        let (people, duty) = self.site[rota].on(self.world.now().wall);
        self.because(ReasonKind::OnDuty { rota, duty });
        people
    }

    /// A ring or forward step hears something.
    pub(super) fn ringing(&mut self, mut ringing: Ringing, event: Event) -> Flow {
        let (target, outcome) = match event {
            Event::TimerFired(TimerId::Step) => {
                ringing.is_late = true;
                self.time_out(&mut ringing);
                return self.ring_on(ringing);
            }
            Event::TimerFired(TimerId::Turn) => {
                self.time_out(&mut ringing);
                return self.ring_on(ringing);
            }
            Event::TimerFired(TimerId::Target) => return self.target_due(ringing),
            Event::Ringing(target) => return self.rings(ringing, target),
            Event::KeyOf { target, key } => return self.callee_pressed(ringing, target, key),
            Event::Answered(target) => match self.is_to_be_asked(&ringing, target) {
                Some(asked) => return self.ask_callee(ringing, asked),
                None => (target, Outcome::Answered),
            },
            Event::Busy(target) => (target, Outcome::Busy),
            Event::Declined(target) => (target, Outcome::Declined),
            Event::Unreachable(target) => (target, Outcome::Unreachable),
            Event::SentOn { target, to } => match ringing.branches.live(target) {
                Some(at) => return self.sent_on(ringing, at, to),
                None => return self.ignore(State::Ringing(ringing), Stray::Target),
            },
            Event::Enter
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(TimerId::Key | TimerId::Message | TimerId::Fact | TimerId::Digit)
            | Event::CallerLeft => return self.ignore(State::Ringing(ringing), Stray::NotAwaited),
        };
        let Some(at) = ringing.branches.live(target) else {
            return self.ignore(State::Ringing(ringing), Stray::Target);
        };
        let was_asked = *ringing.branches.state(at) == Branch::Asked;
        let outcome = if was_asked { Outcome::NoAnswer } else { outcome };
        self.done_with(ringing, at, outcome)
    }

    /// A target has taken the call, or never will.
    pub(super) fn done_with(&mut self, mut ringing: Ringing, at: usize, outcome: Outcome) -> Flow {
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
        self.member_on(ringing, at)
    }

    /// Goes on after one of those who ring for a member is done with.
    pub(super) fn member_on(&mut self, mut ringing: Ringing, at: usize) -> Flow {
        match self.member(&ringing, at) {
            Member::Over(outcome) => {
                ringing.heard.add(outcome);
                self.ring_on(ringing)
            }
            Member::Later(place) => self.begin_later(ringing, place),
            Member::Rings => self.keep_ringing(ringing),
        }
    }

    /// Stops every target that may still take the call.
    pub(super) fn stop_live(&mut self, ringing: &Ringing, why: StopWhy) {
        for target in ringing.targets() {
            self.act(Action::Stop { target, why });
        }
    }

    /// Stops what still rings after the one at `at` took the call. Other phones of theirs missed nothing,
    /// whatever the group says of its other members.
    fn answered_elsewhere(&mut self, ringing: &Ringing, at: usize) {
        let is_said = ringing.group.is_none_or(|group| self.site[group].answered_elsewhere);
        for (other, state) in ringing.branches.states().enumerate() {
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
            if let Ringback::Answered(_) = self.cursor.ringback {
                self.answer();
            }
        }
        self.keep_ringing(ringing)
    }

    /// A member is done with: waits for the others, turns to the next, or leaves.
    pub(super) fn ring_on(&mut self, mut ringing: Ringing) -> Flow {
        if ringing.targets().next().is_none() {
            self.disarm(TimerId::Turn);
            if let (Some(turns), Some(group), Some(ring), false) =
                (ringing.turns.take(), ringing.group, self.rung(&ringing), ringing.is_late)
            {
                self.next_turn(group, turns, &ring, &mut ringing);
            }
        }
        if ringing.targets().next().is_none() {
            return self.ring_over(&ringing);
        }
        self.keep_ringing(ringing)
    }

    /// What the step rings by now, if it rings inside.
    pub(super) fn rung(&self, ringing: &Ringing) -> Option<Ring> {
        self.site[self.cursor.node].act.ring().map(|ring| self.meant(ring, ringing))
    }

    /// Whether a member of the group has yet to have their turn.
    pub(super) fn is_turn_left(&self, ringing: &Ringing) -> bool {
        let Some(group) = ringing.group else { return false };
        ringing.turns.as_ref().is_some_and(|turns| !turns.are_over(self.site[group].members.len()))
    }

    fn ring_over(&mut self, ringing: &Ringing) -> Flow {
        self.cursor.following = ringing.branches.following();
        let outcome = ringing.heard.mixed();
        let total = self.rung(ringing).map(|ring| ring.total);
        if let (Some(person), Some(total)) = (ringing.alone, total)
            && let Some(number) = self.sends_on(person, outcome)
        {
            return self.call_number(number, Some(person), total);
        }
        self.rung_over(outcome)
    }

    /// The step is over: leaves by its exit for `outcome`.
    pub(super) fn rung_over(&mut self, outcome: Outcome) -> Flow {
        let exits = self.site[self.cursor.node].act.outcomes();
        self.leave(outcome, exits.expect("only a ring or forward step leaves the cursor ringing"))
    }

    pub(super) fn keep_ringing(&mut self, mut ringing: Ringing) -> Flow {
        self.cursor.following = ringing.branches.following();
        self.wait_for_targets(&mut ringing);
        self.wait(State::Ringing(ringing))
    }

    /// Stops the other phones of the person who declined at `at`.
    fn decline_elsewhere(&mut self, ringing: &mut Ringing, at: usize) {
        for other in 0..ringing.branches.len() {
            let state = *ringing.branches.state(other);
            if !self.same_member(ringing, at, other) || matches!(state, Branch::Done(_)) {
                continue;
            }
            *ringing.branches.state(other) = Branch::Done(Outcome::Declined);
            if state.is_live() {
                let target = ringing.branches.target(other);
                self.act(Action::Stop { target, why: StopWhy::DeclinedElsewhere });
            }
        }
    }

    /// How it stands with the member for whom the one at `at` rang.
    fn member(&self, ringing: &Ringing, at: usize) -> Member {
        let (mut outcome, mut later) = (Outcome::Unreachable, None);
        for (other, state) in ringing.branches.states().enumerate() {
            if !self.same_member(ringing, at, other) {
                continue;
            }
            match state {
                Branch::Called | Branch::Rings | Branch::Asked => return Member::Rings,
                Branch::Later => later = later.or(Some(other)),
                Branch::Done(Outcome::Unreachable) => {}
                Branch::Done(other) => outcome = other,
            }
        }
        later.map_or(Member::Over(outcome), Member::Later)
    }

    /// Whether two ring for the same member: phones of one person and where they are rung outside, or one phone.
    fn same_member(&self, ringing: &Ringing, one: usize, other: usize) -> bool {
        let person = |at| match ringing.branches.callee(at) {
            Callee::Phone(phone) => self.site[phone].person,
            Callee::Outside(person) => person,
        };
        one == other || (person(one).is_some() && person(one) == person(other))
    }

    /// Stops whatever rings because its time is up, and counts each as it stands. Whoever is asked just now has as long
    /// as they were given.
    fn time_out(&mut self, ringing: &mut Ringing) {
        for at in 0..ringing.branches.len() {
            let state = *ringing.branches.state(at);
            if state == Branch::Later {
                *ringing.branches.state(at) = Branch::Done(Outcome::Unreachable);
            } else if state.is_live() && state != Branch::Asked {
                let (target, outcome) = (ringing.branches.target(at), state.so_far());
                *ringing.branches.state(at) = Branch::Done(outcome);
                ringing.heard.add(outcome);
                self.because(ReasonKind::Heard { target, outcome });
                self.act(Action::Stop { target, why: StopWhy::Timeout });
            }
        }
    }
}
