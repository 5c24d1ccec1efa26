//! A caller who signs in: whether they know extension and PIN, and what follows.

use std::sync::Arc;

use callplan::{Owner, Site};

use super::{Call, Hands};
use crate::{
    core::{Core, Effect},
    leg::Party,
    service::mailbox::Event,
    shared::{guess::Try, promise::Statement},
    switch::Log,
};

impl Call {
    /// Whether extension and PIN are a person's, by the newest version of the site. They have signed in once that lasts;
    /// until then nothing more is said.
    pub(super) fn sign_in(&mut self, ext: &str, pin: &str, hands: &mut Hands<'_>) -> Option<Event> {
        let Party::Phone(phone) = self.caller.leg.clone() else { return Some(Event::NotKept) };
        let tried = Try { ext, by: &self.caller.party };
        let site = hands.core.site.clone();
        let Some(person) = knows_pin(&site, tried, pin, hands.core) else { return Some(Event::Refused) };
        let Some(at) = site.phone(&phone) else { return Some(Event::NotKept) };
        // Somebody else was quicker, by another call from here.
        if site[at].is_lent() && site[at].person != site.person(&person) {
            return Some(Event::NotKept);
        }
        // At their own phone they are there whatever the store says, and nowhere else.
        let there = (site[at].owner != site.person(&person)).then_some(phone);
        self.caller.person = person.clone();
        hands.core.effects.push_back(Effect::Say(self.id, Statement::Desk(person, there)));
        None
    }
}

/// Whose extension and PIN these are. A person without a PIN is as unknown as an extension that nobody has.
fn knows_pin(site: &Site, tried: Try<'_>, pin: &str, core: &mut Core) -> Option<Arc<str>> {
    let now = core.now.mono;
    if core.guesses.is_closed(now, tried) {
        return None;
    }
    let person = match site.extension(tried.ext) {
        Some(Owner::Person(person)) => Some(&site[person]),
        Some(Owner::Phone(_) | Owner::Group(_) | Owner::Queue(_) | Owner::Mailbox(_)) | None => None,
    };
    if let Some(person) = person.filter(|person| person.pin.is_none()) {
        let mend = format!("[people.{}] pin_file = \"secrets/...\"", person.name);
        core.log(Log::Info(format!("{} can't sign in without a PIN: {mend}", person.name)));
    }
    let known = person.filter(|person| person.pin.is_some_and(|own| own.is(pin)));
    if known.is_none() {
        core.guesses.failed(now, tried);
    }
    known.map(|person| person.name.clone())
}
