//! The phone as a script works it.

use std::{collections::VecDeque, io, mem, time::Duration};

use clock::Instant;
use media::codec::coder::Codec;
use sip::{
    Message, Method, Name, Status,
    header::Quoted,
    transaction::{Branch, ServerKey},
};

use super::{
    account::Account,
    dialog::{AGENT, Dialog, Letter, Names},
    sdp,
    voice::Voice,
    wire::{Ask, Wire},
};

/// What the script of a phone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The switch knows where this phone is, for so long.
    Registered(Duration),
    /// It does not want to.
    NotRegistered(Status),
    /// The other side rings, or has its say before it answers.
    Ringing(Status),
    /// The other side answered.
    Answered,
    /// It will not be a call: the other side's status and words.
    Refused(Status, String),
    /// Somebody calls; the phone rings. Their name or number.
    Called(String),
    /// The caller's side stopped ringing; why, if it said so (RFC 3326).
    Stopped(Option<String>),
    /// The other side hung up.
    HungUp,
}

/// A phone.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(super) account: Account,
    pub(super) wire: Wire,
    pub(super) line: Line,
    pub(super) voice: Option<Voice>,
    /// The one codec that it speaks; the laws of G.711 unless said.
    pub(super) speaks: Option<Codec>,
    pub(super) news: VecDeque<News>,
    pub(super) registration: Registration,
}

/// The phone's one call.
#[derive(Debug)]
pub(super) enum Line {
    /// None.
    Free,
    /// We call, and have no answer.
    Calling(Calling),
    /// We are called.
    Ringing {
        /// To be answered.
        invite: ServerKey,
        /// The INVITE itself.
        request: Message,
        /// What it will be.
        dialog: Dialog,
    },
    /// A call.
    Talking {
        /// Its dialog.
        dialog: Dialog,
        /// The ACK of our INVITE, for copies of its 2xx.
        ack: Option<bytes::Bytes>,
    },
}

/// An INVITE of ours under way.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) dialog: Dialog,
    pub(super) branch: Branch,
    /// Whether a provisional response came, so that CANCEL may go out (RFC 3261 §9.1).
    pub(super) heard: bool,
    /// Whether the script hung up meanwhile.
    pub(super) given_up: bool,
    /// Whether a challenge was answered.
    pub(super) proved: bool,
}

/// Where the phone's registration stands.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) call_id: String,
    pub(super) tag: String,
    pub(super) cseq: u32,
    pub(super) expires: Duration,
    pub(super) proved: bool,
    /// When to do it again.
    pub(super) refresh: Option<Instant>,
}

impl Phone {
    /// A phone that is plugged in and does nothing.
    ///
    /// # Errors
    /// The system gives no socket, or knows no way to the server.
    pub(crate) fn new(account: Account) -> io::Result<Self> {
        let mut wire = Wire::open(&account)?;
        let registration = Registration {
            call_id: wire.token(),
            tag: wire.token(),
            cseq: 0,
            expires: Duration::ZERO,
            proved: false,
            refresh: None,
        };
        let (line, voice, speaks) = (Line::Free, None, None);
        Ok(Self { account, wire, line, voice, speaks, news: VecDeque::new(), registration })
    }

    /// From its next call on it speaks this codec and no other.
    pub(crate) const fn speak_only(&mut self, codec: Codec) {
        self.speaks = Some(codec);
    }

    /// Now, on the phone's clock.
    pub(crate) fn now(&self) -> Instant {
        self.wire.now()
    }

