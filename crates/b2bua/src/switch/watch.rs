//! SUBSCRIBE in (RFC 6665): who watches what from when, and what happens to it. `notify` writes the NOTIFYs.
//!
//! ```text
//!   SUBSCRIBE ─ admit ─> watch ─ row ─> store ─ committed ─> 200, NOTIFY
//!   refresh ──────────> 200, NOTIFY (its row is on its way)
//! ```

use std::{sync::Arc, time::Duration};

use callplan::PhoneId;
use clock::Key;
use sip::{Message, Method, Name, Status, flow::Flow, message::respond_to, transaction::ServerKey};

use super::{
    Asker, Switch,
    admit::Origin,
    notify::{LATER, Told},
};
use crate::{
    auth::Demand,
    dialog::{Dialog, Order as Place},
    subscription::{
        self, Asked, Birth, Due, Event, Notifier, Order, Package, Reason, Refused, Subscription, Usage,
        Watched,
    },
};

/// Everybody who watches.
pub(super) type Watchers = Notifier<Asker>;

/// How long a watcher waits for the store, and what it is granted if its subscription may not be safe.
const COMMIT: Duration = Duration::from_millis(200);
const UNSAFE: Duration = Duration::from_secs(60);
impl Switch {
    /// Whether a SUBSCRIBE is looked at: not from one who asks without end (RELIABILITY P12).
    pub(super) fn hears_watcher(&mut self, key: ServerKey, flow: Flow, request: &Message) -> bool {
        let is_heard = self.notifier.pace.hears(self.core.now.mono, flow, request);
        if !is_heard {
            self.core.counters.ignored += 1;
            self.core.forget(key);
        }
        is_heard
    }

    /// A SUBSCRIBE outside of dialogs.
    pub(super) fn subscribe(&mut self, phone: PhoneId, key: ServerKey, flow: Flow, request: &Message) {
        if let Err(refused) = self.begin_watching(phone, key, flow, request) {
            self.refuse_watcher(key, flow, request, refused);
        }
    }

    fn begin_watching(
        &mut self,
        phone: PhoneId,
        key: ServerKey,
        flow: Flow,
        request: &Message,
    ) -> Result<(), Refused> {
        let asked = Asked::read(request)?;
        let watched = self.watched(phone, asked.package, request)?;
        let site = self.core.site.clone();
        if let Some(begun) = self.notifier.begun_by(&site[phone].name, request, (&asked, &watched)) {
            // Its first copy was heard by a process that is gone, or came by another way.
            self.watch_on(begun, asked, Asker::new(key, flow, request));
            return Ok(());
        }
        let now = self.core.now;
        let device = self.core.registrar.device_on(&site[phone].name, flow, request, now.mono);
        let tag = subscription::tag(&mut self.core.chance);
        let is_look = asked.interval.is_zero();
        let birth = Birth {
            dialog: Dialog::of_uas(request, (*tag).into()),
            tag,
            phone: site[phone].name.clone(),
            device,
            flow,
            asked,
            watched,
            entity: request.to().uri.as_str().into(),
        };
        let subscription = Subscription::new(birth, now);
        let row = subscription.row(now);
        let full = (Status::SERVICE_UNAVAILABLE, Some((Name::RetryAfter, "300")));
        let watcher = self.notifier.add(subscription).ok_or(full)?;
        let asker = Asker::new(key, flow, request);
        if is_look {
            self.answer_watcher(watcher, &asker);
            return Ok(());
        }
        match self.notifier.pending.add(now.mono + COMMIT, (watcher, asker)) {
            Ok(ticket) => self.core.store(store::Request::PutSubscription(Some(ticket), Box::new(row))),
            Err((watcher, asker)) => self.answer_unsafely(watcher, &asker),
        }
        Ok(())
    }

    /// What is to be watched, if this phone may.
    fn watched(&self, phone: PhoneId, package: Package, request: &Message) -> Result<Watched, Refused> {
        let site = &self.core.site;
        let user = request.request_uri().and_then(|uri| uri.user_unescaped()).unwrap_or_default();
        let own = site[phone].person.map(|person| &site[person].name);
        let watched = Watched::of(site, own, &user, package).ok_or(match package {
            // An account without a mailbox: the package is none of it.
            Package::MessageSummary => {
                (Status::BAD_EVENT, Some((Name::AllowEvents, subscription::ALLOW_EVENTS)))
            }
            Package::Dialog | Package::Presence => (Status::NOT_FOUND, None),
        })?;
        match (&watched, package) {
            (Watched::Person(person), Package::MessageSummary) if own != Some(person) => {
                Err((Status::FORBIDDEN, None))
            }
            (Watched::Mailbox(mailbox), Package::MessageSummary) if !self.is_of(mailbox, phone) => {
                Err((Status::FORBIDDEN, None))
            }
            _ => Ok(watched),
        }
    }

