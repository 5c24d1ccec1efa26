//! Requests: of the parties, as they reach the switch, and of the switch, as they leave it.

use clock::Instant;
use sip::{Method, Name};

use super::{
    Check, SLACK,
    duty::{ANSWER, Duty, T1},
    refer::{Referral, is_of_transfer},
    response::asks_again,
    seen::{Answering, Asked, Leg, Seen, is_invite},
};

/// So often BYE is said to whoever can't be reached: at once again, and after 1, 2, 4, 8 and 16 s.
const BYES_MAX: usize = 7;

impl Check {
    pub(super) fn request_came(&mut self, seen: Seen<'_>) {
        let method = seen.message.method().clone();
        if method == Method::Ack {
            return self.ack_came(seen);
        }
        if method == Method::Bye {
            self.bye_came(seen);
        }
        if method == Method::Prack {
            self.prack_came(seen);
        }
        self.referral_came(seen);
        if matches!(method, Method::Invite | Method::Update) {
            self.session_changed(seen, false);
        }
        let (call_id, branch) = (seen.call_id(), seen.branch());
        let leg = self.legs.entry(call_id.clone()).or_insert_with(|| Leg::new(seen.side, false));
        let key = (branch.clone(), is_invite(&method));
        if leg.answering.contains_key(&key) && method != Method::Cancel {
            return;
        }
        let cancelled = (method == Method::Cancel)
            .then(|| leg.answering.get(&(branch.clone(), true)))
            .flatten()
            .map(|it| it.last_status);
        if method != Method::Cancel || !leg.answering.contains_key(&key) {
            let cseq = seen.message.cseq().number;
            leg.answering.insert(
                key,
                Answering {
                    method: method.clone(),
                    cseq,
                    provisional: false,
                    first: None,
                    last: None,
                    connection: seen.flow.connection,
                    last_status: None,
                    acknowledged: false,
                    interval: T1,
                    referral: Referral::of(seen, &self.limits),
                },
            );
        }
        if is_invite(&method) {
            if seen.message.to_tag().is_some() {
                self.happened.changes += 1;
            } else {
                self.happened.invites += 1;
                self.masked_call_came(seen);
                self.caller_came(seen);
                self.slot_called(seen);
                self.arriving = Some((call_id.clone(), seen.side, seen.message.clone()));
            }
        }
        // An offer that is passed on waits for the other party, and UPDATE has no 100 (RFC 3311 §5.2).
        let is_passed = method == Method::Update && !seen.message.body().is_empty();
        let by = seen.now + SLACK + if is_passed { T1 * 80 } else { ANSWER };
        if method != Method::Subscribe || self.hears_watcher(seen) {
            self.owe(by, Duty::Respond(call_id.clone(), branch.clone(), method));
        }
        match cancelled {
            Some(None) => self.owe(seen.now + SLACK, Duty::Final(call_id, branch)),
            Some(Some(status)) if status.is_success() => self.happened.cancels_crossing_answer += 1,
            Some(Some(_)) | None => {}
        }
    }

    /// An INVITE that was not refused at once is a call.
    pub(super) fn judge_arrival(&mut self, now: Instant) {
        let Some((call_id, side, message)) = self.arriving.take() else { return };
        let branch = message.branch().unwrap_or_default().into();
        let Some(leg) = self.legs.get_mut(&call_id) else { return };
        let status = leg.answering.get(&(branch, true)).and_then(|it| it.last_status);
        // No limit and no permission stops a call for help: it leaves at once.
        let needs_help = self.limits.needs_help(side, &message) && !status.is_some_and(asks_again);
        if needs_help && !self.helped {
            return self.violate(now, format!("{call_id}: a call for help does not leave: {status:?}"));
        }
        if status.is_none_or(sip::Status::is_success) && !leg.is_accepted {
            leg.is_accepted = true;
            let takes_call =
                message.request_uri().and_then(|uri| uri.user()).is_some_and(|to| to.starts_with('*'));
            self.happened.pickups += u64::from(takes_call && status.is_some_and(sip::Status::is_success));
            self.judge_limits(now, &call_id, side, &message);
        }
    }

    fn ack_came(&mut self, seen: Seen<'_>) {
        let cseq = seen.message.cseq().number;
        let branch = seen.branch();
        let Some(leg) = self.legs.get_mut(seen.message.call_id()) else { return };
        if let Some(refused) = leg.answering.get_mut(&(branch, true)) {
            // Of a refusal, whatever its tag.
            refused.acknowledged = true;
            return;
        }
        if leg.tag.is_some() && seen.message.to_tag() != leg.tag.as_deref() {
            // Of another dialog, or of none: nobody hears it.
            return;
        }
        let of = leg.answering.values_mut().filter(|it| is_invite(&it.method) && it.cseq == cseq);
        of.for_each(|it| it.acknowledged = true);
    }

