//! A dialog: what two user agents agree on between requests (RFC 3261 §12).
//!
//! It writes in-dialog requests and judges the order of those that come in. It knows no transactions, no
//! flows and no calls.

mod kept;
mod texts;

use bytes::BytesMut;
use sip::{
    Message, Method, Name,
    header::{CSeq, NameAddr, Quoted},
    message::Writer,
    uri::{Scheme, Uri},
};

pub(crate) use self::kept::Kept;
use self::texts::{Part, Texts};
use crate::identity::Via;

/// Most entries of a route set that is kept; a longer one is cut, which its peer notices at once.
pub const ROUTES_MAX: usize = 16;

/// One dialog, from our side.
#[derive(Clone, Debug)]
pub struct Dialog {
    texts: Texts,
    local_cseq: u32,
    /// Highest CSeq of the peer, `None` until it sent a request.
    remote_cseq: Option<u32>,
    routes: Vec<Box<str>>,
    /// Whether we made the Call-ID, which decides who waits longer when offers cross (RFC 3261 §14.1).
    began_here: bool,
}

/// Hops a request of ours may take (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: u8 = 70;

/// What a UAC decides before its first request.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Call-ID, unguessable.
    pub call_id: Box<str>,
    /// Tag of our From.
    pub local_tag: Box<str>,
    /// From without its tag.
    pub from: Box<str>,
    /// To without a tag.
    pub to: Box<str>,
    /// Where it goes.
    pub origin: Origin,
}

/// Where the first request of a dialog goes.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Request-URI.
    pub target: Box<str>,
    /// Preloaded route: an outbound proxy, or the Path of a registration.
    pub routes: Vec<Box<str>>,
}

/// What a request's CSeq says about its place (RFC 3261 §12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Newer than all before.
    Next,
    /// Older: to be refused with 500.
    Late,
}

impl Dialog {
    /// The dialog that an accepted `request` with a To tag of ours begins (RFC 3261 §12.1.1). A caller of RFC 2543
    /// that gives no Contact is found where it says it calls from.
    pub fn of_uas(request: &Message, local_tag: Box<str>) -> Self {
        let party = |name| without_tag(request.header(name).unwrap_or_default());
        Self {
            texts: Texts::new([
                contact_of(request).unwrap_or_else(|| request.from().uri.as_str()),
                &party(Name::To),
                &local_tag,
                &party(Name::From),
                request.from_tag().unwrap_or_default(),
                request.call_id(),
            ]),
            local_cseq: 0,
            remote_cseq: Some(request.cseq().number),
            routes: request.values(Name::RecordRoute).take(ROUTES_MAX).map(Into::into).collect(),
            began_here: false,
        }
    }

    /// A dialog to be, before the first response (RFC 3261 §8.1.1).
    pub fn of_uac(beginning: Beginning) -> Self {
        let Beginning { call_id, local_tag, from, to, origin: Origin { target, routes } } = beginning;
        Self {
            texts: Texts::new([&target, &from, &local_tag, &to, "", &call_id]),
            local_cseq: 0,
            remote_cseq: None,
            routes,
            began_here: true,
        }
    }

    /// The dialog that a 2xx makes whose INVITE nobody here remembers: all that it needs stands in the 2xx.
    pub fn of_success(response: &Message) -> Self {
        let party = |name| without_tag(response.header(name).unwrap_or_default());
        let mut dialog = Self::of_uac(Beginning {
            call_id: response.call_id().into(),
            local_tag: response.from_tag().unwrap_or_default().into(),
            from: party(Name::From),
            to: party(Name::To),
            origin: Origin { target: Box::default(), routes: Vec::new() },
        });
        dialog.local_cseq = response.cseq().number;
        dialog.learn(response);
        dialog
    }

    /// Takes the peer's tag, Contact and route set from a response that creates or confirms the dialog
    /// (RFC 3261 §12.1.2, §13.2.2.4).
    pub fn learn(&mut self, response: &Message) {
        self.texts.put(Part::RemoteTag, response.to_tag().unwrap_or_default());
        self.refresh_target(response);
        let mut routes: Vec<Box<str>> =
            response.values(Name::RecordRoute).take(ROUTES_MAX).map(Into::into).collect();
        routes.reverse();
        self.routes = routes;
    }

