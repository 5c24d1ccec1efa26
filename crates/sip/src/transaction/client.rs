//! The client side: every request of ours that is on its way.

use std::time::Duration;

use bytes::Bytes;
use clock::{Full, Instant, Key, Slots};

use super::{
    Out, Up,
    alarm::Alarm,
    branch::Branch,
    client_machine::{Effect, Effects, Machine},
    completed::Completed,
    fingerprint::{Fingerprint, Index, Secret},
    flows::{FlowKey, Flows},
    timing::{Pace, Timing},
};
use crate::{Message, Method, Name, flow::Flow};

/// Names a client transaction for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(Key<Named>);

/// A transaction, whoever uses it.
#[derive(Debug)]
enum Named {}

/// A request to be sent in a client transaction.
#[derive(Clone, Debug)]
pub struct Outgoing<U> {
    /// Comes back with every response.
    pub user: U,
    /// Where to.
    pub flow: Flow,
    /// INVITE or not makes the difference. An ACK for a 2xx is no transaction: it is just sent.
    pub method: Method,
    /// The branch in the top Via of `bytes`; for CANCEL that of its INVITE.
    pub branch: Branch,
    /// The whole request.
    pub bytes: Bytes,
    /// How long to wait for any response to an INVITE (timer B) or for the final one otherwise (timer F);
    /// 64 T1 if not given.
    pub timeout: Option<Duration>,
}

/// All client transactions.
#[derive(Debug)]
pub(super) struct Clients<U> {
    timing: Timing,
    secret: Secret,
    slots: Slots<Client<U>>,
    index: Index<Key<Client<U>>>,
    flows: Flows,
    alarm: Alarm,
    completed: Completed,
}

#[derive(Debug)]
struct Client<U> {
    machine: Machine,
    user: U,
    flow: FlowKey,
    since: Instant,
    id: Fingerprint,
}

impl<U: Copy> Clients<U> {
    pub(super) fn new(limit: usize, timing: Timing, secret: Secret, now: Instant) -> Self {
        Self {
            timing,
            secret,
            slots: Slots::new(limit),
            index: Index::default(),
            flows: Flows::new(limit),
            alarm: Alarm::new(now),
            completed: Completed::default(),
        }
    }

    /// Sends a request and waits for what comes back.
    pub(super) fn request(
        &mut self,
        now: Instant,
        outgoing: Outgoing<U>,
        out: &mut impl Out<U>,
    ) -> Result<ClientKey, Full> {
        if self.len() >= self.slots.limit() {
            return Err(Full(()));
        }
        let Outgoing { user, flow, method, branch, bytes, timeout } = outgoing;
        let id = self.secret.client(branch, method.as_str());
        let pace = Pace { timing: &self.timing, reliable: flow.transport.is_reliable() };
        let mut effects = Effects::new();
        let key = self.slots.try_insert_with(|_| Client {
            machine: Machine::start(now, &method, bytes, timeout, pace, &mut effects),
            user,
            flow: self.flows.hold(flow, &self.secret),
            since: now,
            id,
        })?;
        self.index.insert(id, key);
        self.carry_out(key, effects, None, out);
        if method == Method::Cancel {
            let invite = self.index.get(&self.secret.client(branch, Method::Invite.as_str())).copied();
            self.drive(invite, None, out, |machine, pace, out| machine.cancel_sent(now, pace, out));
        }
        Ok(ClientKey::of(key))
    }

    /// Nobody waits for the final response to this INVITE any more.
    pub(super) fn forsake(&mut self, now: Instant, key: ClientKey, out: &mut impl Out<U>) {
        let key = Key::from_raw(key.0.raw());
        self.drive(Some(key), None, out, |machine, pace, out| machine.cancel_sent(now, pace, out));
    }

    /// Takes a response.
    pub(super) fn receive(&mut self, now: Instant, flow: Flow, response: Message, out: &mut impl Out<U>) {
        let Some(status) = response.status() else { return };
        let id = response
            .branch()
            .and_then(Branch::parse)
            .map(|branch| self.secret.client(branch, response.method().as_str()));
        match id.and_then(|id| self.index.get(&id)).copied() {
            Some(key) => {
                // The text of To is read while the message itself moves on to the user.
                let kept = response.clone();
                let to = kept.header(Name::To).unwrap_or_default();
                self.drive(Some(key), Some((flow, response)), out, |machine, pace, out| {
                    machine.response(now, status, to, pace, out);
                });
            }
            // A copy of the final response (RFC 3261 §17.1.2.2).
            None if id.is_some_and(|id| self.completed.has(id)) => {}
            // Anything else that fits no transaction is late, lost or forged, and nobody misses it.
            None if status.is_success() && *response.method() == Method::Invite => {
                out.up(Up::StrayResponse { flow, message: response });
            }
            None => {}
        }
    }

