//! The head of a response, taken from its request (RFC 3261 §8.2.6.2, §18.2.1; RFC 3581 §4).

use std::{
    fmt::{self, Write},
    net::{IpAddr, SocketAddr},
};

use bytes::BytesMut;

use super::{Message, Writer, scan::Head};
use crate::{
    Name, Status, decimal,
    grammar::{self, Values},
    header::{Param, Params, Via},
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
    let top = Top::of(request);
    copied(out, request.head(), (top, source), (status, None), to_tag.filter(|_| request.to_tag().is_none()))
}

/// The same for a head that may lack some of these lines; the tag, if given, is written.
pub(super) fn copied<'a>(
    out: &'a mut BytesMut,
    head: &Head,
    (top, source): (Option<Top<'_>>, SocketAddr),
    (status, reason): (Status, Option<&str>),
    to_tag: Option<&str>,
) -> Writer<'a> {
    let mut writer = Writer::response(out, status, reason);
    let mut top = top;
    for line in head.lines(Name::Via) {
        writer = match top.take() {
            Some(top) => writer.header_by(Name::Via, |out| top.write(out, line, source)),
            None => writer.text(Name::Via, line),
        };
    }
    for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
        let Some(line) = head.lines(name).next() else { continue };
        writer = match to_tag.filter(|_| name == Name::To && status != Status::TRYING) {
            Some(tag) => writer.parts(name, &[line, ";tag=", tag]),
            None => writer.text(name, line),
        };
    }
    writer
}

/// The first Via value of a request, cut where goes in what the transport saw.
pub(super) struct Top<'a> {
    value: &'a str,
    params: Params<'a>,
    address: Option<IpAddr>,
}

impl<'a> Top<'a> {
    fn of(request: &'a Message) -> Option<Self> {
        let (value, sent_by) = (request.top_via_text(), request.sent_by());
        let end = sent_by.as_ptr() as usize - value.as_ptr() as usize + sent_by.len();
        let params = Params::checked(grammar::trim_start(&value[end..]));
        Some(Self { value, params, address: request.way_back().address })
    }

    /// Of a request that is no good otherwise; `None` where this value is no better.
    pub(super) fn read(head: &'a Head) -> Option<Self> {
        let value = Values::new(head.lines(Name::Via).next()?).next()?;
        let via = Via::parse(value).ok()?;
        Some(Self { value, params: via.params, address: via.host.address() })
    }

    /// Writes the line that begins with this value.
    fn write(&self, out: &mut impl Write, line: &str, source: SocketAddr) -> fmt::Result {
        out.write_str(self.value.strip_suffix(self.params.as_str()).unwrap_or(self.value))?;
        let mut asked = false;
        for param in self.params.iter() {
            let is_rport = param.name.eq_ignore_ascii_case("rport");
            asked |= is_rport;
            if !is_rport && !param.name.eq_ignore_ascii_case("received") {
                write_param(out, param)?;
            }
        }
        let ip = source.ip();
        // MUST be added when sent-by is not the source; RFC 3581 §4 adds it whenever rport was asked for.
        if asked || self.address != Some(ip) {
            out.write_str(";received=")?;
            decimal::address(out, ip)?;
        }
        if asked {
            out.write_str(";rport=")?;
            decimal::number(out, source.port())?;
        }
        let others = Values::new(line).skip(1);
        others.into_iter().try_for_each(|value| [", ", value].iter().try_for_each(|part| out.write_str(part)))
    }
}

fn write_param(out: &mut impl Write, Param { name, raw }: Param<'_>) -> fmt::Result {
    out.write_char(';')?;
    out.write_str(name)?;
    let Some(value) = raw else { return Ok(()) };
    out.write_char('=')?;
    out.write_str(value)
}
