//! The connections that we chose to open, and those we are opening.
//!
//! Whom we connect to is often for others to name: a carrier's Contact, a Record-Route. So there is a bound on
//! both, the least used makes room, and what was not used for long is closed. The carriers of the config stand
//! outside of all this: nothing that a peer writes costs us the way to one of them.
//!
//! Of connections that others opened it is known which of them live.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use clock::Instant;
use sip::flow::Flow;

use super::{Limits, Peer};
use crate::switch::OpenId;

/// Connections by their far end.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    /// And whether it is for a carrier of the config.
    opening: BTreeMap<OpenId, (Peer, bool)>,
    peers: BTreeMap<Peer, u32>,
    /// By the number of the connection.
    open: BTreeMap<u32, Open>,
    /// Those of others that somebody spoke on, by number. As many as there are sockets for.
    theirs: BTreeSet<u32>,
    /// When the next is worth a look for having been unused too long.
    sweep: Option<Instant>,
    opened: u64,
}

#[derive(Debug)]
struct Open {
    peer: Peer,
    flow: Flow,
    used: Instant,
    /// When somebody spoke on it last; at first when it was opened.
    heard: Instant,
}

/// How a connection is to be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Somebody has asked for it already.
    Shared(OpenId),
    /// It is to be asked for under this name.
    New(OpenId),
    /// As many are being opened as may.
    Full,
}

impl Connections {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            opening: BTreeMap::new(),
            peers: BTreeMap::new(),
            open: BTreeMap::new(),
            theirs: BTreeSet::new(),
            sweep: None,
            opened: 0,
        }
    }

    /// The connection to `peer`, which is about to be used.
    pub(super) fn to(&mut self, now: Instant, peer: &Peer) -> Option<Flow> {
        let open = self.open.get_mut(self.peers.get(peer)?)?;
        open.used = now;
        Some(open.flow)
    }

    /// Somebody spoke on a connection; whether it is one of ours.
    pub(super) fn hears(&mut self, now: Instant, flow: Flow) -> bool {
        let open = self.open.get_mut(&flow.connection);
        let is_ours = open.is_some();
        match open {
            Some(open) => (open.used, open.heard) = (now, now),
            None => {
                self.theirs.insert(flow.connection);
            }
        }
        is_ours
    }

    /// Whether a connection lives, or is about to.
    pub(super) fn is_up(&self, connection: u32) -> bool {
        self.open.contains_key(&connection) || self.theirs.contains(&connection)
    }

    /// Lets go of a connection on which nobody spoke since then.
    pub(super) fn deaf(&mut self, connection: u32, since: Instant) -> Option<Flow> {
        self.open.get(&connection).filter(|open| open.heard <= since)?;
        self.closed(connection)
    }

    /// Lets go of every connection to this address that nobody spoke on for so long.
    pub(super) fn deaf_to(&mut self, now: Instant, remote: SocketAddr, silence: Duration) -> Vec<Flow> {
        let is_deaf = |open: &Open| open.flow.remote == remote && now.since(open.heard) >= silence;
        let there = self.open.iter().filter(|(_, open)| is_deaf(open));
        let there: Vec<u32> = there.map(|(number, _)| *number).collect();
        there.into_iter().filter_map(|number| self.closed(number)).collect()
    }

    /// Two who want the same connection share the one that is being opened.
    pub(super) fn begin(&mut self, peer: Peer, is_ours: bool) -> Opening {
        if let Some((id, _)) = self.opening.iter().find(|(_, (to, _))| *to == peer) {
            return Opening::Shared(*id);
        }
        let others = self.opening.values().filter(|(_, is_ours)| !is_ours).count();
        if !is_ours && others >= self.limits.opening {
            return Opening::Full;
        }
        self.opened += 1;
        let id = OpenId(self.opened);
        self.opening.insert(id, (peer, is_ours));
        Opening::New(id)
    }

    /// The connection asked for is there.
    pub(super) fn opened(&mut self, now: Instant, id: OpenId, flow: Flow) {
        if let Some((peer, _)) = self.opening.remove(&id) {
            self.hold(now, peer, flow);
        }
    }

    /// The connection asked for can't be had; where it was to lead.
    pub(super) fn failed(&mut self, id: OpenId) -> Option<SocketAddr> {
        self.opening.remove(&id).map(|(peer, _)| peer.remote)
    }

    /// Takes in a connection.
    pub(super) fn hold(&mut self, now: Instant, peer: Peer, flow: Flow) {
        self.peers.insert(peer.clone(), flow.connection);
        self.open.insert(flow.connection, Open { peer, flow, used: now, heard: now });
        self.sweep.get_or_insert(now + self.limits.unused);
    }

    /// A connection ended.
    pub(super) fn closed(&mut self, connection: u32) -> Option<Flow> {
        self.theirs.remove(&connection);
        let open = self.open.remove(&connection)?;
        // Another may have taken its place meanwhile.
        if self.peers.get(&open.peer) == Some(&connection) {
            self.peers.remove(&open.peer);
        }
        Some(open.flow)
    }

    /// When [`spare`](Self::spare) has something to do.
    pub(super) const fn timeout(&self) -> Option<Instant> {
        self.sweep
    }

    /// Lets go of connections that nobody uses, and of the least used where there are too many; those that
    /// `are_ours` stay. What comes back is to be closed.
    pub(super) fn spare(&mut self, now: Instant, are_ours: impl Fn(&Peer) -> bool) -> Vec<Flow> {
        let others = self.open.iter().filter(|(_, open)| !are_ours(&open.peer));
        let mut others: Vec<(Instant, u32)> = others.map(|(number, open)| (open.used, *number)).collect();
        others.sort_unstable();
        let beyond = others.len().saturating_sub(self.limits.connections);
        let unused = self.limits.unused;
        let spared = others
            .iter()
            .enumerate()
            .filter(|(index, (used, _))| *index < beyond || now.since(*used) >= unused);
        let closed = spared.filter_map(|(_, (_, number))| self.closed(*number)).collect();
        self.sweep = (!self.open.is_empty()).then(|| now + self.limits.unused / 16);
        closed
    }

    /// Whether there are more than may be, ours among them or not.
    pub(super) fn are_many(&self) -> bool {
        self.open.len() > self.limits.connections
    }
}
