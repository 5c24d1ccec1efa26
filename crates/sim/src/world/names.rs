//! The name server: where parties are, told in time, late or not at all.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use b2bua::reach::{Answer, Destination, Server};

use super::{Arrival, World};
use crate::agent::Agent;

/// How long a name server takes.
const USUAL: Duration = Duration::from_millis(30);
/// After this long the resolver says that nobody could say.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer is to be believed.
const LASTS: Duration = Duration::from_secs(60);

/// How the name server does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameServer {
    /// It answers.
    #[default]
    Up,
    /// It answers after this long.
    Slow(Duration),
    /// It is silent.
    Down,
}

impl World {
    pub(super) fn resolve(&mut self, question: u64, destination: &Destination) {
        let (answer, after) = match self.name_server {
            NameServer::Up => (self.locate(destination), USUAL),
            NameServer::Slow(by) if by < PATIENCE => (self.locate(destination), by),
            NameServer::Slow(_) | NameServer::Down => (Answer::Unknown, PATIENCE),
        };
        let host = destination.host.clone();
        self.check.asked_name(self.now.mono, &host);
        self.enqueue(self.now.mono + after, Arrival::Resolved { question, host, answer });
    }

    /// A name leads to these parties from now on, besides the one that is configured by it.
    pub(super) fn rename(&mut self, host: &str, parties: Vec<String>) {
        self.zone.retain(|(name, _)| *name != *host);
        self.zone.extend(parties.into_iter().map(|party| (host.to_owned(), party)));
    }

    /// What the switch is told: the answer, unless a fault keeps its first.
    pub(super) fn tell_name(&mut self, host: &Arc<str>, answer: Answer) -> Answer {
        self.check.told_name(self.now.mono, host, &answer);
        match &mut self.plant {
            Some(plant) => plant.answers(host, answer),
            None => answer,
        }
    }

    /// A party is found by the host it is configured or routed by; a name that several share has a server for
    /// each, in the order of the config.
    fn locate(&self, destination: &Destination) -> Answer {
        let is_there = |agent: &&Agent| {
            let persona = agent.persona();
            let proxy = persona.in_dialog.as_ref().and_then(|it| it.proxy.as_ref());
            let by_zone =
                self.zone.iter().any(|(host, party)| **host == *destination.host && **party == *persona.name);
            *persona.domain == *destination.host
                || by_zone
                || proxy.is_some_and(|it| it.host.as_ref() == Some(&destination.host))
        };
        let server = |(rank, agent): (u32, &Agent)| {
            let persona = agent.persona();
            let over = persona.flow.transport;
            let transport = if destination.is_open { over } else { destination.transport };
            let address = SocketAddr::new(persona.contact.ip(), destination.port);
            Server { transport, rank, weight: 0, addresses: [address].into_iter().collect() }
        };
        let found = (0..).zip(self.agents.iter().filter(is_there)).map(server);
        let servers: Vec<_> = found.collect();
        if servers.is_empty() { Answer::Nobody } else { Answer::Servers(servers, LASTS) }
    }
}
