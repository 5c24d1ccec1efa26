//! From an input to its end: effects are popped until none is left.
//!
//! A panic in here is a bug of ours; `faults` sees to it that it costs one call, not the switch.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use callplan::Site;
use clock::{Instant, Key};
use media::control::{Reply as MediaReply, StreamId};
use sip::{
    Message, Method, Status,
    flow::Flow,
    transaction::{Branch, ServerKey, Up},
};

use super::{Control, Draining, FlowEvent, Input, Log, Output, Switch};
use crate::{
    call::Call,
    core::{Due, Effect, User, Waiter, is_proportionate},
    dialog::Order,
    identity,
    leg::{Leg, News, Party},
    reach::{Reached, Unreachable, WaitId},
    trunk::{self, Draft, Failure, Line, RegistrationId},
};

/// Most effects of one input. A chain that long is a loop of ours: it is cut and counted.
const EFFECTS_PER_INPUT_MAX: usize = 10_000;

/// How long unregistering trunks may hold up the end.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

impl Switch {
    pub(super) fn dispatch(&mut self, input: Input) {
        let run = catch_unwind(AssertUnwindSafe(|| {
            self.take(input);
            self.run();
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
            Input::Resolved { question, addresses } => {
                let told = self.core.reach.resolved(
                    self.core.now.mono,
                    question,
                    &addresses,
                    &mut self.core.outputs,
                );
                self.told(told);
            }
            Input::Control(control) => self.control(control),
            Input::Time => {}
        }
        self.time();
    }

    /// Pops effects until none is left.
    fn run(&mut self) {
        for _ in 0..EFFECTS_PER_INPUT_MAX {
            match self.core.effects.pop_front() {
                Some(Effect::Transaction(up)) => self.transaction(up),
                Some(Effect::Leg { leg, call, news }) => self.news(leg, call, news),
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
        match Message::parse(bytes) {
            Ok(message) => self.core.receive(flow, message),
            Err(error) => {
                self.core.counters.malformed += 1;
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

    fn transaction(&mut self, up: Up<User>) {
        match up {
            Up::Request { key, flow, message } => self.request(key, flow, &message),
            Up::Cancelled { user, cancel, message, .. } => {
                self.core.refuse(cancel, &message, Status::OK);
                if let Some(User::Leg(leg)) = user {
                    self.with_leg(leg, |leg, core| leg.cancelled(core));
                }
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
                User::Leg(leg) => self.with_leg(leg, |leg, core| leg.response(key, flow, &message, core)),
                User::Trunk(id) => self.trunk(|trunks, now, out| trunks.response(now, id, &message, out)),
                User::Nobody => {}
            },
            Up::StrayResponse { flow, message } => self.stray(flow, &message),
            Up::TimedOut { key, user } => match user {
                User::Leg(leg) => {
                    self.avoid_silent_trunk(leg);
                    self.with_leg(leg, |leg, core| leg.unanswered(key, Status::REQUEST_TIMEOUT, core));
                }
                User::Trunk(id) => {
                    self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::TimedOut, out))
                }
                User::Nobody => {}
            },
            Up::Unreachable { key, user } => match user {
                User::Leg(leg) => {
                    self.with_leg(leg, |leg, core| leg.unanswered(key, Status::SERVICE_UNAVAILABLE, core));
                }
                User::Trunk(id) => {
                    self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out));
                }
                User::Nobody => {}
            },
            Up::ServerUnreachable { user: Some(User::Leg(leg)), .. } => {
                self.with_leg(leg, |leg, core| leg.flow_lost(core));
            }
            // The refusal of a call that is over anyway, or a path on which nothing more can be told.
            Up::AckFor { .. } | Up::ServerEnded { .. } | Up::ServerUnreachable { .. } => {}
        }
    }

    /// A carrier's address that does not answer is tried last for a while (RFC 3263 §4.3).
    fn avoid_silent_trunk(&mut self, leg: Key<Leg>) {
        let is_called = |leg: &&Leg| leg.is_calling() && matches!(leg.party(), Party::Trunk(_));
        let leg = self.legs.get(leg).filter(is_called);
        if let Some(leg) = leg {
            self.core.reach.avoid(self.core.now.mono, leg.flow().remote);
        }
    }

    /// A 2xx that no transaction waits for: its leg acknowledges it again. If that leg is gone, a carrier was
    /// given up before it answered: it is told ACK and BYE, lest somebody talks to nobody (RFC 3261
    /// §13.2.2.4). A stranger is told nothing.
    fn stray(&mut self, flow: Flow, response: &Message) {
        let Some(key) = response.from_tag().and_then(identity::leg_of_token) else { return };
        if self.legs.get(key).is_some_and(|leg| owns(leg, response)) {
            return self.with_leg(key, |leg, core| leg.success_again(response, core));
        }
        let is_carrier = self.core.trunks.origin(&self.core.site, &self.core.reach, flow, response).is_some();
        if is_carrier && self.legs.get(key).is_none() {
            crate::leg::part(flow, response, &mut self.core);
        }
    }

    fn request(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        if request.to_tag().is_none() {
            return self.admit(key, flow, request);
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
        let rules = self.legs.get(leg).map(Leg::rules).unwrap_or_default();
        if !self.understands(key, request, rules) {
            return;
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

    fn with_leg(&mut self, key: Key<Leg>, work: impl FnOnce(&mut Leg, &mut crate::core::Core)) {
        if let Some(leg) = self.legs.get_mut(key) {
            self.running = Some(leg.call());
            work(leg, &mut self.core);
            self.running = None;
        }
    }

    fn news(&mut self, leg: Key<Leg>, call: Key<Call>, news: News) {
        self.with_call(call, |call, hands| call.news(leg, news, hands));
        if news == News::Gone {
            self.legs.remove(leg);
            self.with_call(call, |_, _| {});
        }
    }

    fn flow(&mut self, event: &FlowEvent) {
        if let FlowEvent::Closed(flow) = event {
            self.core.registrar.flow_closed(*flow);
            self.core.fail_flow(*flow);
        }
        let told = self.core.reach.flow_event(event, &mut self.core.outputs);
        self.told(told);
    }

    /// Destinations that were waited for.
    fn told(&mut self, told: impl IntoIterator<Item = (WaitId, Result<Flow, Unreachable>)>) {
        for (wait, flow) in told {
            match self.core.waiting.remove(&wait) {
                Some(Waiter::Call(call)) => {
                    self.with_call(call, |call, hands| call.reached(wait, flow, hands))
                }
                Some(Waiter::Trunk(id, draft)) => match flow {
                    Ok(flow) => self.send_register(id, &draft, flow),
                    Err(_) => {
                        self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out))
                    }
                },
                None => {}
            }
        }
    }

    fn stored(&mut self, reply: store::Reply) {
        let now = self.core.now;
        let answered = match reply {
            store::Reply::Loaded(state) => return self.loaded(*state),
            store::Reply::Committed(ticket) => self.core.registrar.committed(now, ticket),
            store::Reply::Failed(ticket, why) => {
                self.core.log(Log::Warn(format!("the store could not keep a row: {why}")));
                self.core.registrar.failed(now, ticket)
            }
        };
        if let Some((asker, reply)) = answered {
            self.answer_register(&asker, &reply);
        }
    }

    /// What outlived the last process.
    fn loaded(&mut self, state: store::State) {
        self.core.registrar.restore(self.core.now, &state.bindings);
        self.core.trunks.restore(&state.values);
        self.core.pointers.extend(state.pointers);
        self.core.last_call = state.last_call.unwrap_or(store::CallId(0));
        if !state.lost.is_empty() {
            let line = format!(
                "{} calls were cut by the last end of the process; recorded as lost",
                state.lost.len()
            );
            self.core.log(Log::Warn(line));
        }
        let now = self.core.now;
        for (phone, bindings) in self.core.registrar.phones() {
            bindings.iter().for_each(|it| self.authenticator.trust(now, phone, it.flow.remote.ip()));
        }
        let site = self.core.site.clone();
        self.adopt(site);
    }

    /// Lets everything that knows the site know this one.
    fn adopt(&mut self, site: Arc<Site>) {
        self.core.site = site.clone();
        let mut rows = Vec::new();
        self.core.registrar.apply(&site, &mut rows);
        rows.into_iter().for_each(|row| self.core.store(row));
        let carriers: Vec<_> = site.trunks.iter().map(trunk::destination).collect();
        self.core.reach.keep(&carriers);
        self.trunk(|trunks, now, out| trunks.apply(now, &site, out));
    }

    fn media(&mut self, thread: u8, reply: MediaReply) {
        match reply {
            MediaReply::Ready { ports } => self.core.ports.announce(thread, ports),
            MediaReply::Key { stream, key } => {
                if let Some(call) = self.call_of(stream) {
                    self.with_call(call, |call, hands| call.key(key, hands));
                }
            }
            MediaReply::Spoke { task } => {
                if let Some(call) = self.core.call_of_task(task) {
                    self.with_call(call, |call, _| call.spoke(task));
                }
            }
            MediaReply::Done { task, reason, lasted_ms } => {
                let lasted = Duration::from_millis(lasted_ms.into());
                if let Some(ended) = self.core.end_task(task) {
                    self.with_call(ended.call, |call, hands| {
                        call.task_done(task, ended.purpose, &reason, lasted, hands)
                    });
                }
            }
            MediaReply::Closed { stream, counts } => {
                self.with_leg(Key::from_raw(stream.0), |leg, core| leg.stream_closed(counts, core));
            }
            MediaReply::PortTaken { port } => {
                self.core.ports.is_taken(self.core.now.mono, port);
            }
            MediaReply::Quiet { stream } => self.with_leg(Key::from_raw(stream.0), Leg::fell_silent),
            MediaReply::Latched { .. } | MediaReply::Detached { .. } | MediaReply::Attached { .. } => {}
        }
    }

    fn call_of(&self, stream: StreamId) -> Option<Key<Call>> {
        self.legs.get(Key::from_raw(stream.0)).map(Leg::call)
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Apply(site) => self.adopt(site),
            Control::Drain => {
                self.draining = Draining::Calls;
                self.core.log(Log::Info(format!("draining: {} calls to go", self.calls.len())));
            }
            Control::HangUpAll => {
                for call in self.calls.keys().collect::<Vec<_>>() {
                    self.with_call(call, |call, hands| call.shut_down(hands));
                }
            }
        }
    }

    /// When the last call is over the trunks are unregistered, so that carriers stop sending calls here; a
    /// carrier that does not answer keeps nobody waiting.
    fn drain(&mut self) {
        let now = self.core.now.mono;
        if self.draining == Draining::Calls && self.calls.is_empty() {
            self.trunk(|trunks, now, out| trunks.leave(now, out));
            self.draining = Draining::Trunks { since: now };
        }
        if let Draining::Trunks { since } = self.draining
            && (self.core.trunks.is_quiet() || now.since(since) >= FAREWELL)
        {
            self.core.outputs.push_back(Output::Drained);
            self.draining = Draining::No;
        }
    }

    /// Whatever is due.
    fn time(&mut self) {
        let now = self.core.now;
        self.core.tick_transactions();
        while let Some((_, due)) = self.core.wheel.pop(now.mono) {
            match due {
                Due::Leg(leg) => self.with_leg(leg, Leg::tick),
                Due::Call(call) => self.with_call(call, Call::tick),
            }
        }
        if self.core.registrar.timeout().is_some_and(|at| at <= now.mono) {
            let mut rows = Vec::new();
            let answered = self.core.registrar.tick(now, &mut rows);
            rows.into_iter().for_each(|row| self.core.store(row));
            for (asker, reply) in answered {
                self.answer_register(&asker, &reply);
            }
        }
        if self.core.trunks.timeout().is_some_and(|at| at <= now.mono) {
            self.trunk(|trunks, now, out| trunks.tick(now, out));
        }
        if self.core.reach.timeout().is_some_and(|at| at <= now.mono) {
            let told = self.core.reach.tick(now.mono, &mut self.core.outputs);
            self.told(told);
        }
        if let Some(line) = self.core.ports.told(now.mono) {
            self.core.log(Log::Warn(line));
        }
    }

    /// Lets the trunks decide and carries out what they want.
    fn trunk(&mut self, work: impl FnOnce(&mut trunk::Trunks, Instant, &mut Vec<trunk::Effect>)) {
        let mut wanted = Vec::new();
        work(&mut self.core.trunks, self.core.now.mono, &mut wanted);
        for effect in wanted {
            match effect {
                trunk::Effect::Store(request) => self.core.store(request),
                trunk::Effect::Register(id, draft) => self.reach_registrar(id, draft),
            }
        }
    }

    fn reach_registrar(&mut self, id: RegistrationId, draft: Box<Draft>) {
        match self.core.reach(draft.destination()) {
            Reached::Ready(flow) => self.send_register(id, &draft, flow),
            Reached::Waiting(wait) => drop(self.core.waiting.insert(wait, Waiter::Trunk(id, draft))),
            Reached::Failed(_) => {
                self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out))
            }
        }
    }

    fn send_register(&mut self, id: RegistrationId, draft: &Draft, flow: Flow) {
        let branch = Branch::new(&mut self.core.chance);
        let line = Line { transport: flow.transport, sent_by: self.core.identity.advertised(flow), branch };
        let mut buffer = self.core.buffer();
        let bytes = draft.write(line, &mut buffer);
        self.core.keep(buffer);
        if self.core.start(User::Trunk(id), flow, Method::Register, branch, bytes, None).is_none() {
            self.trunk(|trunks, now, out| trunks.failed(now, id, Failure::Unreachable, out));
        }
    }
}

fn owns(leg: &Leg, response: &Message) -> bool {
    leg.dialog().call_id() == response.call_id() && response.from_tag() == Some(leg.dialog().local_tag())
}
