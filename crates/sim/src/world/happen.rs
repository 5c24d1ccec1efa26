//! What happens next, and to whom it comes.

use std::time::Duration;

use b2bua::switch::Input;
use bytes::Bytes;
use clock::Instant;
use sip::{
    Message,
    flow::{Flow, Transport},
};

use super::{Arrival, World};
use crate::wire::{Entry, Way};

impl World {
    pub(super) fn happen(&mut self) {
        let now = self.now;
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now.mono);
        if is_due(self.queue.first_key_value().map(|((at, _), _)| *at)) {
            let (_, arrival) = self.queue.pop_first().expect("looked at above");
            return self.arrive(arrival);
        }
        if is_due(self.switch_timeout()) {
            return self.feed(Input::Time);
        }
        if self.is_up() && is_due(self.store.timeout()) {
            while let Some(mut reply) = self.store.poll(now) {
                if let store::Reply::Loaded(state) = &mut reply {
                    self.check.loads(now.mono, &state.values);
                    self.plant.iter().for_each(|plant| plant.loads(state));
                    self.begin();
                }
                self.feed(Input::Store(reply));
            }
            return;
        }
        if is_due(self.studio.timeout()) {
            while let Some(reply) = self.studio.poll(now.mono) {
                self.judge_recordings();
                self.feed(Input::Media { thread: 0, reply });
            }
            return;
        }
        for index in 0..self.agents.len() {
            if is_due(self.agents[index].timeout()) {
                self.agents[index].tick(now.mono);
                self.collect(index);
            }
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::AtSwitch { flow, bytes } => self.deliver(flow, bytes),
            Arrival::AtAgent { agent, flow, bytes } => {
                if let Err(fault) = self.agents[agent].receive(self.now.mono, flow, bytes) {
                    self.faults.push(format!("the switch sent what cannot be read: {fault:?}"));
                }
                self.collect(agent);
            }
            Arrival::Event(event) => self.feed(Input::Flow(event)),
            Arrival::ClosedAtAgent { agent, flow } => {
                self.agents[agent].flow_closed(self.now.mono, flow);
                self.collect(agent);
            }
            Arrival::Resolved { question, host, answer } => {
                let answer = self.tell_name(&host, answer);
                self.feed(Input::Resolved { question, answer });
            }
            Arrival::Attested { asker, attest } => self.feed(Input::Attested { asker, attest }),
            Arrival::Order(order) => self.carry_out(order),
            Arrival::Forged { flow, bytes } => self.feed(Input::Datagram { flow, bytes }),
            Arrival::Held(output) => self.take_output(output),
            Arrival::Start => self.start(),
        }
    }

    fn deliver(&mut self, flow: Flow, bytes: Bytes) {
        if let Some(loaded) = self.store.timeout().filter(|_| self.is_loading) {
            // It waits in its socket.
            let after = self.now.mono.max(loaded) + Duration::from_micros(1);
            return self.enqueue(after, Arrival::AtSwitch { flow, bytes });
        }
        let is_gone = flow.transport != Transport::Udp && !self.streams.is_live(flow.connection);
        if self.switch.is_none() || is_gone {
            return;
        }
        if let (Ok(message), Some(side)) = (Message::parse(bytes.clone()), self.agent_at(flow)) {
            self.check.received(self.now.mono, side, flow, &message);
        }
        let bytes = self.plant.as_mut().map_or_else(|| bytes.clone(), |plant| plant.hears(&bytes));
        self.feed(Input::Datagram { flow, bytes });
        self.check.handled(self.now.mono);
    }

    pub(super) fn enqueue(&mut self, at: Instant, arrival: Arrival) {
        self.turn += 1;
        self.queue.insert((at, self.turn), arrival);
    }

    /// Gives the switch an input and takes all that comes of it.
    pub(super) fn feed(&mut self, input: Input) {
        if let Some(switch) = &mut self.switch {
            switch.handle(self.now, input);
            self.take_outputs();
        }
    }

    /// Takes what a party sends.
    pub(super) fn collect(&mut self, index: usize) {
        for (flow, bytes) in self.agents[index].drain() {
            let message = Message::parse(bytes.clone()).expect("parties write sound messages");
            let local = flow.remote;
            let flow = Flow { local, remote: flow.local, ..flow };
            let mut fate = self.network.fate(self.now.mono, Way::In, flow, &message);
            if self.streams.is_deaf(flow.connection) {
                fate.clear();
            }
            let is_gone = flow.transport != Transport::Udp && !self.streams.is_live(flow.connection);
            for at in fate.iter().filter(|_| !is_gone) {
                self.enqueue(*at, Arrival::AtSwitch { flow, bytes: bytes.clone() });
            }
            let entry = Entry::Sent { at: self.now.mono, side: index, way: Way::In, message, fate };
            self.entries.push(entry);
        }
    }
}