    /// Ends the requests that wait for an answer down `flow`.
    pub(super) fn flow_failed(&mut self, now: Instant, flow: Flow, out: &mut impl Out<U>) {
        let Some(failed) = self.flows.find(&flow, &self.secret) else { return };
        let on_it = |(_, client): &(_, &Client<U>)| client.flow == failed;
        let keys: Vec<_> = self.slots.iter().filter(on_it).map(|(key, _)| key).collect();
        for key in keys {
            self.drive(Some(key), None, out, |machine, pace, out| machine.flow_failed(now, pace, out));
        }
    }

    /// When to [`tick`](Self::tick) next.
    pub(super) fn timeout(&self) -> Option<Instant> {
        [self.alarm.next(), self.completed.next()].into_iter().flatten().min()
    }

    /// Fires what is due.
    pub(super) fn tick(&mut self, now: Instant, out: &mut impl Out<U>) {
        while let Some(slot) = self.alarm.pop(now) {
            let Some(key) = self.slots.key_at(slot) else { continue };
            self.drive(Some(key), None, out, |machine, pace, out| machine.tick(now, pace, out));
        }
        self.completed.tick(now);
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() + self.completed.len()
    }

    /// Whether nothing is kept anywhere.
    pub(super) fn is_idle(&self) -> bool {
        self.len() == 0 && self.index.is_empty() && self.flows.is_empty()
    }

    /// Has one transaction take a `step` on behalf of `message` and carries out what it asks for.
    fn drive(
        &mut self,
        key: Option<Key<Client<U>>>,
        message: Option<(Flow, Message)>,
        out: &mut impl Out<U>,
        step: impl FnOnce(&mut Machine, Pace<'_>, &mut Effects),
    ) {
        let Some(key) = key else { return };
        let Some(client) = self.slots.get_mut(key) else { return };
        let reliable = self.flows.flow(client.flow).transport.is_reliable();
        let mut effects = Effects::new();
        step(&mut client.machine, Pace { timing: &self.timing, reliable }, &mut effects);
        self.carry_out(key, effects, message, out);
    }

    fn carry_out(
        &mut self,
        key: Key<Client<U>>,
        effects: Effects,
        mut message: Option<(Flow, Message)>,
        out: &mut impl Out<U>,
    ) {
        let Some(client) = self.slots.get_mut(key) else { return };
        let (user, name, since) = (client.user, ClientKey::of(key), client.since);
        for effect in effects {
            match effect {
                Effect::Send(bytes) => {
                    let flow = self.flows.flow(client.flow);
                    // The ACK of a refusal that came by another connection, as the INVITE's broke (RFC 3261 §17.1.1.3).
                    let came_by = message.as_ref().map(|(flow, _)| *flow);
                    let is_moved = |by: &Flow| flow.transport.is_reliable() && by.transport.is_reliable();
                    out.transmit(came_by.filter(is_moved).unwrap_or(flow), bytes);
                }
                Effect::Deliver => {
                    if let Some((flow, message)) = message.take() {
                        out.up(Up::Response { key: name, user, flow, message });
                    }
                }
                Effect::Stray => {
                    if let Some((flow, message)) = message.take() {
                        out.up(Up::StrayResponse { flow, message });
                    }
                }
                Effect::FlowFailed => out.up(Up::FlowFailed { key: name, user }),
                Effect::TimedOut => {
                    out.up(Up::TimedOut { key: name, user, flow: self.flows.flow(client.flow), since });
                }
                Effect::Unreachable => out.up(Up::Unreachable { key: name, user }),
            }
        }
        if let Some(timer_k) = client.machine.timer_k() {
            self.completed.add(client.id, timer_k);
            self.forget(key);
        } else if client.machine.is_terminated() {
            self.forget(key);
        } else {
            self.alarm.set(key.index(), client.machine.next_timer());
        }
    }

    fn forget(&mut self, key: Key<Client<U>>) {
        let Some(client) = self.slots.remove(key) else { return };
        self.alarm.set(key.index(), None);
        self.flows.release(client.flow, &self.secret);
        if self.index.get(&client.id) == Some(&key) {
            self.index.remove(&client.id);
        }
    }
}

impl ClientKey {
    const fn of<U>(key: Key<Client<U>>) -> Self {
        Self(Key::from_raw(key.raw()))
    }
}
