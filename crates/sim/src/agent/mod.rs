//! A party: a phone or a carrier, as a small user agent of its own (RFC 3261 §8, §12, §13).
//!
//! It has transactions of its own and so repeats what gets lost. What it does beyond answering politely is
//! told by [`Act`]s, or by the [`Manner`] it was given for calls that come in. It knows nothing of the
//! switch but an address.

mod act;
mod incoming;
mod line;
mod outgoing;
mod register;
mod reliable;
mod sdp;
mod skill;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use clock::{Chance, Instant};
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    message::Writer,
    transaction::{Branch, ClientKey, Config, Layer, Out, Outgoing, Timing, Up},
};

pub use self::{
    act::{Act, Course},
    line::{Line, Standing},
    sdp::Hold,
    skill::{Reliable, Side, Skill, Timer},
};
use self::{line::Use, register::Registration};

/// Who a party is.
#[derive(Clone, Debug)]
pub struct Persona {
    /// Its column in a ladder.
    pub name: Arc<str>,
    /// Phone or carrier.
    pub role: Role,
    /// User part of its address, and its account.
    pub user: Arc<str>,
    /// Domain of the switch's site.
    pub domain: Arc<str>,
    /// What it says its address is.
    pub contact: SocketAddr,
    /// Whether connections to its contact are taken.
    pub is_listening: bool,
    /// Where it takes requests on a dialog, if not where all its messages come from.
    pub in_dialog: Option<InDialog>,
    /// Where its messages go and come from.
    pub flow: Flow,
    /// Its tags, branches and Call-IDs follow from it.
    pub seed: [u8; 32],
}

/// Where a party takes requests on a dialog: whatever comes another way is lost.
#[derive(Clone, Debug)]
pub struct InDialog {
    /// They have to come here.
    pub at: SocketAddr,
    /// The proxy there, if it is one; else it is the carrier's own Contact.
    pub proxy: Option<Proxy>,
}

/// A proxy that stays in the route.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The URI in its Record-Route.
    pub uri: String,
    /// The host name in that, if it is none of an address.
    pub host: Option<Arc<str>>,
}

/// What kind of party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Registers, and answers challenges with this password.
    Phone {
        /// The secret behind its HA1.
        password: Arc<str>,
    },
    /// Known by its address, or a registrar of ours.
    Carrier {
        /// Whether it challenges REGISTER and INVITE.
        challenges: bool,
    },
}

/// What a party does with a call that comes in, without being told each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Manner {
    /// Rings after so long.
    pub rings: Option<Duration>,
    /// Rings with media of its own: 183 with a description.
    pub early: bool,
    /// Then, counted from the INVITE, does this.
    pub then: Option<(Duration, Deed)>,
    /// Once it talks, hangs up after so long.
    pub talks: Option<Duration>,
    /// Once it talks, changes the session after so long.
    pub changes: Option<Duration>,
}

/// What a party makes of a call that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// 200.
    Answer,
    /// A refusal.
    Refuse(Status),
}

/// Something a party noticed or did, for those who compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An INVITE for a new call came: its Call-ID and who calls.
    Rung(Arc<str>, Arc<str>),
    /// The switch gave it up, for this cause if it said one (RFC 3326).
    Silenced(Arc<str>, Option<u16>),
    /// It refused.
    Refused(Arc<str>, Status),
    /// It picked up.
    PickedUp(Arc<str>),
    /// Its own call rings at the other end.
    Hears(Arc<str>, Status),
    /// Its own call was answered.
    Answered(Arc<str>),
    /// Its own call came to nothing.
    Failed(Arc<str>, Status),
    /// It hung up.
    HungUp(Arc<str>),
    /// The other side hung up, for this cause if it said one.
    Dropped(Arc<str>, Option<u16>),
    /// A registration was granted, for so many seconds.
    Registered(u32),
    /// A registration was refused.
    NotRegistered(Status),
    /// A change of the session was taken, or not.
    Changed(Arc<str>, Status),
    /// The other side sent UPDATE.
    Updated(Arc<str>),
    /// The other side sent PRACK; whether it fits.
    Pracked(Arc<str>, bool),
}

/// One party.
#[derive(Debug)]
pub struct Agent {
    persona: Persona,
    layer: Layer<Use>,
    lines: Vec<Line>,
    registration: Registration,
    /// Contact of the switch that registered here.
    granted: Option<String>,
    chores: Chores,
    manner: Manner,
    skill: Skill,
    /// Headers that its INVITEs have beside the usual.
    sayings: Vec<(String, String)>,
    /// Manners for the next calls, before the usual one.
    manners: std::collections::VecDeque<Manner>,
    notes: Vec<(Instant, Note)>,
    chance: Chance,
    now: Instant,
    said: Said,
}

