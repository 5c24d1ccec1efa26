//! `*11`: people sign in at phones that are not theirs, and out again. While they are there the switch runs on a site in
//! which those phones are theirs; calls under way keep the one they began with.

use std::sync::Arc;

use callplan::PhoneId;
use store::Ticket;

use super::{Log, Switch};
use crate::{shared::promise::Statement, subscription::Watched};

impl Switch {
    /// Whoever has signed in at this phone says that they are there no more.
    pub(super) fn signs_out(&self, phone: PhoneId) -> Option<Statement> {
        let site = &self.core.site;
        let person = site[phone].person.filter(|_| site[phone].is_lent())?;
        Some(Statement::Desk(site[person].name.clone(), None))
    }

    /// A person has signed in there from now on and nowhere else, or nowhere at all.
    pub(super) fn sits_at(&mut self, person: &Arc<str>, phone: Option<&Arc<str>>, ticket: Option<Ticket>) {
        let left = self.core.desks.of(person).cloned();
        let row = self.core.desks.set(person, phone.cloned());
        self.core.put(ticket, row);
        let before = std::mem::replace(&mut self.core.site, self.core.desks.lend(&self.home));
        let site = self.core.site.clone();
        for phone in left.iter().chain(phone.filter(|phone| left.as_ref() != Some(*phone))) {
            let Some(id) = site.phone(phone) else { continue };
            let [was, is] =
                [&before, &site].map(|site| site[id].person.map(|person| site[person].name.clone()));
            let named = |person: &Option<Arc<str>>| person.as_deref().unwrap_or("nobody").to_owned();
            self.core.log(Log::Info(format!(
                "phone {phone} was {}'s and is {}'s now",
                named(&was),
                named(&is)
            )));
            for watcher in self.notifier.of_phone(phone) {
                self.follow_person(watcher);
            }
            self.notifier.changed(self.core.now.mono, &Watched::Phone(phone.clone()));
            for person in [&before[id].person, &site[id].person].into_iter().flatten() {
                self.notifier.person_changed(self.core.now.mono, &site, *person);
            }
        }
    }

    /// Nobody is signed in any more at what a new site can't lend them.
    pub(super) fn clear_desks(&mut self) {
        for person in self.core.desks.adrift(&self.home) {
            let row = self.core.desks.set(&person, None);
            self.core.put(None, row);
            self.core
                .log(Log::Info(format!("{person} is signed in nowhere any more: the config has changed")));
        }
    }
}
