//! A phone's socket and its transactions.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    os::fd::AsFd,
};

use bytes::Bytes;
use clock::{Chance, Instant};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sip::{
    Message, Method, Status,
    flow::Flow,
    transaction::{Branch, Config, Layer, Out, Outgoing, ServerKey, Timing, Up},
};

use super::voice::Voice;
use crate::{
    entropy,
    net::udp::{DATAGRAM_MAX, Found, Udp},
    time::Clocks,
};

/// Requests either way at a time; a phone has one call.
const REQUESTS_MAX: usize = 64;

/// What a request of the phone is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Register,
    Invite,
    /// BYE and CANCEL: whatever the answer, the call is over.
    Leave,
}

/// The socket, the transactions on it and the phone's own time and chance.
#[derive(Debug)]
pub(super) struct Wire {
    udp: Udp,
    flow: Flow,
    layer: Layer<Ask>,
    ups: VecDeque<Up<Ask>>,
    clocks: Clocks,
    datagram: Vec<u8>,
    pub(super) chance: Chance,
}

/// Where the transactions put what they have to say.
struct Ends<'a> {
    udp: &'a Udp,
    ups: &'a mut VecDeque<Up<Ask>>,
}

impl Out<Ask> for Ends<'_> {
    fn up(&mut self, up: Up<Ask>) {
        self.ups.push_back(up);
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        // Lost, as on any wire.
        let _ = self.udp.send(&bytes, flow.remote);
    }
}

impl Wire {
    /// A socket of its own towards `server`, on `local` if that is given.
    pub(super) fn open(server: SocketAddr, local: Option<IpAddr>) -> io::Result<Self> {
        let local = local.map_or_else(|| route(server), Ok)?;
        let udp = Udp::bind((local, 0).into())?;
        let clocks = Clocks::start();
        let config = Config {
            clients_max: REQUESTS_MAX,
            servers_max: REQUESTS_MAX,
            timing: Timing::default(),
            hash_key: entropy::bytes(),
        };
        Ok(Self {
            flow: udp.flow(server),
            udp,
            layer: Layer::new(&config, clocks.mono()),
            ups: VecDeque::new(),
            clocks,
            datagram: vec![0; DATAGRAM_MAX],
            chance: Chance::from_seed(entropy::bytes()),
        })
    }

    /// The phone's own address.
    pub(super) const fn local(&self) -> SocketAddr {
        self.udp.local()
    }

    /// The address requests come from.
    pub(super) const fn remote(&self) -> SocketAddr {
        self.flow.remote
    }

    /// Now, on the phone's clock.
    pub(super) fn now(&self) -> Instant {
        self.clocks.mono()
    }

    /// Random letters.
    pub(super) fn token(&mut self) -> String {
        let mut letters = [0; 12];
        self.chance.token(&mut letters);
        String::from_utf8_lossy(&letters).into_owned()
    }

    /// Sends a request.
    pub(super) fn ask(&mut self, ask: Ask, method: Method, branch: Branch, bytes: Bytes) {
        let outgoing = Outgoing { user: ask, flow: self.flow, method, branch, bytes, timeout: None };
        let mut ends = Ends { udp: &self.udp, ups: &mut self.ups };
        let started = self.layer.request(self.clocks.mono(), outgoing, &mut ends);
        debug_assert!(started.is_ok(), "a phone with one call has few requests under way");
    }

    /// Answers a request.
    pub(super) fn respond(&mut self, key: ServerKey, status: Status, bytes: Bytes) {
        let mut ends = Ends { udp: &self.udp, ups: &mut self.ups };
        self.layer.respond(self.clocks.mono(), key, status, bytes, &mut ends);
    }

    /// Sends an ACK of a 2xx, which has no transaction.
    pub(super) fn send(&self, bytes: &[u8]) {
        let _ = self.udp.send(bytes, self.flow.remote);
    }

    /// What happened next, if anything has.
    pub(super) fn next(&mut self) -> Option<Up<Ask>> {
        self.ups.pop_front()
    }

    /// Lets time pass until something comes, at the latest until `until`, while `voice` keeps talking.
    pub(super) fn wait(&mut self, until: Instant, voice: Option<&mut Voice>) {
        let talk = voice.as_ref().and_then(|voice| voice.timeout());
        let next = [self.layer.timeout(), talk, Some(until)].into_iter().flatten().min().unwrap_or(until);
        let patience = next.since(self.clocks.mono()).as_micros().div_ceil(1_000);
        let mut ears = vec![PollFd::new(self.udp.as_fd(), PollFlags::POLLIN)];
        ears.extend(voice.as_ref().map(|voice| PollFd::new(voice.as_fd(), PollFlags::POLLIN)));
        let _ = poll(&mut ears, PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX));
        let now = self.clocks.mono();
        self.receive(now);
        self.layer.tick(now, &mut Ends { udp: &self.udp, ups: &mut self.ups });
        if let Some(voice) = voice {
            voice.turn(now);
        }
    }

    fn receive(&mut self, now: Instant) {
        loop {
            let mut ends = Ends { udp: &self.udp, ups: &mut self.ups };
            match self.udp.receive(&mut self.datagram) {
                Found::Datagram(len, from) => {
                    let bytes = Bytes::copy_from_slice(&self.datagram[..len]);
                    if let Ok(message) = Message::parse(bytes) {
                        self.layer.receive(now, self.udp.flow(from), message, &mut ends);
                    }
                }
                Found::Refused(peer) => self.layer.flow_failed(now, self.udp.flow(peer), &mut ends),
                Found::Nothing => return,
            }
        }
    }
}

/// The address this machine has towards `server`; asking sends nothing.
fn route(server: SocketAddr) -> io::Result<IpAddr> {
    let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let probe = UdpSocket::bind(SocketAddr::new(any, 0))?;
    probe.connect(server)?;
    probe.local_addr().map(|local| local.ip())
}