    /// Takes the Contact of a target refresh that was granted: a re-INVITE or UPDATE once it has its 2xx, or that
    /// 2xx itself (RFC 3261 §12.2). One that is refused moves nothing (RFC 6141 §3.3).
    pub fn refresh_target(&mut self, message: &Message) {
        if let Some(contact) = contact_of(message) {
            self.texts.put(Part::Target, contact);
        }
    }

    /// Whether `request`, which names our tag, belongs here.
    pub fn owns_request(&self, request: &Message) -> bool {
        request.call_id() == self.call_id()
            && request.to_tag() == Some(self.local_tag())
            // RFC 3261 §12.2.2: a peer of RFC 2543 days may have no tag; then none was learned either.
            && request.from_tag().unwrap_or_default() == self.remote_tag()
    }

    /// Whether `request`, which names no tag of ours, is what this dialog began with or was sent after it by the
    /// same peer, who did not hear of us.
    pub fn was_begun_by(&self, request: &Message) -> bool {
        request.call_id() == self.call_id()
            && request.to_tag().is_none()
            && request.from_tag().unwrap_or_default() == self.remote_tag()
    }

    /// Whether this is the dialog of that Call-ID and these tags.
    pub fn is_named(&self, call_id: &str, local_tag: &str, remote_tag: &str) -> bool {
        self.call_id() == call_id && self.local_tag() == local_tag && self.remote_tag() == remote_tag
    }

    /// Whether `response`, which belongs to a transaction of ours, is from the peer this dialog is with.
    pub fn owns_response(&self, response: &Message) -> bool {
        !self.is_known() || response.to_tag().unwrap_or_default() == self.remote_tag()
    }

    /// Notes the CSeq of an in-dialog request and says whether it comes in order.
    pub fn note(&mut self, cseq: CSeq) -> Order {
        match self.remote_cseq {
            Some(last) if cseq.number <= last => Order::Late,
            Some(_) | None => {
                self.remote_cseq = Some(cseq.number);
                Order::Next
            }
        }
    }

    /// The same of a request that may be the peer's last, sent again.
    pub fn note_again(&mut self, cseq: CSeq) -> Order {
        if self.remote_cseq == Some(cseq.number) { Order::Next } else { self.note(cseq) }
    }

    /// Has all that a request is written from come from memory.
    pub(crate) fn fetch(&self) -> u8 {
        self.texts.fetch()
    }