    fn bye_came(&mut self, seen: Seen<'_>) {
        let Some(leg) = self.legs.get_mut(seen.message.call_id()) else { return };
        if leg.tag.is_some() && seen.message.to_tag() != leg.tag.as_deref() {
            // Of the dialog with a process that died.
            return;
        }
        if leg.bye_left.is_some() && leg.bye_came.is_none() && !leg.bye_answered {
            self.happened.byes_crossing += 1;
        }
        leg.bye_came.get_or_insert(seen.now);
    }

    pub(super) fn request_left(&mut self, seen: Seen<'_>) {
        let method = seen.message.method().clone();
        let (call_id, branch) = (seen.call_id(), seen.branch());
        let cseq = seen.message.cseq().number;
        self.judge_hops(seen);
        self.judge_identity(seen);
        self.word_left(seen);
        let is_answered = self.legs.get(&call_id).is_some_and(Leg::is_answered);
        let is_of_stray = matches!(method, Method::Ack | Method::Bye) && !is_answered;
        if is_of_stray && self.before.contains(&call_id) {
            // An answer to a process that died: whoever gave it is parted with.
            return;
        }
        let is_new = !self.legs.contains_key(&call_id);
        if is_new {
            // A subscription outlives the process.
            let is_restored = self.before.contains(&call_id) && method == Method::Notify;
            if self.before.contains(&call_id) && !is_restored {
                // An answer to a process that died: whoever gave it is parted with.
                return;
            }
            if seen.message.to_tag().is_some() && !is_restored {
                return self.violate(seen.now, format!("{call_id}: {method} on a dialog that nobody has"));
            }
            self.legs.insert(call_id.clone(), Leg::new(seen.side, !is_restored));
            self.asker_rung(&call_id);
        }
        let leg = self.legs.get_mut(&call_id).expect("made above if it was not there");
        if method == Method::Register {
            // All registrations with a carrier are one Call-ID (RFC 3261 §10.2), wherever its name leads by now.
            leg.side = seen.side;
        }
        if leg.side != seen.side {
            return self.violate(seen.now, format!("{call_id}: {method} goes to another party"));
        }
        if method == Method::Ack {
            return self.ack_left(seen);
        }
        if method == Method::Cancel {
            self.cancel_left(seen);
        }
        let leg = self.legs.get_mut(&call_id).expect("made above if it was not there");
        if let Some(asked) = leg.asked.get_mut(&branch)
            && asked.method == method
        {
            asked.copies += 1;
            asked.last = seen.now;
            return;
        }
        if method == Method::Cancel {
            return;
        }
        self.new_request_left(seen, cseq);
        if method == Method::Notify && is_of_transfer(seen) {
            self.referral_told(seen);
        }
        if method == Method::Prack {
            self.prack_left(seen);
        }
        if method == Method::Options {
            self.options_left(seen);
        }
        if matches!(method, Method::Invite | Method::Update) {
            self.session_changed(seen, true);
        }
        if is_new && is_invite(&method) {
            self.goes_elsewhere(seen.message);
            self.named(seen);
            self.helped |= self.limits.is_help(seen.message, Name::To);
            self.call_left(seen);
            self.callee_called(seen);
            self.judge_carrier(seen);
            self.judge_limits(seen.now, &call_id, seen.side, seen.message);
        }
    }

    /// Something is told, and not asked.
    fn word_left(&mut self, seen: Seen<'_>) {
        if *seen.message.method() == Method::Notify {
            self.notify_left(seen);
        }
        if *seen.message.method() == Method::Message {
            self.slot_told(seen);
        }
    }

