//! The notifier: phones subscribe to what they have lamps for, and are told how it stands (RFC 6665).
//!
//! Holds subscriptions, what they watch and when they are to be told. It never sees a socket, a password or a
//! plan; `switch::watch` brings it requests, writes its NOTIFYs and asks the store.
//!
//! ```text
//!   a leg, a mailbox, a person changes ──> Watch, for 200 ms ──> each of its watchers: Changed ──> NOTIFY
//! ```
//!
//! | room | holds |
//! |---|---|
//! | `asked`, `package`, `watched` | what a SUBSCRIBE asks for |
//! | `watcher`, `usage` | one subscription, and its machine |
//! | `lit`, `document` | the truth, and its words |
//! | `pace` | the bound on those who ask in a loop |
//! | `stored` | the way to the store and back |

mod asked;
mod document;
mod lit;
mod pace;
mod package;
mod stored;
mod usage;
mod watched;
mod watcher;

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    hint::black_box,
    sync::Arc,
    time::Duration,
};

use callplan::{PersonId, PhoneId, Site};
use clock::{Chance, Instant, Key, Slots, Wheel};
use sip::Message;

pub(crate) use self::{
    asked::{Asked, Refused},
    document::{Outlook, whole},
    lit::{Lights, Lit, Stage},
    pace::Pace,
    package::{ALLOW_EVENTS, Package},
    stored::tag,
    usage::{Event, Order, Reason, Usage},
    watched::{LAMPS, Watched},
    watcher::{Birth, Subscription},
};
use crate::shared::pending::Pending;

/// Changes of a thing within this time of the first are told together.
pub(crate) const MERGED: Duration = Duration::from_millis(200);
/// Subscriptions in all; beyond, 503.
const SUBSCRIPTIONS_MAX: usize = 500_000;
/// Subscriptions of one phone; beyond, 503.
const OF_PHONE_MAX: usize = 256;
/// Those who wait for the store; beyond, they are answered as if it had failed.
const WAITING_MAX: usize = 20_000;
/// The first ticket: the registrar counts from one.
const TICKETS: u64 = 1 << 63;

/// A thing that is watched.
#[derive(Debug)]
struct Watch {
    watched: Watched,
    watchers: Vec<Key<Subscription>>,
    /// When its watchers are to be told.
    due: Option<Instant>,
}

/// What a hint on the wheel stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Watch(Key<Watch>),
    Subscription(Key<Subscription>),
}

/// Something that is due.
#[derive(Debug)]
pub(crate) enum Due {
    /// These watchers of one thing are to be told.
    Changed(Vec<Key<Subscription>>),
    /// This happens to one of them.
    One(Key<Subscription>, Event),
}

/// Every subscription. `A` is what the caller wants back when the store has one.
#[derive(Debug)]
pub(crate) struct Notifier<A> {
    subscriptions: Slots<Subscription>,
    by_tag: HashMap<Arc<str>, Key<Subscription>, BuildHasherDefault<DefaultHasher>>,
    by_phone: HashMap<Arc<str>, Vec<Key<Subscription>>, BuildHasherDefault<DefaultHasher>>,
    watches: Slots<Watch>,
    by_watched: HashMap<Watched, Key<Watch>, BuildHasherDefault<DefaultHasher>>,
    /// Groups among what is watched.
    groups: BTreeSet<Arc<str>>,
    hints: Wheel<Hint>,
    pub(crate) pending: Pending<(Key<Subscription>, A)>,
    pub(crate) pace: Pace,
}

impl<A> Notifier<A> {
    /// Nobody watches anything.
    pub(crate) fn new(now: Instant, secret: &[u8; 16]) -> Self {
        Self {
            subscriptions: Slots::new(SUBSCRIPTIONS_MAX),
            by_tag: HashMap::default(),
            by_phone: HashMap::default(),
            watches: Slots::new(SUBSCRIPTIONS_MAX),
            by_watched: HashMap::default(),
            groups: BTreeSet::new(),
            hints: Wheel::new(now),
            pending: Pending::new(WAITING_MAX, TICKETS),
            pace: Pace::new(secret),
        }
    }

    /// Whether this ticket is of a subscription.
    pub(crate) const fn owns(ticket: store::Ticket) -> bool {
        ticket.0 >= TICKETS
    }

