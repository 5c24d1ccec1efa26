//! Provisionals and their PRACK (RFC 3262), sessions and their refreshes (RFC 4028).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use clock::Instant;
use sip::{Method, Name, header::Valued};

use super::{
    Check, SLACK,
    duty::{Duty, T1},
    seen::Seen,
};

/// A refresh that meets another change may be so much late.
const LATE: Duration = Duration::from_millis(14_500);

/// What is known of the session of a leg.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The last RSeq that came, for each early dialog.
    taken: BTreeMap<String, u32>,
    /// Numbers that PRACK was sent for.
    pracked: BTreeSet<u32>,
    /// The reliable provisional of the switch without PRACK.
    waiting: Option<Waiting>,
    /// The last of them that had its PRACK.
    done: Option<u32>,
    /// When it was agreed on last.
    agreed: Option<Instant>,
    /// The last change or refresh, from either side.
    changed: Option<Instant>,
    /// What the last 422 asked for, and the request that it refused.
    least: Option<u32>,
}

#[derive(Debug)]
struct Waiting {
    rseq: u32,
    has_media: bool,
    last: Instant,
    first: Instant,
    interval: Duration,
}

impl Check {
    /// A reliable provisional of a party: the next of its dialog is owed its PRACK.
    pub(super) fn provisional_came(&mut self, seen: Seen<'_>) {
        let Some(rseq) = number(seen, Name::RSeq) else { return };
        let call_id = seen.call_id();
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let asked = leg.asked.get(&seen.branch());
        if asked.is_none_or(|asked| asked.last_status.is_some()) {
            // Overtaken by the final response: its transaction is over.
            return;
        }
        let tag = seen.message.to_tag().unwrap_or_default().to_owned();
        let last = leg.session.taken.get(&tag);
        if last.is_none_or(|last| rseq == last + 1) {
            leg.session.taken.insert(tag, rseq);
            self.happened.pracks += 1;
            self.owe(seen.now + SLACK / 10, Duty::Prack(call_id, rseq));
        }
    }

    pub(super) fn judge_prack(&mut self, at: Instant, call_id: &Arc<str>, rseq: u32) {
        let Some(leg) = self.legs.get(call_id) else { return };
        if !leg.session.pracked.contains(&rseq) {
            self.violate(at, format!("{call_id}: no PRACK for provisional {rseq}"));
        }
    }

    /// A PRACK of the switch names a provisional that came, and the INVITE it is for.
    pub(super) fn prack_left(&mut self, seen: Seen<'_>) {
        let call_id = seen.call_id();
        let rack = seen.message.header(Name::RAck).unwrap_or_default();
        let mut words = rack.split(' ').map(|word| word.parse().unwrap_or(0));
        let (rseq, invite) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let tag = seen.message.to_tag().unwrap_or_default();
        let is_known = leg.session.taken.get(tag) == Some(&rseq);
        let is_invite = leg.asked.values().any(|it| it.method == Method::Invite && it.cseq == invite);
        leg.session.pracked.insert(rseq);
        if !is_known || !is_invite {
            self.violate(seen.now, format!("{call_id}: PRACK for nothing: {rack}"));
        }
    }

    /// A provisional of the switch: one at a time, and again until its PRACK comes.
    pub(super) fn provisional_left(&mut self, seen: Seen<'_>) {
        let (call_id, now) = (seen.call_id(), seen.now);
        let Some(rseq) = number(seen, Name::RSeq) else { return };
        let has_media = !seen.message.body().is_empty();
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        if leg.session.done == Some(rseq) {
            return;
        }
        match &mut leg.session.waiting {
            Some(waiting) if waiting.rseq == rseq => waiting.last = now,
            Some(waiting) => {
                let first = waiting.rseq;
                self.violate(now, format!("{call_id}: provisional {rseq} before the PRACK for {first}"));
            }
            waiting @ None => {
                *waiting = Some(Waiting { rseq, has_media, last: now, first: now, interval: T1 });
                self.happened.reliable += 1;
                self.owe(now + T1 + SLACK, Duty::Provisional(call_id, now));
            }
        }
    }

