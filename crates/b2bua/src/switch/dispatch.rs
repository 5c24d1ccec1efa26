//! From an input to its end: effects are popped until none is left.
//!
//! A panic in here is a bug of ours; `faults` sees to it that it costs one call, not the switch.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Bytes, BytesMut};
use clock::Key;
use sip::{
    Message, Method, Status,
    flow::Flow,
    stun,
    transaction::{ClientKey, ServerKey, Up},
};

use super::{Input, Switch};
use crate::{
    call::Call,
    core::{Core, Effect, User, is_proportionate},
    dialog::Order,
    identity,
    leg::{Leg, News},
    reach::Unreachable,
    subscription::Event,
    trunk::Failure,
};

/// Most effects of one input. A chain that long is a loop of ours: it is cut and counted.
const EFFECTS_PER_INPUT_MAX: usize = 10_000;

impl Switch {
    pub(super) fn dispatch(&mut self, input: Input) {
        let run = catch_unwind(AssertUnwindSafe(|| {
            self.take(input);
            self.run();
            // Whoever was heard in time was heard before the timer.
            self.time();
            self.run();
            self.relight();
        }));
        if let Err(panic) = run {
            self.survive(panic);
        }
        self.drain();
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Datagram { flow, bytes } => self.datagram(flow, bytes),
            Input::Flow(event) => self.flow(&event),
            Input::Store(reply) => self.stored(reply),
            Input::Media { thread, reply } => self.media(thread, reply),
            Input::Resolved { question, answer } => self.resolved(question, answer),
            Input::Attested { asker, attest } => {
                self.with_call(Key::from_raw(asker), |call, hands| call.attested(attest, hands));
            }
            Input::Control(control) => self.control(control),
            Input::Time => {}
        }
    }

    /// Pops effects until none is left.
    fn run(&mut self) {
        for _ in 0..EFFECTS_PER_INPUT_MAX {
            match self.core.effects.pop_front() {
                Some(Effect::Transaction(up)) => self.transaction(up),
                Some(Effect::Leg { leg, call, news }) => self.news(leg, call, news),
                Some(Effect::Say(call, statement)) => self.say_for(call, statement),
                Some(Effect::Line(call, queue, asked)) => self.line_asked(call, &queue, asked),
                Some(Effect::Picked(call)) => self.picked_up(call),
                Some(Effect::Served(leg)) => self.served(leg),
                Some(Effect::Reached(leg)) => self.reached_at_home(leg),
                None => return,
            }
        }
        self.core.effects.clear();
        self.core.counters.effects_cut += 1;
    }

    fn datagram(&mut self, flow: Flow, bytes: Bytes) {
        if !self.hears(flow) {
            self.core.counters.flooded += 1;
            return;
        }
        self.core.counters.messages += 1;
        let length = bytes.len();
        if !flow.transport.is_reliable()
            && let Some(answer) = stun::answer(&bytes, flow.remote)
        {
            return self.tell_where(flow, length, answer);
        }
        match Message::parse(bytes) {
            Ok(message) => self.core.receive(flow, message),
            Err(error) => {
                self.core.counters.malformed += 1;
                self.tell_unreadable(flow, &error);
                let mut tag = [0; 12];
                self.core.chance.token(&mut tag);
                let tag = str::from_utf8(&tag).expect("base32 letters are ASCII");
                let answer = error.respond(&mut BytesMut::new(), flow.remote, tag);
                match answer {
                    Some(bytes) if is_proportionate(flow, length, &bytes) => self.core.transmit(flow, bytes),
                    Some(_) => self.core.counters.unanswered += 1,
                    None => {}
                }
            }
        }
    }

    /// Tells who asked where it is seen. Over IPv6 that is more than twice of what it said, so it is for phones: one that
    /// hears nothing takes its flow for gone (RFC 5626 §4.4.2).
    fn tell_where(&mut self, flow: Flow, asked: usize, answer: Bytes) {
        if is_proportionate(flow, asked, &answer)
            || self.authenticator.is_proven(self.core.now, flow.remote.ip())
        {
            self.core.transmit(flow, answer);
        } else {
            self.core.counters.unanswered += 1;
        }
    }

    fn transaction(&mut self, up: Up<User>) {
        match up {
            Up::Request { key, flow, message } => self.request(key, flow, &message),
            Up::Cancelled { user, cancel, flow, message, .. } => {
                self.cancelled(user, cancel, flow, &message);
            }
            Up::Ack { flow, message } => {
                if let Some(leg) =
                    self.leg_of(&message).filter(|leg| self.is_known_source(*leg, flow, &message))
                {
                    self.flood.knows(self.core.now.mono, flow.remote.ip());
                    self.with_leg(leg, |leg, core| {
                        leg.speaks_from(flow, core.now.mono);
                        leg.acknowledged(&message, core);
                    });
                }
            }
            Up::Response { key, user, flow, message } => match user {
                User::Leg(leg) => {
                    self.rest_busy_trunk(leg, &message);
                    self.tell_objection(leg, &message);
                    if self.legs.get(leg).is_none() {
                        return self.too_late(flow, &message);
                    }
                    // Who answers a request of ours has read it: an agent's address alone makes nobody known.
                    self.flood.knows(self.core.now.mono, flow.remote.ip());
                    self.with_leg(leg, |leg, core| leg.response(key, flow, &message, core));
                }
                User::Trunk(id) => self.register_answered(id, flow, &message),
                User::Ping(id) => self.ping_answered(id, &message),
                User::Watcher(watcher) => self.watcher_heard(watcher, &message),
                User::Nobody => {}
            },
            Up::StrayResponse { flow, message } => self.stray(flow, &message),
            Up::TimedOut { key, user, flow, since } => {
                // Many servers leave OPTIONS unanswered: those are judged by their pulse.
                if !matches!(user, User::Ping(_)) {
                    self.hang_up_on_the_deaf(flow, since);
                }
                self.unanswered(key, user, Status::REQUEST_TIMEOUT);
            }
            Up::Unreachable { key, user } => self.unanswered(key, user, Status::SERVICE_UNAVAILABLE),
            Up::FlowFailed { key, user: User::Leg(leg) } => {
                self.with_leg(leg, |leg, core| leg.flow_failed(key, core));
            }
            Up::ServerUnreachable { key, user: Some(User::Leg(leg)) } => {
                self.with_leg(leg, |leg, core| leg.flow_lost(key, core));
            }
            // The refusal of a call that is over anyway, or a path on which nothing more can be told.
            Up::AckFor { .. }
            | Up::ServerEnded { .. }
            | Up::ServerUnreachable { .. }
            | Up::FlowFailed { .. } => {}
        }
    }

    /// A request of ours ended without an answer: 408 for time, 503 for the transport (RFC 3261 §8.1.3.1).
    fn unanswered(&mut self, key: ClientKey, user: User, status: Status) {
        let is_late = status == Status::REQUEST_TIMEOUT;
        match user {
            User::Leg(leg) => {
                self.avoid_silent_trunk(leg);
                self.with_leg(leg, |leg, core| leg.unanswered(key, status, core));
            }
            User::Trunk(id) => {
                let why = if is_late { Failure::TimedOut } else { Unreachable::Gone.into() };
                self.register_failed(id, why);
            }
            User::Ping(id) => self.ping_ended(id, false),
            User::Watcher(watcher) => {
                self.happens(watcher, if is_late { Event::TimedOut } else { Event::Unreachable });
            }
            User::Nobody => {}
        }
    }

    /// A CANCEL is never challenged (RFC 3261 §22.1): it has to come from where its INVITE may have.
    fn cancelled(&mut self, user: Option<User>, cancel: ServerKey, flow: Flow, request: &Message) {
        let Some(User::Leg(leg)) = user else { return self.core.refuse(cancel, request, Status::OK) };
        if self.legs.get(leg).is_some() && !self.is_known_source(leg, flow, request) {
            // Kept, it would stand in the way of the true one.
            let status = Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            let bytes = self.core.refusal(flow, request, status, &[]);
            return self.core.answer_stranger(cancel, request, bytes);
        }
        self.core.refuse(cancel, request, Status::OK);
        self.with_leg(leg, |leg, core| leg.cancelled(core));
    }

    /// A 2xx that no transaction waits for: its leg acknowledges it again. If that leg is gone, a carrier or phone
    /// was given up before it answered: it is told ACK and BYE, lest somebody talks to nobody (RFC 3261
    /// §13.2.2.4). A stranger is told nothing.
    fn stray(&mut self, flow: Flow, response: &Message) {
        let Some(key) = response.from_tag().and_then(identity::leg_of_token) else { return };
        if self.legs.get(key).is_some_and(|leg| owns(leg, response)) {
            return self.with_leg(key, |leg, core| leg.success_again(response, core));
        }
        if self.legs.get(key).is_none() && self.is_one_of_ours(flow, response) {
            crate::leg::part(flow, response, &mut self.core);
        }
    }

    /// An answer to an INVITE whose leg is gone, while its transaction waits for more of them: another fork's, which is
    /// told ACK and BYE; or one on the dialog that is over, to a change that crossed its end or come twice.
    fn too_late(&mut self, flow: Flow, message: &Message) {
        let is_answer =
            *message.method() == Method::Invite && message.status().is_some_and(Status::is_success);
        let dialog = (message.call_id(), message.to_tag().unwrap_or_default());
        if is_answer && self.ended.get(&dialog).is_none() {
            crate::leg::part(flow, message, &mut self.core);
        }
    }

    /// Whether a phone proved itself at the source of a message, or a carrier lives there.
    fn is_one_of_ours(&self, flow: Flow, message: &Message) -> bool {
        let Core { now, site, reach, trunks, .. } = &self.core;
        self.authenticator.is_proven(*now, flow.remote.ip())
            || trunks.origin(site, reach, flow, message).is_some()
    }

    fn request(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        if request.to_tag().is_none() {
            return self.admit(key, flow, request);
        }
        if let Some(watcher) = self.notifier.of_request(request) {
            return self.resubscribe(watcher, key, flow, request);
        }
        let Some(leg) = self.leg_of(request) else {
            // Stateless: a stranger with an invented tag leaves nothing behind (RELIABILITY P7).
            let status = Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            let bytes = self.core.refusal(flow, request, status, &[]);
            return self.core.answer_stranger(key, request, bytes);
        };
        if !self.is_known_source(leg, flow, request) && !self.proves_itself(leg, key, flow, request) {
            return;
        }
        self.flood.knows(self.core.now.mono, flow.remote.ip());
        let Some((party, rules)) = self.legs.get(leg).map(|leg| (leg.party().clone(), leg.rules())) else {
            return;
        };
        if !self.understands(&party, key, flow, request, rules) {
            return;
        }
        if *request.method() == Method::Refer {
            return self.refer(leg, key, flow, request);
        }
        self.with_leg(leg, |leg, core| match leg.note(request.cseq()) {
            Order::Next => {
                leg.speaks_from(flow, core.now.mono);
                leg.request(key, request, core);
            }
            // RFC 3261 §12.2.2: out of order.
            Order::Late => core.refuse(key, request, Status::SERVER_INTERNAL_ERROR),
        });
    }

    /// The leg that a request on a dialog belongs to: our tag holds its key, and the rest must fit.
    fn leg_of(&self, request: &Message) -> Option<Key<Leg>> {
        let key = request.to_tag().and_then(identity::leg_of_token)?;
        self.legs.get(key).filter(|leg| leg.dialog().owns_request(request)).map(|_| key)
    }

    pub(super) fn with_leg(&mut self, key: Key<Leg>, work: impl FnOnce(&mut Leg, &mut Core)) {
        if let Some(leg) = self.legs.get_mut(key) {
            let call = leg.call();
            self.running = Some(call);
            work(leg, &mut self.core);
            self.running = None;
            self.touches(call);
        }
    }

    fn news(&mut self, leg: Key<Leg>, call: Key<Call>, news: News) {
        // A leg may have gone over to another call since it told.
        let call = self.legs.get(leg).map_or(call, Leg::call);
        self.with_call(call, |call, hands| call.news(leg, news, hands));
        if news == News::Gone {
            self.put_out(leg);
            let gone = self.legs.remove(leg);
            if let Some(dialog) = gone.as_ref().map(Leg::dialog) {
                self.ended.put(&(dialog.call_id(), dialog.remote_tag()), self.core.now.mono, |()| ());
            }
            self.with_call(call, |_, _| {});
        }
    }
}

fn owns(leg: &Leg, response: &Message) -> bool {
    leg.dialog().call_id() == response.call_id() && response.from_tag() == Some(leg.dialog().local_tag())
}