    /// Whether the person of a phone is among those whose lamps a mailbox lights.
    fn is_of(&self, mailbox: &str, phone: PhoneId) -> bool {
        let site = &self.core.site;
        let Some((mailbox, person)) = site.mailbox(mailbox).zip(site[phone].person) else { return false };
        site[mailbox].owner == Some(person) || site[mailbox].lamp.contains(&person)
    }

    fn refuse_watcher(&mut self, key: ServerKey, flow: Flow, request: &Message, (status, more): Refused) {
        self.notifier.pace.refused(self.core.now.mono, flow, request);
        let headers: smallvec::SmallVec<[_; 1]> = more.into_iter().collect();
        self.core.refuse_with(key, request, status, &headers);
    }

    /// A SUBSCRIBE on the dialog of a subscription: more time, or no more of it.
    pub(super) fn resubscribe(
        &mut self,
        watcher: Key<Subscription>,
        key: ServerKey,
        flow: Flow,
        request: &Message,
    ) {
        if !self.is_watcher(watcher, key, flow, request) {
            return;
        }
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        if it.dialog.note(request.cseq()) == Place::Late {
            return self.core.refuse(key, request, Status::SERVER_INTERNAL_ERROR);
        }
        if *request.method() != Method::Subscribe {
            return self.core.refuse(key, request, Status::METHOD_NOT_ALLOWED);
        }
        let asked = match Asked::read(request) {
            Ok(asked) if it.is_of(&asked) => asked,
            Ok(_) => {
                let other = (Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST, None);
                return self.refuse_watcher(key, flow, request, other);
            }
            Err(refused) => return self.refuse_watcher(key, flow, request, refused),
        };
        self.watch_on(watcher, asked, Asker::new(key, flow, request));
    }

    /// A subscription lasts from now on as long as its watcher asks.
    fn watch_on(&mut self, watcher: Key<Subscription>, asked: Asked, asker: Asker) {
        let now = self.core.now;
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        if it.dialog.note_again(asker.request.cseq()) == Place::Late {
            return self.core.refuse(asker.key, &asker.request, Status::SERVER_INTERNAL_ERROR);
        }
        it.dialog.refresh_target(&asker.request);
        (it.flow, it.spoke, it.is_cut) = (asker.flow, now.mono, false);
        // A phone that came back may have another contact; one that is not back yet is who it was.
        let device = self.core.registrar.device_on(&it.phone, asker.flow, &asker.request, now.mono);
        it.device = device.or(it.device.take());
        it.expires = now.mono + asked.interval;
        if !asked.interval.is_zero() {
            let row = it.row(now);
            self.core.store(store::Request::PutSubscription(None, Box::new(row)));
        }
        self.answer_watcher(watcher, &asker);
    }

    /// Who subscribed before it registered is the device that registers down the same flow: there it is found after a
    /// restart too.
    pub(super) fn know_device(&mut self, phone: &Arc<str>, flow: Flow, request: &Message) {
        let now = self.core.now;
        for watcher in self.notifier.of_phone(phone) {
            let Some(it) = self.notifier.get_mut(watcher).filter(|it| it.flow == flow) else { continue };
            let device = self.core.registrar.device_on(phone, flow, request, now.mono);
            if device.is_some() && it.device != device && it.machine.usage() != Usage::Ending {
                it.device = device;
                let row = it.row(now);
                self.core.store(store::Request::PutSubscription(None, Box::new(row)));
            }
        }
    }

    /// Whether a request on the dialog comes from its phone: from where it spoke before, or proved anew.
    fn is_watcher(
        &mut self,
        watcher: Key<Subscription>,
        key: ServerKey,
        flow: Flow,
        request: &Message,
    ) -> bool {
        let Some(it) = self.notifier.get_mut(watcher) else { return false };
        let phone = it.phone.clone();
        if it.flow.remote.ip() == flow.remote.ip() {
            return true;
        }
        let Some(origin) = self.origin(key, flow, request, Demand::Proxy) else { return false };
        let is_it = matches!(origin, Origin::Phone(proved) if self.core.site[proved].name == phone);
        if !is_it {
            self.core.refuse(key, request, Status::FORBIDDEN);
        }
        is_it
    }

    /// 200, and the NOTIFY that follows it (RFC 6665 §4.2.1.2).
    fn answer_watcher(&mut self, watcher: Key<Subscription>, asker: &Asker) {
        let now = self.core.now.mono;
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        let left = it.left(now);
        let contact = self.core.identity.contact(asker.flow, &it.tag, it.dialog.is_sips());
        let mut buffer = self.core.buffer();
        let bytes = respond_to(&mut buffer, &asker.request, asker.flow.remote, Status::OK, Some(&it.tag))
            .copy(&asker.request, Name::RecordRoute)
            .header(Name::Contact, contact)
            .header(Name::Expires, left)
            .header(Name::Server, &self.core.identity.agent)
            .end();
        self.core.keep(buffer);
        self.core.respond(asker.key, Status::OK, bytes);
        it.told = None;
        let event = if left == 0 { Event::Ended(Reason::Timeout) } else { Event::Answered };
        if left == 0 {
            it.machine.begin();
        }
        self.notifier.hint(watcher);
        self.happens(watcher, event);
    }

