//! One dialog of a phone (RFC 3261 §12): its names, its target, and the requests in it.

use bytes::{Bytes, BytesMut};
use sip::{Message, Method, Name, message::Writer, transaction::Branch};

use super::link::SentBy;

/// What both sides of a dialog agree on.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    call_id: String,
    /// Our tag.
    tag: String,
    /// Our From, or the To of an INVITE we got, with our tag.
    ours: String,
    /// The other side's, with its tag once it has one.
    theirs: String,
    /// Where requests go: the Request-URI of the INVITE, later the other side's Contact.
    target: String,
    routes: Vec<String>,
    contact: String,
    sent_by: SentBy,
    cseq: u32,
}

/// What the phone gives a dialog of its own making.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) call_id: String,
    pub(super) tag: String,
    /// Display name and address, without tag.
    pub(super) from: String,
    pub(super) contact: String,
    pub(super) sent_by: SentBy,
}

/// A request on its way into a dialog.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter<'a> {
    /// Its method.
    pub(super) method: &'a Method,
    /// Its branch.
    pub(super) branch: Branch,
    /// The answer to a challenge.
    pub(super) credentials: Option<&'a (Name, String)>,
    /// SDP, or nothing.
    pub(super) body: &'a str,
}

impl Dialog {
    /// A dialog that an INVITE of ours to `target` is to begin.
    pub(super) fn begin(names: Names, target: String) -> Self {
        let Names { call_id, tag, from, contact, sent_by } = names;
        let (ours, theirs) = (format!("{from};tag={tag}"), format!("<{target}>"));
        Self { call_id, tag, ours, theirs, target, routes: Vec::new(), contact, sent_by, cseq: 0 }
    }

    /// The dialog that an INVITE of theirs begins, once we answer with `tag`.
    pub(super) fn invited(invite: &Message, tag: &str, contact: String, sent_by: SentBy) -> Self {
        let header = |name| invite.header(name).unwrap_or_default().to_owned();
        Self {
            call_id: invite.call_id().to_owned(),
            tag: tag.to_owned(),
            ours: format!("{};tag={tag}", header(Name::To)),
            theirs: header(Name::From),
            target: contact_of(invite).unwrap_or_default(),
            routes: invite.values(Name::RecordRoute).map(str::to_owned).collect(),
            contact,
            sent_by,
            cseq: 0,
        }
    }

    /// The other side answered: its tag, its Contact and the route to it (§12.1.2).
    pub(super) fn answered(&mut self, response: &Message) {
        self.theirs = response.header(Name::To).unwrap_or_default().to_owned();
        self.target = contact_of(response).unwrap_or_else(|| self.target.clone());
        self.routes = response.values(Name::RecordRoute).map(str::to_owned).collect();
        self.routes.reverse();
    }

    /// Whether `request` belongs to this dialog.
    pub(super) fn holds(&self, request: &Message) -> bool {
        request.call_id() == self.call_id && request.to_tag() == Some(&self.tag)
    }

    /// Where requests of this dialog go.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The Contact line of the phone.
    pub(super) fn contact(&self) -> &str {
        &self.contact
    }

    /// Our tag.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// The Call-ID.
    pub(super) fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Writes a request. ACK and CANCEL bear the number of the INVITE, all others the next one.
    pub(super) fn write(&mut self, letter: Letter<'_>) -> Bytes {
        let Letter { method, branch, credentials, body } = letter;
        if !matches!(method, Method::Ack | Method::Cancel) {
            self.cseq += 1;
        }
        let mut out = BytesMut::new();
        let mut writer = Writer::request(&mut out, method, &self.target)
            .header(Name::Via, format_args!("{};rport;branch={branch}", self.sent_by))
            .header(Name::MaxForwards, 70)
            .header(Name::From, &self.ours)
            .header(Name::To, &self.theirs)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format_args!("{} {}", self.cseq, method.as_str()))
            .header(Name::Contact, &self.contact)
            .header(Name::UserAgent, AGENT);
        for route in &self.routes {
            writer = writer.header(Name::Route, route);
        }
        if let Some((name, value)) = credentials {
            writer = writer.header(*name, value);
        }
        if body.is_empty() { writer.end() } else { writer.body("application/sdp", body.as_bytes()).end() }
    }
}

/// What the phone calls itself.
pub(super) const AGENT: &str = concat!("ringplan-phone/", env!("CARGO_PKG_VERSION"));

fn contact_of(message: &Message) -> Option<String> {
    Some(message.contacts().ok()?.first()?.uri.to_string())
}
