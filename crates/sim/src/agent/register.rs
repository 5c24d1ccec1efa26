//! REGISTER from both sides: a phone registers, a carrier is registered to (RFC 3261 §10, §22).

use std::time::Duration;

use bytes::BytesMut;
use clock::Chance;
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    message::{Writer, respond_to},
    transaction::{Branch, ServerKey},
};

use super::{Agent, Chore, Note, Role, line::Use};

/// What a phone wants for its binding, in seconds.
const EXPIRES: u32 = 3600;

/// A failed registration is tried again after this.
const AGAIN: Duration = Duration::from_secs(7);

/// The registration of a phone.
#[derive(Debug)]
pub(super) struct Registration {
    call_id: String,
    tag: String,
    cseq: u32,
    expires: u32,
    /// The number of its newest flow (RFC 5626 §4.2).
    flow: u8,
    /// A challenge was answered and nothing came of it yet.
    has_proved: bool,
    /// Whether it goes on by itself.
    pub(super) keeps_up: bool,
}

impl Registration {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let mut token = || {
            let mut token = [0; 12];
            chance.token(&mut token);
            String::from_utf8_lossy(&token).into_owned()
        };
        let (call_id, tag) = (token(), token());
        Self { call_id, tag, cseq: 0, expires: EXPIRES, flow: 1, has_proved: false, keeps_up: false }
    }
}

impl Agent {
    /// From now on a registration is renewed in time and tried again when it failed.
    pub const fn keeps_registered(&mut self) {
        self.registration.keeps_up = true;
    }

    /// The Contact of the switch that registered here.
    pub fn granted(&self) -> Option<&str> {
        self.granted.as_deref()
    }

    /// Calls that Contact from now on.
    pub fn borrows(&mut self, contact: String) {
        self.granted = Some(contact);
    }

    /// It has one connection more, and registers that beside those it has.
    pub const fn adds_flow(&mut self) {
        self.registration.flow += 1;
    }

    pub(super) fn register(&mut self) {
        self.registration.expires = EXPIRES;
        self.registration.has_proved = false;
        self.send_register(None);
    }

    pub(super) fn unregister(&mut self) {
        self.registration.expires = 0;
        self.registration.has_proved = false;
        self.send_register(None);
    }

    fn registrar_uri(&self) -> String {
        format!("sip:{}", self.persona.domain)
    }

    fn send_register(&mut self, proof: Option<String>) {
        let branch = Branch::new(&mut self.chance);
        let (via, mut contact) = (self.via(branch), self.contact());
        self.registration.cseq += 1;
        let Registration { call_id, tag, cseq, expires, flow, .. } = &self.registration;
        if self.skill.outbound {
            let instance = &self.persona.name;
            contact.push_str(&format!(";+sip.instance=\"<urn:example:{instance}>\";reg-id={flow}"));
        }
        let party = format!("<sip:{}@{}>", self.persona.user, self.persona.domain);
        let mut buffer = BytesMut::new();
        let mut writer = Writer::request(&mut buffer, &Method::Register, self.registrar_uri())
            .header(Name::Via, via)
            .header(Name::MaxForwards, 70)
            .header(Name::From, format_args!("{party};tag={tag}"))
            .header(Name::To, party.as_str())
            .header(Name::CallId, call_id)
            .header(Name::CSeq, format_args!("{cseq} REGISTER"))
            .header(Name::Contact, contact)
            .header(Name::Expires, expires);
        if self.skill.outbound {
            writer = writer.header(Name::Supported, "outbound");
        }
        if let Some(proof) = proof {
            writer = writer.header(Name::Authorization, proof);
        }
        let bytes = writer.end();
        self.send(Use::Register, Method::Register, branch, bytes);
    }

    pub(super) fn register_heard(&mut self, status: Status, response: &Message) {
        if status.is_provisional() || response.cseq().number != self.registration.cseq {
            return;
        }
        if status == Status::UNAUTHORIZED && !self.registration.has_proved {
            let uri = self.registrar_uri();
            if let Some(proof) = self.prove(&Method::Register, &uri, response) {
                self.registration.has_proved = true;
                return self.send_register(Some(proof));
            }
        }
        if !status.is_success() {
            return self.register_failed(status);
        }
        let granted = response.values(Name::Contact).find_map(expires_of).or_else(|| response.expires());
        let granted = granted.unwrap_or(0);
        self.note(Note::Registered(granted));
        if self.registration.keeps_up && granted > 0 {
            self.later(Duration::from_secs(u64::from(granted) * 4 / 5), Chore::Register);
        }
    }

    pub(super) fn register_failed(&mut self, status: Status) {
        self.note(Note::NotRegistered(status));
        if self.registration.keeps_up {
            self.later(AGAIN, Chore::Register);
        }
    }

    /// A carrier's registrar: one challenge, then everybody is welcome.
    pub(super) fn registrar(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        let must_prove = matches!(self.persona.role, Role::Carrier { challenges: true })
            && request.header(Name::Authorization).is_none();
        if must_prove {
            return self.challenge(key, flow, request, Status::UNAUTHORIZED);
        }
        self.granted = super::line::contact_of(request);
        let tag = self.token();
        let mut buffer = BytesMut::new();
        let bytes = respond_to(&mut buffer, request, flow.remote, Status::OK, Some(&tag))
            .copy(request, Name::Contact)
            .header(Name::Expires, EXPIRES)
            .end();
        self.layer.respond(self.now, key, Status::OK, bytes, &mut self.said);
    }

    pub(super) fn challenge(&mut self, key: ServerKey, flow: Flow, request: &Message, status: Status) {
        let realm = self.persona.contact.ip().to_string();
        self.challenge_in(&realm, key, flow, request, status);
    }

    /// Asks for a proof in this realm.
    pub(super) fn challenge_in(
        &mut self,
        realm: &str,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        status: Status,
    ) {
        let (tag, nonce) = (self.token(), self.token());
        let name =
            if status == Status::UNAUTHORIZED { Name::WwwAuthenticate } else { Name::ProxyAuthenticate };
        let mut buffer = BytesMut::new();
        let bytes = respond_to(&mut buffer, request, flow.remote, status, Some(&tag))
            .header(
                name,
                format_args!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\""),
            )
            .end();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
    }
}

fn expires_of(contact: &str) -> Option<u32> {
    contact.split(';').find_map(|param| param.trim().strip_prefix("expires=")?.parse().ok())
}
