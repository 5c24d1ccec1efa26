//! A line: one call of a party, as dialog and INVITE usage (RFC 3261 §12, RFC 5407 §2).

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use clock::Instant;
use sip::{
    Message, Method, Name,
    flow::Flow,
    header::NameAddr,
    message::Writer,
    transaction::{Branch, ClientKey, ServerKey},
};

use super::{reliable::Unpracked, sdp::Description, skill::Session, transfer::Referring};

/// What a transaction of a party is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The INVITE of this line, in or out.
    Invite(usize),
    /// A re-INVITE of ours.
    Change(usize),
    /// A BYE of ours.
    Bye(usize),
    /// A REFER of ours.
    Refer(usize),
    /// An INVITE of theirs that was turned back to them: that of this line.
    Returned(usize),
    /// REGISTER.
    Register,
    /// SUBSCRIBE of this subscription.
    Watch(usize),
    /// Nobody waits.
    Nothing,
}

/// Where a call stands, seen from its party.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Our INVITE is out.
    Calling(Calling),
    /// Their INVITE waits for us.
    Ringing(Ringing),
    /// Our 2xx waits for its ACK.
    PickedUp(Repeated),
    /// Both talk.
    Up,
    /// Our BYE is out.
    Leaving,
    /// Nothing more.
    Over,
}

/// An INVITE of ours.
#[derive(Clone, Debug)]
pub struct Calling {
    pub(super) key: ClientKey,
    pub(super) branch: Branch,
    pub(super) wants_out: bool,
    pub(super) cancelled: bool,
    pub(super) is_proceeding: bool,
    pub(super) has_answered_challenge: bool,
}

/// An INVITE of theirs.
#[derive(Clone, Debug)]
pub struct Ringing {
    pub(super) key: ServerKey,
    pub(super) request: Message,
}

/// A 2xx that is sent again until its ACK comes.
#[derive(Clone, Debug)]
pub struct Repeated {
    pub(super) response: Bytes,
    pub(super) interval: Duration,
    pub(super) until: Instant,
}

/// A change of the session.
#[derive(Clone, Debug, Default)]
pub(super) enum Change {
    #[default]
    None,
    /// Ours is out.
    Asking(ClientKey),
    /// Theirs is answered, the ACK is awaited.
    Answered(Repeated),
}

/// One call of a party.
#[derive(Clone, Debug)]
pub struct Line {
    pub(super) standing: Standing,
    pub(super) change: Change,
    /// Hangs up after so long, and changes the session after so long.
    pub(super) talks: Option<Duration>,
    pub(super) changes: Option<Duration>,
    pub(super) flow: Flow,
    pub(super) call_id: Arc<str>,
    pub(super) local: String,
    pub(super) local_tag: String,
    pub(super) remote: String,
    pub(super) remote_tag: String,
    pub(super) target: String,
    /// The Request-URI of its INVITE, which a CANCEL repeats.
    pub(super) first_target: String,
    pub(super) cseq: u32,
    /// CSeq of its INVITE.
    pub(super) invite_cseq: u32,
    pub(super) session: Session,
    /// The last RSeq taken, and the last given.
    pub(super) rseq_in: Option<u32>,
    pub(super) rseq_out: u32,
    pub(super) unpracked: Option<Unpracked>,
    /// Which of several early dialogs it speaks on, as a fork downstream would.
    pub(super) fork: u8,
    /// The same INVITE was answered by another, on whose dialog this is; it is nobody's call.
    pub(super) is_twin: bool,
    /// The change under way turns its description.
    pub(super) is_turning: bool,
    /// What it waits for after a REFER.
    pub(super) referring: Referring,
    /// CSeq of the INVITE that the last ACK was for, and that ACK.
    pub(super) ack: Option<(u32, Bytes)>,
    pub(super) sdp: Description,
    /// Whether we placed it without a description.
    pub(super) open: bool,
    /// Whether we placed it.
    pub(super) is_ours: bool,
}

impl Line {
    /// One of which nothing has been said yet. Whoever makes it adds with whom it is, and who began.
    pub(super) fn new(flow: Flow, call_id: Arc<str>, local_tag: String, sdp: Description) -> Self {
        Self {
            standing: Standing::Over,
            change: Change::None,
            talks: None,
            changes: None,
            flow,
            call_id,
            local: String::new(),
            local_tag,
            remote: String::new(),
            remote_tag: String::new(),
            target: String::new(),
            first_target: String::new(),
            cseq: 0,
            invite_cseq: 0,
            session: Session::default(),
            rseq_in: None,
            rseq_out: 0,
            unpracked: None,
            fork: 0,
            is_twin: false,
            is_turning: false,
            referring: Referring::default(),
            ack: None,
            sdp,
            open: false,
            is_ours: false,
        }
    }

    /// Where it stands.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Its Call-ID.
    pub const fn call_id(&self) -> &Arc<str> {
        &self.call_id
    }

    /// Whether nothing more will come of it.
    pub const fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Over)
    }

    /// Whether its party talks, as far as it knows.
    pub const fn is_up(&self) -> bool {
        matches!(self.standing, Standing::Up | Standing::PickedUp(_)) && !self.is_twin
    }

    /// Whether this party placed the call.
    pub const fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// The user part it called or was called by.
    pub fn other(&self) -> &str {
        let inner = self.remote.split_once("sip:").map_or("", |(_, rest)| rest);
        inner.split_once('@').map_or(inner, |(user, _)| user)
    }

    /// Its tag, another one for each early dialog.
    pub(super) fn tag(&self) -> String {
        match self.fork {
            0 => self.local_tag.clone(),
            fork => format!("{}.{fork}", self.local_tag),
        }
    }

    /// Begins a request on the dialog.
    pub(super) fn request<'b>(
        &self,
        buffer: &'b mut BytesMut,
        method: &Method,
        via: &str,
        cseq: u32,
    ) -> Writer<'b> {
        let tagged = |party: &str, tag: &str| match tag {
            "" => party.to_owned(),
            tag => format!("{party};tag={tag}"),
        };
        Writer::request(buffer, method, &self.target)
            .header(Name::Via, via)
            .header(Name::MaxForwards, 70)
            .header(Name::From, tagged(&self.local, &self.local_tag))
            .header(Name::To, tagged(&self.remote, &self.remote_tag))
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format_args!("{cseq} {method}"))
    }

    /// Takes tag and Contact of a response.
    pub(super) fn learn(&mut self, response: &Message) {
        if let Some(tag) = response.to_tag() {
            self.remote_tag = tag.to_owned();
        }
        if let Some(contact) = contact_of(response) {
            self.target = contact;
        }
    }

    /// Whether a message on a dialog is for this one.
    pub(super) fn owns(&self, request: &Message) -> bool {
        request.call_id() == &*self.call_id
            && (request.to_tag() == Some(&self.local_tag) || request.to_tag() == Some(&self.tag()))
            && request.from_tag() == Some(&self.remote_tag)
    }
}

pub(super) fn contact_of(message: &Message) -> Option<String> {
    let contact = message.values(Name::Contact).next()?;
    NameAddr::parse(contact).ok().map(|contact| contact.uri.as_str().to_owned())
}