    /// Nobody knows whether the row is safe: the phone is to come back soon.
    fn answer_unsafely(&mut self, watcher: Key<Subscription>, asker: &Asker) {
        let now = self.core.now.mono;
        if let Some(it) = self.notifier.get_mut(watcher) {
            it.expires = it.expires.min(now + UNSAFE);
        }
        self.answer_watcher(watcher, asker);
    }

    /// The store has a subscription, or could not keep it.
    pub(super) fn watcher_stored(&mut self, ticket: store::Ticket, is_kept: bool) {
        match self.notifier.pending.take(ticket) {
            Some((watcher, asker)) if is_kept => self.answer_watcher(watcher, &asker),
            Some((watcher, asker)) => self.answer_unsafely(watcher, &asker),
            None => {}
        }
    }

    /// What time brings to those who watch.
    pub(super) fn watchers_due(&mut self) {
        let now = self.core.now.mono;
        while let Some((watcher, asker)) = self.notifier.pending.late(now) {
            self.answer_unsafely(watcher, &asker);
        }
        while let Some(due) = self.notifier.due(now) {
            match due {
                Due::Changed(watchers) => {
                    let mut told = Told::default();
                    for watcher in watchers {
                        self.happens_among(watcher, Event::Changed, &mut told);
                    }
                }
                Due::One(watcher, event) => self.happens(watcher, event),
            }
        }
    }

    /// A NOTIFY was answered.
    pub(super) fn watcher_heard(&mut self, watcher: Key<Subscription>, response: &Message) {
        if let Some(status) = response.status() {
            self.happens(watcher, Event::Heard(status));
        }
    }

    /// Lets something happen to a subscription.
    pub(super) fn happens(&mut self, watcher: Key<Subscription>, event: Event) {
        self.happens_among(watcher, event, &mut Told::default());
    }

    fn happens_among(&mut self, watcher: Key<Subscription>, event: Event, told: &mut Told) {
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        match it.machine.handle(event) {
            Order::Nothing => {}
            Order::Tell => self.notify(watcher, None, told),
            Order::TellLast(reason) => self.notify(watcher, Some(reason), told),
            Order::Later => {
                it.told = None;
                it.is_cut |= event == Event::Unreachable && it.flow.transport.is_reliable();
                self.notifier.retry(watcher, self.core.now.mono + LATER);
            }
            Order::Forget => self.forget_watcher(watcher),
        }
    }

    pub(super) fn forget_watcher(&mut self, watcher: Key<Subscription>) {
        if let Some(tag) = self.notifier.remove(watcher) {
            self.core.store(store::Request::DropSubscription(tag));
        }
    }

    /// Takes up the subscriptions that the last process left.
    pub(super) fn restore_watchers(&mut self, rows: &[store::Subscription]) {
        let now = self.core.now;
        let spread = Duration::from_millis(rows.len() as u64) + Duration::from_secs(1);
        for row in rows {
            let watcher = Subscription::of_row(now, row).and_then(|it| self.notifier.add(it));
            match watcher {
                // Spread over time: what changed meanwhile is told to all of them.
                Some(watcher) => {
                    let at = now.mono + self.core.chance.between(Duration::ZERO, spread);
                    self.notifier.retry(watcher, at);
                }
                None => self.core.store(store::Request::DropSubscription(row.tag.clone())),
            }
        }
    }

    /// The site changed: whose phone or thing is gone is told so, and the rest what is new.
    pub(super) fn apply_to_watchers(&mut self) {
        let site = self.core.site.clone();
        for watcher in self.notifier.keys() {
            let Some(it) = self.notifier.get_mut(watcher) else { continue };
            if site.phone(&it.phone).is_none() {
                self.forget_watcher(watcher);
            } else if !it.watched.is_in(&site) {
                self.happens(watcher, Event::Ended(Reason::NoResource));
            } else {
                self.follow_person(watcher);
            }
        }
        self.notifier.all_changed(self.core.now.mono, &mut self.core.chance);
    }

    /// What a phone watches of its own person alone it watches of whoever has it now.
    pub(super) fn follow_person(&mut self, watcher: Key<Subscription>) {
        let (site, now) = (self.core.site.clone(), self.core.now);
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        let person = site.phone(&it.phone).and_then(|phone| site[phone].person);
        let of = |person: &Arc<str>| it.watched.of_another(person, it.package);
        // Of nobody there is nothing to watch.
        let Some(to) = of(&person.map_or_else(|| "".into(), |person| site[person].name.clone())) else {
            return;
        };
        if to == it.watched {
            return;
        }
        if person.is_none() || !self.notifier.turns(now.mono, watcher, to) {
            return self.happens(watcher, Event::Ended(Reason::NoResource));
        }
        if let Some(it) = self.notifier.get_mut(watcher) {
            let row = it.row(now);
            self.core.store(store::Request::PutSubscription(None, Box::new(row)));
        }
    }
}
