//! Responses: of the parties, as they reach the switch, and of the switch, as they leave it.

use sip::{Method, Status};

use super::{
    Check, SLACK,
    duty::{Duty, T1},
    seen::{Seen, is_invite, is_success},
};

impl Check {
    pub(super) fn response_came(&mut self, seen: Seen<'_>) {
        let Some(status) = seen.message.status() else { return };
        let (call_id, branch) = (seen.call_id(), seen.branch());
        self.happened.glares += u64::from(status == Status::REQUEST_PENDING);
        if *seen.message.method() == Method::Notify {
            self.notify_answered(seen.now, &call_id, &branch, status);
        }
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let side = leg.side;
        let Some(asked) = leg.asked.get_mut(&branch) else { return };
        if asked.method != *seen.message.method() {
            return;
        }
        let heard = *asked.heard.get_or_insert(seen.now);
        // What nothing was heard of for so long is given up (RFC 3261 §17.1.1.2, timer B; of a carrier sooner,
        // RELIABILITY F7), and so is an INVITE that was cancelled 64*T1 ago (§9.1). A refusal then belongs to no
        // transaction, and an answer is parted with as long as its INVITE may be remembered.
        let silent = heard.since(asked.at) >= self.limits.patience(side, asked);
        if status.is_provisional() {
            asked.provisional |= !silent;
            let is_late = asked.is_first && seen.now > asked.at + self.limits.rings_max(side, asked.at);
            if is_late && !silent {
                self.owe(seen.now + SLACK, Duty::Silence(call_id, branch));
            }
            if !silent {
                self.provisional_came(seen);
            }
            return;
        }
        let is_first = asked.last_status.is_none();
        let is_long_ago = seen.now.since(asked.at) >= T1 * 64;
        let is_forgotten = asked.cancelled.is_some_and(|at| seen.now.since(at) >= T1 * 64);
        let is_too_late =
            (silent && (asked.is_given_up || !status.is_success() || is_long_ago)) || is_forgotten;
        asked.is_given_up = is_too_late;
        // Timer M: of an INVITE that was answered 64*T1 ago nobody knows any more.
        let is_stray = status.is_success() && asked.settled.is_some_and(|at| seen.now.since(at) >= T1 * 64);
        leg.is_parting |= silent || is_forgotten || is_stray;
        if is_too_late {
            return;
        }
        let (method, cseq, cancelled) = (asked.method.clone(), asked.cseq, asked.cancelled.is_some());
        asked.last_status.get_or_insert(status);
        asked.settled.get_or_insert(seen.now);
        if is_first && asked.is_first && !cancelled && self.limits.is_carrier(side) {
            self.carrier_refused(seen, status);
        }
        self.heard_out(seen, &method, status, is_first);
        let leg = self.legs.get_mut(&call_id).expect("looked up above");
        if method == Method::Bye {
            leg.bye_answered = true;
        }
        if !is_invite(&method) {
            return;
        }
        let is_initial = cseq == 1 && leg.is_ours;
        if !status.is_success() && is_initial && !asks_again(status) {
            leg.refused = true;
        }
        if status.is_success() {
            self.is_answer = true;
            self.happened.answers_crossing_cancel += u64::from(is_first && cancelled);
        }
        // Each copy of a 2xx is acknowledged (RFC 3261 §13.2.2.4), until nothing is left of its dialog: a BYE
        // was answered.
        let is_over = leg.bye_came.is_some() || leg.bye_answered;
        let is_done = is_over && (!is_first || !is_initial);
        if !is_done {
            self.owe_ack(seen.now, &call_id, cseq);
        }
        if is_initial && is_first && status.is_success() && !cancelled {
            self.asker_answered(seen.now, &call_id);
        }
    }

    /// A final response, the first or a copy.
    fn heard_out(&mut self, seen: Seen<'_>, method: &Method, status: Status, is_first: bool) {
        if is_first && status == Status::MOVED_TEMPORARILY {
            self.sent_elsewhere(seen.message);
        }
        if *method == Method::Options {
            self.options_heard(seen);
        }
        if *method == Method::Notify {
            self.referral_heard(seen);
        }
        if is_first && matches!(method, Method::Invite | Method::Update) {
            self.session_heard(seen, status);
        }
    }

