//! Messages: read in one pass, kept verbatim, understood on demand (RFC 3261 §7).
//!
//! A [`Message`] that exists has the headers every message must have, each once and well formed, so its readers
//! ask without fear. All else is text until somebody wants it. Nothing here knows transactions or flows.

mod check;
mod error;
mod limits;
mod parts;
mod respond;
mod scan;
pub mod stream;
mod write;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use smallvec::SmallVec;

pub use error::{ParseError, Refusal};
pub use limits::Limits;
pub use parts::{PARTS_MAX, Part};
pub use respond::respond_to;
pub use write::Writer;

pub use crate::{header::Name, method::Method, status::Status};

use crate::{
    Fault, grammar,
    header::{COOKIE, CSeq, Contacts, NameAddr, Valued, Values, Via, WayBack},
    uri::Uri,
};
use check::Essentials;
use scan::{Head, Line, StartLine};

/// One request or response; immutable, cheap to clone.
#[derive(Clone)]
pub struct Message(Arc<Inner>);

struct Inner {
    head: Head,
    essentials: Essentials,
}

/// What the start line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// RFC 3261 §7.1.
    Request {
        /// What is asked.
        method: &'a Method,
        /// Of whom, as written.
        uri: &'a str,
    },
    /// RFC 3261 §7.2.
    Response {
        /// How it went.
        status: Status,
        /// For a person to read; may be empty.
        reason: &'a str,
    },
}

impl Message {
    /// Reads one datagram, or one message that a [`Framer`](stream::Framer) cut, within the usual limits.
    ///
    /// Folds are undone and bytes in the head that are no UTF-8 are read as Latin-1; the body stays as it is.
    ///
    /// # Errors
    /// The peer's fault, with the answer it may get.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseError> {
        Self::parse_within(bytes, &Limits::default())
    }

    /// The same within limits of the caller's.
    ///
    /// # Errors
    /// The peer's fault, with the answer it may get.
    pub fn parse_within(bytes: Bytes, limits: &Limits) -> Result<Self, ParseError> {
        let (mut head, fault) = Head::scan(bytes, limits);
        let fault = if head.raw.is_empty() { Some(Fault::PeerEmpty) } else { head.start.err().or(fault) };
        let essentials = match fault {
            None => {
                Essentials::of(&head, limits).and_then(|found| check::cut_body(&mut head).map(|()| found))
            }
            Some(fault) => Err(fault),
        };
        match essentials {
            Ok(essentials) => Ok(Self(Arc::new(Inner { head, essentials }))),
            Err(fault) => Err(ParseError::new(head, fault)),
        }
    }

    /// What the start line says.
    pub fn start(&self) -> Start<'_> {
        match self.0.essentials.start {
            StartLine::Request { uri, .. } => {
                Start::Request { method: self.method(), uri: self.head().text(uri) }
            }
            StartLine::Response { status, reason } => {
                Start::Response { status, reason: self.head().text(reason) }
            }
        }
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.0.essentials.start, StartLine::Request { .. })
    }

    /// The method of a request, or that of the request which a response answers.
    pub fn method(&self) -> &Method {
        &self.0.essentials.method
    }

    /// The status of a response.
    pub fn status(&self) -> Option<Status> {
        match self.0.essentials.start {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => Some(status),
        }
    }

    /// The Request-URI of a request.
    pub fn request_uri(&self) -> Option<Uri<'_>> {
        match self.start() {
            Start::Request { uri, .. } => Some(Uri::parse(uri).expect(CHECKED)),
            Start::Response { .. } => None,
        }
    }

    /// The whole message as received, its folds and stray bytes mended and cut to Content-Length.
    pub fn raw(&self) -> &Bytes {
        &self.head().raw
    }

    /// The body; sharing the bytes of the message.
    pub fn body(&self) -> Bytes {
        self.head().raw.slice(usize::from(self.head().body)..)
    }

    /// The value of the first line of this name, trimmed.
    pub fn header(&self, name: Name) -> Option<&str> {
        self.headers(name).next()
    }

    /// The values of all lines of this name, in order; a comma list stays one value.
    pub fn headers(&self, name: Name) -> impl Iterator<Item = &str> {
        self.head().lines(name)
    }

    /// The values of all lines of this name, comma lists split.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        self.headers(name).flat_map(Values::new)
    }

    /// The value of the first line spelled so, in any case; for names that are no [`Name`].
    pub fn header_named(&self, spelling: &str) -> Option<&str> {
        self.headers_named(spelling).next()
    }

    /// The values of all lines spelled so, in any case.
    pub fn headers_named(&self, spelling: &str) -> impl Iterator<Item = &str> {
        let known = Name::of(spelling);
        let matches = move |line: &&Line| match known {
            Some(_) => line.name == known,
            None => line.name.is_none() && self.head().text(line.spelling).eq_ignore_ascii_case(spelling),
        };
        self.head().lines.iter().filter(matches).map(|line| self.head().text(line.value))
    }

    /// All header lines in order: the name as spelled and the value.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let head = self.head();
        head.lines.iter().map(|line| (head.text(line.spelling), head.text(line.value)))
    }

    fn head(&self) -> &Head {
        &self.0.head
    }
}

