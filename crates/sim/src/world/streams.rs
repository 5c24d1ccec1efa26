//! Connections between the switch and the parties, whoever opened them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use b2bua::{
    reach::Fault,
    switch::{FlowEvent, OpenId},
};
use sip::flow::{Flow, Transport};

use super::{Arrival, Order, SWITCH, World};
use crate::agent::{Act, Agent, Role};

/// How long a connection takes.
const CONNECTING: Duration = Duration::from_millis(30);

/// Connections that live.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Whose, and as the switch sees it.
    live: BTreeMap<u32, (usize, Flow)>,
    /// What is sent down these comes nowhere, and nobody is told.
    deaf: BTreeSet<u32>,
    ever: u32,
}

impl Streams {
    pub(super) fn is_live(&self, connection: u32) -> bool {
        self.live.contains_key(&connection)
    }

    pub(super) fn is_deaf(&self, connection: u32) -> bool {
        self.deaf.contains(&connection)
    }

    pub(super) fn agent(&self, connection: u32) -> Option<usize> {
        self.live.get(&connection).map(|(agent, _)| *agent)
    }

    /// Those of one party, or of all.
    pub(super) fn of(&self, agent: Option<usize>) -> Vec<u32> {
        let is_of = |of: &usize| agent.is_none_or(|agent| agent == *of);
        self.live.iter().filter(|(_, (of, _))| is_of(of)).map(|(connection, _)| *connection).collect()
    }
}

impl World {
    /// Gives a party a connection of its own.
    pub(super) fn connect(&mut self, agent: usize) {
        self.streams.ever += 1;
        let connection = self.streams.ever;
        let old = self.agents[agent].persona().flow;
        let port = 20_000 + u16::try_from(connection % 40_000).expect("below the end of the ports");
        let local = SocketAddr::new(old.local.ip(), port);
        let own = Flow { local, connection, ..old };
        self.agents[agent].moves_to(own);
        self.streams.live.insert(connection, (agent, Flow { local: own.remote, remote: own.local, ..own }));
    }

    /// The switch opens a connection: to a party that listens it succeeds.
    pub(super) fn open(&mut self, id: OpenId, transport: Transport, remote: SocketAddr) {
        let at = self.now.mono + CONNECTING;
        match self.listener(remote) {
            Some(agent) => {
                self.streams.ever += 1;
                let connection = self.streams.ever;
                let flow = Flow { transport, local: SWITCH, remote, connection };
                self.streams.live.insert(connection, (agent, flow));
                self.enqueue(at, Arrival::Event(FlowEvent::Opened(id, flow)));
            }
            None => {
                self.refuses(remote);
                self.enqueue(at, Arrival::Event(FlowEvent::Failed(id, Fault::Refused)));
            }
        }
    }

    /// The same, of a connection that has its number and may be written to already.
    pub(super) fn open_ahead(&mut self, flow: Flow) {
        match self.listener(flow.remote) {
            Some(agent) => drop(self.streams.live.insert(flow.connection, (agent, flow))),
            None => {
                self.refuses(flow.remote);
                self.check.broke(flow.connection);
                self.enqueue(self.now.mono + CONNECTING, Arrival::Event(FlowEvent::Closed(flow)));
            }
        }
    }

    fn refuses(&mut self, remote: SocketAddr) {
        let is_there = |agent: &&Agent| agent.persona().contact == remote;
        let name = self.agents.iter().find(is_there).map_or("nobody", |agent| &*agent.persona().name);
        self.remark(format!("{name} takes no connection"));
    }

    fn listener(&self, at: SocketAddr) -> Option<usize> {
        let listens = |agent: &Agent| agent.persona().contact == at && agent.is_listening();
        self.agents.iter().position(listens)
    }

    /// Ends a connection; both ends hear of it.
    pub(super) fn break_off(&mut self, connection: u32) {
        let Some((agent, flow)) = self.streams.live.remove(&connection) else { return };
        self.streams.deaf.remove(&connection);
        self.check.broke(connection);
        let soon = self.now.mono + Duration::from_millis(1);
        self.enqueue(soon, Arrival::Event(FlowEvent::Closed(flow)));
        let flow = Flow { local: flow.remote, remote: flow.local, ..flow };
        self.enqueue(soon, Arrival::ClosedAtAgent { agent, flow });
    }

    /// Breaks the connections of a party that uses some; it connects anew, and a phone registers.
    pub(super) fn reconnect(&mut self, agent: usize) {
        if self.agents[agent].persona().flow.transport == Transport::Udp {
            return;
        }
        self.streams.of(Some(agent)).into_iter().for_each(|connection| self.break_off(connection));
        self.connect(agent);
        if matches!(self.agents[agent].persona().role, Role::Phone { .. }) {
            let soon = self.now.mono + Duration::from_secs(1);
            self.enqueue(soon, Arrival::Order(Order::Act(agent, Act::Registers)));
        }
    }

    /// Gives a phone one connection more, which it registers.
    pub(super) fn add_flow(&mut self, agent: usize) {
        self.connect(agent);
        self.agents[agent].adds_flow();
        self.enqueue(self.now.mono, Arrival::Order(Order::Act(agent, Act::Registers)));
    }

    /// Breaks the newest connection of a party that has another.
    pub(super) fn lose_flow(&mut self, agent: usize) {
        self.break_off(self.agents[agent].persona().flow.connection);
        let flows = self.streams.live.values().filter(|(of, _)| *of == agent);
        if let Some((_, flow)) = flows.max_by_key(|(_, flow)| flow.connection) {
            self.agents[agent].moves_to(Flow { local: flow.remote, remote: flow.local, ..*flow });
        }
    }

    /// A party forgets its connections and says so to nobody; it has another for what it sends itself.
    pub(super) fn deafen(&mut self, agent: usize) {
        let connections = self.streams.of(Some(agent));
        self.streams.deaf.extend(connections);
        self.connect(agent);
    }

    /// The process of a party is killed, and its system says so to whoever has a connection with it.
    pub(super) fn kill(&mut self, agent: usize) {
        self.streams.of(Some(agent)).into_iter().for_each(|connection| self.break_off(connection));
        self.agents[agent].dies(self.now.mono);
    }

    /// It is started again.
    pub(super) fn revive(&mut self, agent: usize) {
        self.agents[agent].starts();
        self.connect(agent);
    }
}
