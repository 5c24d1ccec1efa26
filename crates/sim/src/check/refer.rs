//! What is owed to whoever transfers (RFC 3515 §2.4): it is told how the transfer goes, last of all how it ended, and
//! only then parted with.

use std::time::Duration;

use sip::{Method, Name, Status};

use super::{
    Check, SLACK,
    duty::{Duty, OUTLIVES_MAX, T1},
    limit::Limits,
    seen::{Asked, Leg, Seen, is_success},
};
use crate::agent::fragment;

/// A REFER that a party sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Referral {
    /// It wants to be told nothing (RFC 4488).
    is_quiet: bool,
    /// It wants two calls to become one (RFC 3891).
    joins: bool,
    /// It calls for help.
    helps: bool,
    /// How it ended, once that was told, and CSeq of the NOTIFY.
    told: Option<(Status, u32)>,
}

impl Referral {
    /// What a request asks for, if it is a REFER.
    pub(super) fn of(seen: Seen<'_>, limits: &Limits) -> Option<Self> {
        let header = |name| seen.message.header(name).unwrap_or_default();
        (*seen.message.method() == Method::Refer).then(|| Self {
            is_quiet: header(Name::ReferSub) == "false",
            joins: header(Name::ReferTo).contains("Replaces="),
            helps: limits.is_help(seen.message, Name::ReferTo),
            told: None,
        })
    }

    /// Whether it may have worked: it is told so, or nothing is.
    pub(super) fn may_be_done(&self) -> bool {
        self.is_quiet || self.told.is_some_and(|(status, _)| status.is_success())
    }

    const fn is_open(&self) -> bool {
        !self.is_quiet && self.told.is_none()
    }
}

/// Whether a NOTIFY tells of a transfer.
pub(super) fn is_of_transfer(seen: Seen<'_>) -> bool {
    seen.message.header(Name::Event).is_some_and(|event| event.starts_with("refer"))
}

impl Check {
    /// A REFER was taken.
    pub(super) fn referral_taken(&mut self, seen: Seen<'_>, referral: Referral) {
        self.happened.transfers += 1;
        self.happened.joins += u64::from(referral.joins);
        self.parks(seen);
        if referral.joins {
            self.joined = Some(seen.now);
        }
        if referral.helps && !referral.joins {
            self.limits.called_for_help(seen.now, seen.side);
        }
        if let Some(leg) = self.legs.get_mut(seen.message.call_id()) {
            leg.referral = Some(referral);
        }
    }

    /// A NOTIFY tells how a transfer goes: its last word is its last NOTIFY.
    pub(super) fn referral_told(&mut self, seen: Seen<'_>) {
        let (call_id, now) = (seen.call_id(), seen.now);
        let standing = seen.message.header(Name::SubscriptionState).unwrap_or_default();
        let is_last = standing.starts_with("terminated");
        let open =
            self.legs.get_mut(&call_id).and_then(|leg| leg.referral.as_mut()).filter(|it| it.is_open());
        let (Some(referral), Some(status)) = (open, fragment(seen.message)) else {
            return self.violate(now, format!("{call_id}: a NOTIFY of no transfer"));
        };
        if status.is_final() {
            referral.told = Some((status, seen.message.cseq().number));
            self.happened.transfers_done += u64::from(status.is_success());
            self.happened.transfers_failed += u64::from(!status.is_success());
        }
        if is_last != status.is_final() {
            self.violate(now, format!("{call_id}: {status} is not the last word of its transfer"));
        }
        if status.is_success() {
            // Once the last NOTIFY has its answer, or none.
            self.owe(now + OUTLIVES_MAX * 2, Duty::Over(call_id));
        }
    }

    /// A NOTIFY was answered: whoever transferred, and was told that it worked, is not kept.
    pub(super) fn referral_heard(&mut self, seen: Seen<'_>) {
        let referral = self.legs.get(seen.message.call_id()).and_then(|leg| leg.referral);
        let Some((status, cseq)) = referral.and_then(|it| it.told) else { return };
        if status.is_success() && cseq == seen.message.cseq().number {
            self.owe(seen.now + SLACK, Duty::Over(seen.call_id()));
        }
    }

    /// The switch parts with a leg of its own accord.
    pub(super) fn judge_parting(&mut self, seen: Seen<'_>) {
        let call_id = seen.call_id();
        let Some(leg) = self.legs.get(&call_id) else { return };
        let is_untold = leg.bye_came.is_none() && leg.referral.is_some_and(|it| it.is_open());
        let is_broken = |asked: &Asked| self.broken.contains(&asked.connection);
        let hears_none = |asked: &Asked| is_unheard(asked, seen.now.since(asked.at)) || is_broken(asked);
        if is_untold && !notifies(leg).any(hears_none) {
            self.violate(seen.now, format!("{call_id}: parted with, not told how its transfer ended"));
        }
    }
}

fn notifies(leg: &Leg) -> impl Iterator<Item = &Asked> {
    leg.asked.values().filter(|asked| asked.method == Method::Notify)
}

/// Whether a NOTIFY was refused, or given up without an answer: no other follows it (RFC 6665 §4.2.2).
fn is_unheard(asked: &Asked, for_so_long: Duration) -> bool {
    match asked.last_status {
        Some(status) => !is_success(Some(status)),
        None => for_so_long >= T1 * 64,
    }
}
