//! Trunks: registering with carriers, answering their challenges, telling their calls from others.
//!
//! Holds one machine for each trunk that registers, and the secret word by which its calls are known. It
//! knows the config of a trunk and never a call: requests leave as [`Draft`]s, which the caller sends
//! to the draft's destination, and every one of them ends in [`Trunks::response`] or [`Trunks::failed`].
//! RFC 3261 §10.2 and §22, RFC 7616, RFC 3325.

mod account;
mod challenge;
mod draft;
mod inbound;
mod registration;
mod said;

use std::{collections::BTreeMap, sync::Arc};

use callplan::{Site, Trunk, TrunkId};
use clock::{Chance, Instant, Key, Slots};
use sip::Message;

use self::{
    account::Account,
    registration::{Event, Registration, random_word},
};
pub use self::{
    account::destination,
    challenge::{Answered, Challenged, Credential, Credentials, Unanswered, answer},
    draft::{Draft, Line},
    registration::Failure,
};
use crate::{identity::Outside, switch::Log};

/// What a trunk wants done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send this REGISTER.
    Register(RegistrationId, Box<Draft>),
    /// Keep this.
    Store(store::Request),
    /// Tell the operator.
    Log(Log),
}

/// A trunk of the site, or one that was and still unregisters.
#[derive(Debug)]
pub struct Entry {
    name: Arc<str>,
    /// `None` for a trunk that is known by its address.
    registration: Option<Registration>,
    /// The trouble with it that the operator was told of.
    told: Option<Failure>,
}

/// Names the registration of a trunk over all versions of the site.
pub type RegistrationId = Key<Entry>;

/// How a trunk is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Name in the config.
    pub name: Arc<str>,
    /// Its registration.
    pub health: Health,
}

/// How a registration is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The trunk does not register: both sides know the other's address.
    ByAddress,
    /// Not yet, or no longer.
    Unregistered,
    /// The first answer is awaited.
    Registering,
    /// The carrier knows us until then.
    Registered {
        /// When its binding ends, unless refreshed.
        until: Instant,
    },
    /// The carrier does not know us.
    Refused {
        /// Why.
        why: Failure,
        /// When the next attempt is made.
        retry: Instant,
    },
}

/// All trunks.
#[derive(Debug)]
pub struct Trunks {
    chance: Chance,
    entries: Slots<Entry>,
    /// By `TrunkId` of the newest site.
    current: Vec<RegistrationId>,
    /// The word that each trunk registers as its user, by name. Made up once and kept: a carrier may use it
    /// until its binding ends, over any number of restarts of ours.
    words: BTreeMap<Arc<str>, Arc<str>>,
    /// The earliest timer of any registration.
    wake: Option<Instant>,
    /// Where a carrier saw our last REGISTER come from.
    seen_from: Option<Outside>,
}

/// Trunks at one time, those on their way out too. The config can't hold that many: each has calls to carry.
const TRUNKS_MAX: usize = 1 << 16;
/// Before the name of a trunk in the store's key of its word.
const WORD_KEY: &str = "trunk-word/";

impl Trunks {
    /// No trunks yet.
    pub fn new(chance: Chance) -> Self {
        let (entries, current) = (Slots::new(TRUNKS_MAX), Vec::new());
        Self { chance, entries, current, words: BTreeMap::new(), wake: None, seen_from: None }
    }

