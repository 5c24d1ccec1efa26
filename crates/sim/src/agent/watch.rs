//! A party that watches: SUBSCRIBE out, NOTIFY in (RFC 6665).

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use clock::Instant;
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    message::Writer,
    transaction::{Branch, ServerKey},
};

use super::{Agent, Chore, Note, line::Use};

/// What a party asks to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of whom: a user part.
    pub of: String,
    /// Event package.
    pub package: String,
    /// For how many seconds.
    pub expires: u32,
}

/// One subscription, seen from its watcher.
#[derive(Clone, Debug)]
pub struct Watching {
    wish: Wish,
    call_id: Arc<str>,
    local_tag: String,
    remote_tag: String,
    target: String,
    cseq: u32,
    has_proved: bool,
    standing: Standing,
    told: Option<Told>,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// A SUBSCRIBE waits for its response.
    Asking,
    /// It was granted.
    On,
    /// It ended, or never began.
    Over,
}

/// What a watcher was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Instant,
    /// CSeq of the NOTIFY.
    pub cseq: u32,
    /// The document.
    pub document: String,
}

/// A subscription that failed or was lost is tried again after this.
const AGAIN: Duration = Duration::from_secs(11);

impl Watching {
    /// What was asked for.
    pub const fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Call-ID of its dialog.
    pub const fn call_id(&self) -> &Arc<str> {
        &self.call_id
    }

    /// Whether it is to be told.
    pub const fn is_on(&self) -> bool {
        matches!(self.standing, Standing::On)
    }

    /// What it was told last.
    pub const fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    fn owns(&self, request: &Message) -> bool {
        request.call_id() == &*self.call_id && request.to_tag() == Some(&self.local_tag)
    }
}

impl Agent {
    /// Its subscriptions, over or not, in order.
    pub fn watches(&self) -> &[Watching] {
        &self.watches
    }

    /// From now on subscriptions are renewed in time and tried again when they failed.
    pub const fn keeps_watching(&mut self) {
        self.keeps_watching = true;
    }

    pub(super) fn watch(&mut self, wish: Wish) {
        let (call_id, local_tag) = (self.token().into(), self.token());
        let target = format!("sip:{}@{}", wish.of, self.persona.flow.remote);
        let index = self.watches.len();
        self.watches.push(Watching {
            wish,
            call_id,
            local_tag,
            remote_tag: String::new(),
            target,
            cseq: 0,
            has_proved: false,
            standing: Standing::Asking,
            told: None,
        });
        self.send_subscribe(index, None);
    }

    /// Wants to be told no more.
    pub(super) fn unwatch(&mut self) {
        let is_wanted = |it: &Watching| it.is_on() && it.wish.expires > 0;
        if let Some(index) = self.watches.iter().rposition(is_wanted) {
            self.watches[index].wish.expires = 0;
            self.rewatch(index);
        }
    }

    /// Wants to be told of nothing any more.
    pub fn stops_watching(&mut self, now: Instant) {
        self.now = now;
        while self.watches.iter().any(|it| it.is_on() && it.wish.expires > 0) {
            self.unwatch();
        }
    }

    /// Forgets what it watches, as a phone does that starts anew.
    pub(super) fn forget_watches(&mut self) {
        self.watches.iter_mut().for_each(|it| it.standing = Standing::Over);
    }

    /// Asks for more time.
    pub(super) fn rewatch(&mut self, index: usize) {
        let it = &mut self.watches[index];
        if it.standing == Standing::On {
            it.has_proved = false;
            self.send_subscribe(index, None);
        }
    }

    /// Asks anew, by another dialog.
    pub(super) fn watch_again(&mut self, index: usize) {
        let it = &self.watches[index];
        if it.standing == Standing::Over {
            self.watch(it.wish.clone());
        }
    }

