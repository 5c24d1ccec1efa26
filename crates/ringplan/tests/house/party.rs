//! A phone that is worked message by message, over anything that carries bytes.

use std::{
    io::{Read, Write},
    net::SocketAddr,
};

use bytes::BytesMut;
use sip::{
    Message, Method, Name, Status,
    digest::{self, Challenge, Request, Secret},
    message::respond_to,
};

use super::wire::read;

/// What a phone is called, and where it believes to be.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its name in the config.
    pub(crate) name: &'static str,
    /// Its password.
    pub(crate) password: String,
    /// `UDP`, `TCP` or `TLS`.
    pub(crate) over: &'static str,
    /// What it names in Via and Contact.
    pub(crate) at: SocketAddr,
    /// What it names in SDP.
    pub(crate) media: SocketAddr,
}

/// A phone.
pub(crate) struct Party<S> {
    /// What carries its messages.
    pub(crate) way: S,
    place: Place,
    /// Requests so far.
    count: u32,
}

impl<S: Read + Write> Party<S> {
    /// A phone that speaks down this way.
    pub(crate) fn new(way: S, place: Place) -> Self {
        Self { way, place, count: 0 }
    }

    /// Its SDP.
    fn sdp(&self) -> String {
        let (media, family) = (self.place.media, if self.place.media.is_ipv4() { "IP4" } else { "IP6" });
        format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {} RTP/AVP 0\r\n",
            media.port(),
            ip = media.ip()
        )
    }

    fn contact(&self) -> String {
        let Place { name, over, at, .. } = &self.place;
        format!("<sip:{name}@{at};transport={}>", over.to_lowercase())
    }

    /// Sends a request; an ACK has the number of its INVITE (RFC 3261 §13.2.2.4).
    fn asks(&mut self, method: &Method, dialog: Dialog<'_>, lines: &str, body: &str) {
        let is_ack = *method == Method::Ack;
        self.count += u32::from(!is_ack);
        let (Place { name, over, at, .. }, Dialog { uri, to, call }) = (&self.place, dialog);
        let (count, contact) = (self.count, self.contact());
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{over} {at};rport;branch=z9hG4bK{method}{name}{count}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{name}@pbx.test>;tag={call}\r\nTo: {to}\r\nCall-ID: {call}\r\n\
             CSeq: {count} {method}\r\nContact: {contact}\r\n{lines}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.way.write_all(text.as_bytes()).expect("it is taken");
    }

    /// Asks outside of dialogs, and once more with what proves it.
    fn asks_proven(&mut self, method: &Method, dialog: Dialog<'_>, lines: &str, body: &str) {
        self.asks(method, dialog, lines, body);
        let challenged = self.is_told();
        let (asks, proves) = match challenged.status() {
            Some(Status::UNAUTHORIZED) => (Name::WwwAuthenticate, "Authorization"),
            Some(Status::PROXY_AUTHENTICATION_REQUIRED) => (Name::ProxyAuthenticate, "Proxy-Authorization"),
            other => panic!("a challenge comes first, and not {other:?}"),
        };
        let challenge = Challenge::choose(challenged.headers(asks)).expect("one that we know");
        let asked = Request { method, uri: dialog.uri, body: body.as_bytes() };
        let secret = Secret::Password(&self.place.password);
        let proof = digest::answer(&challenge, self.place.name, secret, &asked, "cnonce", 1);
        let proof = proof.expect("it can be answered");
        self.asks(method, dialog, &format!("{lines}{proves}: {proof}\r\n"), body);
    }

    /// The next message.
    pub(crate) fn hears(&mut self) -> Message {
        read(&mut self.way)
    }

    /// The final response to what it asked.
    pub(crate) fn is_told(&mut self) -> Message {
        loop {
            let said = self.hears();
            if said.status().is_some_and(|status| status.is_final()) {
                return said;
            }
        }
    }

    /// Registers for so many seconds, and is let in; for none it goes.
    pub(crate) fn registers(&mut self, seconds: u32) {
        let to = format!("<sip:{}@pbx.test>", self.place.name);
        let dialog = Dialog { uri: "sip:pbx.test", to: &to, call: &format!("reg-{}", self.place.name) };
        self.asks_proven(&Method::Register, dialog, &format!("Expires: {seconds}\r\n"), "");
        assert_eq!(self.is_told().status(), Some(Status::OK));
    }

    /// Calls an extension.
    pub(crate) fn calls(&mut self, extension: &str, call: &str) {
        let (uri, sdp) = (format!("sip:{extension}@pbx.test"), self.sdp());
        let dialog = Dialog { uri: &uri, to: &format!("<{uri}>"), call };
        self.asks_proven(&Method::Invite, dialog, "", &sdp);
    }

    /// Its call is answered; what with.
    pub(crate) fn is_answered(&mut self) -> Message {
        let answer = self.is_told();
        assert_eq!(answer.status(), Some(Status::OK));
        self.goes_on(&Method::Ack, &answer);
        answer
    }

    /// Ends its call, which was answered with this.
    pub(crate) fn hangs_up(&mut self, answer: &Message) {
        self.goes_on(&Method::Bye, answer);
        assert_eq!(self.is_told().status(), Some(Status::OK));
    }

    /// A request in the dialog that this answer made (RFC 3261 §12.2.1.1).
    fn goes_on(&mut self, method: &Method, answer: &Message) {
        let line = |name| answer.header_named(name).expect("a dialog has it");
        let (contact, to, call) = (line("Contact"), line("To"), line("Call-ID"));
        let uri = contact.trim_start_matches('<').split('>').next().expect("a URI");
        self.asks(method, Dialog { uri, to, call }, "", "");
    }

    /// Is called; by what.
    pub(crate) fn is_called(&mut self) -> Message {
        let invite = self.hears();
        assert_eq!(*invite.method(), Method::Invite);
        invite
    }

    /// Answers its call, and is acknowledged.
    pub(crate) fn answers(&mut self, invite: &Message) {
        let sdp = self.sdp();
        self.says(invite, &sdp);
        assert_eq!(*self.hears().method(), Method::Ack);
    }

    /// Is hung up on.
    pub(crate) fn is_hung_up_on(&mut self) {
        let bye = self.hears();
        assert_eq!(*bye.method(), Method::Bye);
        self.says(&bye, "");
    }

    fn says(&mut self, to: &Message, sdp: &str) {
        let (mut room, contact) = (BytesMut::new(), self.contact());
        let answer = respond_to(&mut room, to, self.place.at, Status::OK, Some("party"))
            .header(Name::Contact, contact);
        let answer = if sdp.is_empty() { answer } else { answer.body("application/sdp", sdp.as_bytes()) };
        self.way.write_all(&answer.end()).expect("it is taken");
    }
}

/// What a request belongs to: where it goes, To, and the Call-ID, which serves as our tag too.
#[derive(Clone, Copy)]
struct Dialog<'a> {
    uri: &'a str,
    to: &'a str,
    call: &'a str,
}