/// What every message has.
impl Message {
    /// The Call-ID; compare byte by byte (RFC 3261 §20.8).
    pub fn call_id(&self) -> &str {
        self.head().text(self.0.essentials.call_id)
    }

    /// The CSeq.
    pub fn cseq(&self) -> CSeq {
        CSeq { number: self.0.essentials.cseq, method: self.method().clone() }
    }

    /// Who sends the request that this is or answers.
    pub fn from(&self) -> NameAddr<'_> {
        NameAddr::parse(self.head().text(self.0.essentials.from)).expect(CHECKED)
    }

    /// To whom the request went that this is or answers.
    pub fn to(&self) -> NameAddr<'_> {
        NameAddr::parse(self.head().text(self.0.essentials.to)).expect(CHECKED)
    }

    /// The tag in From; RFC 2543 peers send none.
    pub fn from_tag(&self) -> Option<&str> {
        self.0.essentials.from_tag.map(|tag| self.head().text(tag))
    }

    /// The tag in To, which makes a request one within a dialog.
    pub fn to_tag(&self) -> Option<&str> {
        self.0.essentials.to_tag.map(|tag| self.head().text(tag))
    }

    /// The first Via value.
    pub fn top_via(&self) -> Via<'_> {
        Via::parse(self.top_via_text()).expect(CHECKED)
    }

    fn top_via_text(&self) -> &str {
        self.head().text(self.0.essentials.via)
    }

    /// The branch of the first Via; RFC 2543 peers send none.
    pub fn branch(&self) -> Option<&str> {
        self.0.essentials.branch.map(|branch| self.head().text(branch))
    }

    /// The same if it tells its transaction from all others, as RFC 3261 §8.1.1.7 wants it: a bare cookie is unique to
    /// nobody (RFC 4475 §3.2.1). Whoever sends none is a peer of RFC 2543.
    pub fn unique_branch(&self) -> Option<&str> {
        self.branch().filter(|branch| branch.strip_prefix(COOKIE).is_some_and(|rest| !rest.is_empty()))
    }

    /// `host[:port]` of the first Via, as written.
    pub fn sent_by(&self) -> &str {
        self.head().text(self.0.essentials.sent_by)
    }

    /// Where its sender says that responses to it go, by the first Via.
    pub fn way_back(&self) -> WayBack {
        self.0.essentials.way_back
    }

    /// Hops left; what is above 255 is read as that. RFC 2543 peers send none.
    pub fn max_forwards(&self) -> Option<u8> {
        self.0.essentials.max_forwards
    }
}

/// What some messages have, read when asked for.
impl Message {
    /// All Vias, the first included.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, Fault>> {
        self.values(Name::Via).map(|via| Via::parse(via).map_err(|fault| fault.of(Name::Via)))
    }

    /// The addresses in all lines of this name: Route, P-Asserted-Identity, Path and so on.
    pub fn addresses(&self, name: Name) -> impl Iterator<Item = Result<NameAddr<'_>, Fault>> {
        self.values(name).map(move |address| NameAddr::parse(address).map_err(|fault| fault.of(name)))
    }

    /// The route set that this request still has to go through.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Fault>> {
        self.addresses(Name::Route)
    }

    /// The route set that it collected, topmost first.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Fault>> {
        self.addresses(Name::RecordRoute)
    }

    /// What the Contact lines say.
    ///
    /// # Errors
    /// The peer's fault: a bad address, or a star beside others.
    pub fn contacts(&self) -> Result<Contacts<'_>, Fault> {
        let is_star = |value| value == "*";
        if self.values(Name::Contact).any(is_star) {
            let is_alone = self.values(Name::Contact).count() == 1;
            return if is_alone { Ok(Contacts::Star) } else { Err(Fault::PeerHeader(Name::Contact)) };
        }
        let list: Result<SmallVec<_>, _> = self.addresses(Name::Contact).collect();
        Ok(Contacts::List(list?))
    }

    /// Seconds in Expires; what is above 2^32-1 is read as that, what is no number as none (RFC 3261 §10.3).
    pub fn expires(&self) -> Option<u32> {
        self.header(Name::Expires).and_then(grammar::clamped)
    }

    /// The type of the body.
    pub fn content_type(&self) -> Option<Valued<'_>> {
        self.header(Name::ContentType).and_then(|value| Valued::parse(value).ok())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.start(), self.call_id())
    }
}

const CHECKED: &str = "checked when the message was read";
