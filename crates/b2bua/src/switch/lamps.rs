//! Lamps follow what happens: legs of the calls that ran, phones that come and go, mailboxes (RFC 4235 §3, RFC 3842).

use clock::Key;

use super::Switch;
use crate::{
    call::Call,
    leg::{Leg, Party, Side},
    subscription::{Lit, Watched},
};

impl Switch {
    /// Notes that a call runs, so that its legs are looked at when the input is done.
    pub(super) fn touches(&mut self, call: Key<Call>) {
        if self.touched.last() != Some(&call) {
            self.touched.push(call);
        }
    }

    /// Looks at the legs of the calls that ran.
    pub(super) fn relight(&mut self) {
        while let Some(call) = self.touched.pop() {
            let Some(call) = self.calls.get(call) else { continue };
            for leg in call.legs() {
                show(&mut self.legs, leg, &mut self.core, &mut self.notifier);
            }
        }
        for phone in self.core.registrar.take_moved() {
            let site = self.core.site.clone();
            if let Some(phone) = site.phone(&phone) {
                self.notifier.calls_changed(self.core.now.mono, &site, phone);
            }
        }
        while let Some(mailbox) = self.core.mail_changed.pop() {
            self.mail_changed(&mailbox);
        }
    }

    /// A leg is gone, and its light with it.
    pub(super) fn put_out(&mut self, leg: Key<Leg>) {
        show(&mut self.legs, leg, &mut self.core, &mut self.notifier);
    }

    /// Messages of a mailbox light its own lamp and those of the people it belongs to.
    fn mail_changed(&mut self, mailbox: &std::sync::Arc<str>) {
        let (site, now) = (self.core.site.clone(), self.core.now.mono);
        self.notifier.changed(now, &Watched::Mailbox(mailbox.clone()));
        let Some(id) = site.mailbox(mailbox) else { return };
        for person in site[id].owner.iter().chain(&site[id].lamp) {
            self.notifier.changed(now, &Watched::Person(site[*person].name.clone()));
        }
    }
}

fn show(
    legs: &mut clock::Slots<Leg>,
    key: Key<Leg>,
    core: &mut crate::core::Core,
    notifier: &mut super::Watchers,
) {
    let Some(leg) = legs.get_mut(key) else { return };
    let Party::Phone(phone) = leg.party().clone() else { return };
    let Some(stage) = leg.shows_anew() else { return };
    match stage {
        Some(stage) => {
            let other = leg.other().into();
            let lit = Lit { leg: key, stage, calls: leg.side() == Side::A, other };
            core.lights.put(&phone, lit);
        }
        None => core.lights.clear(&phone, key),
    }
    let site = core.site.clone();
    if let Some(phone) = site.phone(&phone) {
        notifier.calls_changed(core.now.mono, &site, phone);
    }
}
