//! Where the servers of a destination are, by DNS and the hosts file, on the runtime and never on the
//! signalling thread (RFC 3263). The switch keeps what is found; nothing is cached here.

mod locate;

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use b2bua::{
    reach::{Answer, Destination, Server},
    switch::Input,
};
use hickory_resolver::{
    Hosts, ResolverBuilder, TokioResolver,
    config::LookupIpStrategy,
    net::runtime::TokioRuntimeProvider,
    proto::{
        op::Query,
        rr::{Name, RecordType},
    },
};
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout},
};

use self::locate::{Search, absolute, addresses, server};
use crate::signalling::Arrivals;

/// Look-ups at a time; more wait, and calls do not wait for them.
const LOOKUPS_MAX: usize = 64;

/// After this long the switch is told that nobody could say; it has older answers or another trunk.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long one name server may take, and how often it is asked.
const ANSWER_MAX: Duration = Duration::from_millis(1_200);
const ATTEMPTS: usize = 2;

/// How often the system's configuration is read again while no name server answers: at the start of a machine it
/// may not be there yet, and it changes with the network.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// How soon a name of the hosts file is looked at again.
const HOSTS_FILE: Duration = Duration::from_secs(60);

/// What is known of `localhost` is true for as long as any answer may be.
const ALWAYS: Duration = Duration::from_secs(24 * 3600);

/// Asks for the switch. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    slots: Arc<Semaphore>,
    arrivals: Arrivals,
    system: Arc<Mutex<System>>,
}

/// The name servers of this machine, as last read.
#[derive(Debug, Default)]
struct System {
    client: Option<Client>,
    read: Option<Instant>,
}

/// A client of name servers, which has nothing to show of itself.
#[derive(Clone)]
struct Client(TokioResolver);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Resolver {
    /// A resolver that answers into `arrivals`.
    pub(crate) fn new(arrivals: Arrivals) -> Self {
        Self { slots: Arc::new(Semaphore::new(LOOKUPS_MAX)), arrivals, system: Arc::default() }
    }

    /// Answers `question` with the servers of `destination`.
    pub(crate) async fn resolve(self, question: u64, destination: Destination) {
        let answer = timeout(PATIENCE, self.locate(&destination)).await.unwrap_or(Answer::Unknown);
        if answer == Answer::Unknown {
            self.forget_system();
        }
        self.arrivals.input(Input::Resolved { question, answer }).await;
    }

    async fn locate(&self, destination: &Destination) -> Answer {
        if is_ourselves(&destination.host) {
            let ours = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Answer::Servers(
                vec![server(destination.transport, 0, 0, destination.port, ours)],
                ALWAYS,
            );
        }
        let Ok(_slot) = self.slots.acquire().await else { return Answer::Unknown };
        if let Ok(Ok(hosts)) = spawn_blocking(Hosts::from_system).await
            && let Some(server) = named_in(&hosts, destination)
        {
            return Answer::Servers(vec![server], HOSTS_FILE);
        }
        match self.client() {
            Some(Client(client)) => Search::new(&client).of(destination).await,
            None => Answer::Unknown,
        }
    }

    /// The client over the system's name servers; `None` if the system has none.
    fn client(&self) -> Option<Client> {
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        if system.client.is_none() && system.read.is_none_or(|at| at.elapsed() >= READ_AGAIN) {
            system.read = Some(Instant::now());
            system.client = TokioResolver::builder_tokio().ok().and_then(client);
        }
        system.client.clone()
    }

    /// No name server answers: perhaps there are others by now.
    fn forget_system(&self) {
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        if system.read.is_some_and(|at| at.elapsed() >= READ_AGAIN) {
            system.client = None;
        }
    }
}

fn client(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Option<Client> {
    let options = builder.options_mut();
    options.timeout = ANSWER_MAX;
    options.attempts = ATTEMPTS;
    options.cache_size = 0;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.build().ok().map(Client)
}

/// The server that the hosts file names: the machine's own word comes before that of any name server, and counts
/// when none answers.
fn named_in(hosts: &Hosts, destination: &Destination) -> Option<Server> {
    let name = absolute(&Name::from_utf8(&*destination.host).ok()?);
    let found = [RecordType::A, RecordType::AAAA].map(|kind| {
        let lookup = hosts.lookup_static_host(&Query::query(name.clone(), kind));
        lookup.map_or_else(Vec::new, |it| addresses(&it))
    });
    let ips = found.concat();
    (!ips.is_empty()).then(|| server(destination.transport, 0, 0, destination.port, ips))
}

/// `localhost` and what is below it never leave the machine, not even as a question (RFC 6761 §6.3): a small
/// system may have no hosts file that says so.
fn is_ourselves(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests;
