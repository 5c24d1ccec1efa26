//! `*30`: who last called somebody from outside rings them no more, until the operator says otherwise; and lists of
//! callers, which are the site's.

use std::sync::Arc;

use callplan::{E164, PersonId, Site, resolve};
use sip::Status;
use store::Ticket;

use super::{Log, Switch};
use crate::shared::{
    blocked::{BLOCKED_MAX, Last},
    lists::ENTRIES_MAX,
    promise::Statement,
};

impl Switch {
    /// What a person says who blocks whoever called last; again on the same caller changes nothing.
    ///
    /// # Errors
    /// What their phone is told; the log says more.
    pub(super) fn block_last(&mut self, site: &Site, person: PersonId) -> Result<Statement, Status> {
        let name = &site[person].name;
        let number = match self.core.blocked.last(name) {
            Some(Last::Number(number)) => number,
            Some(Last::Withheld) => {
                return self.not_blocked(name, Status::FORBIDDEN, "the last caller did not say who it was");
            }
            None => {
                return self.not_blocked(
                    name,
                    Status::NOT_FOUND,
                    "nobody called from outside since the start",
                );
            }
        };
        if let Some(why) = self.spares(site, person, number) {
            return self.not_blocked(name, Status::FORBIDDEN, &why);
        }
        Ok(Statement::Blocked(name.clone(), number, true))
    }

    /// Why a person can't block this number.
    fn spares(&self, site: &Site, person: PersonId, number: E164) -> Option<String> {
        let (name, now) = (&site[person].name, self.core.now.wall);
        let asked_for_help = |phone: &&Arc<str>| self.core.callbacks.is_open(phone, now);
        let helped = site[person].phones.iter().map(|phone| &site[*phone].name).find(asked_for_help);
        if let Some(phone) = helped {
            return Some(format!("{phone} called for help, and whoever calls back may show any number"));
        }
        if resolve::is_spared(site, number) {
            return Some(format!("{number} is a number of ours, or helps"));
        }
        let is_full = !self.core.blocked.has_room(name) && !self.core.blocked.has(name, number);
        is_full
            .then(|| format!("{BLOCKED_MAX} numbers are blocked already; `ringplan person {name} unblock`"))
    }

    fn not_blocked(&mut self, person: &str, status: Status, why: &str) -> Result<Statement, Status> {
        self.core.log(Log::Info(format!("{person} blocks nobody: {why}")));
        Err(status)
    }

    /// The operator blocks a number for somebody, or no longer.
    pub(super) fn block_for(&mut self, person: &Arc<str>, number: E164, is_blocked: bool) {
        let site = self.core.site.clone();
        let Some(id) = site.person(person) else { return };
        match self.spares(&site, id, number).filter(|_| is_blocked) {
            Some(why) => self.core.log(Log::Warn(format!("{person} blocks nobody: {why}"))),
            None => self.block(person, number, is_blocked, None),
        }
    }

    /// The operator adds a number to a caller list, or takes it out.
    pub(super) fn list(&mut self, list: &Arc<str>, number: E164, is_in: bool) {
        if is_in && !self.core.lists.has_room(list) {
            let line = format!("list {list} takes no more than {ENTRIES_MAX}: {number} is not added");
            return self.core.log(Log::Warn(line));
        }
        let row = self.core.lists.set(list, number, is_in);
        self.core.put(None, row);
        let says = if is_in { "has" } else { "no longer has" };
        self.core.log(Log::Info(format!("list {list} {says} {number}")));
    }

    /// A person wants no calls of a number from now on, or wants them again.
    pub(super) fn block(
        &mut self,
        person: &Arc<str>,
        number: E164,
        is_blocked: bool,
        ticket: Option<Ticket>,
    ) {
        let row = self.core.blocked.set(person, number, is_blocked);
        self.core.put(ticket, row);
        let says = if is_blocked { "has blocked" } else { "takes calls again of" };
        self.core.log(Log::Info(format!("{person} {says} {number}")));
    }
}
