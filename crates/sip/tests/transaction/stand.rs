//! A layer between a scripted peer and a scripted transaction user.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use clock::{Chance, Instant};
use sip::{
    Message, Method, Status,
    flow::{Flow, Transport},
    message::Start,
    transaction::{Branch, ClientKey, Config, Layer, Out, Outgoing, ServerKey, Timing, Up},
};

/// Whose transaction it is.
pub(crate) type User = u32;

/// The layer, its clock and what it said.
pub(crate) struct Stand {
    pub(crate) layer: Layer<User>,
    pub(crate) now: Instant,
    pub(crate) out: Said,
    chance: Chance,
}

/// What came out of the layer, in order.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) up: VecDeque<Up<User>>,
    pub(crate) sent: VecDeque<(Flow, Bytes)>,
}

impl Out<User> for Said {
    fn up(&mut self, up: Up<User>) {
        self.up.push_back(up);
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.sent.push_back((flow, bytes));
    }
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn udp() -> Flow {
    flow("192.0.2.7:5060")
}

pub(crate) fn tcp() -> Flow {
    Flow { transport: Transport::Tcp, connection: 9, ..udp() }
}

/// A UDP flow to this peer.
pub(crate) fn flow(remote: &str) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: remote.parse().unwrap(),
        connection: 0,
    }
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::with_limits(100, 100)
    }

    pub(crate) fn with_limits(clients_max: usize, servers_max: usize) -> Self {
        let config = Config { clients_max, servers_max, timing: Timing::default(), hash_key: [7; 16] };
        Self {
            layer: Layer::new(&config, Instant::ZERO),
            now: Instant::ZERO,
            out: Said::default(),
            chance: Chance::from_seed([1; 32]),
        }
    }

    /// Lets time pass, timer by timer.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.layer.timeout().filter(|at| *at <= end) {
            self.tick(at);
        }
        self.now = end;
    }

    /// Lets all time pass that anybody waits for, and says when something was sent or told.
    pub(crate) fn history(&mut self) -> Vec<(u64, String)> {
        let mut history = self.news();
        while let Some(at) = self.layer.timeout() {
            self.tick(at);
            history.extend(self.news());
        }
        history
    }

    /// Fires what is due. A timer that stayed due would keep a switch busy for ever.
    pub(crate) fn tick(&mut self, at: Instant) {
        self.now = at;
        self.layer.tick(at, &mut self.out);
        assert!(self.layer.timeout().is_none_or(|next| next > at), "what was due is done");
    }

    /// What was said since the last look, with the time in milliseconds.
    pub(crate) fn news(&mut self) -> Vec<(u64, String)> {
        let micros = self.now.as_micros();
        assert_eq!(micros % 1000, 0, "timers are exact");
        let at = micros / 1000;
        let sent = self.out.sent.drain(..).map(|(_, bytes)| label(&Message::parse(bytes).unwrap()));
        let up = self.out.up.drain(..).map(|up| told(&up));
        sent.chain(up).map(|what| (at, what)).collect()
    }

    /// The only message sent since the last look.
    pub(crate) fn sent(&mut self) -> Message {
        assert_eq!(self.out.sent.len(), 1, "one message is sent");
        Message::parse(self.out.sent.pop_front().unwrap().1).unwrap()
    }

    /// The only thing told since the last look.
    pub(crate) fn told(&mut self) -> Up<User> {
        assert_eq!(self.out.up.len(), 1, "one thing is told");
        self.out.up.pop_front().unwrap()
    }

    /// Nothing was said since the last look.
    #[track_caller]
    pub(crate) fn is_quiet(&self) {
        assert!(self.out.sent.is_empty() && self.out.up.is_empty(), "nothing is said");
    }

    pub(crate) fn branch(&mut self) -> Branch {
        Branch::new(&mut self.chance)
    }

    /// The transaction user sends a request of a new branch; what its Via says after the transport.
    pub(crate) fn asks(&mut self, flow: Flow, method: Method) -> String {
        let branch = self.branch();
        self.request(flow, method, branch);
        format!("192.0.2.1;branch={branch}")
    }

    /// The transaction user sends a request.
    pub(crate) fn request(&mut self, flow: Flow, method: Method, branch: Branch) -> ClientKey {
        self.request_with(flow, method, branch, None)
    }

    pub(crate) fn request_with(
        &mut self,
        flow: Flow,
        method: Method,
        branch: Branch,
        timeout: Option<Duration>,
    ) -> ClientKey {
        let bytes = request(method.as_str(), &format!("192.0.2.1;branch={branch}"), "").into();
        let outgoing = Outgoing { user: 5, flow, method, branch, bytes, timeout };
        self.layer.request(self.now, outgoing, &mut self.out).unwrap()
    }

    /// A message comes by UDP.
    pub(crate) fn receive(&mut self, text: impl Into<Bytes>) {
        self.receive_by(udp(), text);
    }

    pub(crate) fn receive_by(&mut self, flow: Flow, text: impl Into<Bytes>) {
        let message = Message::parse(text.into()).unwrap();
        self.layer.receive(self.now, flow, message, &mut self.out);
    }

    /// A new request comes and is told.
    pub(crate) fn receive_new(&mut self, flow: Flow, text: impl Into<Bytes>) -> ServerKey {
        self.receive_by(flow, text);
        let Up::Request { key, .. } = self.told() else { panic!("no new request") };
        key
    }

    /// The transaction user answers.
    pub(crate) fn respond(&mut self, key: ServerKey, status: Status) {
        let bytes = response(status.code(), "INVITE", "192.0.2.7;branch=z9hG4bKtheirs");
        self.layer.respond(self.now, key, status, bytes.into(), &mut self.out);
    }
}

