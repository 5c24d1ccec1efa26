//! The server side: every request to be answered, and copies of those that were.

use bytes::{Bytes, BytesMut};
use clock::{Instant, Key, Slots};

use super::{
    Out, Up,
    alarm::Alarm,
    fingerprint::{Fingerprint, Index, Secret},
    flows::{FlowKey, Flows},
    server_machine::{Effect, Effects, Machine},
    timing::{Pace, Timing},
};
use crate::{Message, Method, Name, Status, flow::Flow, message::respond_to};

/// Names a server transaction for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(Key<Named>);

/// A transaction, whoever uses it.
#[derive(Debug)]
enum Named {}

/// All server transactions.
#[derive(Debug)]
pub(super) struct Servers<U> {
    timing: Timing,
    secret: Secret,
    slots: Slots<Server<U>>,
    index: Index<Key<Server<U>>>,
    /// Who first brought a request that may come by another way too.
    origins: Index<Key<Server<U>>>,
    flows: Flows,
    alarm: Alarm,
    buffer: BytesMut,
    /// Requests refused for want of a slot.
    refused: u64,
}

#[derive(Debug)]
struct Server<U> {
    machine: Machine,
    user: Option<U>,
    /// The flow that the request came by.
    flow: FlowKey,
    /// The peer's port that responses go to.
    response_port: u16,
    id: Fingerprint,
    origin: Option<Fingerprint>,
    /// Kept until the final response.
    request: Option<Message>,
}

impl<U: Copy> Servers<U> {
    pub(super) fn new(limit: usize, timing: Timing, secret: Secret, now: Instant) -> Self {
        Self {
            timing,
            secret,
            slots: Slots::new(limit),
            index: Index::default(),
            origins: Index::default(),
            flows: Flows::new(limit),
            alarm: Alarm::new(now),
            buffer: BytesMut::new(),
            refused: 0,
        }
    }

    /// Takes a request: a new one, a copy, an ACK or a CANCEL.
    pub(super) fn receive(&mut self, now: Instant, flow: Flow, message: Message, out: &mut impl Out<U>) {
        if *message.method() == Method::Ack {
            return self.ack(now, flow, message, out);
        }
        let id = self.secret.server(&message, message.method().as_str());
        if let Some(&key) = self.index.get(&id) {
            return self
                .drive(now, key, None, out, |machine, pace, out| machine.retransmission(now, pace, out));
        }
        if *message.method() == Method::Cancel {
            return self.cancel(now, id, flow, message, out);
        }
        if let Some(key) = self.open(now, id, flow, &message, out) {
            out.up(Up::Request { key, flow, message });
        }
    }

    /// Passes on a response of the transaction user.
    pub(super) fn respond(
        &mut self,
        now: Instant,
        key: ServerKey,
        status: Status,
        response: Bytes,
        out: &mut impl Out<U>,
    ) {
        self.drive(now, key.slot(), None, out, |machine, pace, out| {
            machine.respond(now, status, response, pace, out)
        });
    }

    /// Passes on a response and forgets the request.
    pub(super) fn respond_stateless(&mut self, key: ServerKey, response: Bytes, out: &mut impl Out<U>) {
        let Some(server) = self.slots.get(key.slot()) else { return };
        out.transmit(with_port(self.flows.flow(server.flow), server.response_port), response);
        self.forget(key.slot());
    }

    /// Drops a request that gets no answer.
    pub(super) fn forget_unanswered(&mut self, key: ServerKey) {
        self.forget(key.slot());
    }

    /// Tells the transaction users that the connection `flow` carries no more responses. Of datagrams nobody is told:
    /// whoever asked may hear all the same, and anybody can forge the news (RFC 5927 §2).
    pub(super) fn flow_failed(&mut self, now: Instant, flow: Flow, out: &mut impl Out<U>) {
        if !flow.transport.is_reliable() {
            return;
        }
        let Some(failed) = self.flows.find(&flow, &self.secret) else { return };
        let on_it = |(_, server): &(_, &Server<U>)| server.flow == failed;
        let keys: Vec<_> = self.slots.iter().filter(on_it).map(|(key, _)| key).collect();
        for key in keys {
            self.drive(now, key, None, out, |machine, pace, out| machine.flow_failed(now, pace, out));
        }
    }