    fn new_request_left(&mut self, seen: Seen<'_>, cseq: u32) {
        let method = seen.message.method().clone();
        let (call_id, branch, now) = (seen.call_id(), seen.branch(), seen.now);
        let leg = self.legs.get_mut(&call_id).expect("its caller made it");
        if method == Method::Bye && leg.is_parting && leg.bye_left.is_some() && leg.cseq == Some(cseq) {
            // An answer that nobody remembers is parted with anew each time it comes.
            return;
        }
        if method == Method::Bye && leg.bye_left.is_none() {
            self.judge_parting(seen);
        }
        let leg = self.legs.get_mut(&call_id).expect("its caller made it");
        // A BYE whose connection broke before anybody answered is sent again, down another, for as long as none is had.
        let byes = || leg.asked.values().filter(|it| it.method == Method::Bye);
        let is_unheard = |it: &Asked| it.last_status.is_none() && self.broken.contains(&it.connection);
        let is_again =
            method == Method::Bye && (1..BYES_MAX).contains(&byes().count()) && byes().all(is_unheard);
        // The BYE to a forgotten dialog passes over 64 numbers that it may have had since its INVITE.
        let is_long_after = |it: &Asked| is_invite(&it.method) && cseq == it.cseq + 64 + 1;
        let passes_over = method == Method::Bye && leg.is_parting && leg.asked.values().any(is_long_after);
        let is_over = leg.bye_left.is_some() && !is_again || leg.bye_came.is_some();
        let is_after_bye = is_over && !passes_over;
        let is_out_of_turn = leg.cseq.is_some_and(|last| cseq != last + 1) && !passes_over;
        let is_parting = leg.is_parting;
        leg.cseq = Some(cseq);
        let is_first = method == Method::Invite && seen.message.to_tag().is_none();
        let asked = Asked {
            method: method.clone(),
            cseq,
            at: now,
            last: now,
            copies: 1,
            provisional: false,
            heard: None,
            last_status: None,
            settled: None,
            connection: seen.flow.connection,
            is_first,
            cancelled: None,
            is_given_up: false,
        };
        leg.asked.insert(branch.clone(), asked);
        if method == Method::Bye {
            leg.bye_left.get_or_insert(now);
        }
        if is_after_bye {
            self.violate(now, format!("{call_id}: {method} #{cseq} after BYE"));
        }
        if is_out_of_turn {
            self.violate(now, format!("{call_id}: {method} #{cseq} is out of turn"));
        }
        if is_first {
            let by = now + self.limits.rings_max(seen.side, now);
            self.owe(by, Duty::Silence(call_id.clone(), branch.clone()));
            self.happened.forks += u64::from(self.last_invite == Some(now));
            self.last_invite = Some(now);
        }
        let is_repeated = !seen.flow.transport.is_reliable() && (method != Method::Bye || !is_parting);
        if is_repeated {
            self.owe(now + T1 + SLACK, Duty::Again(call_id, branch, 1));
        }
    }

    fn judge_hops(&mut self, seen: Seen<'_>) {
        let is_first = is_invite(seen.message.method()) && seen.message.to_tag().is_none();
        let most = if is_first { 69 } else { 70 };
        if seen.message.max_forwards().is_none_or(|hops| hops > most) {
            let method = seen.message.method();
            self.violate(seen.now, format!("{}: {method} has too many hops", seen.message.call_id()));
        }
    }

    fn ack_left(&mut self, seen: Seen<'_>) {
        let (call_id, cseq) = (seen.call_id(), seen.message.cseq().number);
        let leg = &self.legs[&call_id];
        let fits = leg.asked.values().any(|it| is_invite(&it.method) && it.cseq == cseq);
        if !fits {
            self.violate(seen.now, format!("{call_id}: ACK #{cseq} for no INVITE"));
        }
        self.acknowledged(&call_id, cseq);
    }

    /// RFC 3261 §9.1: the INVITE's branch and CSeq, after a provisional, before the final.
    fn cancel_left(&mut self, seen: Seen<'_>) {
        let (call_id, branch, cseq) = (seen.call_id(), seen.branch(), seen.message.cseq().number);
        let leg = self.legs.get_mut(&call_id).expect("its caller made it");
        let Some(asked) = leg.asked.get_mut(&branch).filter(|asked| is_invite(&asked.method)) else {
            return self.violate(seen.now, format!("{call_id}: CANCEL for no INVITE"));
        };
        let is_first = asked.cancelled.is_none();
        asked.cancelled.get_or_insert(seen.now);
        let (provisional, at, own) = (asked.provisional, asked.at, asked.cseq);
        if !provisional {
            self.violate(seen.now, format!("{call_id}: CANCEL before a provisional response ({at:?})"));
        }
        if own != cseq {
            self.violate(seen.now, format!("{call_id}: CANCEL #{cseq} of INVITE #{own}"));
        }
        let says_why = seen.message.header(Name::Reason).is_some_and(|why| why.contains("cause=200"));
        if is_first && self.is_answer && !says_why && !self.limits.may_miss() {
            self.violate(seen.now, format!("{call_id}: answered elsewhere, and CANCEL does not say so"));
        }
    }

    /// An answer is owed its ACK at once.
    pub(super) fn owe_ack(&mut self, now: Instant, call_id: &str, cseq: u32) {
        self.owe(now + SLACK / 10, Duty::Acknowledge(call_id.into(), cseq));
    }
}
