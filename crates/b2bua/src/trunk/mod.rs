//! Trunks: registering with carriers, answering their challenges, telling their calls from others.
//!
//! Holds one machine for each trunk that registers, and the secret word by which its calls are known. It
//! knows the config of a trunk and never a call: requests leave as [`Draft`]s, which the caller sends
//! to the draft's destination, and every one of them ends in [`Trunks::response`] or [`Trunks::failed`].
//! RFC 3261 §10.2 and §22, RFC 7616, RFC 3325.

mod account;
mod challenge;
mod draft;
mod flows;
mod health;
mod inbound;
mod pulse;
mod realms;
mod registration;
mod said;
mod watch;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use callplan::{Site, Trunk, TrunkId};
use clock::{Chance, Instant, Key, Slots};
use sip::{Message, flow::Flow};
use smallvec::SmallVec;

use self::{
    account::Account,
    draft::random_word,
    pulse::Turned,
    realms::Realms,
    registration::{Event, Registration},
    watch::{News, Watch},
};
pub use self::{
    account::{FarEnd, destinations, far_ends},
    challenge::{Answered, Challenged, Credential, Credentials, Unanswered, asked_in},
    draft::{Draft, Line},
    health::{Failure, Health, Status},
    realms::Stage,
    said::retry_after,
    watch::{PingId, write_ping},
};
use crate::{identity::Outside, reach::Destination, switch::Log};

/// What a trunk wants done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send this REGISTER.
    Register(RegistrationId, Box<Draft>),
    /// Ask this server whether it is there, at each of its addresses.
    Ping(Box<FarEnd>),
    /// Keep this.
    Store(store::Request),
    /// This address does not answer any more: connections to it lead nowhere.
    Down(SocketAddr),
    /// This address was down and is back: nothing is held against it any more.
    Back(SocketAddr),
    /// Tell the operator.
    Log(Log),
}

/// A trunk's registration with one server of its carrier, or one that was and still unregisters.
#[derive(Debug)]
pub struct Entry {
    name: Arc<str>,
    registration: Registration,
    /// What the last REGISTER went down.
    sent_on: Option<Flow>,
    /// The trouble with it that the operator was told of.
    told: Option<Failure>,
}

/// Names a registration over all versions of the site.
pub type RegistrationId = Key<Entry>;

/// A trunk of the newest site.
#[derive(Debug)]
struct Current {
    name: Arc<str>,
    /// None for a trunk that is known by its address.
    registrations: SmallVec<[RegistrationId; 1]>,
}

/// All trunks.
#[derive(Debug)]
pub struct Trunks {
    chance: Chance,
    entries: Slots<Entry>,
    /// By `TrunkId` of the newest site.
    current: Vec<Current>,
    /// The word that each trunk registers as its user, by name. Made up once and kept: a carrier may use it
    /// until its binding ends, over any number of restarts of ours.
    words: BTreeMap<Arc<str>, Arc<str>>,
    /// The earliest timer of any registration.
    wake: Option<Instant>,
    watch: Watch,
    realms: Realms,
    /// Where a carrier saw our last REGISTER come from.
    seen_from: Option<Outside>,
}

/// Registrations at one time, those on their way out too. The config can't hold that many: each has calls to carry.
const TRUNKS_MAX: usize = 1 << 16;
/// Before the name of a trunk in the store's key of its word.
const WORD_KEY: &str = "trunk-word/";

impl Trunks {
    /// No trunks yet.
    pub fn new(chance: Chance) -> Self {
        let (entries, current) = (Slots::new(TRUNKS_MAX), Vec::new());
        Self {
            chance,
            entries,
            current,
            words: BTreeMap::new(),
            wake: None,
            watch: Watch::default(),
            realms: Realms::default(),
            seen_from: None,
        }
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
        let before: Vec<_> = self.registered().collect();
        let keep = |trunk: &Trunk| Current {
            name: trunk.name.clone(),
            registrations: self.keep_or_make(&before, trunk, out),
        };
        self.current = site.trunks.iter().map(keep).collect();
        let now_there: Vec<_> = self.registered().collect();
        for id in before.into_iter().filter(|id| !now_there.contains(id)) {
            if self.is_replaced(id) {
                // Its successor registers the same contact with the same carrier, and would be unregistered too.
                self.entries.remove(id);
            } else {
                self.handle(now, id, Event::Leave, false, out);
            }
        }
        for id in now_there {
            self.handle(now, id, Event::Start, false, out);
        }
        self.watch.apply(now, site, &mut self.chance);
        self.realms.apply(site);
        self.plan_wake();
    }

