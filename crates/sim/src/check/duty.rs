//! What the switch owes, and by when.

use std::{net::IpAddr, sync::Arc, time::Duration};

use clock::Instant;
use media::control::StreamId;
use sip::{Method, Status};

use super::{
    Check, SLACK,
    reminder::Entry,
    seen::{Answering, Leg, is_invite},
};

/// A leg may outlive its call's record by 64*T1: so long is an ACK waited for before the BYE (RFC 3261
/// §13.3.1.4).
pub(super) const OUTLIVES_MAX: Duration = Duration::from_secs(33);

/// How long a REGISTER may wait for the disk, and for 100 to an INVITE.
pub(super) const ANSWER: Duration = Duration::from_millis(220);

pub(super) const T1: Duration = Duration::from_millis(500);
pub(super) const T2: Duration = Duration::from_secs(4);

/// One thing owed.
#[derive(Clone, Debug)]
pub(super) enum Duty {
    /// Some response to the request of this leg and branch.
    Respond(Arc<str>, Arc<str>, Method),
    /// A final response: it was cancelled.
    Final(Arc<str>, Arc<str>),
    /// An ACK for the answer to the INVITE of this CSeq.
    Acknowledge(Arc<str>, u32),
    /// A final response to INVITE once more, its ACK not having come.
    Repeat(Arc<str>, Arc<str>, Instant),
    /// A request once more, nothing having come; so many copies are out.
    Again(Arc<str>, Arc<str>, u32),
    /// A PRACK for this provisional.
    Prack(Arc<str>, u32),
    /// A reliable provisional once more.
    Provisional(Arc<str>, Instant),
    /// A refresh of the session agreed on then.
    Refresh(Arc<str>, Instant),
    /// This leg is over.
    Over(Arc<str>),
    /// Nobody rings this leg any more.
    Silence(Arc<str>, Arc<str>),
    /// The row of a message of so many milliseconds.
    List(u32),
    /// An OPTIONS to this address, after the one of then.
    Ask(IpAddr, Instant),
    /// A word to whoever parked somebody on this leg then.
    TellSlot(Arc<str>, Instant),
    /// ACK and BYE to a second answer, on the dialog of this tag.
    Part(Arc<str>, String),
    /// A question for this name, after the answer of then.
    Resolve(Arc<str>, Instant),
    /// This reminder of a person rings.
    Remind(Arc<str>, Entry),
    /// An INVITE to a phone of this person, who is reminded since then.
    RingReminder(Arc<str>, Instant),
    /// Somebody is called for whoever asked for that by a click, and answered then.
    GoOn(Arc<str>, Instant),
    /// Two whose streams are joined understand each other.
    Hear(StreamId, StreamId),
}

impl Check {
    pub(super) fn judge(&mut self, at: Instant, duty: Duty) {
        match duty {
            Duty::Respond(call_id, branch, method) => self.judge_response(at, &call_id, branch, &method),
            Duty::Final(call_id, branch) => {
                let Some(leg) = self.legs.get(&call_id) else { return };
                let answering = leg.answering.get(&(branch, true));
                if answering.is_some_and(|it| it.last_status.is_none()) {
                    self.violate(at, format!("{call_id}: cancelled, and no final response"));
                }
            }
            Duty::Acknowledge(call_id, cseq) => {
                self.violate(at, format!("{call_id}: no ACK for the final response to INVITE #{cseq}"));
            }
            Duty::Repeat(call_id, branch, since) => self.judge_repeat(at, call_id, branch, since),
            Duty::Again(call_id, branch, copies) => self.judge_again(at, &call_id, &branch, copies),
            Duty::Silence(call_id, branch) => self.judge_ringing(at, &call_id, &branch),
            Duty::List(lasted_ms) => self.judge_list(at, lasted_ms),
            Duty::Ask(address, since) => self.judge_options(at, address, since),
            Duty::TellSlot(by, since) => self.judge_slot_told(at, &by, since),
            Duty::Resolve(host, told) => self.judge_name(at, &host, told),
            Duty::GoOn(call_id, since) => self.judge_going_on(at, &call_id, since),
            Duty::Hear(one, other) => self.judge_hearing(at, one, other),
            Duty::Remind(person, entry) => self.judge_reminded(at, &person, entry),
            Duty::RingReminder(person, since) => self.judge_rung(at, &person, since),
            Duty::Prack(call_id, rseq) => self.judge_prack(at, &call_id, rseq),
            Duty::Part(call_id, tag) => self.judge_parted(at, call_id, tag),
            Duty::Provisional(call_id, since) => self.judge_provisional(at, call_id, since),
            Duty::Refresh(call_id, agreed) => self.judge_refresh(at, &call_id, agreed),
            Duty::Over(call_id) => {
                if self.legs.get(&call_id).is_some_and(|leg| !leg.is_over()) {
                    self.violate(at, format!("{call_id}: the leg outlives its call"));
                }
            }
        }
    }

