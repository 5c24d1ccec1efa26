//! The head of a response, taken from its request (RFC 3261 §8.2.6.2, §18.2.1; RFC 3581 §4).

use std::{
    fmt::{self, Display},
    net::SocketAddr,
};

use bytes::BytesMut;

use super::{Message, Writer, scan::Head};
use crate::{
    Name, Status,
    grammar::Values,
    header::{NameAddr, Via},
};

/// Starts the response to a request that came from `source`: every Via, the first with `received` and `rport`
/// filled, From, To with `to_tag` where it has none, Call-ID and CSeq. 100 takes no tag.
///
/// A response that makes a dialog copies Record-Route too: `.copy(request, Name::RecordRoute)` (§12.1.1).
pub fn respond_to<'a>(
    out: &'a mut BytesMut,
    request: &Message,
    source: SocketAddr,
    status: Status,
    to_tag: Option<&str>,
) -> Writer<'a> {
    copied(out, request.head(), source, status, None, to_tag)
}

/// The same for a head that may lack some of these lines.
pub(super) fn copied<'a>(
    out: &'a mut BytesMut,
    head: &Head,
    source: SocketAddr,
    status: Status,
    reason: Option<&str>,
    to_tag: Option<&str>,
) -> Writer<'a> {
    let mut writer = Writer::response(out, status, reason);
    for (index, line) in head.lines(Name::Via).enumerate() {
        writer = if index == 0 {
            writer.header(Name::Via, TopVia { line, source })
        } else {
            writer.header(Name::Via, line)
        };
    }
    for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
        let Some(line) = head.lines(name).next() else { continue };
        writer = match to_tag.filter(|_| name == Name::To && status != Status::TRYING && is_untagged(line)) {
            Some(tag) => writer.header(name, format_args!("{line};tag={tag}")),
            None => writer.header(name, line),
        };
    }
    writer
}

fn is_untagged(to: &str) -> bool {
    NameAddr::parse(to).is_ok_and(|to| to.tag().is_none())
}

/// The first Via line with what the transport saw written into its first value.
struct TopVia<'a> {
    line: &'a str,
    source: SocketAddr,
}

impl Display for TopVia<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = Values::new(self.line);
        let top = values.next().unwrap_or_default();
        match Via::parse(top) {
            Ok(via) => self.seen(f, top, &via)?,
            Err(_) => f.write_str(top)?,
        }
        values.try_for_each(|value| write!(f, ", {value}"))
    }
}

impl TopVia<'_> {
    fn seen(&self, f: &mut fmt::Formatter<'_>, top: &str, via: &Via<'_>) -> fmt::Result {
        let ours = |name: &str| name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("rport");
        let params = via.params.as_str();
        f.write_str(top.strip_suffix(params).unwrap_or(top))?;
        for param in via.params.iter().filter(|param| !ours(param.name)) {
            write_param(f, param.name, param.raw)?;
        }
        let ip = self.source.ip();
        let asked = via.params.has("rport");
        // MUST be added when sent-by is not the source; RFC 3581 §4 adds it whenever rport was asked for.
        if asked || via.host.address() != Some(ip) {
            write!(f, ";received={ip}")?;
        }
        if asked { write!(f, ";rport={}", self.source.port()) } else { Ok(()) }
    }
}

fn write_param(f: &mut fmt::Formatter<'_>, name: &str, raw: Option<&str>) -> fmt::Result {
    match raw {
        Some(value) => write!(f, ";{name}={value}"),
        None => write!(f, ";{name}"),
    }
}
