//! `*34` and a time: the dialler's phones ring when it comes, past whatever their person said.
//!
//! Time is that of the clock on the wall, and that may be set. So whoever waits looks at least once a minute, and what
//! became due by a jump rings then.

use std::{sync::Arc, time::Duration};

use callplan::{DayTime, PersonId, PhoneId, Site, number::Digits};
use clock::Instant;
use sip::Status;
use smallvec::SmallVec;
use store::{Direction, Ticket};

use super::{Draining, Log, Switch};
use crate::{
    call::{Birth, Call, Caller, Course, Originated, Remembered},
    core::Due,
    dialog::MAX_FORWARDS,
    shared::{
        limit::Holding,
        promise::Statement,
        reminders::{REMINDERS_MAX, Reminder, TRIES_MAX},
    },
};

/// How long nobody looks at the clock at most.
const LOOKS_EVERY: Duration = Duration::from_secs(60);
/// How long a process waits that has just begun: media threads announce their ports, phones connect again.
const SETTLES: Duration = Duration::from_secs(5);
/// What the phones show, and the record.
const SHOWN: (&str, &str) = ("reminder", "Reminder");

impl Switch {
    /// What a person says who wants to be reminded at a time, or no more at all.
    ///
    /// # Errors
    /// What their phone is told; the log says more.
    pub(super) fn remind_at(
        &mut self,
        site: &Site,
        person: PersonId,
        time: Option<Digits>,
    ) -> Result<Statement, Status> {
        let name = &site[person].name;
        let Some(time) = time else { return Ok(Statement::Reminders(name.clone(), Vec::new())) };
        let at = DayTime::read(&time).and_then(|time| time.next(&site.timezone, self.core.now.wall));
        let reminder = Reminder { at: at.ok_or(Status::NOT_FOUND)?, tries: 0 };
        let mut reminders = self.core.reminders.of(name).to_vec();
        reminders.retain(|it| *it != reminder);
        if reminders.len() >= REMINDERS_MAX {
            self.core.log(Log::Info(format!("{name} has {REMINDERS_MAX} reminders already: no more")));
            return Err(Status::FORBIDDEN);
        }
        reminders.push(reminder);
        reminders.sort_unstable();
        Ok(Statement::Reminders(name.clone(), reminders))
    }

    /// A person has these reminders from now on.
    pub(super) fn have_reminders(
        &mut self,
        person: &Arc<str>,
        reminders: &[Reminder],
        ticket: Option<Ticket>,
    ) {
        let row = self.core.reminders.set(person, reminders.to_vec());
        self.core.put(ticket, row);
        self.await_reminders();
    }

    /// Looks again when the next reminder rings, or the clock may have been set.
    pub(super) fn await_reminders(&mut self) {
        let now = self.core.now;
        let Some(next) = self.core.reminders.next() else { return };
        let after = u64::try_from(next.unix_micros() - now.wall.unix_micros()).unwrap_or(0);
        let after = Duration::from_micros(after).min(LOOKS_EVERY);
        let at = now.mono + if self.draining == Draining::No { after } else { LOOKS_EVERY };
        if self.reminders_at.is_none_or(|before| at < before) {
            self.look_at(at);
        }
    }

    fn look_at(&mut self, at: Instant) {
        self.reminders_at = Some(at);
        self.core.wheel.insert(at, Due::Reminders);
    }

    /// Those that were due too long before this process began ring no more.
    pub(super) fn forget_missed(&mut self) {
        while let Some((person, missed)) = self.core.reminders.missed(self.core.now.wall) {
            self.core.log(Log::Warn(format!("a reminder of {person} was due while nothing ran: not rung")));
            self.remind_again(&person, missed, None);
        }
        if self.core.reminders.next().is_some() {
            self.look_at(self.core.now.mono + SETTLES);
        }
    }

    /// Whatever is due rings.
    pub(super) fn remind(&mut self) {
        if self.reminders_at.is_none_or(|at| at > self.core.now.mono) {
            return;
        }
        self.reminders_at = None;
        // Who drains begins no calls; the process after it reminds.
        while self.draining == Draining::No
            && let Some((person, due)) = self.core.reminders.due(self.core.now.wall)
        {
            if due.tries >= TRIES_MAX {
                self.core.log(Log::Info(format!("a reminder of {person} rang {TRIES_MAX} times: given up")));
                self.remind_again(&person, due, None);
                continue;
            }
            let again = due.again(self.core.now.wall);
            self.remind_again(&person, due, Some(again));
            self.ring_reminder(&person, again);
        }
        self.await_reminders();
    }

    fn remind_again(&mut self, person: &Arc<str>, old: Reminder, new: Option<Reminder>) {
        if let Some(row) = self.core.reminders.replace(person, old, new) {
            self.core.put(None, row);
        }
    }

    /// Rings the phones of a person, and nobody and nothing else.
    fn ring_reminder(&mut self, person: &Arc<str>, again: Reminder) {
        let site = self.core.site.clone();
        let phones: SmallVec<[PhoneId; 2]> = match site.person(person) {
            Some(id) => site[id].phones.iter().copied().collect(),
            None => SmallVec::new(),
        };
        let (Some(phone), Some(id)) = (phones.first(), self.calls.vacancy()) else { return };
        self.core.counters.calls += 1;
        let number = self.core.next_call();
        // It counts, and no limit stops it.
        let holding = Holding::Person(person.clone());
        self.core.limits.take(&holding);
        let then = Course::Reminder(Remembered { person: person.clone(), again, beeps: 0 });
        let caller = Caller::of_phone(&site, *phone);
        let birth = Birth {
            id,
            number,
            site,
            caller,
            dialled: SHOWN.0.into(),
            direction: Direction::Internal,
            course: Course::Originated(Originated {
                phones,
                then: Box::new(then),
                shown: (SHOWN.0.into(), SHOWN.1.into()),
            }),
            hops: MAX_FORWARDS - 1,
            thread: self.core.ports.quietest(),
            a: Call::NOBODY,
            sip_call_id: "".into(),
            holdings: [holding].into_iter().collect(),
        };
        let begun = Call::new(birth, &mut self.core);
        let inserted = self.calls.try_insert(begun);
        debug_assert!(inserted.is_ok_and(|key| key == id));
        self.with_call(id, |call, hands| call.enter(hands));
    }
}
