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

mod destination;
mod names;

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use clock::{Instant, Key, Slots};
use sip::flow::{Flow, Transport};
use smallvec::SmallVec;

pub use self::destination::Destination;
pub(crate) use self::destination::is_private;
use self::names::{Addresses, Look, Names};
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

/// One asker whose flow is on its way.
#[derive(Debug)]
pub struct Wait {
    destination: Destination,
    on: On,
}

/// What a [`Wait`] waits for.
#[derive(Debug)]
enum On {
    Name,
    /// A connection, and the addresses left to try should it fail.
    Connection(OpenId, Addresses),
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

/// Names a [`Wait`]; dead once its outcome was told.
pub type WaitId = Key<Wait>;

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
    connections: BTreeMap<Peer, Flow>,
    opening: BTreeMap<OpenId, Peer>,
    waits: Slots<Wait>,
    /// Every wait lasts equally long, so the order of asking is the order of the deadlines.
    deadlines: VecDeque<(Instant, WaitId)>,
    /// Addresses that did not answer, the latest last.
    avoided: VecDeque<(Instant, SocketAddr)>,
    opened: u64,
}

impl Reach {
    /// A cache that knows nothing, over our own `sockets`.
    pub fn new(limits: Limits, sockets: Vec<(Transport, SocketAddr)>) -> Self {
        Self {
            limits,
            sockets,
            names: Names::new(limits),
            connections: BTreeMap::new(),
            opening: BTreeMap::new(),
            waits: Slots::new(limits.waits),
            deadlines: VecDeque::new(),
            avoided: VecDeque::new(),
            opened: 0,
        }
    }

    /// A flow to `destination`, or the promise of an outcome.
    pub fn reach(&mut self, now: Instant, destination: &Destination, out: &mut VecDeque<Output>) -> Reached {
        let addresses = match self.look(now, destination, out) {
            Look::At(addresses) => addresses,
            Look::Nothing => return Reached::Failed(Unreachable::NoAddress),
            Look::Asked => return self.wait(now, destination, On::Name),
        };
        match self.step(destination, addresses, Unreachable::NoAddress, out) {
            Step::Ready(flow) => Reached::Ready(flow),
            Step::Opening(id, rest) => self.wait(now, destination, On::Connection(id, rest)),
            Step::Failed(why) => Reached::Failed(why),
        }
    }