/// A request; `via` is what follows the transport, `to_tag` may be empty.
pub(crate) fn request(method: &str, via: &str, to_tag: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:bob@b.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP {via}\r\n\
        Max-Forwards: 70\r\n\
        From: <sip:ana@a.example>;tag=a1\r\n\
        To: <sip:bob@b.example>{tag}\r\n\
        Call-ID: c1\r\n\
        CSeq: 1 {method}\r\n\
        Content-Length: 0\r\n\r\n"
    )
}

/// A response to such a request.
pub(crate) fn response(status: u16, method: &str, via: &str) -> String {
    format!(
        "SIP/2.0 {status} Whatever\r\n\
        Via: SIP/2.0/UDP {via}\r\n\
        From: <sip:ana@a.example>;tag=a1\r\n\
        To: <sip:bob@b.example>;tag=b1\r\n\
        Call-ID: c1\r\n\
        CSeq: 1 {method}\r\n\
        Content-Length: 0\r\n\r\n"
    )
}

fn label(message: &Message) -> String {
    match message.start() {
        Start::Request { method, .. } => method.to_string(),
        Start::Response { status, .. } => status.to_string(),
    }
}

/// What the transaction user is told, in two words.
pub(crate) fn told(up: &Up<User>) -> String {
    match up {
        Up::Request { message, .. } => format!("told {}", label(message)),
        Up::Cancelled { user, .. } => format!("told cancelled {user:?}"),
        Up::Ack { .. } => "told ACK".to_owned(),
        Up::AckFor { user, .. } => format!("told acknowledged {user:?}"),
        Up::Response { message, .. } => format!("told {}", label(message)),
        Up::StrayResponse { message, .. } => format!("told stray {}", label(message)),
        Up::TimedOut { .. } => "told timed out".to_owned(),
        Up::Unreachable { .. } => "told unreachable".to_owned(),
        Up::FlowFailed { .. } => "told flow failed".to_owned(),
        Up::ServerEnded { .. } => "told ended".to_owned(),
        Up::ServerUnreachable { .. } => "told peer unreachable".to_owned(),
    }
}
