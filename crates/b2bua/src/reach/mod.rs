//! From a destination, as config and contacts write it, to a flow that bytes can be sent down (RFC 3263).
//!
//! Holds the cache of names, the connections that this switch opened, and who waits for either. It knows
//! sockets by their address only and never what is sent: whoever asks gets a [`Flow`] at once, or an id
//! under which the outcome is told later, at the latest after [`Limits::deadline`]. A name that is known
//! never makes a call wait: past its freshness it is asked again, and the old answer serves meanwhile
//! (RELIABILITY F6).
//!
//! ```text
//! reach ── numeric, UDP ─────────────────────────► Ready
//!       ── name ──► Output::Resolve ── resolved ─► connect
//!       ── stream ► Output::Open ──── flow_event ► told, or the next address
//! ```

mod ahead;
mod connections;
mod destination;
mod names;
mod recent;
mod wait;

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use clock::{Instant, Slots};
use sip::flow::{Flow, Transport};
use smallvec::SmallVec;

pub use self::destination::Destination;
pub(crate) use self::destination::is_private;
pub use self::wait::{Wait, WaitId};
use self::{
    connections::{Connections, Opening},
    names::{Addresses, Look, Names},
    recent::Recent,
    wait::On,
};
use crate::switch::{FlowEvent, OpenId, Output};

/// Bounds of the cache and of waiting.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Names remembered; beyond, the one asked longest ago is forgotten.
    pub names: usize,
    /// Askers waiting at one time; beyond, [`Unreachable::Full`].
    pub waits: usize,
    /// How long an asker waits for name and connection together.
    pub deadline: Duration,
    /// Age from which a name is asked again.
    pub fresh: Duration,
    /// Age up to which an answer serves while no newer one comes.
    pub stale: Duration,
    /// How long "there is no such name" is believed.
    pub negative: Duration,
    /// How long an address that did not answer is tried after the others of its name.
    pub avoided: Duration,
    /// Addresses avoided at one time; beyond, the one avoided longest is forgiven.
    pub avoided_max: usize,
    /// How long an address is believed to take datagrams only.
    pub datagrams_only: Duration,
    /// Connections being opened at one time for others than the carriers of the config; beyond,
    /// [`Unreachable::Full`].
    pub opening: usize,
    /// Connections of ours to others than these; beyond, the one used longest ago is closed.
    pub connections: usize,
    /// How long such a one may be unused before it is closed.
    pub unused: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            names: 256,
            waits: 1024,
            deadline: Duration::from_secs(4),
            fresh: Duration::from_secs(5 * 60),
            stale: Duration::from_secs(60 * 60),
            negative: Duration::from_secs(30),
            avoided: Duration::from_secs(60),
            avoided_max: 64,
            datagrams_only: Duration::from_secs(10 * 60),
            opening: 64,
            connections: 512,
            unused: Duration::from_secs(60 * 60),
        }
    }
}

/// Why there is no flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// No socket of ours speaks that transport and address family.
    #[error("we have no socket for that transport and address family")]
    NoSocket,
    /// Every address refused the connection.
    #[error("the connection was refused")]
    Refused,
    /// Neither name nor connection came in time.
    #[error("neither name nor connection came in time")]
    Late,
    /// Too many are waiting already.
    #[error("too many are waiting for a connection")]
    Full,
}

/// The far end of a connection that we open. One host may not speak for another that shares its address, so
/// over TLS the name that was proven is part of it (RFC 5923 §9.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Peer {
    transport: Transport,
    remote: SocketAddr,
    host: Option<Arc<str>>,
}

impl Peer {
    fn new(destination: &Destination, remote: SocketAddr) -> Self {
        let transport = destination.transport;
        Self { transport, remote, host: transport.is_secure().then(|| destination.host.clone()) }
    }
}

/// Outcomes told to those who waited, in the order in which they had asked for a slot.
pub type Told = SmallVec<[(WaitId, Result<Flow, Unreachable>); 2]>;

/// The answer to "how do I get there".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Send now.
    Ready(Flow),
    /// The outcome comes under this id.
    Waiting(WaitId),
    /// There is no way.
    Failed(Unreachable),
}