    /// The flow to `destination` if it is there by now. If not, it is looked up or opened, and whoever comes
    /// again will find it.
    pub fn at_once(
        &mut self,
        now: Instant,
        destination: &Destination,
        out: &mut VecDeque<Output>,
    ) -> Option<Flow> {
        let Look::At(addresses) = self.look(now, destination, out) else { return None };
        match self.step(destination, addresses, Unreachable::NoAddress, out) {
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
    /// lets go of those kept before.
    pub fn keep(&mut self, destinations: &[Destination]) {
        let names: Vec<_> = destinations.iter().filter(|it| it.numeric().is_none()).cloned().collect();
        self.names.keep(&names);
    }

    /// A request to `remote` found no answer: for a while the other addresses of its name come first
    /// (RFC 3263 §4.3).
    pub fn avoid(&mut self, now: Instant, remote: SocketAddr) {
        self.avoided.retain(|(_, avoided)| *avoided != remote);
        if self.avoided.len() >= self.limits.avoided_max {
            self.avoided.pop_front();
        }
        self.avoided.push_back((now, remote));
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
        let asked = self.waiting(|wait| matches!(wait.on, On::Name) && wait.destination == destination);
        self.go_on(asked, |_| addresses.clone(), Unreachable::NoAddress, out)
    }

    /// A connection came, could not be had, or ended.
    pub fn flow_event(&mut self, event: &FlowEvent, out: &mut VecDeque<Output>) -> Told {
        match event {
            FlowEvent::Opened(id, flow) => {
                if let Some(to) = self.opening.remove(id) {
                    self.connections.insert(to, *flow);
                }
                let mut told = Told::new();
                for wait in self.waiting(|wait| wait.is_for(*id)) {
                    self.waits.remove(wait);
                    told.push((wait, Ok(*flow)));
                }
                told
            }
            FlowEvent::Failed(id, _) => {
                self.opening.remove(id);
                let failed = self.waiting(|wait| wait.is_for(*id));
                self.go_on(failed, Wait::rest, Unreachable::Refused, out)
            }
            FlowEvent::Closed(flow) => {
                self.connections.retain(|_, open| open != flow);
                Told::new()
            }
        }
    }

    /// When [`tick`](Self::tick) has something to do; never too late.
    pub fn timeout(&self) -> Option<Instant> {
        let late = self.deadlines.front().map(|(at, _)| *at);
        [late, self.names.timeout()].into_iter().flatten().min()
    }

    /// Gives up on those who waited too long, and asks again for the names that are kept.
    pub fn tick(&mut self, now: Instant, out: &mut VecDeque<Output>) -> Told {
        self.names.tick(now, out);
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
        let is_avoided = |address: &SocketAddr| {
            let mut avoided = self.avoided.iter().filter(|(at, _)| now.since(*at) < self.limits.avoided);
            avoided.any(|(_, avoided)| avoided == address)
        };
        addresses.sort_by_key(is_avoided);
        addresses
    }

    /// The flow to the first address that has one; else a connection is opened to the first that can.
    fn step(
        &mut self,
        destination: &Destination,
        mut addresses: Addresses,
        otherwise: Unreachable,
        out: &mut VecDeque<Output>,
    ) -> Step {
        if addresses.is_empty() {
            return Step::Failed(otherwise);
        }
        if let Some(flow) = addresses.iter().find_map(|to| self.flow_to(destination, *to)) {
            return Step::Ready(flow);
        }
        let transport = destination.transport;
        let Some(first) = addresses.iter().position(|to| self.socket(transport, *to).is_some()) else {
            return Step::Failed(Unreachable::NoSocket);
        };
        let remote = addresses[first];
        addresses.drain(..=first);
        Step::Opening(self.open(destination, remote, out), addresses)
    }

    /// A datagram needs a socket alone; a stream its connection.
    fn flow_to(&self, destination: &Destination, remote: SocketAddr) -> Option<Flow> {
        let transport = destination.transport;
        if transport.is_reliable() {
            return self.connections.get(&Peer::new(destination, remote)).copied();
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

    /// Two who want the same connection share the one that is being opened.
    fn open(&mut self, destination: &Destination, remote: SocketAddr, out: &mut VecDeque<Output>) -> OpenId {
        let peer = Peer::new(destination, remote);
        if let Some((id, _)) = self.opening.iter().find(|(_, to)| **to == peer) {
            return *id;
        }
        self.opened += 1;
        let id = OpenId(self.opened);
        self.opening.insert(id, peer);
        let (transport, host) = (destination.transport, destination.host.clone());
        out.push_back(Output::Open { id, transport, remote, host });
        id
    }

    fn wait(&mut self, now: Instant, destination: &Destination, on: On) -> Reached {
        match self.waits.try_insert(Wait { destination: destination.clone(), on }) {
            Ok(id) => {
                self.deadlines.push_back((now + self.limits.deadline, id));
                Reached::Waiting(id)
            }
            Err(_) => Reached::Failed(Unreachable::Full),
        }
    }

    fn waiting(&self, is_meant: impl Fn(&Wait) -> bool) -> SmallVec<[WaitId; 2]> {
        self.waits.iter().filter(|(_, wait)| is_meant(wait)).map(|(id, _)| id).collect()
    }

    /// Takes each of `waits` one step on, over the addresses that it has now.
    fn go_on(
        &mut self,
        waits: SmallVec<[WaitId; 2]>,
        addresses: impl Fn(&Wait) -> Addresses,
        otherwise: Unreachable,
        out: &mut VecDeque<Output>,
    ) -> Told {
        let mut told = Told::new();
        for id in waits {
            let Some(wait) = self.waits.get(id) else { continue };
            let (destination, addresses) = (wait.destination.clone(), addresses(wait));
            let outcome = match self.step(&destination, addresses, otherwise, out) {
                Step::Ready(flow) => Ok(flow),
                Step::Failed(why) => Err(why),
                Step::Opening(open, rest) => {
                    if let Some(wait) = self.waits.get_mut(id) {
                        wait.on = On::Connection(open, rest);
                    }
                    continue;
                }
            };
            self.waits.remove(id);
            told.push((id, outcome));
        }
        told
    }
}

impl Wait {
    fn is_for(&self, open: OpenId) -> bool {
        matches!(self.on, On::Connection(id, _) if id == open)
    }

    fn rest(&self) -> Addresses {
        match &self.on {
            On::Connection(_, rest) => rest.clone(),
            On::Name => Addresses::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "192.0.2.1:5060";

    fn reach() -> Reach {
        let ours = OURS.parse().unwrap();
        Reach::new(Limits::default(), vec![(Transport::Udp, ours), (Transport::Tcp, ours)])
    }

    fn to(host: &str, transport: Transport) -> Destination {
        Destination { host: host.into(), port: 0, transport }
    }

    fn seconds(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn flow(remote: &str, transport: Transport, connection: u32) -> Flow {
        Flow { transport, local: OURS.parse().unwrap(), remote: remote.parse().unwrap(), connection }
    }

    fn at(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|it| it.parse().unwrap()).collect()
    }

    /// What was asked for, one short line each; the list is drained.
    fn asked(out: &mut VecDeque<Output>) -> Vec<String> {
        let line = |output: Output| {
            if let Output::Resolve { question, host, .. } = output {
                return format!("resolve {question} {host}");
            }
            let Output::Open { id, remote, .. } = output else { panic!("never asks for {output:?}") };
            format!("open {} {remote}", id.0)
        };
        out.drain(..).map(line).collect()
    }

    fn waiting(reached: Reached) -> WaitId {
        match reached {
            Reached::Waiting(id) => id,
            Reached::Ready(_) | Reached::Failed(_) => panic!("does not wait: {reached:?}"),
        }
    }

    #[test]
    fn a_numeric_address_on_udp_is_reached_at_once() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let there = |remote| Reached::Ready(flow(remote, Transport::Udp, 0));
        assert_eq!(
            reach.reach(seconds(0), &to("198.51.100.7", Transport::Udp), &mut out),
            there("198.51.100.7:5060")
        );
        let port = Destination { port: 5080, ..to("198.51.100.7", Transport::Udp) };
        assert_eq!(reach.reach(seconds(0), &port, &mut out), there("198.51.100.7:5080"));
        assert!(out.is_empty());
    }

    #[test]
    fn a_family_or_transport_without_a_socket_is_said_at_once() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        for nowhere in [to("[2001:db8::7]", Transport::Udp), to("198.51.100.7", Transport::Ws)] {
            let reached = reach.reach(seconds(0), &nowhere, &mut out);
            assert_eq!(reached, Reached::Failed(Unreachable::NoSocket));
        }
        assert_eq!(reach.timeout(), None);
    }

    #[test]
    fn askers_of_one_name_share_one_question_and_its_answer() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Udp);
        let first = waiting(reach.reach(seconds(0), &carrier, &mut out));
        let second = waiting(reach.reach(seconds(1), &carrier, &mut out));
        assert_eq!(asked(&mut out), ["resolve 1 sip.carrier.example"]);
        let there = flow("198.51.100.7:5060", Transport::Udp, 0);
        let told = reach.resolved(seconds(1), 1, &at(&["198.51.100.7:0"]), &mut out);
        assert_eq!(told.to_vec(), [(first, Ok(there)), (second, Ok(there))]);
        assert_eq!(reach.reach(seconds(2), &carrier, &mut out), Reached::Ready(there));
        assert!(out.is_empty());
    }

    #[test]
    fn an_old_answer_serves_while_a_new_one_is_asked_and_while_dns_is_down() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Udp);
        reach.reach(seconds(0), &carrier, &mut out);
        reach.resolved(seconds(0), 1, &at(&["198.51.100.7:5060"]), &mut out);
        out.clear();
        let there = Reached::Ready(flow("198.51.100.7:5060", Transport::Udp, 0));
        assert_eq!(reach.reach(seconds(299), &carrier, &mut out), there);
        assert!(out.is_empty());
        assert_eq!(reach.reach(seconds(300), &carrier, &mut out), there);
        assert_eq!(asked(&mut out), ["resolve 2 sip.carrier.example"]);
        reach.resolved(seconds(310), 2, &[], &mut out);
        assert_eq!(reach.reach(seconds(311), &carrier, &mut out), there);
        assert!(out.is_empty(), "silence is believed for a while too");
        assert_eq!(reach.reach(seconds(3599), &carrier, &mut out), there);
        assert!(matches!(reach.reach(seconds(3600), &carrier, &mut out), Reached::Waiting(_)));
    }

