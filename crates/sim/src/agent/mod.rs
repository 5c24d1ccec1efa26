//! A party: a phone or a carrier, as a small user agent of its own (RFC 3261 §8, §12, §13).
//!
//! It has transactions of its own and so repeats what gets lost. What it does beyond answering politely is
//! told by [`Act`]s, or by the [`Manner`] it was given for calls that come in. It knows nothing of the
//! switch but an address.

mod act;
mod incoming;
mod line;
mod manner;
mod note;
mod outgoing;
mod persona;
mod placing;
mod proxy;
mod register;
mod reliable;
mod sdp;
mod skill;
mod transfer;
mod watch;

use bytes::{Bytes, BytesMut};
use clock::{Chance, Instant};
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    transaction::{Branch, ClientKey, Config, Layer, Out, Outgoing, Timing, Up},
};

pub(crate) use self::act::TWIN;
pub use self::{
    act::{Act, Course},
    line::{Line, Standing},
    manner::{Deed, Manner},
    note::Note,
    persona::{InDialog, Persona, Proxy, Role},
    sdp::{Formats, Hold},
    skill::{Reliable, Side, Skill, Timer},
    transfer::{Parting, Referral, fragment},
    watch::{Told, Watching, Wish},
};
use self::{
    line::Use,
    manner::{Chore, Chores},
    register::Registration,
};

/// One party.
#[derive(Debug)]
pub struct Agent {
    persona: Persona,
    layer: Layer<Use>,
    lines: Vec<Line>,
    registration: Registration,
    watches: Vec<Watching>,
    keeps_watching: bool,
    /// How it answers NOTIFY, if not as it should.
    refuses_notify: Option<Status>,
    /// Contact of the switch that registered here.
    granted: Option<String>,
    chores: Chores,
    manner: Manner,
    skill: Skill,
    /// Headers that its INVITEs have beside the usual.
    sayings: Vec<(String, String)>,
    marks: Vec<String>,
    /// Manners for the next calls, before the usual one.
    manners: std::collections::VecDeque<Manner>,
    notes: Vec<(Instant, Note)>,
    chance: Chance,
    now: Instant,
    said: Said,
    is_dead: bool,
}

/// What the layer says.
#[derive(Debug, Default)]
struct Said {
    up: std::collections::VecDeque<Up<Use>>,
    sent: Vec<(Flow, Bytes)>,
}

impl Out<Use> for Said {
    fn up(&mut self, up: Up<Use>) {
        self.up.push_back(up);
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.sent.push((flow, bytes));
    }
}

impl Agent {
    /// A party that has done nothing yet.
    pub fn new(persona: Persona, now: Instant) -> Self {
        let mut chance = Chance::from_seed(persona.seed);
        Self {
            layer: layer(&mut chance, now),
            lines: Vec::new(),
            registration: Registration::new(&mut chance),
            watches: Vec::new(),
            keeps_watching: false,
            refuses_notify: None,
            granted: None,
            chores: Chores::default(),
            manner: Manner::default(),
            skill: Skill::default(),
            sayings: Vec::new(),
            marks: Vec::new(),
            manners: Default::default(),
            notes: Vec::new(),
            said: Said::default(),
            is_dead: false,
            persona,
            chance,
            now,
        }
    }

    /// Who it is.
    pub const fn persona(&self) -> &Persona {
        &self.persona
    }

    /// What it noticed, in order.
    pub fn notes(&self) -> &[(Instant, Note)] {
        &self.notes
    }

    /// Its calls, over or not, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What it can beyond the usual.
    pub const fn learns(&mut self, skill: Skill) {
        self.skill = skill;
    }

    /// What it does with calls that come in.
    pub const fn behaves(&mut self, manner: Manner) {
        self.manner = manner;
    }

    /// What it does with the next call that comes in, after those already planned.
    pub fn plans(&mut self, manner: Manner) {
        self.manners.push_back(manner);
    }

    /// From now on its messages take this flow.
    pub const fn moves_to(&mut self, flow: Flow) {
        self.persona.flow = flow;
    }

    /// Its process is killed: it knows of nothing any more, and hears nothing.
    pub fn dies(&mut self, now: Instant) {
        self.is_dead = true;
        self.layer = layer(&mut self.chance, now);
        self.chores = Chores::default();
        self.lines.clear();
    }

    /// Its process is started again.
    pub const fn starts(&mut self) {
        self.is_dead = false;
    }

    /// Whether connections to its contact are taken.
    pub const fn is_listening(&self) -> bool {
        self.persona.is_listening && !self.is_dead
    }

    /// Takes a message from the network. What cannot be read is said: a switch must not send it.
    ///
    /// # Errors
    /// The message cannot be parsed.
    pub fn receive(
        &mut self,
        now: Instant,
        flow: Flow,
        bytes: Bytes,
    ) -> Result<(), sip::message::ParseError> {
        self.now = now;
        let message = Message::parse(bytes)?;
        if self.is_dead {
            return Ok(());
        }
        self.layer.receive(now, flow, message, &mut self.said);
        self.listen();
        Ok(())
    }