    /// Where the last REGISTER went, and where the next is to go.
    pub fn way(&self, id: RegistrationId) -> Option<(Option<SocketAddr>, &Destination)> {
        self.entries
            .get(id)
            .map(|entry| (entry.sent_on.map(|flow| flow.remote), &entry.registration.account().far_end.at))
    }

    /// A response to a REGISTER; `elsewhere` says whether the server has another address that did well of late.
    pub fn response(
        &mut self,
        now: Instant,
        id: RegistrationId,
        response: &Message,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) {
        let is_under_way = |entry: &&Entry| entry.registration.is_under_way(response);
        if let Some(entry) = self.entries.get(id).filter(is_under_way) {
            self.realms.hear(&entry.name, response);
            self.seen_from = seen_from(response, self.seen_from).or(self.seen_from);
            self.handle(now, id, Event::Response(response), elsewhere, out);
        }
    }

    /// A REGISTER ended without a response.
    pub fn failed(
        &mut self,
        now: Instant,
        id: RegistrationId,
        why: Failure,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) {
        self.handle(now, id, Event::Failed(why), elsewhere, out);
    }

    /// The servers of `destination` were found: whoever could not reach it tries again at once, and if it `has_moved`
    /// whoever got no answer there too.
    pub fn found(&mut self, now: Instant, destination: &Destination, has_moved: bool, out: &mut Vec<Effect>) {
        let is_there = |entry: &Entry| entry.registration.account().far_end.at == *destination;
        let waiting: Vec<_> =
            self.entries.iter().filter(|(_, entry)| is_there(entry)).map(|(id, _)| id).collect();
        for id in waiting {
            self.handle(now, id, Event::Found { has_moved }, false, out);
        }
    }

    /// A server is about to be asked at these addresses, each by its id.
    pub fn pings(&mut self, far_end: &FarEnd, addresses: &[SocketAddr]) -> Vec<(PingId, SocketAddr)> {
        self.watch.begin(far_end, addresses)
    }

    /// A server answered, or did not.
    pub fn pinged(&mut self, id: PingId, is_answered: bool, out: &mut Vec<Effect>) {
        if let Some(News { trunk, address, turned }) = self.watch.ended(id, is_answered) {
            out.push(match turned {
                Turned::Down => Effect::Down(address),
                Turned::Up => Effect::Back(address),
            });
            out.push(Effect::Log(match turned {
                Turned::Down => {
                    Log::Warn(format!("trunk {trunk}: {address} does not answer; calls go elsewhere"))
                }
                Turned::Up => Log::Info(format!("trunk {trunk}: {address} answers again and is back in use")),
            }));
        }
    }

    /// Whether a server answers at this address when it is asked.
    pub fn is_heard(&self, address: SocketAddr) -> bool {
        self.watch.is_heard(address)
    }

    /// The addresses of servers that do not answer.
    pub fn down(&self) -> impl Iterator<Item = SocketAddr> {
        self.watch.down()
    }

    /// Unregisters every trunk; [`is_quiet`](Self::is_quiet) tells when all are done.
    pub fn leave(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.watch.end();
        for id in self.entries.keys().collect::<Vec<_>>() {
            self.handle(now, id, Event::Leave, false, out);
        }
    }

    /// Whether nothing is under way, nor will be by itself.
    pub const fn is_quiet(&self) -> bool {
        self.wake.is_none()
    }

    /// When [`tick`](Self::tick) has something to do.
    pub fn timeout(&self) -> Option<Instant> {
        [self.wake, self.watch.timeout()].into_iter().flatten().min()
    }

