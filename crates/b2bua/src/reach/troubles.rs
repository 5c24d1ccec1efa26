//! Why connections to carriers can't be had: told to the operator when it begins, when it changes and when it ends.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use clock::Instant;

use super::{Destination, Fault, Finding, Reach, Unreachable, names::Names};
use crate::switch::Log;

/// The last fault of each address of a carrier; those of others are nobody's concern.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    owners: Vec<(Destination, Arc<str>)>,
    faults: BTreeMap<SocketAddr, (Arc<str>, Fault)>,
}

impl Troubles {
    /// The trunks of the newest site, and where they lead.
    pub(super) fn name(&mut self, owners: Vec<(Destination, Arc<str>)>) {
        self.faults.retain(|_, (trunk, _)| owners.iter().any(|(_, owner)| owner == trunk));
        self.owners = owners;
    }

    /// A connection could not be had; what is new of it.
    pub(super) fn arise(&mut self, remote: SocketAddr, fault: Fault, names: &Names) -> Option<Log> {
        let is_at = |destination: &Destination| match destination.numeric() {
            Some(address) => address == remote,
            None => names.known(destination).any(|address| address == remote),
        };
        let trunk = self.owners.iter().find(|(destination, _)| is_at(destination))?.1.clone();
        // Names move: of an address that no trunk has any more nothing is kept.
        let owners = &self.owners;
        self.faults.retain(|at, _| {
            owners
                .iter()
                .any(|(it, _)| it.numeric() == Some(*at) || names.known(it).any(|known| known == *at))
        });
        let before = self.faults.insert(remote, (trunk.clone(), fault));
        let is_new = before.is_none_or(|(_, before)| before != fault);
        is_new.then(|| Log::Warn(format!("trunk {trunk}: {remote}: {}", fault.blame().told(fault))))
    }

    /// A connection is there.
    pub(super) fn over(&mut self, remote: SocketAddr) -> Option<Log> {
        let (trunk, _) = self.faults.remove(&remote)?;
        Some(Log::Info(format!("trunk {trunk}: {remote} takes connections again")))
    }

    pub(super) fn at(&self, remote: SocketAddr) -> Option<Fault> {
        self.faults.get(&remote).map(|(_, fault)| *fault)
    }
}

impl Reach {
    /// Whose these carriers are, for the operator to know.
    pub fn name(&mut self, owners: Vec<(Destination, Arc<str>)>) {
        self.names.name(&owners);
        self.troubles.name(owners);
    }

    /// Why no connection to `remote` could be had the last time.
    pub fn trouble(&self, remote: SocketAddr) -> Option<Fault> {
        self.troubles.at(remote)
    }

    /// Why nothing serves for a destination.
    pub(super) fn nowhere(&self, now: Instant, destination: &Destination) -> Unreachable {
        match self.names.finding(now, destination) {
            Some(Finding::Lost) => Unreachable::NoNameServer,
            Some(Finding::Asked | Finding::Known | Finding::Stale(_) | Finding::Nowhere) | None => {
                Unreachable::NoAddress
            }
        }
    }
}