    /// The subscription of this key.
    pub(crate) fn get_mut(&mut self, key: Key<Subscription>) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(key)
    }

    /// The subscription that a request on a dialog belongs to.
    pub(crate) fn of_request(&self, request: &Message) -> Option<Key<Subscription>> {
        let key = *self.by_tag.get(request.to_tag()?)?;
        self.subscriptions.get(key).filter(|it| it.dialog.owns_request(request)).map(|_| key)
    }

    /// The subscription that a SUBSCRIBE outside of dialogs began already: it is sent again to a process that
    /// never saw it, or by another way.
    pub(crate) fn begun_by(
        &self,
        phone: &str,
        request: &Message,
        birth: (&Asked, &Watched),
    ) -> Option<Key<Subscription>> {
        let (asked, watched) = birth;
        let is_it = |it: &Subscription| {
            it.dialog.was_begun_by(request)
                && it.is_of(asked)
                && it.watched == *watched
                && it.machine.usage() != Usage::Ending
        };
        let of_phone = self.by_phone.get(phone)?;
        of_phone.iter().copied().find(|key| self.subscriptions.get(*key).is_some_and(is_it))
    }

    /// Takes a subscription in; `None` if there are too many, of its phone or in all.
    pub(crate) fn add(&mut self, subscription: Subscription) -> Option<Key<Subscription>> {
        let of_phone = self.by_phone.get(&subscription.phone).map_or(0, Vec::len);
        if of_phone >= OF_PHONE_MAX {
            return None;
        }
        let (tag, phone) = (subscription.tag.clone(), subscription.phone.clone());
        let watch = self.watch(&subscription.watched)?;
        let key = self.subscriptions.try_insert(subscription).ok()?;
        self.by_tag.insert(tag, key);
        self.by_phone.entry(phone).or_default().push(key);
        if let Some(watch) = self.watches.get_mut(watch) {
            watch.watchers.push(key);
        }
        self.hint(key);
        Some(key)
    }

    /// Forgets a subscription; gives its tag.
    pub(crate) fn remove(&mut self, key: Key<Subscription>) -> Option<Arc<str>> {
        let gone = self.subscriptions.remove(key)?;
        self.by_tag.remove(&gone.tag);
        if let Some(of_phone) = self.by_phone.get_mut(&gone.phone) {
            of_phone.retain(|it| *it != key);
            if of_phone.is_empty() {
                self.by_phone.remove(&gone.phone);
            }
        }
        self.leaves(key, &gone.watched);
        Some(gone.tag)
    }

    fn leaves(&mut self, key: Key<Subscription>, watched: &Watched) {
        if let Some(at) = self.by_watched.get(watched).copied()
            && let Some(watch) = self.watches.get_mut(at)
        {
            watch.watchers.retain(|it| *it != key);
            if watch.watchers.is_empty() {
                self.unwatch(at);
            }
        }
    }

    /// A subscription is about another thing from now on, and its watcher is told in a moment; false if there is no
    /// room for that.
    pub(crate) fn turns(&mut self, now: Instant, key: Key<Subscription>, to: Watched) -> bool {
        let Some(watch) = self.watch(&to) else { return false };
        let Some(it) = self.subscriptions.get_mut(key) else { return false };
        let from = std::mem::replace(&mut it.watched, to);
        if let Some(watch) = self.watches.get_mut(watch) {
            watch.watchers.push(key);
        }
        self.leaves(key, &from);
        self.plan(watch, now + MERGED);
        true
    }

    /// A thing changed: its watchers are told in a moment, of all that changes until then.
    pub(crate) fn changed(&mut self, now: Instant, watched: &Watched) {
        if let Some(watch) = self.by_watched.get(watched).copied() {
            self.plan(watch, now + MERGED);
        }
    }

    /// The calls of a phone changed, and so those of its person and of the groups that has part in.
    pub(crate) fn calls_changed(&mut self, now: Instant, site: &Site, phone: PhoneId) {
        if self.subscriptions.is_empty() {
            return;
        }
        self.changed(now, &Watched::Phone(site[phone].name.clone()));
        if let Some(person) = site[phone].person {
            self.person_changed(now, site, person);
        }
    }

    /// A person changed, and so the groups that they have part in.
    pub(crate) fn person_changed(&mut self, now: Instant, site: &Site, person: PersonId) {
        self.changed(now, &Watched::Person(site[person].name.clone()));
        let has_part =
            |name: &&Arc<str>| site.group(name).is_some_and(|group| site[group].members.contains(&person));
        let groups: Vec<_> = self.groups.iter().filter(has_part).cloned().collect();
        groups.into_iter().for_each(|group| self.changed(now, &Watched::Group(group)));
    }

    /// Anything may have changed. Whoever watches is told within a time that grows with their number, lest all
    /// be told at once.
    pub(crate) fn all_changed(&mut self, now: Instant, chance: &mut Chance) {
        let spread = Duration::from_millis(self.watches.len() as u64);
        for watch in self.watches.keys().collect::<Vec<_>>() {
            let later = chance.between(Duration::ZERO, spread);
            self.plan(watch, now + MERGED + later);
        }
    }

    /// Every subscription, in the order of their slots.
    pub(crate) fn keys(&self) -> Vec<Key<Subscription>> {
        self.subscriptions.keys().collect()
    }

    /// The subscriptions of a phone.
    pub(crate) fn of_phone(&self, phone: &str) -> Vec<Key<Subscription>> {
        self.by_phone.get(phone).cloned().unwrap_or_default()
    }

    /// A phone can be reached anew: its sleeping subscriptions wake.
    pub(crate) fn wake(&mut self, now: Instant, phone: &str) {
        for key in self.of_phone(phone) {
            let sleeps = |it: &&mut Subscription| it.machine.usage() == Usage::Asleep;
            if self.subscriptions.get_mut(key).filter(sleeps).is_some() {
                self.retry(key, now + MERGED);
            }
        }
    }

    /// A subscription is to be tried again then.
    pub(crate) fn retry(&mut self, key: Key<Subscription>, at: Instant) {
        if let Some(subscription) = self.subscriptions.get_mut(key) {
            subscription.retry = Some(at);
            self.hint(key);
        }
    }

    /// When [`due`](Self::due) has something; never too late.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        [self.hints.next(), self.pending.timeout()].into_iter().flatten().min()
    }

    /// The next thing that is due.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Due> {
        while let Some((at, hint)) = self.hints.pop(now) {
            match hint {
                Hint::Watch(key) => {
                    let Some(watch) = self.watches.get_mut(key).filter(|it| it.due == Some(at)) else {
                        continue;
                    };
                    watch.due = None;
                    let watchers = watch.watchers.clone();
                    self.fetch(&watchers);
                    return Some(Due::Changed(watchers));
                }
                Hint::Subscription(key) => {
                    if let Some(event) = self.one_due(key, at, now) {
                        return Some(Due::One(key, event));
                    }
                }
            }
        }
        None
    }

    /// Has what the NOTIFYs to these watchers are written from come from memory. Nobody has touched it since the last
    /// change, so it is far away; asked for in one go it comes at once, and else each of them waits for its own.
    fn fetch(&self, watchers: &[Key<Subscription>]) {
        let fetched = watchers.iter().filter_map(|key| self.subscriptions.get(*key)).map(Subscription::fetch);
        black_box(fetched.fold(0, u8::wrapping_add));
    }

    fn one_due(&mut self, key: Key<Subscription>, at: Instant, now: Instant) -> Option<Event> {
        let subscription = self.subscriptions.get_mut(key).filter(|it| it.hint == Some(at))?;
        subscription.hint = None;
        if subscription.expires <= now {
            return Some(Event::Ended(Reason::Timeout));
        }
        let is_tried = subscription.retry.is_some_and(|retry| retry <= now);
        if is_tried {
            subscription.retry = None;
        }
        self.hint(key);
        is_tried.then_some(Event::Woken)
    }

    /// Puts a hint for what comes next on the wheel, unless an early enough one stands there.
    pub(crate) fn hint(&mut self, key: Key<Subscription>) {
        let Some(it) = self.subscriptions.get_mut(key) else { return };
        let next = it.retry.map_or(it.expires, |retry| retry.min(it.expires));
        if it.hint.is_none_or(|hint| next < hint) {
            it.hint = Some(next);
            self.hints.insert(next, Hint::Subscription(key));
        }
    }

    fn plan(&mut self, key: Key<Watch>, at: Instant) {
        if let Some(watch) = self.watches.get_mut(key).filter(|it| it.due.is_none()) {
            watch.due = Some(at);
            self.hints.insert(at, Hint::Watch(key));
        }
    }

    fn watch(&mut self, watched: &Watched) -> Option<Key<Watch>> {
        if let Some(key) = self.by_watched.get(watched) {
            return Some(*key);
        }
        let watch = Watch { watched: watched.clone(), watchers: Vec::new(), due: None };
        let key = self.watches.try_insert(watch).ok()?;
        self.by_watched.insert(watched.clone(), key);
        if let Watched::Group(group) = watched {
            self.groups.insert(group.clone());
        }
        Some(key)
    }

    fn unwatch(&mut self, key: Key<Watch>) {
        let Some(watch) = self.watches.remove(key) else { return };
        self.by_watched.remove(&watch.watched);
        if let Watched::Group(group) = &watch.watched {
            self.groups.remove(group);
        }
    }
}