    fn judge_response(&mut self, at: Instant, call_id: &Arc<str>, branch: Arc<str>, method: &Method) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let answering = leg.answering.get(&(branch, is_invite(method)));
        if answering.is_some_and(|it| {
            // A connection may have broken, and the response with it.
            it.last_status.is_none() && !it.provisional && !self.broken.contains(&it.connection)
        }) {
            self.violate(at, format!("{call_id}: no response to {method}"));
        }
    }

    /// The copy has to be out by now, unless the ACK came, the leg ended, or a change was looked at since, whatever came
    /// of it: whoever asked for it had heard the answer (RFC 5407 §3.1.4).
    fn judge_repeat(&mut self, at: Instant, call_id: Arc<str>, branch: Arc<str>, since: Instant) {
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let has_ended = leg.bye_came.is_some() || leg.bye_left.is_some();
        let has_changed = has_changed_since(leg, &branch);
        let Some(answering) = leg.answering.get_mut(&(branch.clone(), true)) else { return };
        let is_given_up = answering.first.is_some_and(|first| at >= first + T1 * 64);
        if answering.acknowledged || has_ended || has_changed || is_given_up {
            return;
        }
        if answering.last == Some(since) {
            let cseq = answering.cseq;
            return self.violate(at, format!("{call_id}: the answer to INVITE #{cseq} is not sent again"));
        }
        if let Some(last) = answering.last {
            answering.interval = (answering.interval * 2).min(T2);
            let by = last + answering.interval + SLACK;
            self.owe(by, Duty::Repeat(call_id, branch, last));
        }
    }

    /// Copies leave after T1, twice that and so on, of all but INVITE with at most T2 between them, until the
    /// transaction is given up (RFC 3261 §17.1.1.2, §17.1.2.2).
    fn judge_again(&mut self, at: Instant, call_id: &Arc<str>, branch: &Arc<str>, copies: u32) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let Some(asked) = leg.asked.get(branch) else { return };
        if asked.provisional || asked.last_status.is_some() {
            return;
        }
        if asked.copies <= copies {
            let (method, cseq) = (asked.method.clone(), asked.cseq);
            return self.violate(at, format!("{call_id}: {method} #{cseq} is not sent again"));
        }
        let pause = T1 * (1 << copies);
        let pause = if is_invite(&asked.method) { pause } else { pause.min(T2) };
        let lives = self.limits.patience(leg.side, asked);
        if asked.last + pause < asked.at + lives {
            let by = asked.last + pause + SLACK;
            self.owe(by, Duty::Again(call_id.clone(), branch.clone(), copies + 1));
        }
    }

    /// No step rings anybody for so long: the CANCEL has to be out. Until a provisional response comes it may
    /// not be (RFC 3261 §9.1); then it has to be at once.
    fn judge_ringing(&mut self, at: Instant, call_id: &Arc<str>, branch: &Arc<str>) {
        let Some(leg) = self.legs.get(call_id) else { return };
        let Some(asked) = leg.asked.get(branch) else { return };
        let is_ringing = asked.provisional && asked.last_status.is_none() && !asked.is_given_up;
        // A BYE before the answer ends it as well (RFC 5407 appendix A).
        let is_reached =
            !leg.is_parting && leg.bye_came.is_none() && !self.broken.contains(&asked.connection);
        if is_ringing && asked.cancelled.is_none() && is_reached {
            self.violate(at, format!("{call_id}: rings longer than any step lets it"));
        }
    }

    /// The ACK that was owed left.
    pub(super) fn acknowledged(&mut self, call_id: &str, cseq: u32) {
        self.duties.retain(
            |_, duty| !matches!(duty, Duty::Acknowledge(of, number) if **of == *call_id && *number == cseq),
        );
    }
}

/// Whether this INVITE was granted, and a later one came that was not put off at once.
fn has_changed_since(leg: &Leg, branch: &Arc<str>) -> bool {
    let is_invite = |it: &&Answering| it.method == Method::Invite;
    let granted = |it: &&Answering| is_invite(it) && it.last_status.is_some_and(|it| it.is_success());
    let put_off = [Status::REQUEST_PENDING, Status::SERVER_INTERNAL_ERROR];
    let is_looked_at =
        |it: &&Answering| is_invite(it) && it.last_status.is_none_or(|status| !put_off.contains(&status));
    let Some(this) = leg.answering.get(&(branch.clone(), true)).filter(granted) else { return false };
    leg.answering.values().filter(is_looked_at).any(|it| it.cseq > this.cseq)
}
