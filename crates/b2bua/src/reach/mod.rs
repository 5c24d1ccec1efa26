//! From a destination, as config and contacts write it, to a flow that bytes can be sent down (RFC 3263).
//!
//! Holds the cache of names, the connections that this switch opened, and who waits for either. It knows
//! sockets by their address only and never what is sent: whoever asks gets a [`Flow`] at once, or an id
//! under which the outcome is told later, at the latest after [`Limits::deadline`]. A name that is known
//! never makes a call wait: past its freshness it is asked again, and the old answer serves meanwhile
//! (RELIABILITY F6). The resolver says which servers there are; which of them is tried first is decided here,
//! by rank, weight and how each did of late.
//!
//! ```text
//! reach ── numeric, UDP ─────────────────────────► Ready
//!       ── name ──► Output::Resolve ── resolved ─► connect
//!       ── stream ► Output::Open ──── flow_event ► told, or the next address
//! ```

mod ahead;
mod blame;
mod connections;
mod destination;
mod limits;
mod lives;
mod names;
mod outcome;
mod prospect;
mod recent;
mod server;
mod standing;
mod troubles;
mod wait;

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use clock::{Chance, Instant, Slots};
use sip::flow::{Flow, Transport};
use smallvec::SmallVec;

pub(crate) use self::blame::{NO_NAME, NO_NAME_SERVER};
pub use self::destination::Destination;
pub(crate) use self::destination::is_private;
pub use self::{
    blame::{Blame, Side},
    limits::Limits,
    names::Finding,
    outcome::{Fault, Reached, Terms, Told, Unreachable},
    server::{Answer, Place, Server},
    standing::Standing,
    wait::{Wait, WaitId},
};
use self::{
    connections::{Connections, Opening},
    names::{Look, Names},
    recent::Recent,
    server::{Places, in_order},
    standing::Standings,
    troubles::Troubles,
    wait::On,
};
use crate::switch::{FlowEvent, OpenId, Output};

/// The far end of a connection that we open. One host may not speak for another that shares its address, so
/// over TLS the name that was proven is part of it (RFC 5923 §9.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Peer {
    transport: Transport,
    remote: SocketAddr,
    host: Option<Arc<str>>,
}

impl Peer {
    fn new(destination: &Destination, (transport, remote): Place) -> Self {
        Self { transport, remote, host: transport.is_secure().then(|| destination.host.clone()) }
    }
}

/// A step towards a flow.
enum Step {
    Ready(Flow),
    Opening(OpenId, Places),
    Failed(Unreachable),
}

/// Finds flows, and remembers names and connections.
#[derive(Debug)]
pub struct Reach {
    limits: Limits,
    /// Our sockets in the order of the config: the first that fits is used.
    sockets: Vec<(Transport, SocketAddr)>,
    names: Names,
    connections: Connections,
    /// The carriers of the config.
    kept: Vec<Destination>,
    waits: Slots<Wait>,
    /// Every wait lasts equally long, so the order of asking is the order of the deadlines.
    deadlines: VecDeque<(Instant, WaitId)>,
    standings: Standings,
    /// Addresses that took no connection for a request too large for a datagram.
    datagrams_only: Recent,
    /// Connections opened ahead of their being there.
    ahead: u32,
    troubles: Troubles,
}

impl Reach {
    /// A cache that knows nothing, over our own `sockets`.
    pub fn new(limits: Limits, sockets: Vec<(Transport, SocketAddr)>) -> Self {
        Self {
            limits,
            sockets,
            names: Names::new(limits),
            connections: Connections::new(limits),
            kept: Vec::new(),
            waits: Slots::new(limits.waits),
            deadlines: VecDeque::new(),
            standings: Standings::new(limits.avoided_max),
            datagrams_only: Recent::new(limits.datagrams_only, limits.avoided_max),
            ahead: 0,
            troubles: Troubles::default(),
        }
    }

    /// A flow to `destination`, or the promise of an outcome.
    pub fn reach(
        &mut self,
        now: Instant,
        destination: &Destination,
        terms: Terms<'_>,
        chance: &mut Chance,
        out: &mut VecDeque<Output>,
    ) -> Reached {
        let places = match self.look(now, destination, out) {
            Look::At(servers) => self.allowed(now, in_order(&servers, chance), terms),
            Look::Nothing => return Reached::Failed(self.nowhere(now, destination)),
            Look::Asked => return self.wait(now, destination, terms, On::Name),
        };
        match self.step(now, destination, places, Unreachable::NoAddress, out) {
            Step::Ready(flow) => Reached::Ready(flow),
            Step::Opening(id, rest) => self.wait(now, destination, terms, On::Connection(id, rest)),
            Step::Failed(why) => Reached::Failed(why),
        }
    }

