//! What the switch asks of the world.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use b2bua::switch::{FlowEvent, Log, Output};
use bytes::Bytes;
use sip::{
    Message,
    flow::{Flow, Transport},
};

use super::{Arrival, World};
use crate::{
    agent::Agent,
    check::REMINDERS,
    studio::Heard,
    wire::{Entry, Way},
};

/// How long a certificate is on its way.
const FETCH: Duration = Duration::from_millis(30);

/// An answer that nobody gave comes when nobody is waited for any longer than this.
const FORGED: Duration = Duration::from_millis(3_900);

impl World {
    pub(super) fn take_outputs(&mut self) {
        while let Some(output) = self.switch.as_mut().and_then(b2bua::switch::Switch::poll) {
            match self.plant.take() {
                Some(mut plant) => {
                    if let Some((flow, bytes)) = plant.forges(&output) {
                        self.enqueue(self.now.mono + FORGED, Arrival::Forged { flow, bytes });
                    }
                    let outputs = plant.spoils(output);
                    let held: Vec<_> = outputs.iter().map(|output| plant.holds(output)).collect();
                    self.plant = Some(plant);
                    for (output, held) in outputs.into_iter().zip(held) {
                        if held.is_zero() {
                            self.take_output(output);
                        } else {
                            self.enqueue(self.now.mono + held, Arrival::Held(output));
                        }
                    }
                }
                None => self.take_output(output),
            }
        }
    }

    pub(super) fn take_output(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
            Output::Open { id, transport, remote, .. } => self.open(id, transport, remote),
            Output::OpenAhead { flow, .. } => self.open_ahead(flow),
            Output::Close(flow) => self.break_off(flow.connection),
            Output::Store(request) => {
                if matches!(&request, store::Request::Put(_, name, _) if name.starts_with(REMINDERS)) {
                    let reached = self.reached();
                    self.check.reaches(reached);
                }
                self.check.stored(self.now.mono, &request);
                if let store::Request::Record(record) = &request {
                    self.check.judge_journal(self.now.mono, &self.site, record);
                }
                self.store.handle(self.now, request);
            }
            Output::Media { request, .. } => {
                self.check.told_media(self.now.mono, &request);
                self.studio.handle(self.now.mono, request);
                self.judge_recordings();
            }
            Output::Resolve { question, destination } => self.resolve(question, &destination),
            Output::Verify(verify) => {
                let attest = self.authority.judge(&verify);
                let asker = verify.asker;
                self.enqueue(self.now.mono + FETCH, Arrival::Attested { asker, attest });
            }
            Output::Originated(placed) => {
                self.check.placed(self.now.mono, &placed);
                if let Err(why) = placed {
                    self.remark(format!("no call is placed: {why}"));
                }
            }
            Output::Discard { path, then } => {
                self.studio.forget(&path);
                if let Some(request) = then {
                    self.check.stored(self.now.mono, &request);
                    self.store.handle(self.now, request);
                }
            }
            Output::Drained => {
                self.is_drained = true;
                self.remark("the switch is drained".to_owned());
            }
            Output::Log(log) => self.hear_log(log),
        }
    }

    /// Phones that are registered over UDP, where no connection may have broken.
    pub(super) fn reached(&self) -> BTreeSet<Arc<str>> {
        let is_on_udp = |name: &str| {
            let flow = self.agent(name).map(|agent| self.agents[agent].persona().flow);
            flow.is_some_and(|flow| flow.transport == Transport::Udp)
        };
        let phones = self.switch.iter().flat_map(|switch| switch.view().phones);
        let reached = phones.filter(|phone| !phone.bindings.is_empty() && is_on_udp(&phone.name));
        reached.map(|phone| phone.name).collect()
    }

    fn hear_log(&mut self, log: Log) {
        let (Log::Info(text) | Log::Warn(text)) = &log;
        if text.contains("fault of ringplan") {
            self.faults.push(text.clone());
        }
        if let Log::Warn(text) = log {
            self.warned.push((self.now.mono, text));
        }
    }

    /// Tells the judge of recordings that ended and hold something.
    pub(super) fn judge_recordings(&mut self) {
        let is_said = self.switch.is_some() && self.studio.speech != Some(Duration::ZERO);
        for (at, _, heard) in self.studio.heard().iter().skip(self.recordings).filter(|_| is_said) {
            if let Heard::Recorded(lasted) = heard {
                self.check.recorded(*at, *lasted);
            }
        }
        self.recordings = self.studio.heard().len();
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        let Ok(message) = Message::parse(bytes.clone()) else {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return self.faults.push(format!("the switch sent what cannot be read: {text}"));
        };
        let Some(agent) = self.agent_at(flow) else {
            return self.nobody_there(flow, &message);
        };
        self.check.sent(self.now.mono, agent, flow, &message);
        let mut fate = self.network.fate(self.now.mono, Way::Out, flow, &message);
        if self.streams.is_deaf(flow.connection) {
            fate.clear();
        }
        let at_agent = Flow { local: flow.remote, remote: flow.local, ..flow };
        for at in &fate {
            self.enqueue(*at, Arrival::AtAgent { agent, flow: at_agent, bytes: bytes.clone() });
        }
        let entry = Entry::Sent { at: self.now.mono, side: agent, way: Way::Out, message, fate };
        self.entries.push(entry);
    }

    /// A stream that just closed may still be written to, and the writer is told; an address that nobody has is a
    /// fault.
    fn nobody_there(&mut self, flow: Flow, message: &Message) {
        if flow.transport == Transport::Udp {
            return self.faults.push(format!("the switch sent to nobody at {flow}: {message:?}"));
        }
        self.check.sent_in_vain(self.now.mono, flow, message);
        self.enqueue(self.now.mono, Arrival::Event(FlowEvent::Closed(flow)));
    }

    pub(super) fn agent_at(&self, flow: Flow) -> Option<usize> {
        if flow.transport != Transport::Udp {
            return self.streams.agent(flow.connection);
        }
        let is_at = |agent: &Agent| {
            let own = agent.persona().flow;
            let in_dialog = agent.persona().in_dialog.as_ref().map(|it| it.at);
            own.transport == Transport::Udp && (own.local == flow.remote || in_dialog == Some(flow.remote))
        };
        self.agents.iter().position(is_at)
    }
}
