//! The bindings of one phone, and how a REGISTER changes them (RFC 3261 §10.3, step 7).
//!
//! | contact asked for | what is registered | then |
//! |---|---|---|
//! | expires 0 | the same contact, or the same flow | it goes |
//! | other | the same, all else too | refresh: nothing to wait for |
//! | other | the same, but for its instance, its `q` or the way there | it moves |
//! | other | one of the same Call-ID, alike but for the port | it moves: the phone took another port |
//! | other | none of these | it comes; beyond the limit the one refreshed longest ago goes |
//!
//! All or nothing: a contact whose CSeq is not newer fails the whole request before anything changes.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use clock::{Chance, Instant, Now};
use smallvec::SmallVec;
use store::Ticket;

use super::{
    Limits,
    asked::{Asked, Contact},
    binding::{Binding, Listens, differ_in_port_only, is_same_contact},
    refused::Refused,
    stored,
};

/// The bindings of one phone.
#[derive(Debug)]
pub(super) struct Aor {
    pub(super) phone: Arc<str>,
    /// In the order to try: by `q`, then the one registered last.
    pub(super) bindings: Vec<Binding>,
    /// The earliest entry in the wheel.
    pub(super) wake: Option<Instant>,
    /// Whether it had bindings when that was last looked at.
    pub(super) is_there: bool,
}

/// What a REGISTER changed.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Rows to write, in order.
    pub(super) rows: SmallVec<[store::Request; 2]>,
    /// A binding came, moved or went: the phone is answered once that is safe.
    pub(super) must_be_safe: bool,
    pub(super) added: u32,
    pub(super) removed: u32,
    pub(super) evicted: u32,
}

impl Change {
    /// The rows, the last of which is answered: the store keeps them in order.
    pub(super) fn answered_with(mut self, ticket: Ticket) -> SmallVec<[store::Request; 2]> {
        if let Some(store::Request::PutBinding(last, _) | store::Request::DropBinding(last, _)) =
            self.rows.last_mut()
        {
            *last = Some(ticket);
        }
        self.rows
    }
}

impl Aor {
    pub(super) const fn new(phone: Arc<str>) -> Self {
        Self { phone, bindings: Vec::new(), wake: None, is_there: false }
    }

    /// Fails unless every binding that `contacts` touch is older than the request.
    pub(super) fn check_order(&self, asked: &Asked<'_>, contacts: &[Contact<'_>]) -> Result<(), Refused> {
        let touched = |binding: &&Binding| contacts.iter().any(|contact| binding.is_same_as(contact));
        newer(asked, self.bindings.iter().filter(touched))
    }

    /// Removes every binding; all of them have to be older than the request.
    pub(super) fn remove_all(&mut self, asked: &Asked<'_>, change: &mut Change) -> Result<(), Refused> {
        newer(asked, self.bindings.iter())?;
        change.must_be_safe = !self.bindings.is_empty();
        self.clear(change);
        Ok(())
    }

    pub(super) fn clear(&mut self, change: &mut Change) {
        for binding in std::mem::take(&mut self.bindings) {
            change.removed += 1;
            self.drop_row(&binding, change);
        }
    }

    /// Carries out what was asked for. Removals come first: a phone that moves says both in one request.
    pub(super) fn update<'m>(
        &mut self,
        now: Now,
        asked: &Asked<'m>,
        contacts: &[Contact<'m>],
        (limits, chance): (&Limits, &mut Chance),
        change: &mut Change,
    ) {
        for contact in contacts.iter().filter(|it| it.interval.is_zero()) {
            self.remove(contact, change);
        }
        for contact in contacts.iter().filter(|it| !it.interval.is_zero()) {
            let grant = Grant { now, asked, contact, interval: granted(contact.interval, limits, chance) };
            match self.bindings.iter().position(|it| it.is_refreshed_by(&grant)) {
                Some(at) => self.refresh(at, &grant, change),
                None => self.replace(&grant, contacts.len() == 1, limits, change),
            }
        }
        self.sort();
    }

    /// Puts the bindings in the order to try.
    pub(super) fn sort(&mut self) {
        self.bindings.sort_by_key(|binding| (Reverse(binding.q), Reverse(binding.refreshed)));
    }

    /// The expired ones go.
    pub(super) fn expire(&mut self, now: Instant, change: &mut Change) {
        for binding in self.bindings.extract_if(.., |it| it.expires <= now).collect::<Vec<_>>() {
            change.removed += 1;
            self.drop_row(&binding, change);
        }
    }

    fn remove(&mut self, contact: &Contact<'_>, change: &mut Change) {
        if let Some(at) = self.bindings.iter().position(|it| it.is_removed_by(contact)) {
            let binding = self.bindings.remove(at);
            change.removed += 1;
            change.must_be_safe = true;
            self.drop_row(&binding, change);
        }
    }

    /// Same phone, same way there: only time moves on. Written when the row would not last for it after a
    /// restart, which is about once in half an interval.
    fn refresh(&mut self, at: usize, grant: &Grant<'_, '_>, change: &mut Change) {
        let binding = &mut self.bindings[at];
        binding.expires = grant.now.mono + grant.interval;
        binding.interval = grant.interval;
        binding.refreshed = grant.now.mono;
        binding.cseq = grant.asked.cseq;
        if *binding.call_id != *grant.asked.call_id {
            // The phone has started anew, perhaps with other firmware.
            binding.call_id = grant.asked.call_id.into();
            binding.agent = grant.asked.agent.into();
        }
        if binding.safe_until.is_none_or(|until| until < binding.expires) {
            binding.safe_until = Some(Binding::honoured_until(binding.expires, binding.interval));
            change.rows.push(put_row(grant.now, &self.phone, binding));
        }
    }

    /// A binding that is new or leads another way, in place of what stood for the same.
    fn replace(&mut self, grant: &Grant<'_, '_>, alone: bool, limits: &Limits, change: &mut Change) {
        let binding = grant.binding();
        let is_same = |it: &mut Binding| {
            it.is_same_as(grant.contact) || alone && it.is_on_another_port_than(grant.asked, grant.contact)
        };
        let replaced: Vec<_> = self.bindings.extract_if(.., is_same).collect();
        if replaced.is_empty() {
            self.make_room(limits, change);
            change.added += 1;
        }
        for old in replaced.iter().filter(|old| old.identity != binding.identity) {
            self.drop_row(old, change);
        }
        change.must_be_safe = true;
        change.rows.push(put_row(grant.now, &self.phone, &binding));
        self.bindings.push(binding);
    }

    fn make_room(&mut self, limits: &Limits, change: &mut Change) {
        while self.bindings.len() >= limits.contacts {
            let oldest = (0..self.bindings.len()).min_by_key(|at| self.bindings[*at].refreshed);
            let Some(oldest) = oldest else { return };
            let binding = self.bindings.remove(oldest);
            change.evicted += 1;
            self.drop_row(&binding, change);
        }
    }

    fn drop_row(&self, binding: &Binding, change: &mut Change) {
        change.rows.push(store::Request::DropBinding(None, stored::key(&self.phone, binding)));
    }
}

