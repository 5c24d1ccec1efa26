//! What people say of themselves and of their hours, by a code or through the operator.

use std::{sync::Arc, time::Duration};

use callplan::{Feature, HoursId, Mood, PersonState, PhoneId, number::Digits, resolve};
use sip::Status;

use super::{Saying, Switch};
use crate::{
    core::Due,
    subscription::{LAMPS, Watched},
};

impl Switch {
    /// What a phone says of its person by a code.
    ///
    /// # Errors
    /// What it is told: it has no person, or calls may not be sent there.
    pub(super) fn say_by_code(
        &mut self,
        phone: PhoneId,
        feature: Feature,
        rest: Option<Digits>,
    ) -> Result<(), Status> {
        let site = self.core.site.clone();
        let person = site[phone].person.ok_or(Status::FORBIDDEN)?;
        let name = &site[person].name;
        let state = self.core.people.of(name);
        let turned = |mood| if state.mood == mood { Mood::Available } else { mood };
        let state = match feature {
            Feature::DoNotDisturb => PersonState { mood: turned(Mood::DoNotDisturb), ..state },
            Feature::Away => PersonState { mood: turned(Mood::Away), ..state },
            Feature::Available => PersonState { mood: Mood::Available, ..state },
            Feature::ForwardOff => PersonState { forward: None, ..state },
            Feature::Forward => {
                let to =
                    rest.and_then(|digits| resolve::home(&site).read(&digits)).ok_or(Status::NOT_FOUND)?;
                let rule = resolve::route(&site, to).filter(|_| site.number(to).is_none());
                rule.filter(|rule| site[person].allow.contains(&site[*rule].class))
                    .ok_or(Status::FORBIDDEN)?;
                PersonState { forward: Some(to), ..state }
            }
            Feature::Pickup | Feature::GroupPickup | Feature::Park => return Err(Status::NOT_FOUND),
        };
        self.say(name, state);
        Ok(())
    }

    /// What the operator says of a person.
    pub(super) fn say_of(&mut self, person: &Arc<str>, saying: Saying) {
        let state = self.core.people.of(person);
        let state = match saying {
            Saying::Mood(mood) => PersonState { mood, ..state },
            Saying::Forward(forward) => PersonState { forward, ..state },
        };
        if self.core.site.person(person).is_some() {
            self.say(person, state);
        }
    }

    /// A person's state is another from now on.
    fn say(&mut self, person: &Arc<str>, state: PersonState) {
        let row = self.core.people.say(person, state);
        self.core.store(row);
        self.notifier.changed(self.core.now.mono, &Watched::Person(person.clone()));
        for feature in LAMPS {
            self.notifier.changed(self.core.now.mono, &Watched::Said(person.clone(), feature));
        }
    }

    /// A day/night key: what is held is left to itself, and what is not is held as it is not now.
    pub(super) fn toggle(&mut self, hours: HoursId) {
        let (site, now) = (self.core.site.clone(), self.core.now.wall);
        let is_held = self.core.keys.of(&site[hours].name, now).is_some();
        let is_open = site[hours].at(now).is_open();
        self.hold(hours, (!is_held).then_some(!is_open));
    }

    /// What the operator says of a schedule.
    pub(super) fn hold_named(&mut self, name: &str, is_open: Option<bool>) {
        let hours = self.core.site.hours.iter().position(|hours| *hours.name == *name);
        if let Some(hours) = hours {
            self.hold(HoursId::from(hours), is_open);
        }
    }

    fn hold(&mut self, hours: HoursId, is_open: Option<bool>) {
        let site = self.core.site.clone();
        let row = self.core.keys.hold(&site[hours], is_open, self.core.now.wall);
        self.core.store(row);
        self.notifier.changed(self.core.now.mono, &Watched::Key(site[hours].name.clone()));
    }

    /// A schedule opens or closes, or is left to itself again: its lamp may change.
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
    }

    fn await_hours(&mut self, hours: HoursId) {
        let (site, now) = (self.core.site.clone(), self.core.now);
        let change = site[hours].next_change(now.wall);
        let after = change.and_then(|at| u64::try_from(at.unix_micros() - now.wall.unix_micros()).ok());
        if let Some(after) = after {
            let at = now.mono + Duration::from_micros(after);
            self.core.wheel.insert(at, Due::Hours(hours, site.version));
        }
    }
}