    fn session_heard(&mut self, seen: Seen<'_>, status: Status) {
        if status.is_success() {
            self.session_agreed(seen, false);
        } else if status == Status::SESSION_INTERVAL_TOO_SMALL {
            self.interval_refused(seen);
        }
    }

    pub(super) fn response_left(&mut self, seen: Seen<'_>) {
        let Some(status) = seen.message.status() else { return };
        let method = seen.message.method().clone();
        let (call_id, branch, now) = (seen.call_id(), seen.branch(), seen.now);
        self.happened.glares += u64::from(status == Status::REQUEST_PENDING);
        let key = (branch.clone(), is_invite(&method));
        let Some(leg) = self.legs.get_mut(&call_id).filter(|leg| leg.answering.contains_key(&key)) else {
            return self.violate(now, format!("{call_id}: {status} to no {method}"));
        };
        if leg.side != seen.side {
            return self.violate(now, format!("{call_id}: {status} to {method} goes to another party"));
        }
        let tag = seen.message.to_tag().unwrap_or_default();
        let is_dialog = is_invite(&method) && status != Status::TRYING && !asks_again(status);
        let changed = is_dialog && leg.tag.as_deref().is_some_and(|known| known != tag);
        if is_dialog && leg.tag.is_none() && !leg.is_ours && status.code() < 300 {
            leg.tag = Some(tag.to_owned());
        }
        let is_first_invite = is_invite(&method) && !leg.is_ours && leg.cseq.is_none();
        let answering = leg.answering.get_mut(&key).expect("looked up above");
        // A copy of a request that comes when its transaction is long over is a request to nothing.
        let is_known = answering.first.is_none_or(|first| now.since(first) < T1 * 64);
        let before = answering.last_status.filter(|_| is_known);
        if status.is_provisional() {
            answering.provisional = true;
            self.provisional_left(seen);
            if before.is_some() {
                self.violate(now, format!("{call_id}: {status} after a final response to {method}"));
            }
            if changed {
                self.violate(now, format!("{call_id}: the tag in {status} is another than before"));
            }
            return;
        }
        answering.last = Some(now);
        answering.first.get_or_insert(now);
        answering.last_status.get_or_insert(status);
        let is_answered = is_success(answering.last_status);
        if is_first_invite && !is_answered && !asks_again(status) {
            leg.refused = true;
        }
        // RFC 3261 §8.2.6.2: the same tag in all responses.
        if changed {
            self.violate(now, format!("{call_id}: the tag in {status} is another than before"));
        }
        // A 481 leaves no transaction (RELIABILITY P7): by the time of a copy the dialog may have begun.
        let is_kept = before.is_some_and(|before| before != Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        if is_kept && before != Some(status) {
            self.violate(now, format!("{call_id}: a second final response to {method}: {status}"));
        }
        if before.is_none() && status.is_success() && matches!(method, Method::Invite | Method::Update) {
            self.answer_left(seen);
            self.slot_answered(seen);
            self.session_agreed(seen, true);
        }
        if method == Method::Subscribe && before.is_none() {
            self.subscribe_answered(seen, status);
        }
        let referral = self.legs[&call_id].answering[&key].referral;
        if let Some(referral) = referral.filter(|_| !is_kept && status.is_success()) {
            self.referral_taken(seen, referral);
        }
        let is_stateless = status == Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let is_repeated = status.is_success() || (!seen.flow.transport.is_reliable() && !is_stateless);
        if is_invite(&method) && before.is_none() && is_repeated && !is_challenge(status) {
            self.owe(now + T1 + SLACK, Duty::Repeat(call_id, branch, now));
        }
    }
}

/// After these the INVITE comes again in the same call: with credentials, or with a longer interval.
pub(super) fn asks_again(status: Status) -> bool {
    is_challenge(status) || status == Status::SESSION_INTERVAL_TOO_SMALL
}

/// Challenges are given without a transaction: nothing repeats them and each has its own tag.
pub(super) fn is_challenge(status: Status) -> bool {
    matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED)
}
