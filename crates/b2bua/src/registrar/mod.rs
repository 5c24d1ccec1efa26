//! Where phones are: bindings from phones to contacts (RFC 3261 §10, RFC 3327, RFC 5626).
//!
//! Holds what phones registered and asks the store to keep it. It is given requests whose sender is
//! known already and never sees a password, a call or a socket. What comes, moves or goes is answered when
//! the store has it; a refresh at once.
//!
//! ```text
//! REGISTER ─► Asked ─► Aor::update ─► rows to the store ─► Wait ── committed ──────► 200
//!                │          └ nothing but time moved ────► Reply(200)
//!                └ refused ──────────────────────────────► Reply(4xx)
//!                                                          Wait ── 200 ms, failed ─► 200, Expires: 60
//! ```

mod aor;
mod asked;
mod binding;
mod date;
mod find;
mod nat;
mod pending;
mod refused;
mod reply;
mod stored;

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
    sync::Arc,
    time::Duration,
};

use callplan::{PhoneId, Site};
use clock::{Chance, Instant, Key, Now, Slots, Wheel};
use sip::{Message, flow::Flow};
use smallvec::SmallVec;

use self::{
    aor::{Aor, Change},
    asked::{Asked, What},
    pending::Promise,
    refused::Refused,
    reply::Extras,
};
pub use self::{
    binding::{Binding, Towards},
    reply::Reply,
};
pub(crate) use self::{
    nat::is_behind_nat,
    stored::{flow_read, flow_text},
};
use crate::shared::pending::Pending;

/// Bounds of the registrar.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Phones with bindings; beyond, a new one is told 503.
    pub phones: usize,
    /// Contacts of one phone; a further one takes the place of the one refreshed longest ago.
    pub contacts: usize,
    /// Bytes of a contact, of an instance, of a Call-ID, and of a whole Path; beyond, 400.
    pub text: usize,
    /// Bytes kept of a User-Agent.
    pub agent: usize,
    /// The shortest interval; shorter ones are told 423.
    pub interval_min: Duration,
    /// What is granted at most.
    pub interval_max: Duration,
    /// What a phone wants that does not say.
    pub interval_default: Duration,
    /// How long a phone waits for the store, and how many may.
    pub commit: Duration,
    /// Phones waiting for the store; beyond, they are answered as if it had failed.
    pub waiting: usize,
    /// What a phone is granted whose binding may not be safe.
    pub unsafe_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            phones: 200_000,
            contacts: 10,
            text: 1024,
            agent: 128,
            interval_min: Duration::from_secs(60),
            interval_max: Duration::from_secs(7200),
            interval_default: Duration::from_secs(3600),
            commit: Duration::from_millis(200),
            waiting: 20_000,
            unsafe_interval: Duration::from_secs(60),
        }
    }
}

/// What happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bindings that came.
    pub added: u64,
    /// Requests that only moved time on.
    pub refreshed: u64,
    /// Bindings that were removed or expired.
    pub removed: u64,
    /// Bindings that made room for newer ones of the same phone.
    pub evicted: u64,
    /// Requests refused.
    pub refused: u64,
    /// Requests answered before the store said that they are safe.
    pub unsafe_replies: u64,
}

/// What comes of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answer now.
    Reply(Reply),
    /// The answer comes from [`Registrar::committed`], [`Registrar::failed`] or [`Registrar::tick`].
    Wait(store::Ticket),
}

/// An answer that had to wait, and for whom: what the caller gave with the request.
pub type Answered<A> = (A, Reply);

/// Where phones are. `A` is what the caller wants back with an answer that had to wait.
///
/// Phones are known by name, which outlives any one version of the site.
#[derive(Debug)]
pub struct Registrar<A> {
    limits: Limits,
    chance: Chance,
    aors: Slots<Aor>,
    by_phone: HashMap<Arc<str>, Key<Aor>, BuildHasherDefault<DefaultHasher>>,
    by_connection: HashMap<u32, SmallVec<[Key<Aor>; 1]>, BuildHasherDefault<DefaultHasher>>,
    pending: Pending<Promise<A>>,
    expiries: Wheel<Key<Aor>>,
    /// Phones that came with a first binding, or went with their last, since somebody asked.
    moved: Vec<Arc<str>>,
    counters: Counters,
}

