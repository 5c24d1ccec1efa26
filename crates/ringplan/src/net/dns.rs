//! Host names to addresses, by the system's own resolver (hosts file, DNS) on the runtime's blocking pool.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use b2bua::switch::Input;
use tokio::{net::lookup_host, sync::Semaphore, time::timeout};

use crate::signalling::Arrivals;

/// Look-ups at a time: a dead resolver holds a thread of the pool for each.
const LOOKUPS_MAX: usize = 16;

/// After this long the switch is told that there is no address; it has stale ones or another trunk.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks for the switch. Clones share the limit.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    slots: Arc<Semaphore>,
    arrivals: Arrivals,
}

impl Resolver {
    /// A resolver that answers into `arrivals`.
    pub(crate) fn new(arrivals: Arrivals) -> Self {
        Self { slots: Arc::new(Semaphore::new(LOOKUPS_MAX)), arrivals }
    }

    /// Answers `question` with the addresses of `host`, none when it has none or nobody knows in time.
    pub(crate) async fn resolve(self, question: u64, host: Arc<str>, port: u16) {
        let addresses = timeout(PATIENCE, self.addresses(&host, port)).await.unwrap_or_default();
        self.arrivals.input(Input::Resolved { question, addresses }).await;
    }

    async fn addresses(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        if is_ourselves(host) {
            return vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
        }
        let Ok(_slot) = self.slots.acquire().await else { return Vec::new() };
        lookup_host((host, port)).await.map(Iterator::collect).unwrap_or_default()
    }
}

/// `localhost` and what is below it never leave the machine, not even as a question (RFC 6761 §6.3): a small
/// system may have no hosts file that says so.
fn is_ourselves(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_known_without_asking() {
        for ours in ["localhost", "LocalHost", "localhost.", "sip.localhost"] {
            assert!(is_ourselves(ours), "{ours}");
        }
        for theirs in ["localhost.example", "notlocalhost", ""] {
            assert!(!is_ourselves(theirs), "{theirs}");
        }
    }
}