    fn send_subscribe(&mut self, index: usize, proof: Option<String>) {
        let branch = Branch::new(&mut self.chance);
        let (via, contact) = (self.via(branch), self.contact());
        let it = &mut self.watches[index];
        it.cseq += 1;
        let own = format!("<sip:{}@{}>", self.persona.user, self.persona.domain);
        let other = format!("<sip:{}@{}>", it.wish.of, self.persona.domain);
        let tag = if it.remote_tag.is_empty() { String::new() } else { format!(";tag={}", it.remote_tag) };
        let mut buffer = BytesMut::new();
        let mut writer = Writer::request(&mut buffer, &Method::Subscribe, &it.target)
            .header(Name::Via, via)
            .header(Name::MaxForwards, 70)
            .header(Name::From, format_args!("{own};tag={}", it.local_tag))
            .header(Name::To, format_args!("{other}{tag}"))
            .header(Name::CallId, &it.call_id)
            .header(Name::CSeq, format_args!("{} SUBSCRIBE", it.cseq))
            .header(Name::Contact, contact)
            .header(Name::Event, &it.wish.package)
            .header(Name::Expires, it.wish.expires);
        writer = self.record_route(writer);
        if let Some(proof) = proof {
            writer = writer.header(Name::ProxyAuthorization, proof);
        }
        let bytes = writer.end();
        self.send(Use::Watch(index), Method::Subscribe, branch, bytes);
    }

    pub(super) fn watch_heard(&mut self, index: usize, status: Status, response: &Message) {
        let it = &mut self.watches[index];
        if status.is_provisional() || response.cseq().number != it.cseq {
            return;
        }
        if status == Status::PROXY_AUTHENTICATION_REQUIRED && !it.has_proved {
            it.has_proved = true;
            let target = it.target.clone();
            if let Some(proof) = self.prove(&Method::Subscribe, &target, response) {
                return self.send_subscribe(index, Some(proof));
            }
        }
        if !status.is_success() {
            return self.watch_failed(index, status);
        }
        let it = &mut self.watches[index];
        it.remote_tag = response.to_tag().unwrap_or_default().to_owned();
        if let Some(target) = super::line::contact_of(response) {
            it.target = target;
        }
        let granted = response.expires().unwrap_or(0);
        if it.wish.expires == 0 {
            return;
        }
        if it.standing == Standing::Asking {
            it.standing = Standing::On;
        }
        self.note(Note::Watches(granted));
        if self.keeps_watching {
            let half = Duration::from_secs((u64::from(granted) / 2).max(1));
            self.later(half, Chore::Rewatch(index));
        }
    }

    pub(super) fn watch_failed(&mut self, index: usize, status: Status) {
        self.watches[index].standing = Standing::Over;
        self.note(Note::WatchesNot(status));
        if self.keeps_watching {
            self.later(AGAIN, Chore::WatchAgain(index));
        }
    }

    /// A NOTIFY, on a subscription of ours or on none; whether it was one.
    pub(super) fn notified(&mut self, key: ServerKey, flow: Flow, request: &Message) -> bool {
        let of_us = |it: &Watching| it.owns(request) && it.standing != Standing::Over;
        let Some(index) = self.watches.iter().position(of_us) else { return false };
        let status = self.refuses_notify.unwrap_or(Status::OK);
        self.reply(key, flow, request, status);
        if !status.is_success() {
            return true;
        }
        let it = &mut self.watches[index];
        if it.remote_tag.is_empty() {
            it.remote_tag = request.from_tag().unwrap_or_default().to_owned();
        }
        let cseq = request.cseq().number;
        if it.told.as_ref().is_none_or(|told| told.cseq < cseq) {
            let document = String::from_utf8_lossy(&request.body()).into_owned();
            it.told = Some(Told { at: self.now, cseq, document });
        }
        let standing = request.header(Name::SubscriptionState).unwrap_or_default();
        if standing.starts_with("terminated") {
            it.standing = Standing::Over;
            if self.keeps_watching && it.wish.expires > 0 {
                self.later(AGAIN, Chore::WatchAgain(index));
            }
        }
        true
    }
}