impl<A> Registrar<A> {
    /// A registrar without bindings.
    pub fn new(limits: Limits, chance: Chance, now: Instant) -> Self {
        Self {
            limits,
            chance,
            aors: Slots::new(limits.phones),
            by_phone: HashMap::default(),
            by_connection: HashMap::default(),
            pending: Pending::new(limits.waiting, 1),
            expiries: Wheel::new(now),
            moved: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Takes up what the store held when the switch started.
    pub fn restore(&mut self, now: Now, rows: &[store::Binding]) {
        for row in rows {
            let Some(binding) = stored::binding(now, row) else { continue };
            let Some(key) = self.aor(&row.key.phone) else { continue };
            let Some(aor) = self.aors.get_mut(key) else { continue };
            aor.bindings.push(binding);
            aor.sort();
            self.settle(key);
        }
    }

    /// Carries out the REGISTER of `phone`, which has proved to be it. Rows to write are pushed to `out`.
    pub fn register(
        &mut self,
        now: Now,
        site: &Site,
        phone: PhoneId,
        flow: Flow,
        asker: A,
        request: &Message,
        out: &mut Vec<store::Request>,
    ) -> Outcome {
        let users = users_of(site, phone);
        self.carry_out(now, (&site[phone].name, &users), flow, asker, request, out)
    }

    /// The store has what this ticket stands for; gives who waited, if still.
    pub fn committed(&mut self, now: Now, ticket: store::Ticket) -> Option<Answered<A>> {
        let promise = self.pending.take(ticket)?;
        let reply = self.reply(now, promise.aor, &promise.extras, None);
        Some((promise.asker, reply))
    }

    /// The store could not keep what this ticket stands for; gives who waited, if still.
    pub fn failed(&mut self, now: Now, ticket: store::Ticket) -> Option<Answered<A>> {
        let promise = self.pending.take(ticket)?;
        let reply = self.break_promise(now, &promise);
        Some((promise.asker, reply))
    }

    /// When [`tick`](Self::tick) has something to do; never too late.
    pub fn timeout(&self) -> Option<Instant> {
        [self.pending.timeout(), self.expiries.next()].into_iter().flatten().min()
    }

    /// Lets bindings expire and answers those who waited too long for the store.
    pub fn tick(&mut self, now: Now, out: &mut Vec<store::Request>) -> SmallVec<[Answered<A>; 2]> {
        while let Some((at, key)) = self.expiries.pop(now.mono) {
            let Some(aor) = self.aors.get_mut(key).filter(|aor| aor.wake == Some(at)) else { continue };
            aor.wake = None;
            let mut change = Change::default();
            aor.expire(now.mono, &mut change);
            self.counters.removed += u64::from(change.removed);
            out.extend(change.rows);
            self.settle(key);
        }
        let mut answered = SmallVec::new();
        while let Some(promise) = self.pending.late(now.mono) {
            let reply = self.break_promise(now, &promise);
            answered.push((promise.asker, reply));
        }
        answered
    }

    /// A connection ended: what was registered on it sleeps until its phone comes back.
    pub fn flow_closed(&mut self, flow: Flow) {
        if !flow.transport.is_reliable() {
            return;
        }
        for key in self.by_connection.remove(&flow.connection).unwrap_or_default() {
            let Some(aor) = self.aors.get_mut(key) else { continue };
            aor.bindings.iter_mut().filter(|it| it.flow == flow).for_each(|it| it.dormant = true);
        }
    }

    /// Forgets the phones that `site` no longer has.
    pub fn apply(&mut self, site: &Site, out: &mut Vec<store::Request>) {
        let gone: Vec<_> = self
            .aors
            .iter()
            .filter(|(_, aor)| site.phone(&aor.phone).is_none())
            .map(|(key, _)| key)
            .collect();
        for key in gone {
            let Some(aor) = self.aors.get_mut(key) else { continue };
            let mut change = Change::default();
            aor.clear(&mut change);
            self.counters.removed += u64::from(change.removed);
            out.extend(change.rows);
            self.settle(key);
        }
    }

    /// What happened since the start.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Carries out the REGISTER of the phone of this name, whose address-of-record has any of these users.
    fn carry_out(
        &mut self,
        now: Now,
        (phone, users): (&Arc<str>, &[&str]),
        flow: Flow,
        asker: A,
        request: &Message,
        out: &mut Vec<store::Request>,
    ) -> Outcome {
        let asked = match Asked::read(request, flow, users, &self.limits) {
            Ok(asked) => asked,
            Err(refused) => return self.refuse(refused),
        };
        let extras = asked.extras(request);
        let mut change = Change::default();
        let key = match self.change(now, phone, &asked, &mut change) {
            Ok(key) => key,
            Err(refused) => return self.refuse(refused),
        };
        self.count(&asked, &change);
        let Some(key) = key else {
            return Outcome::Reply(Reply::bindings(now, &[], &extras, None));
        };
        self.settle(key);
        if !change.must_be_safe {
            out.extend(change.rows);
            return Outcome::Reply(self.reply(now, key, &extras, None));
        }
        match self.pending.add(now.mono + self.limits.commit, Promise { asker, aor: key, extras }) {
            Ok(ticket) => {
                out.extend(change.answered_with(ticket));
                Outcome::Wait(ticket)
            }
            Err(promise) => {
                out.extend(change.rows);
                Outcome::Reply(self.break_promise(now, &promise))
            }
        }
    }

    /// Does what is asked to the phone's bindings; gives where they are, if it has any.
    fn change(
        &mut self,
        now: Now,
        phone: &Arc<str>,
        asked: &Asked<'_>,
        change: &mut Change,
    ) -> Result<Option<Key<Aor>>, Refused> {
        let known = self.by_phone.get(phone).copied();
        match &asked.what {
            What::Query => {}
            What::RemoveAll => {
                if let Some(aor) = known.and_then(|key| self.aors.get_mut(key)) {
                    aor.remove_all(asked, change)?;
                }
            }
            What::Contacts(contacts) => {
                let key = self.aor(phone).ok_or(Refused::LimitPhones)?;
                let aor = self.aors.get_mut(key).expect("was found or made just now");
                aor.check_order(asked, contacts)?;
                aor.update(now, asked, contacts, (&self.limits, &mut self.chance), change);
                return Ok(Some(key));
            }
        }
        Ok(known)
    }

    fn aor(&mut self, phone: &Arc<str>) -> Option<Key<Aor>> {
        if let Some(key) = self.by_phone.get(phone) {
            return Some(*key);
        }
        let key = self.aors.try_insert(Aor::new(phone.clone())).ok()?;
        self.by_phone.insert(phone.clone(), key);
        Some(key)
    }

    /// After a change: the wheel and the index of connections know all they need, and who has nothing
    /// left is forgotten.
    fn settle(&mut self, key: Key<Aor>) {
        let Some(aor) = self.aors.get_mut(key) else { return };
        if aor.is_there == aor.bindings.is_empty() {
            aor.is_there = !aor.is_there;
            self.moved.push(aor.phone.clone());
        }
        let Some(earliest) = aor.bindings.iter().map(|binding| binding.expires).min() else {
            self.by_phone.remove(&aor.phone);
            self.aors.remove(key);
            return;
        };
        if aor.wake.is_none_or(|wake| earliest < wake) {
            aor.wake = Some(earliest);
            self.expiries.insert(earliest, key);
        }
        for binding in aor.bindings.iter().filter(|it| it.flow.transport.is_reliable() && !it.dormant) {
            let on_it = self.by_connection.entry(binding.flow.connection).or_default();
            if !on_it.contains(&key) {
                on_it.push(key);
            }
        }
    }

    fn reply(&self, now: Now, key: Key<Aor>, extras: &Extras, at_most: Option<Duration>) -> Reply {
        let bindings = self.aors.get(key).map_or(&[][..], |aor| &aor.bindings);
        Reply::bindings(now, bindings, extras, at_most)
    }

    /// The answer when nobody knows whether the rows are safe: the phone is to come back soon, and then
    /// waits for the store again.
    fn break_promise(&mut self, now: Now, promise: &Promise<A>) -> Reply {
        self.counters.unsafe_replies += 1;
        if let Some(aor) = self.aors.get_mut(promise.aor) {
            aor.bindings.iter_mut().for_each(|binding| binding.safe_until = None);
        }
        self.reply(now, promise.aor, &promise.extras, Some(self.limits.unsafe_interval))
    }

    fn refuse(&mut self, refused: Refused) -> Outcome {
        self.counters.refused += 1;
        Outcome::Reply(refused.reply())
    }

    fn count(&mut self, asked: &Asked<'_>, change: &Change) {
        self.counters.added += u64::from(change.added);
        self.counters.removed += u64::from(change.removed);
        self.counters.evicted += u64::from(change.evicted);
        self.counters.refreshed += u64::from(asked.changes() && !change.must_be_safe);
    }
}

/// The users whose address-of-record is that of this phone: its name, and the extensions it answers to,
/// which some phones can't write anything else for. Whoever has signed in at it registers nowhere else.
fn users_of(site: &Site, phone: PhoneId) -> SmallVec<[&str; 3]> {
    let phone = &site[phone];
    let owner = phone.owner.and_then(|owner| site[owner].ext.as_deref());
    [Some(&*phone.name), phone.ext.as_deref(), owner].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
