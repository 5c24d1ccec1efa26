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
    header::{Param, Via},
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
    copied(out, request.head(), source, (status, None), to_tag.filter(|_| request.to_tag().is_none()))
}

/// The same for a head that may lack some of these lines; the tag, if given, is written.
pub(super) fn copied<'a>(
    out: &'a mut BytesMut,
    head: &Head,
    source: SocketAddr,
    (status, reason): (Status, Option<&str>),
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
        writer = match to_tag.filter(|_| name == Name::To && status != Status::TRYING) {
            Some(tag) => writer.header(name, format_args!("{line};tag={tag}")),
            None => writer.header(name, line),
        };
    }
    writer
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
        f.write_str(top.strip_suffix(via.params.as_str()).unwrap_or(top))?;
        let mut asked = false;
        for param in via.params.iter() {
            let is_rport = param.name.eq_ignore_ascii_case("rport");
            asked |= is_rport;
            if !is_rport && !param.name.eq_ignore_ascii_case("received") {
                write_param(f, param)?;
            }
        }
        let ip = self.source.ip();
        // MUST be added when sent-by is not the source; RFC 3581 §4 adds it whenever rport was asked for.
        if asked || via.host.address() != Some(ip) {
            write!(f, ";received={ip}")?;
        }
        if asked { write!(f, ";rport={}", self.source.port()) } else { Ok(()) }
    }
}

fn write_param(f: &mut fmt::Formatter<'_>, Param { name, raw }: Param<'_>) -> fmt::Result {
    f.write_str(";")?;
    f.write_str(name)?;
    let Some(value) = raw else { return Ok(()) };
    f.write_str("=")?;
    f.write_str(value)
}
