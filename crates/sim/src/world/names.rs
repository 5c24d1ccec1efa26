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

/// A party that serves a name.
#[derive(Clone, Debug)]
pub struct Named {
    host: String,
    party: String,
    /// Priority and weight; else its place in the config says who is tried first.
    rank: Option<(u32, u16)>,
}

impl Named {
    /// A server of this name like all others.
    pub fn new(host: &str, party: &str) -> Self {
        Self { host: host.to_owned(), party: party.to_owned(), rank: None }
    }

    /// `ta tb`, `10 60 ta 20 0 tb`: as SRV records say it (RFC 2782).
    pub fn read(host: &str, parties: &str) -> Option<Vec<Self>> {
        let mut words = parties.split_whitespace();
        let mut servers = Vec::new();
        while let Some(word) = words.next() {
            servers.push(match word.parse() {
                Ok(priority) => {
                    let weight = words.next()?.parse().ok()?;
                    Self { rank: Some((priority, weight)), ..Self::new(host, words.next()?) }
                }
                Err(_) => Self::new(host, word),
            });
        }
        Some(servers)
    }
}

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
        self.zone.retain(|named| *named.host != *host);
        self.zone.extend(parties.iter().map(|party| Named::new(host, party)));
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
        let by_zone = |agent: &Agent| {
            let is_it = |it: &&Named| *it.host == *destination.host && *it.party == *agent.persona().name;
            self.zone.iter().find(is_it)
        };
        let is_there = |agent: &&Agent| {
            let persona = agent.persona();
            let proxy = persona.in_dialog.as_ref().and_then(|it| it.proxy.as_ref());
            *persona.domain == *destination.host
                || by_zone(agent).is_some()
                || proxy.is_some_and(|it| it.host.as_ref() == Some(&destination.host))
        };
        let server = |(turn, agent): (u32, &Agent)| {
            let (rank, weight) = by_zone(agent).and_then(|named| named.rank).unwrap_or((turn, 0));
            let persona = agent.persona();
            let over = persona.flow.transport;
            let transport = if destination.is_open { over } else { destination.transport };
            let address = SocketAddr::new(persona.contact.ip(), destination.port);
            Server { transport, rank, weight, addresses: [address].into_iter().collect() }
        };
        let found = (0..).zip(self.agents.iter().filter(is_there)).map(server);
        let servers: Vec<_> = found.collect();
        if servers.is_empty() { Answer::Nobody } else { Answer::Servers(servers, LASTS) }
    }
}
