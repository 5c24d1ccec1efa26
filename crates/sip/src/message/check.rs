//! What every message must have, found and read once (RFC 3261 §8.1.1).

use super::{
    Limits,
    scan::{Head, Span, StartLine},
};
use crate::{
    Fault, Method, Name,
    grammar::{self, Class, Values},
    header::{CSeq, NameAddr, Via, WayBack},
    uri::Uri,
};

/// The checked essentials. What several layers ask for lies here as offsets, the rest is read again on demand.
#[derive(Debug)]
pub(super) struct Essentials {
    pub(super) start: StartLine,
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) max_forwards: Option<u8>,
    /// The first Via value, which may be one of several on its line.
    pub(super) via: Span,
    pub(super) sent_by: Span,
    pub(super) branch: Option<Span>,
    pub(super) way_back: WayBack,
    pub(super) from: Span,
    pub(super) from_tag: Option<Span>,
    pub(super) to: Span,
    pub(super) to_tag: Option<Span>,
    pub(super) call_id: Span,
}

/// Where the lines of the essentials are.
#[derive(Default)]
struct Found {
    via: Option<Span>,
    vias: usize,
    from: Option<Span>,
    to: Option<Span>,
    call_id: Option<Span>,
    cseq: Option<Span>,
    max_forwards: Option<Span>,
}

impl Essentials {
    /// Reads them from a scanned message.
    pub(super) fn of(head: &Head, limits: &Limits) -> Result<Self, Fault> {
        let start = head.start?;
        let text = head.whole();
        let found = Found::in_lines(head)?;
        let cseq = CSeq::parse(&text[found.cseq.ok_or(Fault::PeerMissing(Name::CSeq))?.range()])
            .map_err(|fault| fault.of(Name::CSeq))?;
        if let StartLine::Request { method, uri } = start {
            if text[method.range()] != *cseq.method.as_str() {
                return Err(Fault::PeerMethod);
            }
            // MUST NOT carry headers (RFC 3261 §19.1.1, table 1).
            if !Uri::parse(&text[uri.range()])?.headers().is_empty() {
                return Err(Fault::PeerUri);
            }
        }
        let (from, from_tag) = address(head, text, found.from, Name::From)?;
        let (to, to_tag) = address(head, text, found.to, Name::To)?;
        let call_id = found.call_id.ok_or(Fault::PeerMissing(Name::CallId))?;
        let id = text[call_id.range()].as_bytes();
        // Wider than RFC 3261 §25.1, but one word and nothing that would change on its way through a log.
        if id.is_empty() || id.iter().any(|&b| b <= b' ' || b == 0x7f) {
            return Err(Fault::PeerHeader(Name::CallId));
        }
        let via_line = &text[found.via.ok_or(Fault::PeerMissing(Name::Via))?.range()];
        let value = Values::new(via_line).next().ok_or(Fault::PeerHeader(Name::Via))?;
        let via = Via::parse(value).map_err(|fault| fault.of(Name::Via))?;
        if found.vias > 1 || value.len() < via_line.len() {
            count_vias(head, limits)?;
        }
        Ok(Self {
            start,
            cseq: cseq.number,
            max_forwards: max_forwards(text, found.max_forwards)?,
            via: head.span_of(value),
            sent_by: head.span_of(via.sent_by),
            branch: via.branch().map(|branch| head.span_of(branch)),
            way_back: via.way_back(),
            from,
            from_tag,
            to,
            to_tag,
            call_id,
            method: cseq.method,
        })
    }
}

impl Found {
    fn in_lines(head: &Head) -> Result<Self, Fault> {
        let mut found = Self::default();
        for line in &head.lines {
            let Some(name) = line.name else { continue };
            let place = if name == Name::From {
                &mut found.from
            } else if name == Name::To {
                &mut found.to
            } else if name == Name::CallId {
                &mut found.call_id
            } else if name == Name::CSeq {
                &mut found.cseq
            } else if name == Name::MaxForwards {
                &mut found.max_forwards
            } else {
                if name == Name::Via {
                    found.via = found.via.or(Some(line.value));
                    found.vias += 1;
                }
                continue;
            };
            if place.replace(line.value).is_some() {
                return Err(Fault::PeerRepeated(name));
            }
        }
        Ok(found)
    }
}

fn address(head: &Head, text: &str, line: Option<Span>, name: Name) -> Result<(Span, Option<Span>), Fault> {
    let line = line.ok_or(Fault::PeerMissing(name))?;
    let address = NameAddr::parse(&text[line.range()]).map_err(|fault| fault.of(name))?;
    let is_sound = match address.tag() {
        // It goes into every later request as it is, so quotes must not bring in what would end it.
        Some(tag) => grammar::is_all(tag, Class::Value),
        // One without value would hide the one that we add.
        None => !address.params.has("tag"),
    };
    if !is_sound {
        return Err(Fault::PeerHeader(name));
    }
    Ok((line, address.tag().map(|tag| head.span_of(tag))))
}

fn max_forwards(text: &str, line: Option<Span>) -> Result<Option<u8>, Fault> {
    let Some(line) = line else { return Ok(None) };
    let hops = grammar::clamped(&text[line.range()]).ok_or(Fault::PeerHeader(Name::MaxForwards))?;
    Ok(Some(u8::try_from(hops).unwrap_or(u8::MAX)))
}

fn count_vias(head: &Head, limits: &Limits) -> Result<(), Fault> {
    let vias: usize = head.lines(Name::Via).map(|line| Values::new(line).count()).sum();
    if vias > usize::from(limits.vias) { Err(Fault::LimitVias) } else { Ok(()) }
}

/// Bytes behind the body of a datagram are no part of it; fewer than promised are an error (RFC 3261 §18.3).
pub(super) fn cut_body(head: &mut Head) -> Result<(), Fault> {
    let Some(length) = head.content_length()? else { return Ok(()) };
    let end = usize::from(head.body).saturating_add(length as usize);
    if end > head.raw.len() {
        return Err(Fault::PeerBodyShort);
    }
    head.raw.truncate(end);
    Ok(())
}