    /// When to [`tick`](Self::tick) next.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.alarm.next()
    }

    /// Fires what is due.
    pub(super) fn tick(&mut self, now: Instant, out: &mut impl Out<U>) {
        while let Some(slot) = self.alarm.pop(now) {
            let Some(key) = self.slots.key_at(slot) else { continue };
            self.drive(now, key, None, out, |machine, pace, out| machine.tick(now, pace, out));
        }
    }

    /// What the transaction user is told with everything about this transaction from here on.
    pub(super) fn set_user(&mut self, key: ServerKey, user: U) {
        if let Some(server) = self.slots.get_mut(key.slot()) {
            server.user = Some(user);
        }
    }

    /// The request, until it got its final response.
    pub(super) fn request_of(&self, key: ServerKey) -> Option<&Message> {
        self.slots.get(key.slot())?.request.as_ref()
    }

    /// The flow that the request came by.
    pub(super) fn flow_of(&self, key: ServerKey) -> Option<Flow> {
        self.slots.get(key.slot()).map(|server| self.flows.flow(server.flow))
    }

    /// Responses go down `flow` from now on: the connection is gone that the request came by.
    pub(super) fn moves(&mut self, key: ServerKey, flow: Flow) {
        let Some(server) = self.slots.get_mut(key.slot()) else { return };
        self.flows.release(server.flow, &self.secret);
        server.flow = self.flows.hold(flow, &self.secret);
        server.response_port = flow.remote.port();
    }

    /// Whether another transaction lives that has the same origin (RFC 3261 §8.2.2.2).
    pub(super) fn merged(&self, request: &Message) -> bool {
        let first = self.secret.origin(request).and_then(|origin| self.origins.get(&origin));
        first.is_some() && first != self.index.get(&self.secret.server(request, request.method().as_str()))
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether nothing is kept anywhere.
    pub(super) fn is_idle(&self) -> bool {
        self.slots.is_empty() && self.index.is_empty() && self.origins.is_empty() && self.flows.is_empty()
    }

    /// An ACK belongs to the INVITE whose refusal it acknowledges, or else to the transaction user.
    fn ack(&mut self, now: Instant, flow: Flow, ack: Message, out: &mut impl Out<U>) {
        match self.index.get(&self.secret.server(&ack, Method::Invite.as_str())) {
            Some(&key) => {
                self.drive(now, key, Some((flow, ack)), out, |machine, pace, out| machine.ack(now, pace, out))
            }
            None => out.up(Up::Ack { flow, message: ack }),
        }
    }

    /// A CANCEL is a transaction of its own, beside that of the INVITE it names (RFC 3261 §9.2).
    ///
    /// GAP RFC 3261 §9.2: one that names another request than an INVITE, which a client SHOULD NOT send and
    /// which has no effect, is answered 481 instead of 200.
    fn cancel(&mut self, now: Instant, id: Fingerprint, flow: Flow, cancel: Message, out: &mut impl Out<U>) {
        let named = self.secret.server(&cancel, Method::Invite.as_str());
        let Some((invite, user)) =
            self.index.get(&named).and_then(|&key| Some((key, self.slots.get(key)?.user)))
        else {
            return self.refuse(flow, &cancel, id, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST, out);
        };
        if let Some(key) = self.open(now, id, flow, &cancel, out) {
            out.up(Up::Cancelled { invite: ServerKey::of(invite), user, cancel: key, flow, message: cancel });
        }
    }

    /// Starts a transaction; without a slot for it the request is refused.
    fn open(
        &mut self,
        now: Instant,
        id: Fingerprint,
        flow: Flow,
        request: &Message,
        out: &mut impl Out<U>,
    ) -> Option<ServerKey> {
        let pace = Pace { timing: &self.timing, reliable: flow.transport.is_reliable() };
        // A CANCEL follows its INVITE on each of the INVITE's ways.
        let origin = self.secret.origin(request).filter(|_| *request.method() != Method::Cancel);
        let opened = self.slots.try_insert_with(|_| Server {
            machine: Machine::start(now, request.method(), pace),
            user: None,
            flow: self.flows.hold(flow, &self.secret),
            response_port: response_port(flow, request),
            id,
            origin,
            request: Some(request.clone()),
        });
        let Ok(key) = opened else {
            self.refused += 1;
            self.refuse(flow, request, id, Status::SERVICE_UNAVAILABLE, out);
            return None;
        };
        self.index.insert(id, key);
        if let Some(origin) = origin {
            self.origins.entry(origin).or_insert(key);
        }
        self.settle(key);
        Some(ServerKey::of(key))
    }

    /// Answers without a transaction: each copy of the request gets the same response (RFC 3261 §8.2.7).
    fn refuse(
        &mut self,
        flow: Flow,
        request: &Message,
        id: Fingerprint,
        status: Status,
        out: &mut impl Out<U>,
    ) {
        let tag = format!("{:016x}", id.bits());
        let mut response = respond_to(&mut self.buffer, request, flow.remote, status, Some(&tag));
        if status == Status::SERVICE_UNAVAILABLE {
            // Spread over a while, or all come back at once (RFC 3261 §21.5.4).
            response = response.header(Name::RetryAfter, 5 + id.bits() % 26);
        }
        let bytes = response.end();
        out.transmit(with_port(flow, response_port(flow, request)), bytes);
    }

    /// Has one transaction take a `step` on behalf of `message` and carries out what it asks for.
    fn drive(
        &mut self,
        now: Instant,
        key: Key<Server<U>>,
        mut message: Option<(Flow, Message)>,
        out: &mut impl Out<U>,
        step: impl FnOnce(&mut Machine, Pace<'_>, &mut Effects),
    ) {
        let Some(server) = self.slots.get_mut(key) else { return };
        let flow = self.flows.flow(server.flow);
        let mut effects = Effects::new();
        step(
            &mut server.machine,
            Pace { timing: &self.timing, reliable: flow.transport.is_reliable() },
            &mut effects,
        );
        let (user, name, port) = (server.user, ServerKey::of(key), server.response_port);
        for effect in effects {
            match effect {
                Effect::Send(bytes) => out.transmit(with_port(flow, port), bytes),
                Effect::Trying => self.trying(now, name, flow, out),
                Effect::Acknowledged => out.up(Up::AckFor { invite: name, user }),
                Effect::PassAck => {
                    if let Some((flow, message)) = message.take() {
                        out.up(Up::Ack { flow, message });
                    }
                }
                Effect::Ended => out.up(Up::ServerEnded { key: name, user }),
                Effect::Unreachable => out.up(Up::ServerUnreachable { key: name, user }),
            }
        }
        self.settle(key);
    }

    /// Answers 100 as the transaction user could have (RFC 3261 §17.2.1, §8.2.6.1).
    fn trying(&mut self, now: Instant, key: ServerKey, flow: Flow, out: &mut impl Out<U>) {
        let Some(request) = self.slots.get(key.slot()).and_then(|server| server.request.as_ref()) else {
            return;
        };
        let response = respond_to(&mut self.buffer, request, flow.remote, Status::TRYING, None)
            .copy(request, Name::Timestamp)
            .end();
        self.respond(now, key, Status::TRYING, response, out);
    }

    /// After each step: frees what ended, sets the alarm for what did not.
    fn settle(&mut self, key: Key<Server<U>>) {
        let Some(server) = self.slots.get_mut(key) else { return };
        if server.machine.is_terminated() {
            return self.forget(key);
        }
        if !server.machine.is_open() {
            server.request = None;
        }
        self.alarm.set(key.index(), server.machine.next_timer());
    }

    fn forget(&mut self, key: Key<Server<U>>) {
        let Some(server) = self.slots.remove(key) else { return };
        self.alarm.set(key.index(), None);
        self.flows.release(server.flow, &self.secret);
        self.index.remove(&server.id);
        if let Some(origin) = server.origin
            && self.origins.get(&origin) == Some(&key)
        {
            self.origins.remove(&origin);
        }
    }
}

/// The port that responses go to (RFC 3261 §18.2.2, RFC 3581 §4).
///
/// A phone behind NAT that does not ask for rport would hear nothing at the port it names in its Via: that
/// one is inside. It gets its responses at the port its request came from, as if it had asked.
///
/// GAP RFC 3261 §18.2.2: `maddr` is not followed.
fn response_port(flow: Flow, request: &Message) -> u16 {
    let way_back = request.way_back();
    let behind_nat = way_back.address.is_some_and(|address| address != flow.remote.ip());
    if behind_nat || flow.transport.is_reliable() {
        flow.remote.port()
    } else {
        way_back.response_target(flow.remote).port()
    }
}

fn with_port(flow: Flow, port: u16) -> Flow {
    let mut flow = flow;
    flow.remote.set_port(port);
    flow
}

impl ServerKey {
    const fn of<U>(key: Key<Server<U>>) -> Self {
        Self(Key::from_raw(key.raw()))
    }

    const fn slot<U>(self) -> Key<Server<U>> {
        Key::from_raw(self.0.raw())
    }
}