    /// The flow to `destination` if it is there by now, at one of its addresses that `may` be used. If not, it is
    /// looked up or opened, and whoever comes again will find it. Requests on a dialog go this way, so chance has
    /// no say: they stay with one server.
    pub fn at_once(
        &mut self,
        now: Instant,
        destination: &Destination,
        may: impl Fn(SocketAddr) -> bool,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        let places = self.served(now, destination, |(_, address)| may(address), out)?;
        let places = self.allowed(now, places, Terms { is_urgent: true, ..Terms::default() });
        if let Some(flow) = places.iter().find_map(|place| self.flow_to(now, destination, *place)) {
            return Some(flow);
        }
        match self.step(now, destination, places, Unreachable::NoAddress, out) {
            Step::Ready(flow) => Some(flow),
            Step::Opening(..) | Step::Failed(_) => None,
        }
    }

    /// Where `destination` is served, in an order without chance, as far as that is known by now.
    fn served(
        &mut self,
        now: Instant,
        destination: &Destination,
        may: impl Fn(Place) -> bool,
        out: &mut VecDeque<Output>,
    ) -> Option<Places> {
        let Look::At(servers) = self.look(now, destination, out) else { return None };
        let mut ranked: SmallVec<[&Server; 4]> = servers.iter().collect();
        ranked.sort_by_key(|server| (server.rank, u16::MAX - server.weight));
        let places = ranked.iter().flat_map(|it| it.addresses.iter().map(|at| (it.transport, *at)));
        Some(places.filter(|place| may(*place)).collect())
    }

    /// Its servers.
    fn look(&mut self, now: Instant, destination: &Destination, out: &mut VecDeque<Output>) -> Look {
        match destination.numeric() {
            Some(address) => Look::At(destination.itself(address)),
            None => self.names.look(now, destination, out),
        }
    }

    /// Of `places` those that the terms allow; who did badly of late comes last.
    fn allowed(&self, now: Instant, mut places: Places, terms: Terms<'_>) -> Places {
        let standing = |place: &Place| self.standings.of(now, place.1);
        places.retain(|place| {
            !terms.past.contains(&place.1) && (terms.is_urgent || standing(place) != Standing::Resting)
        });
        places.sort_by_key(|place| (standing(place), Some(place.1) != terms.prefer));
        places
    }

    /// Keeps the names among these destinations fresh from now on, whether or not anyone calls them, and
    /// the connections to them open; lets go of those kept before.
    pub fn keep(&mut self, destinations: &[Destination]) {
        self.kept = destinations.to_vec();
        let names: Vec<_> = destinations.iter().filter(|it| it.numeric().is_none()).cloned().collect();
        self.names.keep(&names);
    }

    /// A request to `remote` found no answer: for a while the other addresses of its name come first
    /// (RFC 3263 §4.3).
    pub fn avoid(&mut self, now: Instant, remote: SocketAddr) {
        self.standings.mark(remote, Standing::Silent, now + self.limits.avoided);
    }

    /// `remote` is there again: that it did not answer is forgotten.
    pub fn forgive(&mut self, remote: SocketAddr) {
        self.standings.forgive(remote);
    }

    /// `remote` asked not to be called for so long (RFC 3261 §20.33).
    pub fn rest(&mut self, now: Instant, remote: SocketAddr, time: Duration) {
        self.standings.mark(remote, Standing::Resting, now + time);
    }

    /// Exactly these answer no OPTIONS.
    pub fn set_down(&mut self, addresses: BTreeSet<SocketAddr>) {
        self.standings.set_down(addresses);
    }

    /// What an open question is about.
    pub fn asked(&self, question: u64) -> Option<&Destination> {
        self.names.asked(question)
    }

    /// The answer to an `Output::Resolve`.
    pub fn resolved(
        &mut self,
        now: Instant,
        question: u64,
        answer: Answer,
        chance: &mut Chance,
        out: &mut VecDeque<Output>,
    ) -> Told {
        let Some((destination, servers)) = self.names.answered(now, question, answer, out) else {
            return Told::new();
        };
        let asked = self.waiting(|wait| wait.is_for_name(&destination));
        let places: SmallVec<[_; 2]> = asked
            .iter()
            .map(|id| {
                let terms = self.waits.get(*id).map(Wait::terms).unwrap_or_default();
                self.allowed(now, in_order(&servers, chance), terms)
            })
            .collect();
        let otherwise = self.nowhere(now, &destination);
        self.go_on(now, asked.into_iter().zip(places), otherwise, out)
    }