    /// What comes next, `None` if nothing does until then. Sound flows meanwhile.
    pub(crate) fn next(&mut self, until: Instant) -> Option<News> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Some(news);
            }
            if let Some(up) = self.wire.next() {
                self.happened(up);
                continue;
            }
            if self.wire.now() >= until {
                return None;
            }
            if self.registration.refresh.is_some_and(|at| at <= self.wire.now()) {
                self.register(self.registration.expires);
            }
            let wake = self.registration.refresh.map_or(until, |at| at.min(until));
            self.wire.wait(wake, self.voice.as_mut());
        }
    }

    /// Registers, and goes on registering; told by [`News::Registered`].
    pub(crate) fn register(&mut self, expires: Duration) {
        self.registration.expires = expires;
        self.registration.proved = false;
        self.registration.refresh = None;
        self.send_register(None);
    }

    pub(super) fn send_register(&mut self, credentials: Option<(Name, String)>) {
        let branch = Branch::new(&mut self.wire.chance);
        let registration = &mut self.registration;
        registration.cseq += 1;
        let uri = format!("sip:{}", self.account.domain);
        let aor = self.account.uri();
        let mut out = bytes::BytesMut::new();
        let mut writer = sip::message::Writer::request(&mut out, &Method::Register, &uri)
            .header(Name::Via, format_args!("{};rport;branch={branch}", self.wire.sent_by()))
            .header(Name::MaxForwards, 70)
            .header(Name::From, format_args!("<{aor}>;tag={}", registration.tag))
            .header(Name::To, format_args!("<{aor}>"))
            .header(Name::CallId, &registration.call_id)
            .header(Name::CSeq, format_args!("{} REGISTER", registration.cseq))
            .header(Name::Contact, self.wire.contact(&self.account.name))
            .header(Name::Expires, registration.expires.as_secs())
            .header(Name::UserAgent, AGENT);
        if let Some((name, value)) = credentials {
            writer = writer.header(name, value);
        }
        let bytes = writer.end();
        self.wire.ask(Ask::Register, Method::Register, branch, bytes);
    }

    /// Calls `number`, showing `display` as our name. The phone must be free.
    ///
    /// # Errors
    /// The system gives no socket for the media.
    pub(crate) fn call(&mut self, number: &str, display: &str) -> io::Result<()> {
        let voice = Voice::open(self.wire.local().ip(), &mut self.wire.chance)?;
        let target = format!("sip:{number}@{}", self.account.domain);
        let names = Names {
            call_id: self.wire.token(),
            tag: self.wire.token(),
            from: format!("{} <{}>", Quoted(display), self.account.uri()),
            contact: self.contact(),
            sent_by: self.wire.sent_by(),
        };
        let dialog = Dialog::begin(names, target);
        let branch = Branch::new(&mut self.wire.chance);
        self.voice = Some(voice);
        let mut calling = Calling { dialog, branch, heard: false, given_up: false, proved: false };
        self.send_invite(&mut calling, None)?;
        self.line = Line::Calling(calling);
        Ok(())
    }

    pub(super) fn send_invite(
        &mut self,
        calling: &mut Calling,
        credentials: Option<&(Name, String)>,
    ) -> io::Result<()> {
        let Some(voice) = &self.voice else { return Ok(()) };
        let body = sdp::write(voice.local()?, 1, self.speaks, None);
        calling.branch = Branch::new(&mut self.wire.chance);
        let letter = Letter { method: &Method::Invite, branch: calling.branch, credentials, body: &body };
        let bytes = calling.dialog.write(letter);
        self.wire.ask(Ask::Invite, Method::Invite, calling.branch, bytes);
        Ok(())
    }

    /// Answers the call that rings.
    ///
    /// # Errors
    /// The system gives no socket for the media.
    pub(crate) fn answer(&mut self) -> io::Result<()> {
        match mem::replace(&mut self.line, Line::Free) {
            Line::Ringing { invite, request, dialog } => {
                let voice = Voice::open(self.wire.local().ip(), &mut self.wire.chance)?;
                self.voice = Some(voice);
                self.accept(invite, &request, &dialog)?;
                self.line = Line::Talking { dialog, ack: None };
            }
            other @ (Line::Free | Line::Calling(_) | Line::Talking { .. }) => self.line = other,
        }
        Ok(())
    }

    /// Ends whatever the phone is doing: hangs up, gives up, declines.
    pub(crate) fn hang_up(&mut self) {
        match mem::replace(&mut self.line, Line::Free) {
            Line::Free => {}
            Line::Calling(mut calling) => {
                calling.given_up = true;
                if calling.heard {
                    self.cancel(&mut calling);
                }
                self.line = Line::Calling(calling);
            }
            Line::Ringing { invite, request, dialog } => {
                self.respond(invite, &request, Status::DECLINE, Some(&dialog), "");
            }
            Line::Talking { dialog, .. } => self.bye(dialog),
        }
    }

    pub(super) fn bye(&mut self, mut dialog: Dialog) {
        let branch = Branch::new(&mut self.wire.chance);
        let bytes = dialog.write(Letter { method: &Method::Bye, branch, credentials: None, body: "" });
        self.wire.ask(Ask::Leave, Method::Bye, branch, bytes);
    }

    pub(super) fn cancel(&mut self, calling: &mut Calling) {
        let letter = Letter { method: &Method::Cancel, branch: calling.branch, credentials: None, body: "" };
        let bytes = calling.dialog.write(letter);
        self.wire.ask(Ask::Leave, Method::Cancel, calling.branch, bytes);
    }

    /// Says `samples` (8 kHz mono) after what is still to be said.
    pub(crate) fn say(&mut self, samples: &[i16]) {
        if let Some(voice) = &mut self.voice {
            voice.say(samples);
        }
    }

    /// Presses a key after those still to be pressed.
    pub(crate) fn press(&mut self, key: char) {
        if let Some(voice) = &mut self.voice {
            voice.press(key);
        }
    }

    /// Whether everything has been said and pressed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.voice.as_ref().is_none_or(Voice::is_done)
    }

    /// What was heard in this call, or in the last one.
    pub(crate) fn heard(&self) -> &[i16] {
        self.voice.as_ref().map_or(&[], |voice| voice.heard())
    }

    /// The keys that the other side pressed in this call, or in the last one.
    pub(crate) fn pressed(&self) -> &str {
        self.voice.as_ref().map_or("", Voice::pressed)
    }

    /// The Call-ID of the call under way.
    pub(crate) fn call_id(&self) -> Option<&str> {
        match &self.line {
            Line::Free => None,
            Line::Calling(Calling { dialog, .. })
            | Line::Ringing { dialog, .. }
            | Line::Talking { dialog, .. } => Some(dialog.call_id()),
        }
    }

    pub(super) fn contact(&self) -> String {
        self.wire.contact(&self.account.name)
    }
}