/// What a party is to do later: the earliest first, of equals the one decided first.
#[derive(Debug, Default)]
struct Chores {
    at: BTreeMap<(Instant, u64), Chore>,
    decided: u64,
}

#[derive(Clone, Debug)]
enum Chore {
    /// The manner's ringing.
    Ring(usize, bool),
    /// The manner's deed.
    Deed(usize, Deed),
    /// A 2xx without ACK is sent again.
    Again(usize),
    /// Hang up, if still talking.
    HangUp(usize),
    /// Give up calling.
    GiveUp(usize),
    /// Change the session.
    Change(usize),
    /// Refresh the session of this agreement.
    Refresh(usize, u32),
    /// It was not refreshed.
    Expire(usize, u32),
    /// A provisional without PRACK is sent again.
    Provisional(usize, u32),
    /// Register anew.
    Register,
}

impl Chores {
    fn plan(&mut self, at: Instant, chore: Chore) {
        self.decided += 1;
        self.at.insert((at, self.decided), chore);
    }

    fn due(&mut self, now: Instant) -> Option<Chore> {
        let first = self.at.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
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
        let mut hash_key = [0; 16];
        chance.fill(&mut hash_key);
        let config = Config { clients_max: 1000, servers_max: 1000, timing: Timing::default(), hash_key };
        Self {
            layer: Layer::new(&config, now),
            lines: Vec::new(),
            registration: Registration::new(&mut chance),
            granted: None,
            chores: Chores::default(),
            manner: Manner::default(),
            skill: Skill::default(),
            sayings: Vec::new(),
            manners: Default::default(),
            notes: Vec::new(),
            said: Said::default(),
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
        std::mem::take(&mut self.said.sent)
    }

    /// Whether it has no call under way.
    pub fn is_quiet(&self) -> bool {
        self.lines.iter().all(Line::is_over)
    }

    fn note(&mut self, note: Note) {
        self.notes.push((self.now, note));
    }

    fn later(&mut self, after: Duration, chore: Chore) {
        self.chores.plan(self.now + after, chore);
    }

    fn do_chore(&mut self, chore: Chore) {
        match chore {
            Chore::Ring(line, early) => self.ring(line, early),
            Chore::Deed(line, Deed::Answer) => self.answer(line),
            Chore::Deed(line, Deed::Refuse(status)) => self.refuse(line, status),
            Chore::Again(line) => self.repeat_answer(line),
            Chore::HangUp(line) => self.hang_up(line),
            Chore::GiveUp(line) => self.give_up(line),
            Chore::Change(line) => self.change(line),
            Chore::Refresh(line, turn) => self.refresh(line, turn),
            Chore::Expire(line, turn) => self.expire(line, turn),
            Chore::Provisional(line, rseq) => self.repeat_provisional(line, rseq),
            Chore::Register => self.register(),
        }
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
                Up::TimedOut { key, user } => self.unheard(key, user, Status::REQUEST_TIMEOUT),
                Up::Unreachable { key, user } => self.unheard(key, user, Status::SERVICE_UNAVAILABLE),
                Up::Ack { .. }
                | Up::AckFor { .. }
                | Up::ServerEnded { .. }
                | Up::ServerUnreachable { .. } => {}
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

    /// Whether a request on a dialog came as it has to (RFC 3261 §12.2.1.1).
    fn is_reached_by(&self, flow: Flow, request: &Message) -> bool {
        let Some(InDialog { at, proxy }) = &self.persona.in_dialog else { return true };
        let contact = self.contact();
        let contact = contact.trim_matches(['<', '>']);
        let uri = request.request_uri().map(|uri| uri.as_str());
        let routes: Vec<&str> = request.routes().flatten().map(|route| route.uri.as_str()).collect();
        let is_routed = match proxy {
            None => uri == Some(contact) && routes.is_empty(),
            Some(Proxy { uri: proxy, .. }) if proxy.ends_with(";lr") => {
                uri == Some(contact) && routes == [proxy]
            }
            Some(Proxy { uri: proxy, .. }) => uri == Some(proxy) && routes == [contact],
        };
        flow.local == *at && is_routed
    }

    /// The Record-Route of the proxy before it.
    fn record_route<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        match self.persona.in_dialog.as_ref().and_then(|it| it.proxy.as_ref()) {
            Some(proxy) => writer.header(Name::RecordRoute, format_args!("<{}>", proxy.uri)),
            None => writer,
        }
    }

    /// Its Contact.
    fn contact(&self) -> String {
        let transport = self.persona.flow.transport;
        let param = if transport.is_reliable() {
            format!(";transport={}", transport.as_param())
        } else {
            String::new()
        };
        format!("<sip:{}@{}{param}>", self.persona.user, self.persona.contact)
    }

    fn via(&self, branch: Branch) -> String {
        let transport = self.persona.flow.transport;
        format!("SIP/2.0/{transport} {};branch={branch};rport", self.persona.contact)
    }
}
