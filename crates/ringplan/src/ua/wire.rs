//! A phone's socket and its transactions.

use std::{collections::VecDeque, io, net::SocketAddr, os::fd::AsFd};

use bytes::Bytes;
use clock::{Chance, Instant};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sip::{
    Message, Method, Status,
    flow::{Flow, Transport},
    transaction::{Branch, Config, Layer, Out, Outgoing, ServerKey, Timing, Up},
};

use super::{
    account::Account,
    link::{Heard, Link, SentBy},
    voice::Voice,
};
use crate::{entropy, time::Clocks};

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
    link: Link,
    layer: Layer<Ask>,
    ups: VecDeque<Up<Ask>>,
    clocks: Clocks,
    pub(super) chance: Chance,
}

/// Where the transactions put what they have to say.
struct Ends<'a> {
    link: &'a mut Link,
    ups: &'a mut VecDeque<Up<Ask>>,
}

impl Out<Ask> for Ends<'_> {
    fn up(&mut self, up: Up<Ask>) {
        self.ups.push_back(up);
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.link.send(&bytes, flow);
    }
}

impl Wire {
    /// A link of its own to the switch.
    pub(super) fn open(account: &Account) -> io::Result<Self> {
        let clocks = Clocks::start();
        let config = Config {
            clients_max: REQUESTS_MAX,
            servers_max: REQUESTS_MAX,
            timing: Timing::default(),
            hash_key: entropy::bytes(),
        };
        Ok(Self {
            link: Link::open(&account.over, account.server, account.local, &account.domain)?,
            layer: Layer::new(&config, clocks.mono()),
            ups: VecDeque::new(),
            clocks,
            chance: Chance::from_seed(entropy::bytes()),
        })
    }

    /// The phone's own address.
    pub(super) const fn local(&self) -> SocketAddr {
        self.link.flow().local
    }

    /// What a Via of the phone begins with.
    pub(super) const fn sent_by(&self) -> SentBy {
        self.link.sent_by()
    }

    /// The Contact of `user` here.
    pub(super) fn contact(&self, user: &str) -> String {
        let Flow { transport, local, .. } = self.link.flow();
        let over = match transport {
            Transport::Udp => String::new(),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                format!(";transport={}", transport.as_param())
            }
        };
        format!("<sip:{user}@{local}{over}>")
    }

    /// The address requests come from.
    pub(super) const fn remote(&self) -> SocketAddr {
        self.link.flow().remote
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
        let outgoing = Outgoing { user: ask, flow: self.link.flow(), method, branch, bytes, timeout: None };
        let mut ends = Ends { link: &mut self.link, ups: &mut self.ups };
        let started = self.layer.request(self.clocks.mono(), outgoing, &mut ends);
        debug_assert!(started.is_ok(), "a phone with one call has few requests under way");
    }

    /// Answers a request.
    pub(super) fn respond(&mut self, key: ServerKey, status: Status, bytes: Bytes) {
        let mut ends = Ends { link: &mut self.link, ups: &mut self.ups };
        self.layer.respond(self.clocks.mono(), key, status, bytes, &mut ends);
    }

    /// Sends an ACK of a 2xx, which has no transaction.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.link.send(bytes, self.link.flow());
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
        let mut ears = vec![PollFd::new(self.link.as_fd(), PollFlags::POLLIN)];
        ears.extend(voice.as_ref().map(|voice| PollFd::new(voice.as_fd(), PollFlags::POLLIN)));
        let _ = poll(&mut ears, PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX));
        let now = self.clocks.mono();
        self.receive(now);
        self.layer.tick(now, &mut Ends { link: &mut self.link, ups: &mut self.ups });
        if let Some(voice) = voice {
            voice.turn(now);
        }
    }

    fn receive(&mut self, now: Instant) {
        loop {
            match self.link.next() {
                Heard::Message(flow, bytes) => {
                    if let Ok(message) = Message::parse(bytes) {
                        let mut ends = Ends { link: &mut self.link, ups: &mut self.ups };
                        self.layer.receive(now, flow, message, &mut ends);
                    }
                }
                Heard::Gone(flow) => {
                    let mut ends = Ends { link: &mut self.link, ups: &mut self.ups };
                    self.layer.flow_failed(now, flow, &mut ends);
                }
                Heard::Nothing => return,
            }
        }
    }
}