    /// Begins the next request on the dialog.
    pub fn request<'b>(&mut self, buffer: &'b mut BytesMut, method: &Method, via: &Via) -> Writer<'b> {
        self.local_cseq += 1;
        self.numbered(buffer, method, via, self.local_cseq)
    }

    /// The early dialog that `response` belongs to, which may be another than this: a fork downstream makes
    /// several of one INVITE.
    pub fn forked(&self, response: &Message) -> Self {
        let mut fork = self.clone();
        fork.learn(response);
        fork
    }

    /// All forks of one INVITE count their requests together, so that whichever answers goes on from there.
    pub const fn count_with(&mut self, fork: &Self) {
        self.local_cseq = fork.local_cseq;
    }

    /// The last request was written and not sent: its number is free.
    pub fn unsent(&mut self) {
        self.local_cseq -= 1;
    }

    /// Numbers the next request beyond those that the dialog may have had while it was early and that nobody
    /// remembers (a PRACK, an UPDATE); gaps are allowed (RFC 3261 §12.2.2).
    pub fn pass_over_forgotten(&mut self) {
        self.local_cseq += 64;
    }

    /// Begins the ACK for a 2xx to the INVITE of this CSeq (RFC 3261 §13.2.2.4).
    pub fn ack<'b>(&self, buffer: &'b mut BytesMut, via: &Via, cseq: u32) -> Writer<'b> {
        self.numbered(buffer, &Method::Ack, via, cseq).header(Name::MaxForwards, MAX_FORWARDS)
    }

    /// Begins the CANCEL of the INVITE that began this dialog: its target and route, its To without a tag
    /// (RFC 3261 §9.1), whatever a provisional response has taught since.
    pub fn cancel<'b>(&self, buffer: &'b mut BytesMut, via: &Via, cseq: u32, origin: &Origin) -> Writer<'b> {
        let mut first = self.clone();
        first.start_over(origin);
        first.numbered(buffer, &Method::Cancel, via, cseq).header(Name::MaxForwards, MAX_FORWARDS)
    }

    /// Forgets what responses taught: the INVITE goes out anew, with credentials.
    pub fn start_over(&mut self, origin: &Origin) {
        self.texts.put(Part::RemoteTag, "");
        self.texts.put(Part::Target, &origin.target);
        self.routes.clone_from(&origin.routes);
    }

    fn numbered<'b>(&self, buffer: &'b mut BytesMut, method: &Method, via: &Via, cseq: u32) -> Writer<'b> {
        let (uri, routes) = self.routed();
        let mut writer = Writer::request(buffer, method, uri).header(Name::Via, via);
        for route in routes {
            writer = writer.text(Name::Route, route);
        }
        writer
            .parts(Name::From, &tagged(self.local_party(), self.local_tag()))
            .parts(Name::To, &tagged(self.texts.of(Part::RemoteParty), self.remote_tag()))
            .text(Name::CallId, self.call_id())
            .header(Name::CSeq, CSeq { number: cseq, method: method.clone() })
    }

    /// Request-URI and Route headers, with the old strict routing turned round (RFC 3261 §12.2.1.1).
    fn routed(&self) -> (&str, Vec<&str>) {
        let strict = self.routes.first().is_some_and(|first| !is_loose(first));
        let all = self.routes.iter().map(|route| &**route);
        if strict {
            (uri_of(&self.routes[0]).unwrap_or(&self.routes[0]), all.skip(1).chain([self.target()]).collect())
        } else {
            (self.target(), all.collect())
        }
    }

    /// Where requests go first: the top route, else the remote target; `None` if that is no URI.
    pub fn next_hop(&self) -> Option<Uri<'_>> {
        match self.routes.first() {
            Some(route) => NameAddr::parse(route).ok().map(|name| name.uri),
            None => Uri::parse(self.target()).ok(),
        }
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        self.texts.of(Part::CallId)
    }

    fn target(&self) -> &str {
        self.texts.of(Part::Target)
    }

    /// The Request-URI of its requests: the remote target, unless a strict router is to be the first.
    pub fn request_uri(&self) -> &str {
        self.routed().0
    }

    /// Whether the peer is reached by a `sips` URI.
    pub fn is_sips(&self) -> bool {
        self.next_hop().is_some_and(|uri| uri.scheme() == Scheme::Sips)
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        self.texts.of(Part::LocalTag)
    }

    /// The party's tag; empty while it is not known.
    pub fn remote_tag(&self) -> &str {
        self.texts.of(Part::RemoteTag)
    }

    /// CSeq of our last request.
    pub const fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// Whether the Call-ID is ours.
    pub const fn is_call_id_ours(&self) -> bool {
        self.began_here
    }

    /// Whether the peer gave its tag.
    pub fn is_known(&self) -> bool {
        !self.remote_tag().is_empty()
    }
}

/// A From or To value with its tag; an empty tag is left away.
const fn tagged<'a>(party: &'a str, tag: &'a str) -> [&'a str; 3] {
    if tag.is_empty() { [party, "", ""] } else { [party, ";tag=", tag] }
}

fn contact_of(message: &Message) -> Option<&str> {
    uri_of(message.values(Name::Contact).next()?)
}

fn uri_of(value: &str) -> Option<&str> {
    NameAddr::parse(value).ok().map(|name| name.uri.as_str())
}

fn is_loose(route: &str) -> bool {
    NameAddr::parse(route).is_ok_and(|name| name.uri.is_loose())
}

/// A From or To value up to its `tag` parameter; other parameters are kept before it.
fn without_tag(value: &str) -> Box<str> {
    let Ok(name) = NameAddr::parse(value) else { return value.into() };
    let mut text = match name.display() {
        Some(display) => format!("{} <{}>", Quoted(&display), name.uri),
        None => format!("<{}>", name.uri),
    };
    for param in name.params.iter().filter(|param| !param.name.eq_ignore_ascii_case("tag")) {
        text.push(';');
        text.push_str(param.name);
        if let Some(value) = param.raw {
            text.push('=');
            text.push_str(value);
        }
    }
    text.into()
}
