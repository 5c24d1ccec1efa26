//! Who of a step is called: people on their phones, and a phone for itself. Whoever is not is told of with the reason.

use std::time::Duration;

use super::{
    Action, BRANCHES_MAX, Caller, Entry, NotRung, Outcome, ReasonKind, Target,
    branch::{Branch, Callee},
    engine::Engine,
    ring::Ringing,
};
use crate::{Follow, Mood, PersonId, PhoneId, Who};

impl Engine<'_> {
    /// Calls every phone of a person, unless busy, absent or calling.
    pub(super) fn call_person(&mut self, person: PersonId, in_group: bool, ringing: &mut Ringing) {
        let site = self.site;
        let calls = self.world.calls_of(person);
        let may_wait = !in_group || site[person].call_waiting;
        let calls_max = if may_wait { site[person].calls_max } else { 1 };
        let is_elsewhere = site[person].is_always_elsewhere();
        let is_sent_on = in_group && (is_elsewhere || self.world.state_of(person).forward.is_some());
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
            let follows = ringing.group.map_or(!in_group, |group| site[group].follow);
            self.call_devices(person, follows, ringing);
            (ringing.branches.len() == before).then_some(NotRung::NotRegistered)
        });
        if let Some(why) = refusal {
            self.not_rung(Who::Person(person), why, ringing);
        }
    }

    /// Calls what rings for a person: all their phones, or, if they are followed, each thing at its time. Nobody waits
    /// for a later one where none before it rings.
    fn call_devices(&mut self, person: PersonId, follows: bool, ringing: &mut Ringing) {
        let site = self.site;
        let follow = if follows { site[person].follow } else { Follow::default() };
        let first = ringing.branches.len();
        for phone in follow.phones.iter().flat_map(|_| &site[person].phones) {
            match follow.phones {
                Some(Duration::ZERO) | None => self.call_phone(*phone, ringing),
                Some(after) => self.call_later(Callee::Phone(*phone), after, ringing),
            }
        }
        if let (Some(mobile), Some(number)) = (follow.mobile, site[person].mobile) {
            if self.facts.caller == Caller::Number(number) {
                self.because(ReasonKind::NotRung { who: Who::Person(person), why: NotRung::Caller });
            } else if self.route_for(person, number).is_some() {
                self.call_later(Callee::Outside(Some(person)), mobile.after, ringing);
            } else {
                self.because(ReasonKind::NoRoute);
            }
        }
        let mut waits: Vec<_> = (first..ringing.branches.len())
            .filter(|at| *ringing.branches.state(*at) == Branch::Later)
            .map(|at| (ringing.agenda.due(at), at))
            .collect();
        waits.sort_unstable();
        for (due, at) in waits {
            let rings = (first..ringing.branches.len()).any(|at| ringing.branches.state(at).is_live());
            if !rings || due <= self.world.now().mono {
                self.call_now(at, ringing);
            }
        }
    }

    /// Notes somebody who is called later.
    fn call_later(&mut self, callee: Callee, after: Duration, ringing: &mut Ringing) {
        if ringing.branches.push(callee).is_some() {
            let at = ringing.branches.len() - 1;
            *ringing.branches.state(at) = Branch::Later;
            ringing.agenda.note(self.world.now().mono + after, at);
        }
    }

    /// Calls somebody of whom it was noted for later; done with if that can't be.
    pub(super) fn call_now(&mut self, at: usize, ringing: &mut Ringing) {
        ringing.agenda.strike(at);
        let callee = ringing.branches.callee(at);
        let who = match callee {
            Callee::Phone(phone) => self.may_call(phone, true, ringing).then_some(Target::Phone(phone)),
            Callee::Outside(by) => {
                let full = ringing.legs + 1 >= self.site.limits.legs_max;
                let to = by.and_then(|by| Some((by, self.site[by].mobile?)));
                let rule = to.and_then(|(by, to)| Some((to, self.route_for(by, to)?)));
                ringing.legs += 1;
                rule.filter(|_| !full).map(|(to, rule)| Target::Number { to, rule, by })
            }
        };
        let Some(who) = who else {
            *ringing.branches.state(at) = Branch::Done(Outcome::Unreachable);
            return;
        };
        *ringing.branches.state(at) = Branch::Called;
        let (target, is_screened) = (ringing.branches.target(at), self.screen_of(ringing, callee).is_some());
        self.because(ReasonKind::Rang { target, who });
        self.act(Action::Start { target, who, is_screened });
    }

    /// Whether a person wants no calls of this caller.
    pub(super) fn blocked_by(&self, person: PersonId) -> Option<NotRung> {
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
    pub(super) fn call_phone_alone(&mut self, phone: PhoneId, ringing: &mut Ringing) {
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

    /// Calls a phone if it may be called.
    fn call_phone(&mut self, phone: PhoneId, ringing: &mut Ringing) {
        let has_room = ringing.branches.len() < BRANCHES_MAX;
        if self.may_call(phone, has_room, ringing)
            && let Some(target) = ringing.branches.push(Callee::Phone(phone))
        {
            let who = Target::Phone(phone);
            self.because(ReasonKind::Rang { target, who });
            self.act(Action::Start { target, who, is_screened: false });
        }
    }

    /// Whether a phone is registered, is not the caller and the call may have another leg.
    fn may_call(&mut self, phone: PhoneId, has_room: bool, ringing: &mut Ringing) -> bool {
        let contacts = u16::from(self.world.contacts(phone));
        // The caller's own leg is the one more.
        let legs = ringing.legs + contacts;
        let full = legs >= self.site.limits.legs_max || !has_room;
        let refusal = match (self.facts.caller == Caller::Phone(phone), contacts, full) {
            (true, _, _) => Some(NotRung::Caller),
            (false, 0, _) => Some(NotRung::NotRegistered),
            (false, _, true) => Some(NotRung::LegsMax),
            (false, _, false) => None,
        };
        match refusal {
            Some(why) => self.because(ReasonKind::NotRung { who: Who::Phone(phone), why }),
            None => ringing.legs = legs,
        }
        refusal.is_none()
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
}