    /// A connection came, could not be had, or ended.
    pub fn flow_event(&mut self, now: Instant, event: &FlowEvent, out: &mut VecDeque<Output>) -> Told {
        match event {
            FlowEvent::Opened(id, flow) => {
                self.connections.opened(now, *id, *flow);
                out.extend(self.troubles.over(flow.remote).map(Output::Log));
                self.spare_if_many(now, out);
                let mut told = Told::new();
                for wait in self.waiting(|wait| wait.is_for(*id)) {
                    self.waits.remove(wait);
                    told.push((wait, Ok(*flow)));
                }
                told
            }
            FlowEvent::Failed(id, fault) => {
                if let Some(remote) = self.connections.failed(*id) {
                    out.extend(self.troubles.arise(remote, *fault, &self.names).map(Output::Log));
                }
                let failed = self.waiting(|wait| wait.is_for(*id));
                let rest: SmallVec<[_; 2]> =
                    failed.iter().map(|id| self.waits.get(*id).map(Wait::rest).unwrap_or_default()).collect();
                self.go_on(now, failed.into_iter().zip(rest), (*fault).into(), out)
            }
            FlowEvent::Closed(flow) => {
                self.connections.closed(flow.connection);
                Told::new()
            }
        }
    }

    /// When [`tick`](Self::tick) has something to do; never too late.
    pub fn timeout(&self) -> Option<Instant> {
        let late = self.deadlines.front().map(|(at, _)| *at);
        [late, self.names.timeout(), self.connections.timeout()].into_iter().flatten().min()
    }

    /// Gives up on those who waited too long, asks again for the names that are kept, and closes what is not used.
    pub fn tick(&mut self, now: Instant, out: &mut VecDeque<Output>) -> Told {
        self.names.tick(now, out);
        if self.connections.timeout().is_some_and(|at| at <= now) {
            self.spare(now, out);
        }
        let mut told = Told::new();
        while let Some((_, id)) = self.deadlines.front().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.pop_front();
            if self.waits.remove(id).is_some() {
                told.push((id, Err(Unreachable::Late)));
            }
        }
        told
    }

    /// The flow to the first place that we can speak to, or a connection opened to it.
    fn step(
        &mut self,
        now: Instant,
        destination: &Destination,
        mut places: Places,
        otherwise: Unreachable,
        out: &mut VecDeque<Output>,
    ) -> Step {
        if places.is_empty() {
            return Step::Failed(otherwise);
        }
        let Some(first) = places.iter().position(|(over, to)| self.socket(*over, *to).is_some()) else {
            return Step::Failed(Unreachable::NoSocket);
        };
        let place = places[first];
        if let Some(flow) = self.flow_to(now, destination, place) {
            return Step::Ready(flow);
        }
        places.drain(..=first);
        self.open(destination, place, out)
            .map_or(Step::Failed(Unreachable::Full), |id| Step::Opening(id, places))
    }

    /// A datagram needs a socket alone; a stream its connection.
    fn flow_to(&mut self, now: Instant, destination: &Destination, place: Place) -> Option<Flow> {
        let (transport, remote) = place;
        if transport.is_reliable() {
            return self.connections.to(now, &Peer::new(destination, place));
        }
        let local = self.socket(transport, remote)?;
        Some(Flow { transport, local, remote, connection: 0 })
    }

    /// The socket of ours that serves: for datagrams one of their own; a connection is made from anywhere in
    /// the address family, whether or not we listen for its like.
    fn socket(&self, transport: Transport, remote: SocketAddr) -> Option<SocketAddr> {
        let fits = |it: &&(Transport, SocketAddr)| {
            (it.0 == transport || transport == Transport::Tls) && it.1.is_ipv4() == remote.is_ipv4()
        };
        self.sockets.iter().find(fits).map(|(_, local)| *local)
    }

    fn open(
        &mut self,
        destination: &Destination,
        place: Place,
        out: &mut VecDeque<Output>,
    ) -> Option<OpenId> {
        let peer = Peer::new(destination, place);
        let is_carrier = is_carrier(&peer, &self.kept, &self.names);
        match self.connections.begin(peer, is_carrier) {
            Opening::Shared(id) => Some(id),
            Opening::New(id) => {
                let ((transport, remote), host) = (place, destination.host.clone());
                out.push_back(Output::Open { id, transport, remote, host });
                Some(id)
            }
            Opening::Full => None,
        }
    }
}

/// Whether a connection leads where the config says that a carrier is.
fn is_carrier(peer: &Peer, kept: &[Destination], names: &Names) -> bool {
    let is_there = |kept: &Destination| match kept.numeric() {
        Some(address) => address == peer.remote,
        None => names.known(kept).any(|address| address == peer.remote),
    };
    kept.iter().any(is_there)
}

#[cfg(test)]
mod tests;