    pub(super) fn judge_provisional(&mut self, at: Instant, call_id: Arc<str>, since: Instant) {
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let ended = leg.answering.values().any(|it| it.method == Method::Invite && it.last_status.is_some());
        let Some(waiting) = leg.session.waiting.as_mut().filter(|_| !ended) else { return };
        if at >= waiting.first + T1 * 64 {
            return;
        }
        if waiting.last == since {
            let rseq = waiting.rseq;
            return self.violate(at, format!("{call_id}: provisional {rseq} is not sent again"));
        }
        waiting.interval *= 2;
        let (last, interval) = (waiting.last, waiting.interval);
        self.owe(last + interval + SLACK, Duty::Provisional(call_id, last));
    }

    pub(super) fn prack_came(&mut self, seen: Seen<'_>) {
        let rack = seen.message.header(Name::RAck).unwrap_or_default();
        let rseq: Option<u32> = rack.split(' ').next().and_then(|word| word.parse().ok());
        let Some(leg) = self.legs.get_mut(seen.message.call_id()) else { return };
        if leg.session.waiting.as_ref().is_some_and(|waiting| Some(waiting.rseq) == rseq) {
            leg.session.waiting = None;
            leg.session.done = rseq;
        }
    }

    /// A 2xx of the switch: none overtakes a description that waits for its PRACK (RFC 3262 §3).
    pub(super) fn answer_left(&mut self, seen: Seen<'_>) {
        let call_id = seen.call_id();
        let waiting = self.legs.get(&call_id).and_then(|leg| leg.session.waiting.as_ref());
        if let Some(rseq) = waiting.filter(|it| it.has_media).map(|it| it.rseq) {
            self.violate(seen.now, format!("{call_id}: answered before the PRACK for {rseq}"));
        }
    }

    /// A session request passed, either way.
    pub(super) fn session_changed(&mut self, seen: Seen<'_>, is_ours: bool) {
        let call_id = seen.call_id();
        let asks = expires(seen).map(|(seconds, _)| seconds);
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        leg.session.changed = Some(seen.now);
        let least = leg.session.least.filter(|_| is_ours);
        if let Some(least) = least.filter(|least| asks.is_some_and(|asks| asks < *least)) {
            self.violate(seen.now, format!("{call_id}: asks for less than {least} s again"));
        }
    }

    /// A 422 came.
    pub(super) fn interval_refused(&mut self, seen: Seen<'_>) {
        self.happened.intervals_refused += 1;
        let least = number(seen, Name::MinSe);
        if let Some(leg) = self.legs.get_mut(seen.message.call_id()) {
            leg.session.least = least;
        }
    }

    /// A 2xx agreed on a session: if refreshing is the switch's, it is owed.
    pub(super) fn session_agreed(&mut self, seen: Seen<'_>, is_ours: bool) {
        let call_id = seen.call_id();
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        leg.session.changed = Some(seen.now);
        leg.session.agreed = None;
        let Some((seconds, by_uas)) = expires(seen) else { return };
        leg.session.agreed = Some(seen.now);
        if by_uas == is_ours {
            let by = seen.now + Duration::from_secs(seconds.into()) / 2 + LATE;
            self.owe(by, Duty::Refresh(call_id, seen.now));
        }
    }

    pub(super) fn judge_refresh(&mut self, at: Instant, call_id: &Arc<str>, agreed: Instant) {
        let Some(leg) = self.legs.get(call_id).filter(|leg| !leg.is_over()) else { return };
        if leg.session.agreed == Some(agreed) && leg.session.changed <= Some(agreed) {
            self.violate(at, format!("{call_id}: the session is not refreshed"));
        } else {
            self.happened.refreshes += 1;
        }
    }
}

fn number(seen: Seen<'_>, name: Name) -> Option<u32> {
    seen.message.header(name)?.trim().parse().ok()
}

/// The interval, and whether the one who answers refreshes.
fn expires(seen: Seen<'_>) -> Option<(u32, bool)> {
    let value = Valued::parse(seen.message.header(Name::SessionExpires)?).ok()?;
    Some((value.value.parse().ok()?, value.params.value("refresher") == Some("uas")))
}