    /// A connection of it ended.
    pub fn flow_closed(&mut self, now: Instant, flow: Flow) {
        self.now = now;
        self.layer.flow_failed(now, flow, &mut self.said);
        self.listen();
    }

    /// When [`tick`](Self::tick) is wanted.
    pub fn timeout(&self) -> Option<Instant> {
        let chore = self.chores.at.first_key_value().map(|((at, _), _)| *at);
        [self.layer.timeout(), chore].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        self.now = now;
        self.layer.tick(now, &mut self.said);
        self.listen();
        while let Some(chore) = self.chores.due(now) {
            self.do_chore(chore);
            self.listen();
        }
    }

    /// The messages it sends.
    pub fn drain(&mut self) -> Vec<(Flow, Bytes)> {
        let mut sent = std::mem::take(&mut self.said.sent);
        let device = self.persona.device();
        for (_, bytes) in &mut sent {
            *bytes = signed(bytes, &device);
            if !self.marks.is_empty() {
                *bytes = marked(bytes, &self.marks);
            }
        }
        sent
    }

    /// Whether it has no call under way.
    pub fn is_quiet(&self) -> bool {
        self.lines.iter().all(Line::is_over)
    }

    fn note(&mut self, note: Note) {
        self.notes.push((self.now, note));
    }

    /// Hears out the layer.
    fn listen(&mut self) {
        while let Some(up) = self.said.up.pop_front() {
            match up {
                Up::Request { key, flow, message } => self.asked(key, flow, &message),
                Up::Cancelled { user, cancel, flow, message, .. } => {
                    self.cancelled(user, cancel, flow, &message);
                }
                Up::Ack { flow, message } if self.is_reached_by(flow, &message) => {
                    self.acknowledged(&message);
                }
                Up::Response { key, user, message, .. } => self.heard(key, user, &message),
                Up::StrayResponse { message, .. } => self.heard_again(&message),
                Up::TimedOut { key, user, .. } => self.unheard(key, user, Status::REQUEST_TIMEOUT),
                Up::Unreachable { key, user } => self.unheard(key, user, Status::SERVICE_UNAVAILABLE),
                // What it answers goes by its new connection (RFC 3261 §18.2.2).
                Up::ServerUnreachable { key, .. } => self.layer.moves(key, self.persona.flow),
                Up::Ack { .. } | Up::AckFor { .. } | Up::ServerEnded { .. } | Up::FlowFailed { .. } => {}
            }
        }
    }

    fn send(&mut self, usage: Use, method: Method, branch: Branch, bytes: Bytes) -> ClientKey {
        let flow = self.persona.flow;
        let outgoing = Outgoing { user: usage, flow, method, branch, bytes, timeout: None };
        self.layer
            .request(self.now, outgoing, &mut self.said)
            .expect("a party has slots for all its requests")
    }

    fn token(&mut self) -> String {
        let mut token = [0; 12];
        self.chance.token(&mut token);
        String::from_utf8_lossy(&token).into_owned()
    }

    /// Answers a request that begins nothing.
    fn reply(&mut self, key: sip::transaction::ServerKey, flow: Flow, request: &Message, status: Status) {
        let tag = self.token();
        let mut buffer = BytesMut::new();
        let bytes = sip::message::respond_to(&mut buffer, request, flow.remote, status, Some(&tag)).end();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
    }
}

/// Transactions of which nothing is known yet.
fn layer(chance: &mut Chance, now: Instant) -> Layer<Use> {
    let mut hash_key = [0; 16];
    chance.fill(&mut hash_key);
    let config = Config { clients_max: 1000, servers_max: 1000, timing: Timing::default(), hash_key };
    Layer::new(&config, now)
}

/// The message with the name of the device that says it (RFC 3261 §20.35, §20.41).
fn signed(bytes: &Bytes, device: &str) -> Bytes {
    let name = if bytes.starts_with(b"SIP/2.0 ") { Name::Server } else { Name::UserAgent };
    let end = bytes.windows(2).position(|two| two == b"\r\n").map_or(0, |at| at + 2);
    let line = format!("{name}: {device}\r\n");
    [&bytes[..end], line.as_bytes(), &bytes[end..]].concat().into()
}

/// The message with more lines, and with what they say in its description.
fn marked(bytes: &Bytes, marks: &[String]) -> Bytes {
    let text = String::from_utf8_lossy(bytes);
    let Some(((first, lines), body)) =
        text.split_once("\r\n\r\n").and_then(|(head, body)| Some((head.split_once("\r\n")?, body)))
    else {
        return bytes.clone();
    };
    let said: String =
        marks.iter().filter_map(|mark| Some(format!("i={}\r\n", mark.split_once(": ")?.1))).collect();
    let body = body.replacen("s=-\r\n", &format!("s=-\r\n{said}"), 1);
    let lines = lines.split("\r\n").filter(|line| !line.starts_with("Content-Length:"));
    let lines: String =
        marks.iter().map(|mark| &**mark).chain(lines).map(|line| format!("{line}\r\n")).collect();
    format!("{first}\r\n{lines}Content-Length: {}\r\n\r\n{body}", body.len()).into()
}
