//! Schedules that are held by hand, by a key or by the operator, and the lamps of their keys.

use std::time::Duration;

use callplan::HoursId;
use clock::Wall;
use store::Ticket;

use super::{Log, Switch};
use crate::{
    core::Due,
    shared::{
        keys::{Held, Hold},
        promise::Statement,
    },
    subscription::Watched,
};

/// How long nobody looks at the clock at most while a schedule is held: it may be set.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

impl Switch {
    /// A day/night key: what is held is left to itself, and what is not is held as it is not now.
    pub(super) fn turned(&self, hours: HoursId) -> Statement {
        let (hours, now) = (&self.core.site[hours], self.core.now.wall);
        let is_held = self.core.keys.of(&hours.name, now).is_some();
        let held = (!is_held).then(|| Hold::by_key(!hours.at(now).is_open()).begin(hours, now));
        Statement::Held(hours.name.clone(), held)
    }

    /// What the operator says of a schedule.
    pub(super) fn hold_by_hand(&mut self, name: &str, hold: Option<Hold>) {
        let (site, now) = (self.core.site.clone(), self.core.now.wall);
        let Some(hours) = site.hours.iter().find(|hours| *hours.name == *name) else { return };
        let held = hold.map(|hold| hold.begin(hours, now));
        if held.as_ref().is_some_and(|held| !held.is_on(now)) {
            // It was to come when it was asked for.
            return self
                .core
                .log(Log::Warn(format!("the time until which hours {name} are to be held is over")));
        }
        self.core.log(Log::Info(match &held {
            Some(held) => format!("hours {name} are held {}{}", open_or_closed(held), because(held)),
            None => format!("hours {name} are left to themselves"),
        }));
        self.hold(name, held, None);
    }

    /// A schedule is held, or left to itself.
    pub(super) fn hold(&mut self, name: &str, held: Option<Held>, ticket: Option<Ticket>) {
        let site = self.core.site.clone();
        let Some(hours) = site.hours.iter().find(|hours| *hours.name == *name) else { return };
        let row = self.core.keys.hold(&hours.name, held);
        self.core.put(ticket, row);
        self.notifier.changed(self.core.now.mono, &Watched::Key(hours.name.clone()));
        self.await_end_of_hold();
        self.lines_hear_of_it();
    }

    /// Schedules that are held no longer are told, and their lamps follow.
    pub(super) fn holds_end(&mut self) {
        let now = self.core.now;
        if self.core.keys.looked_at.is_none_or(|at| at > now.mono) {
            return;
        }
        self.core.keys.looked_at = None;
        while let Some((name, held)) = self.core.keys.over(now.wall) {
            let line = format!(
                "hours {name} are left to themselves again, they were held {}{}",
                open_or_closed(&held),
                because(&held)
            );
            self.core.log(Log::Info(line));
            self.notifier.changed(now.mono, &Watched::Key(name));
        }
        self.await_end_of_hold();
    }

    /// Looks again when the next hold ends, or the clock may have been set.
    pub(super) fn await_end_of_hold(&mut self) {
        let now = self.core.now;
        let Some(end) = self.core.keys.next_end() else { return };
        let at = now.mono + between(now.wall, end).unwrap_or_default().min(LOOKS_EVERY);
        if self.core.keys.looked_at.is_none_or(|before| at < before) {
            self.core.keys.looked_at = Some(at);
            self.core.wheel.insert(at, Due::Holds);
        }
    }

    /// A schedule opens or closes: its lamp may change.
    pub(super) fn hours_change(&mut self, hours: HoursId) {
        let name = self.core.site[hours].name.clone();
        self.notifier.changed(self.core.now.mono, &Watched::Key(name));
        self.await_hours(hours);
    }

    /// Lamps of day/night keys follow their schedules.
    pub(super) fn watch_hours(&mut self) {
        let site = self.core.site.clone();
        let with_key = site.hours.iter().enumerate().filter(|(_, hours)| hours.toggle.is_some());
        with_key.for_each(|(at, _)| self.await_hours(HoursId::from(at)));
        self.await_end_of_hold();
    }

    fn await_hours(&mut self, hours: HoursId) {
        let (site, now) = (self.core.site.clone(), self.core.now);
        let change = site[hours].next_change(now.wall);
        if let Some(after) = change.and_then(|at| between(now.wall, at)) {
            self.core.wheel.insert(now.mono + after, Due::Hours(hours, site.version));
        }
    }
}

/// From one time to a later one.
fn between(now: Wall, then: Wall) -> Option<Duration> {
    u64::try_from(then.unix_micros() - now.unix_micros()).ok().map(Duration::from_micros)
}

const fn open_or_closed(held: &Held) -> &'static str {
    if held.is_open { "open" } else { "closed" }
}

fn because(held: &Held) -> String {
    if held.reason.is_empty() { String::new() } else { format!(": {}", held.reason) }
}
