//! Streams, as the media thread is told of them: two that are joined speak formats that the relay hands on both ways,
//! but for as long as one of the two is being asked to speak as the other does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use clock::Instant;
use media::{
    control::{Format, Payload, Request, StreamId},
    relay::routes,
};

use super::{
    Check,
    duty::Duty,
    seen::{Leg, Seen, is_invite, is_success},
};

/// Nothing is under way for so long, and the two are still deaf to each other.
const DEAF_MAX: Duration = Duration::from_secs(5);

/// What the media thread was told.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// The stream that a leg's description named, and the leg.
    of_leg: BTreeMap<Arc<str>, StreamId>,
    leg_of: BTreeMap<StreamId, Arc<str>>,
    /// What was described last in each, by number.
    described: BTreeMap<StreamId, Vec<u8>>,
    formats: BTreeMap<StreamId, Formats>,
    joined: BTreeMap<StreamId, StreamId>,
    /// Something was played into them.
    played: BTreeSet<StreamId>,
}

/// What a party takes, and what of that it sends: what the offer preferred (RFC 3264 §6.1).
#[derive(Debug)]
struct Formats {
    takes: Vec<Payload>,
    sends: Option<Payload>,
}

impl Formats {
    /// Those that were settled, where the switch had described these.
    fn settled(payloads: &[Payload], described: &[u8]) -> Self {
        let sound = || payloads.iter().copied().filter(is_sound);
        let preferred = described.iter().find_map(|number| sound().find(|it| it.number == *number));
        Self { takes: payloads.to_vec(), sends: preferred.or_else(|| sound().next()) }
    }

    fn is_heard_in(&self, other: &Self) -> bool {
        self.sends.is_some_and(|sends| !routes(&[sends], &other.takes).is_empty())
    }
}

impl Streams {
    /// Whether the party of this leg has been played something.
    pub(super) fn plays_to(&self, call_id: &str) -> bool {
        self.of_leg.get(call_id).is_some_and(|stream| self.played.contains(stream))
    }

    fn part(&mut self, stream: StreamId) {
        if let Some(other) = self.joined.remove(&stream) {
            self.joined.remove(&other);
        }
    }

    /// Whether these are joined and one can't be heard by the other.
    fn are_deaf(&self, one: StreamId, other: StreamId) -> bool {
        let (Some(ours), Some(theirs)) = (self.formats.get(&one), self.formats.get(&other)) else {
            return false;
        };
        self.joined.get(&one) == Some(&other) && !(ours.is_heard_in(theirs) && theirs.is_heard_in(ours))
    }
}

impl Check {
    /// The switch describes a session: whose stream is it?
    pub(super) fn described(&mut self, seen: Seen<'_>) {
        let body = seen.message.body();
        let body = String::from_utf8_lossy(&body);
        let origin = body.lines().find_map(|line| line.strip_prefix("o=- "));
        let id = origin.and_then(|rest| rest.split(' ').next()?.parse().ok());
        let line = body.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap_or_default();
        let numbers = line.split(' ').skip(2).filter_map(|number| number.parse().ok()).collect();
        if let Some(stream) = id.map(StreamId) {
            self.streams.described.insert(stream, numbers);
            self.streams.of_leg.insert(seen.call_id(), stream);
            self.streams.leg_of.insert(stream, seen.call_id());
        }
    }

    /// The media thread is told something.
    pub(crate) fn told_media(&mut self, now: Instant, request: &Request) {
        match request {
            Request::Aim { stream, remote } => {
                let described = self.streams.described.get(stream).map_or(&[][..], Vec::as_slice);
                let formats = Formats::settled(&remote.payloads, described);
                self.streams.formats.insert(*stream, formats);
                if let Some(other) = self.streams.joined.get(stream) {
                    self.look_whether_deaf(now, *stream, *other);
                }
            }
            Request::Connect { a, b } => {
                self.streams.part(*a);
                self.streams.part(*b);
                self.streams.joined.extend([(*a, *b), (*b, *a)]);
                self.look_whether_deaf(now, *a, *b);
            }
            Request::Play { stream, .. } => {
                self.streams.played.insert(*stream);
            }
            Request::Disconnect { stream } | Request::Close { stream } | Request::Detach { stream } => {
                self.streams.part(*stream);
            }
            Request::Open { .. }
            | Request::Collect { .. }
            | Request::Record { .. }
            | Request::Stop { .. }
            | Request::Attach { .. } => {}
        }
    }

    fn look_whether_deaf(&mut self, now: Instant, one: StreamId, other: StreamId) {
        if self.streams.are_deaf(one, other) {
            self.happened.askings += 1;
            self.owe(now + DEAF_MAX, Duty::Hear(one, other));
        }
    }

    pub(super) fn judge_hearing(&mut self, at: Instant, one: StreamId, other: StreamId) {
        if !self.streams.are_deaf(one, other) {
            return;
        }
        let legs = [one, other].map(|stream| self.streams.leg_of.get(&stream));
        let is_asked =
            legs.iter().flatten().filter_map(|leg| self.legs.get(*leg)).any(|leg| is_busy(leg, at));
        if is_asked {
            return self.owe(at + DEAF_MAX, Duty::Hear(one, other));
        }
        let names = legs.map(|leg| leg.map_or("?", |leg| leg)).join(" ");
        self.violate(at, format!("{names}: two talk who can't understand each other"));
    }
}

/// Whether a change is under way with its party, or was of late; or it has ended.
fn is_busy(leg: &Leg, at: Instant) -> bool {
    let is_late = |settled: Option<Instant>| settled.is_none_or(|settled| at.since(settled) < DEAF_MAX);
    let is_asked = leg.asked.values().any(|it| is_invite(&it.method) && is_late(it.settled));
    let unacknowledged = |status| is_success(status) || status.is_none();
    let asks = leg
        .answering
        .values()
        .any(|it| is_invite(&it.method) && !it.acknowledged && unacknowledged(it.last_status));
    leg.is_over() || is_asked || asks
}

const fn is_sound(payload: &Payload) -> bool {
    !matches!(payload.format, Format::TelephoneEvent(_))
}