    /// Fires the timers that are due.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let due = self.watch.due(now, &mut self.chance);
        out.extend(due.into_iter().map(|far_end| Effect::Ping(Box::new(far_end))));
        while self.wake.is_some_and(|at| at <= now) {
            for id in self.entries.keys().collect::<Vec<_>>() {
                if let Some(timer) = self.entries.get_mut(id).and_then(|entry| entry.registration.pop(now)) {
                    self.handle(now, id, Event::Timer(timer), false, out);
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
        self.current.iter().map(move |trunk| {
            let entries = trunk.registrations.iter().filter_map(|id| self.entries.get(*id));
            let mut health: SmallVec<[_; 1]> = entries.map(|entry| entry.registration.health(now)).collect();
            if health.is_empty() {
                health.push(Health::ByAddress);
            }
            Status { name: trunk.name.clone(), health }
        })
    }

    /// The registrations of today's trunks.
    fn registered(&self) -> impl Iterator<Item = RegistrationId> {
        self.current.iter().flat_map(|trunk| trunk.registrations.iter().copied())
    }

    fn keep_or_make(
        &mut self,
        before: &[RegistrationId],
        trunk: &Trunk,
        out: &mut Vec<Effect>,
    ) -> SmallVec<[RegistrationId; 1]> {
        let mut registrations = SmallVec::new();
        for account in Account::all_of(trunk) {
            let is_same =
                |entry: &Entry| entry.name == trunk.name && **entry.registration.account() == account;
            let same = before.iter().find(|id| self.entries.get(**id).is_some_and(is_same));
            registrations.push(same.copied().unwrap_or_else(|| {
                let word = self.word(&trunk.name, out);
                let registration = Registration::new(Arc::new(account), word, &mut self.chance);
                let entry = Entry { name: trunk.name.clone(), registration, sent_on: None, told: None };
                self.entries.try_insert(entry).expect("fewer trunks are configured than fit")
            }));
        }
        registrations
    }

    fn word(&mut self, trunk: &Arc<str>, out: &mut Vec<Effect>) -> Arc<str> {
        if let Some(word) = self.words.get(trunk) {
            return word.clone();
        }
        let word = random_word(&mut self.chance);
        let key = format!("{WORD_KEY}{trunk}").into();
        out.push(Effect::Store(store::Request::Put(None, key, word.as_bytes().into())));
        self.words.insert(trunk.clone(), word.clone());
        word
    }

    /// Whether a trunk of today registers the same address-of-record with the same server.
    fn is_replaced(&self, id: RegistrationId) -> bool {
        let account = |id| Some(self.entries.get(id)?.registration.account());
        let Some(old) = account(id) else { return true };
        let mut today = self.registered().filter_map(account);
        today.any(|new| new.user == old.user && new.far_end == old.far_end)
    }

    fn handle(
        &mut self,
        now: Instant,
        id: RegistrationId,
        event: Event<'_>,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if let Some(draft) = entry.registration.handle(now, event, elsewhere, &mut self.chance) {
            out.push(Effect::Register(id, Box::new(draft)));
        }
        let has_left = entry.registration.has_left();
        out.extend(entry.news().map(Effect::Log));
        if has_left && !self.registered().any(|it| it == id) {
            self.entries.remove(id);
        }
        self.plan_wake();
    }

    fn plan_wake(&mut self) {
        let timers = self.entries.iter().filter_map(|(_, entry)| entry.registration.timeout());
        self.wake = timers.min();
    }

    /// The trunk whose registered user this is.
    fn of_word(&self, user: &str) -> Option<TrunkId> {
        let is_word = |id| self.entries.get(id).is_some_and(|entry| entry.registration.word() == user);
        let is_of = |trunk: &Current| trunk.registrations.iter().any(|id| is_word(*id));
        self.current.iter().position(is_of).map(TrunkId::from)
    }
}

impl Entry {
    /// What the operator has to know and was not told yet: trouble once, however often it is tried again, and
    /// its end.
    fn news(&mut self) -> Option<Log> {
        let name = &self.name;
        match self.registration.trouble()? {
            Err(why) if self.told.replace(why) != Some(why) => {
                let why = why.blame().told(why);
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