    #[test]
    fn a_name_without_address_is_believed_for_half_a_minute() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let nobody = to("nobody.example", Transport::Udp);
        let wait = waiting(reach.reach(seconds(0), &nobody, &mut out));
        let told = reach.resolved(seconds(1), 1, &[], &mut out);
        assert_eq!(told.to_vec(), [(wait, Err(Unreachable::NoAddress))]);
        out.clear();
        assert_eq!(reach.reach(seconds(30), &nobody, &mut out), Reached::Failed(Unreachable::NoAddress));
        assert!(out.is_empty());
        waiting(reach.reach(seconds(31), &nobody, &mut out));
        assert_eq!(asked(&mut out), ["resolve 2 nobody.example"]);
    }

    #[test]
    fn a_stream_is_opened_once_shared_and_used_again_until_it_closes() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("198.51.100.7", Transport::Tcp);
        let first = waiting(reach.reach(seconds(0), &carrier, &mut out));
        let second = waiting(reach.reach(seconds(0), &carrier, &mut out));
        assert_eq!(asked(&mut out), ["open 1 198.51.100.7:5060"]);
        let there = flow("198.51.100.7:5060", Transport::Tcp, 9);
        let told = reach.flow_event(&FlowEvent::Opened(OpenId(1), there), &mut out);
        assert_eq!(told.to_vec(), [(first, Ok(there)), (second, Ok(there))]);
        assert_eq!(reach.reach(seconds(1), &carrier, &mut out), Reached::Ready(there));
        reach.flow_event(&FlowEvent::Closed(there), &mut out);
        waiting(reach.reach(seconds(2), &carrier, &mut out));
        assert_eq!(asked(&mut out), ["open 2 198.51.100.7:5060"]);
    }

    #[test]
    fn a_refused_connection_tries_the_next_address_and_then_gives_up() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Tcp);
        let wait = waiting(reach.reach(seconds(0), &carrier, &mut out));
        reach.resolved(seconds(0), 1, &at(&["198.51.100.7:5060", "198.51.100.8:5060"]), &mut out);
        assert!(reach.flow_event(&FlowEvent::Failed(OpenId(1), "refused".into()), &mut out).is_empty());
        assert_eq!(
            asked(&mut out),
            ["resolve 1 sip.carrier.example", "open 1 198.51.100.7:5060", "open 2 198.51.100.8:5060"]
        );
        let told = reach.flow_event(&FlowEvent::Failed(OpenId(2), "refused".into()), &mut out);
        assert_eq!(told.to_vec(), [(wait, Err(Unreachable::Refused))]);
    }

    #[test]
    fn who_waits_four_seconds_is_told_and_a_late_answer_is_kept_for_the_next() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Udp);
        let wait = waiting(reach.reach(seconds(0), &carrier, &mut out));
        assert_eq!(reach.timeout(), Some(seconds(4)));
        assert!(reach.tick(seconds(3), &mut out).is_empty());
        assert_eq!(reach.tick(seconds(4), &mut out).to_vec(), [(wait, Err(Unreachable::Late))]);
        assert_eq!(reach.timeout(), None);
        assert!(reach.resolved(seconds(5), 1, &at(&["198.51.100.7:5060"]), &mut out).is_empty());
        let there = flow("198.51.100.7:5060", Transport::Udp, 0);
        assert_eq!(reach.reach(seconds(5), &carrier, &mut out), Reached::Ready(there));
    }

    #[test]
    fn beyond_the_bound_nobody_waits() {
        let mut reach = Reach::new(
            Limits { waits: 1, ..Limits::default() },
            vec![(Transport::Tcp, OURS.parse().unwrap())],
        );
        let mut out = VecDeque::new();
        let carrier = to("198.51.100.7", Transport::Tcp);
        waiting(reach.reach(seconds(0), &carrier, &mut out));
        assert_eq!(reach.reach(seconds(0), &carrier, &mut out), Reached::Failed(Unreachable::Full));
    }

    #[test]
    fn kept_names_are_asked_by_themselves_and_tell_who_is_there() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Udp);
        reach.keep(&[carrier.clone(), to("198.51.100.9", Transport::Udp)]);
        reach.tick(seconds(0), &mut out);
        assert_eq!(asked(&mut out), ["resolve 1 sip.carrier.example"]);
        assert_eq!(reach.timeout(), None);
        reach.resolved(seconds(1), 1, &at(&["198.51.100.7:5060", "198.51.100.8:5060"]), &mut out);
        assert!(reach.is_at(&carrier, "198.51.100.8".parse().unwrap()));
        assert!(!reach.is_at(&carrier, "198.51.100.9".parse().unwrap()));
        assert_eq!(reach.timeout(), Some(seconds(301)));
        reach.tick(seconds(301), &mut out);
        assert_eq!(asked(&mut out), ["resolve 2 sip.carrier.example"]);
    }

    #[test]
    fn an_address_that_does_not_answer_is_tried_last_for_a_minute() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carrier = to("sip.carrier.example", Transport::Udp);
        reach.reach(seconds(0), &carrier, &mut out);
        reach.resolved(seconds(0), 1, &at(&["198.51.100.7:5060", "198.51.100.8:5060"]), &mut out);
        let mut there = |second, reach: &mut Reach| match reach.reach(seconds(second), &carrier, &mut out) {
            Reached::Ready(flow) => flow.remote.ip().to_string(),
            other @ (Reached::Waiting(_) | Reached::Failed(_)) => panic!("not ready: {other:?}"),
        };
        assert_eq!(there(1, &mut reach), "198.51.100.7");
        reach.avoid(seconds(1), "198.51.100.7:5060".parse().unwrap());
        assert_eq!(there(60, &mut reach), "198.51.100.8");
        assert_eq!(there(61, &mut reach), "198.51.100.7");
        reach.avoid(seconds(61), "198.51.100.7:5060".parse().unwrap());
        reach.avoid(seconds(62), "198.51.100.8:5060".parse().unwrap());
        assert_eq!(there(63, &mut reach), "198.51.100.7", "where none answers the first is as good");
    }

    /// RFC 5923 §9.2: what was proven for one name says nothing of another at the same address.
    #[test]
    fn a_connection_that_proved_one_name_serves_no_other() {
        let (mut reach, mut out) = (reach(), VecDeque::new());
        let carriers = ["one.example", "two.example"].map(|host| to(host, Transport::Tls));
        for (question, carrier) in (1..).zip(&carriers) {
            reach.reach(seconds(0), carrier, &mut out);
            reach.resolved(seconds(0), question, &at(&["198.51.100.7:5061"]), &mut out);
        }
        let opened = asked(&mut out);
        assert_eq!(opened[1], "open 1 198.51.100.7:5061");
        assert_eq!(opened[3], "open 2 198.51.100.7:5061");
        for (id, carrier) in (1..).zip(&carriers) {
            let own = flow("198.51.100.7:5061", Transport::Tls, id);
            reach.flow_event(&FlowEvent::Opened(OpenId(id.into()), own), &mut out);
            assert_eq!(reach.reach(seconds(1), carrier, &mut out), Reached::Ready(own));
        }
        assert!(out.is_empty());
    }

    #[test]
    fn names_beyond_the_bound_push_out_the_oldest() {
        let limits = Limits { names: 2, ..Limits::default() };
        let mut reach = Reach::new(limits, vec![(Transport::Udp, OURS.parse().unwrap())]);
        let mut out = VecDeque::new();
        for (second, host) in (0..).zip(["one.example", "two.example", "three.example"]) {
            reach.reach(seconds(second), &to(host, Transport::Udp), &mut out);
            reach.resolved(seconds(second), second + 1, &at(&["198.51.100.7:5060"]), &mut out);
        }
        let ip = "198.51.100.7".parse().unwrap();
        let known = ["one.example", "two.example", "three.example"]
            .map(|it| reach.is_at(&to(it, Transport::Udp), ip));
        assert_eq!(known, [false, true, true]);
    }
}