/// A step towards a flow.
enum Step {
    Ready(Flow),
    Opening(OpenId, Addresses),
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
    /// Addresses that did not answer.
    avoided: Recent,
    /// Addresses that took no connection for a request too large for a datagram.
    datagrams_only: Recent,
    /// Connections opened ahead of their being there.
    ahead: u32,
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
            avoided: Recent::new(limits.avoided, limits.avoided_max),
            datagrams_only: Recent::new(limits.datagrams_only, limits.avoided_max),
            ahead: 0,
        }
    }

    /// A flow to `destination`, or the promise of an outcome.
    pub fn reach(&mut self, now: Instant, destination: &Destination, out: &mut VecDeque<Output>) -> Reached {
        let addresses = match self.look(now, destination, out) {
            Look::At(addresses) => addresses,
            Look::Nothing => return Reached::Failed(Unreachable::NoAddress),
            Look::Asked => return self.wait(now, destination, On::Name),
        };
        match self.step(now, destination, addresses, Unreachable::NoAddress, out) {
            Step::Ready(flow) => Reached::Ready(flow),
            Step::Opening(id, rest) => self.wait(now, destination, On::Connection(id, rest)),
            Step::Failed(why) => Reached::Failed(why),
        }
    }

    /// The flow to `destination` if it is there by now, at one of its addresses that `may` be used. If not, it is
    /// looked up or opened, and whoever comes again will find it.
    pub fn at_once(
        &mut self,
        now: Instant,
        destination: &Destination,
        may: impl Fn(SocketAddr) -> bool,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        let Look::At(mut addresses) = self.look(now, destination, out) else { return None };
        addresses.retain(|address| may(*address));
        match self.step(now, destination, addresses, Unreachable::NoAddress, out) {
            Step::Ready(flow) => Some(flow),
            Step::Opening(..) | Step::Failed(_) => None,
        }
    }

    /// Its addresses in the order to try.
    fn look(&mut self, now: Instant, destination: &Destination, out: &mut VecDeque<Output>) -> Look {
        if let Some(address) = destination.numeric() {
            return Look::At(SmallVec::from_slice(&[address]));
        }
        match self.names.look(now, destination, out) {
            Look::At(addresses) => Look::At(self.in_order(now, addresses)),
            look @ (Look::Nothing | Look::Asked) => look,
        }
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
        self.avoided.note(now, remote);
    }

    /// Whether `ip` is an address of `destination`, as far as is known without asking.
    pub fn is_at(&self, destination: &Destination, ip: IpAddr) -> bool {
        match destination.numeric() {
            Some(address) => address.ip() == ip,
            None => self.names.known(destination).iter().any(|address| address.ip() == ip),
        }
    }

    /// The answer to an `Output::Resolve`: no address means that there is none, or that nobody could say.
    pub fn resolved(
        &mut self,
        now: Instant,
        question: u64,
        addresses: &[SocketAddr],
        out: &mut VecDeque<Output>,
    ) -> Told {
        let Some((destination, addresses)) = self.names.answered(now, question, addresses) else {
            return Told::new();
        };
        let addresses = self.in_order(now, addresses);
        let asked = self.waiting(|wait| wait.is_for_name(&destination));
        self.go_on(now, asked, |_| addresses.clone(), Unreachable::NoAddress, out)
    }

    /// A connection came, could not be had, or ended.
    pub fn flow_event(&mut self, now: Instant, event: &FlowEvent, out: &mut VecDeque<Output>) -> Told {
        match event {
            FlowEvent::Opened(id, flow) => {
                self.connections.opened(now, *id, *flow);
                self.spare_if_many(now, out);
                let mut told = Told::new();
                for wait in self.waiting(|wait| wait.is_for(*id)) {
                    self.waits.remove(wait);
                    told.push((wait, Ok(*flow)));
                }
                told
            }
            FlowEvent::Failed(id, _) => {
                self.connections.failed(*id);
                let failed = self.waiting(|wait| wait.is_for(*id));
                self.go_on(now, failed, Wait::rest, Unreachable::Refused, out)
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

    /// As the resolver gave them, but those that did not answer of late last.
    fn in_order(&self, now: Instant, mut addresses: Addresses) -> Addresses {
        addresses.sort_by_key(|address| self.avoided.holds(now, *address));
        addresses
    }

    /// The flow to the first address that has one; else a connection is opened to the first that can.
    fn step(
        &mut self,
        now: Instant,
        destination: &Destination,
        mut addresses: Addresses,
        otherwise: Unreachable,
        out: &mut VecDeque<Output>,
    ) -> Step {
        if addresses.is_empty() {
            return Step::Failed(otherwise);
        }
        if let Some(flow) = addresses.iter().find_map(|to| self.flow_to(now, destination, *to)) {
            return Step::Ready(flow);
        }
        let transport = destination.transport;
        let Some(first) = addresses.iter().position(|to| self.socket(transport, *to).is_some()) else {
            return Step::Failed(Unreachable::NoSocket);
        };
        let remote = addresses[first];
        addresses.drain(..=first);
        self.open(destination, remote, out)
            .map_or(Step::Failed(Unreachable::Full), |id| Step::Opening(id, addresses))
    }

    /// A datagram needs a socket alone; a stream its connection.
    fn flow_to(&mut self, now: Instant, destination: &Destination, remote: SocketAddr) -> Option<Flow> {
        let transport = destination.transport;
        if transport.is_reliable() {
            return self.connections.to(now, &Peer::new(destination, remote));
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
        remote: SocketAddr,
        out: &mut VecDeque<Output>,
    ) -> Option<OpenId> {
        let peer = Peer::new(destination, remote);
        let is_carrier = is_carrier(&peer, &self.kept, &self.names);
        match self.connections.begin(peer, is_carrier) {
            Opening::Shared(id) => Some(id),
            Opening::New(id) => {
                let (transport, host) = (destination.transport, destination.host.clone());
                out.push_back(Output::Open { id, transport, remote, host });
                Some(id)
            }
            Opening::Full => None,
        }
    }

    /// Somebody spoke on `flow`: if we opened it, it is in use.
    pub fn hears(&mut self, now: Instant, flow: Flow) {
        self.connections.is_used(now, flow);
    }

    fn spare_if_many(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        if self.connections.are_many() {
            self.spare(now, out);
        }
    }

    fn spare(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        let Self { connections, kept, names, .. } = self;
        let closed = connections.spare(now, |peer| is_carrier(peer, kept, names));
        out.extend(closed.into_iter().map(Output::Close));
    }
}

/// Whether a connection leads where the config says that a carrier is.
fn is_carrier(peer: &Peer, kept: &[Destination], names: &Names) -> bool {
    let is_there = |kept: &Destination| match kept.numeric() {
        Some(address) => address == peer.remote,
        None => names.known(kept).contains(&peer.remote),
    };
    kept.iter().any(is_there)
}

#[cfg(test)]
mod tests;