    /// Takes up the words that the store held; to be called before the first [`apply`](Self::apply).
    pub fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let words = values.iter().filter_map(|(key, word)| {
            let name = key.strip_prefix(WORD_KEY)?;
            Some((name.into(), str::from_utf8(word).ok()?.into()))
        });
        self.words.extend(words);
    }

    /// Makes the trunks those of `site`: new ones register, those whose account is another than before
    /// register anew, those no longer there unregister, all others go on undisturbed.
    pub fn apply(&mut self, now: Instant, site: &Site, out: &mut Vec<Effect>) {
        let before = std::mem::take(&mut self.current);
        self.current = site.trunks.iter().map(|trunk| self.keep_or_make(&before, trunk, out)).collect();
        for id in before.into_iter().filter(|id| !self.current.contains(id)).collect::<Vec<_>>() {
            if self.is_replaced(id) {
                // Its successor registers the same contact with the same carrier, and would be unregistered too.
                self.entries.remove(id);
            } else {
                self.handle(now, id, Event::Leave, out);
            }
        }
        for id in self.current.clone() {
            self.handle(now, id, Event::Start, out);
        }
        self.plan_wake();
    }

    /// A response to a REGISTER.
    pub fn response(&mut self, now: Instant, id: RegistrationId, response: &Message, out: &mut Vec<Effect>) {
        let machine = self.entries.get(id).and_then(|entry| entry.registration.as_ref());
        if machine.is_some_and(|it| it.is_under_way(response)) {
            self.seen_from = seen_from(response, self.seen_from).or(self.seen_from);
            self.handle(now, id, Event::Response(response), out);
        }
    }

    /// A REGISTER ended without a response.
    pub fn failed(&mut self, now: Instant, id: RegistrationId, why: Failure, out: &mut Vec<Effect>) {
        self.handle(now, id, Event::Failed(why), out);
    }

    /// Unregisters every trunk; [`is_quiet`](Self::is_quiet) tells when all are done.
    pub fn leave(&mut self, now: Instant, out: &mut Vec<Effect>) {
        for id in self.entries.keys().collect::<Vec<_>>() {
            self.handle(now, id, Event::Leave, out);
        }
    }

    /// Whether nothing is under way, nor will be by itself.
    pub const fn is_quiet(&self) -> bool {
        self.wake.is_none()
    }

    /// When [`tick`](Self::tick) has something to do.
    pub const fn timeout(&self) -> Option<Instant> {
        self.wake
    }

    /// Fires the timers that are due.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Effect>) {
        while self.wake.is_some_and(|at| at <= now) {
            for id in self.entries.keys().collect::<Vec<_>>() {
                if let Some(timer) = self.registration(id).and_then(|machine| machine.pop(now)) {
                    self.handle(now, id, Event::Timer(timer), out);
                }
            }
        }
    }

    /// Our address as a carrier saw it last: what we are to be called at from outside (RFC 3581 §4).
    pub const fn seen_from(&self) -> Option<Outside> {
        self.seen_from
    }

    /// How each trunk of the newest site is doing, in the order of the config.
    pub fn status(&self, now: Instant) -> impl Iterator<Item = Status> {
        let entries = self.current.iter().filter_map(|id| self.entries.get(*id));
        entries.map(move |entry| Status {
            name: entry.name.clone(),
            health: entry.registration.as_ref().map_or(Health::ByAddress, |machine| machine.health(now)),
        })
    }

    fn keep_or_make(
        &mut self,
        before: &[RegistrationId],
        trunk: &Trunk,
        out: &mut Vec<Effect>,
    ) -> RegistrationId {
        let account = Account::of(trunk);
        let is_same = |entry: &Entry| {
            let known = entry.registration.as_ref().map(|machine| &**machine.account());
            entry.name == trunk.name && known == account.as_ref()
        };
        let same = before.iter().find(|id| self.entries.get(**id).is_some_and(is_same));
        if let Some(id) = same {
            return *id;
        }
        let registration = account.map(|account| {
            let word = self.word(&trunk.name, out);
            Registration::new(Arc::new(account), word, &mut self.chance)
        });
        let entry = Entry { name: trunk.name.clone(), registration, told: None };
        self.entries.try_insert(entry).expect("fewer trunks are configured than fit")
    }

    fn word(&mut self, trunk: &Arc<str>, out: &mut Vec<Effect>) -> Arc<str> {
        if let Some(word) = self.words.get(trunk) {
            return word.clone();
        }
        let word = random_word(&mut self.chance);
        let key = format!("{WORD_KEY}{trunk}").into();
        out.push(Effect::Store(store::Request::Put(key, word.as_bytes().into())));
        self.words.insert(trunk.clone(), word.clone());
        word
    }

    /// Whether a trunk of today registers the same address-of-record with the same carrier.
    fn is_replaced(&self, id: RegistrationId) -> bool {
        let account = |id| Some(self.entries.get(id)?.registration.as_ref()?.account());
        let Some(old) = account(id) else { return true };
        self.current.iter().filter_map(|id| account(*id)).any(|new| new.user == old.user && new.at == old.at)
    }

    fn registration(&mut self, id: RegistrationId) -> Option<&mut Registration> {
        self.entries.get_mut(id)?.registration.as_mut()
    }

    fn handle(&mut self, now: Instant, id: RegistrationId, event: Event<'_>, out: &mut Vec<Effect>) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let Some(machine) = &mut entry.registration else { return };
        if let Some(draft) = machine.handle(now, event, &mut self.chance) {
            out.push(Effect::Register(id, Box::new(draft)));
        }
        let has_left = machine.has_left();
        out.extend(entry.news().map(Effect::Log));
        if has_left && !self.current.contains(&id) {
            self.entries.remove(id);
        }
        self.plan_wake();
    }

    fn plan_wake(&mut self) {
        let timers = self.entries.iter().filter_map(|(_, entry)| entry.registration.as_ref()?.timeout());
        self.wake = timers.min();
    }

    /// The trunk whose registered user this is.
    fn of_word(&self, user: &str) -> Option<TrunkId> {
        let word = |id| Some(self.entries.get(id)?.registration.as_ref()?.word());
        self.current.iter().position(|id| word(*id) == Some(user)).map(TrunkId::from)
    }
}

impl Entry {
    /// What the operator has to know and was not told yet: trouble once, however often it is tried again, and
    /// its end.
    fn news(&mut self) -> Option<Log> {
        let name = &self.name;
        match self.registration.as_ref()?.trouble()? {
            Err(why) if self.told.replace(why) != Some(why) => {
                Some(Log::Warn(format!("trunk {name} is not registered: {why}; tried again by and by")))
            }
            Ok(()) if self.told.take().is_some() => {
                Some(Log::Info(format!("trunk {name} is registered again")))
            }
            Ok(()) | Err(_) => None,
        }
    }
}

/// What the carrier wrote into our Via. Of a connection that is an address alone: its port is one of the moment,
/// and nobody who is told it would find us there.
fn seen_from(response: &Message, before: Option<Outside>) -> Option<Outside> {
    let via = response.top_via();
    let (received, rport) = (via.received(), via.rport().flatten());
    if received.is_none() && rport.is_none() {
        return None;
    }
    let ip = received.or_else(|| via.host.address())?;
    let known = || before.filter(|before| before.ip == ip)?.port;
    let is_datagram = via.transport.eq_ignore_ascii_case("UDP");
    Some(Outside { ip, port: if is_datagram { rport } else { known() } })
}

#[cfg(test)]
mod tests;