/// One contact that is granted its interval.
struct Grant<'a, 'm> {
    now: Now,
    asked: &'a Asked<'m>,
    contact: &'a Contact<'m>,
    interval: Duration,
}

impl Grant<'_, '_> {
    fn binding(&self) -> Binding {
        let expires = self.now.mono + self.interval;
        let (contact, path) = (self.contact.uri.as_str(), self.asked.path.as_str());
        Binding {
            contact: contact.into(),
            path: path.into(),
            flow: self.asked.flow,
            behind_nat: self.contact.behind_nat,
            q: self.contact.q,
            agent: self.asked.agent.into(),
            expires,
            interval: self.interval,
            refreshed: self.now.mono,
            dormant: false,
            listens: Listens::of(contact, path, self.asked.flow, self.contact.behind_nat),
            identity: self.contact.identity.clone(),
            call_id: self.asked.call_id.into(),
            cseq: self.asked.cseq,
            safe_until: Some(Binding::honoured_until(expires, self.interval)),
        }
    }
}

impl Binding {
    /// Whether both are one: the same instance, or the same contact. One contact may stand for several flows
    /// (RFC 5626 §3.3), which are told apart by their numbers alone.
    fn is_same_as(&self, contact: &Contact<'_>) -> bool {
        let are_flows = self.identity.has_reg_id() && contact.identity.has_reg_id();
        self.identity == contact.identity || !are_flows && is_same_contact(&self.contact, &contact.uri)
    }

    /// An instance without flow number names the phone, not the contact: its late farewell to an old address
    /// must not take the new one away.
    fn is_removed_by(&self, contact: &Contact<'_>) -> bool {
        if contact.identity.has_reg_id() {
            self.identity == contact.identity
        } else {
            is_same_contact(&self.contact, &contact.uri)
        }
    }

    /// Whether a phone that says nothing of its instance came back on another port.
    fn is_on_another_port_than(&self, asked: &Asked<'_>, contact: &Contact<'_>) -> bool {
        let same_registration = *self.call_id == *asked.call_id && self.cseq < asked.cseq;
        let says_nothing = !self.identity.is_instance() && !contact.identity.is_instance();
        same_registration && says_nothing && differ_in_port_only(&self.contact, &contact.uri)
    }

    /// Whether only time moves on, and the row that says the rest is safe or on its way.
    fn is_refreshed_by(&self, grant: &Grant<'_, '_>) -> bool {
        self.safe_until.is_some()
            && !self.dormant
            && self.identity == grant.contact.identity
            && *self.contact == *grant.contact.uri.as_str()
            && self.flow == grant.asked.flow
            && *self.path == *grant.asked.path
            && self.behind_nat == grant.contact.behind_nat
            && self.q == grant.contact.q
    }
}

fn put_row(now: Now, phone: &Arc<str>, binding: &Binding) -> store::Request {
    store::Request::PutBinding(None, Box::new(stored::row(now, phone, binding)))
}

/// With the same Call-ID the CSeq MUST be higher (RFC 3261 §10.3); another Call-ID is another start of the phone.
fn newer<'a>(asked: &Asked<'_>, mut bindings: impl Iterator<Item = &'a Binding>) -> Result<(), Refused> {
    let is_older = |it: &Binding| *it.call_id == *asked.call_id && it.cseq >= asked.cseq;
    if bindings.any(is_older) { Err(Refused::PeerOrder) } else { Ok(()) }
}

/// Half to all of what was asked for, so that phones which all came at one time do not all come back at
/// one time (RELIABILITY F8).
fn granted(asked: Duration, limits: &Limits, chance: &mut Chance) -> Duration {
    let seconds = chance.between(asked / 2, asked).as_secs();
    Duration::from_secs(seconds).max(limits.interval_min).min(asked)
}
