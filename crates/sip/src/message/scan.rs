//! The one pass over a message: where its lines are and what their names mean (RFC 3261 §7).
//!
//! It knows lines and names, no values. What can't be read in place, folded lines and heads that are no UTF-8, is
//! rewritten once and read again, so that everything above sees plain lines of text.

use std::str;

use bytes::{Buf, Bytes};
use memchr::{memchr2, memmem};
use smallvec::SmallVec;

use super::Limits;
use crate::{
    Fault, Status,
    grammar::{self, Class},
    header::Name,
};

/// A stretch of the message. Sixteen bits carry every offset, as no message is larger than 65,535 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// One header line, folds undone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) name: Option<Name>,
    pub(super) spelling: Span,
    pub(super) value: Span,
}

/// What the first line says, and where.
#[derive(Clone, Copy, Debug)]
pub(super) enum StartLine {
    Request { method: Span, uri: Span },
    Response { status: Status, reason: Span },
}

/// A message cut into lines.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) raw: Bytes,
    pub(super) start: Result<StartLine, Fault>,
    /// As many as an ordinary INVITE has lie in place.
    pub(super) lines: SmallVec<[Line; 24]>,
    /// Where the body starts.
    pub(super) body: u16,
}

impl Head {
    /// Cuts `raw` into lines. A fault leaves as many lines as could be read, for an answer.
    pub(super) fn scan(mut raw: Bytes, limits: &Limits) -> (Self, Option<Fault>) {
        // A peer on a stream may send line ends between messages (RFC 3261 §7.5).
        let blank = raw.iter().take_while(|&&b| b == b'\r' || b == b'\n').count();
        raw.advance(blank);
        let oversize = raw.len() > usize::from(limits.message);
        raw.truncate(limits.message.into());
        let mut scan = Scan::of(&raw, limits);
        let mut outgrown = false;
        if scan.needs_repair {
            raw = repaired(&raw);
            outgrown = raw.len() > usize::from(limits.message);
            raw.truncate(limits.message.into());
            scan = Scan::of(&raw, limits);
        }
        let fault = if oversize || outgrown { Some(Fault::LimitMessage) } else { scan.fault };
        let start = start_line(&raw, scan.start);
        let head = Self { raw, start, lines: scan.lines, body: offset(scan.body) };
        (head, fault)
    }

    /// The text of a stretch of the head.
    pub(super) fn text(&self, span: Span) -> &str {
        str::from_utf8(&self.raw[usize::from(span.start)..usize::from(span.end)])
            .expect("the scan leaves heads in UTF-8 and cuts them at ASCII")
    }

    /// Where a piece of this head lies in it.
    pub(super) fn span_of(&self, piece: &str) -> Span {
        let start = offset(piece.as_ptr() as usize - self.raw.as_ptr() as usize);
        Span { start, end: start + offset(piece.len()) }
    }

    /// The lines of this name, in order.
    pub(super) fn lines(&self, name: Name) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.name == Some(name)).map(|line| self.text(line.value))
    }

    /// The number in Content-Length; `None` when there is no such line.
    pub(super) fn content_length(&self) -> Result<Option<u32>, Fault> {
        let mut lengths = self.lines(Name::ContentLength).map(grammar::number);
        let Some(first) = lengths.next() else { return Ok(None) };
        let length = first.ok_or(Fault::PeerContentLength)?;
        // Twice the same number harms nobody; two numbers are how messages get smuggled.
        if lengths.all(|other| other == Some(length)) {
            Ok(Some(length))
        } else {
            Err(Fault::PeerContentLength)
        }
    }
}

struct Scan {
    start: Span,
    lines: SmallVec<[Line; 24]>,
    body: usize,
    fault: Option<Fault>,
    needs_repair: bool,
}

impl Scan {
    fn of(raw: &[u8], limits: &Limits) -> Self {
        let mut scan = Self {
            start: Span::default(),
            lines: SmallVec::new(),
            body: raw.len(),
            fault: None,
            needs_repair: false,
        };
        scan.cut(raw, limits);
        let head = &raw[..scan.body];
        scan.needs_repair |= !head.is_ascii() && str::from_utf8(head).is_err();
        scan
    }

    fn cut(&mut self, raw: &[u8], limits: &Limits) {
        let mut at = 0;
        loop {
            let Some(length) = memchr2(b'\r', b'\n', &raw[at..]) else {
                return self.note(Fault::PeerHeadEnd);
            };
            let end = at + length;
            let is_whole = raw[end..].starts_with(b"\r\n");
            let next = end + if is_whole { 2 } else { 1 };
            if !is_whole {
                // Bare CR and LF end a line for some readers and not for others: a way to smuggle headers.
                self.note(Fault::PeerLine);
            }
            if length == 0 && is_whole {
                self.body = next;
                return;
            }
            if matches!(raw.get(next), Some(b' ' | b'\t')) {
                self.needs_repair = true;
                return;
            }
            if at == 0 {
                self.start = Span { start: 0, end: offset(end) };
            } else if self.lines.len() == usize::from(limits.lines) {
                return self.note(Fault::LimitLines);
            } else if length > usize::from(limits.line) {
                self.note(Fault::LimitLine);
            } else {
                self.line(raw, at, end);
            }
            at = next;
        }
    }

    fn line(&mut self, raw: &[u8], start: usize, end: usize) {
        let line = &raw[start..end];
        let name = grammar::span(line, Class::Token);
        let colon = name + blanks(&line[name..]);
        if name == 0 || line.get(colon) != Some(&b':') {
            return self.note(Fault::PeerLine);
        }
        let value = colon + 1 + blanks(&line[colon + 1..]);
        let tail = line[value..].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        // Tokens are ASCII, so this can't fail.
        let known = str::from_utf8(&line[..name]).ok().and_then(Name::of);
        self.lines.push(Line {
            name: known,
            spelling: Span { start: offset(start), end: offset(start + name) },
            value: Span { start: offset(start + value), end: offset(end - tail) },
        });
    }

    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

fn offset(at: usize) -> u16 {
    u16::try_from(at).expect("no message is larger than 65,535 bytes")
}

/// The message with folds made one blank (RFC 3261 §7.3.1) and, in its head, bytes that are no UTF-8 read as
/// Latin-1, which is what the phones that send such bytes mean.
fn repaired(raw: &[u8]) -> Bytes {
    let end = memmem::find(raw, b"\r\n\r\n").map_or(raw.len(), |at| at + 4);
    let (head, body) = raw.split_at(end);
    let mut text = String::with_capacity(raw.len());
    for chunk in head.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    let mut out = Vec::with_capacity(text.len() + body.len());
    let mut lines = text.split("\r\n");
    out.extend_from_slice(lines.next().unwrap_or("").as_bytes());
    for line in lines {
        if line.starts_with(grammar::BLANKS) {
            out.push(b' ');
            out.extend_from_slice(grammar::trim(line).as_bytes());
        } else {
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(line.as_bytes());
        }
    }
    out.extend_from_slice(body);
    out.into()
}

/// Reads the first line (RFC 3261 §7.1, §7.2).
fn start_line(raw: &Bytes, span: Span) -> Result<StartLine, Fault> {
    let line = str::from_utf8(&raw[..usize::from(span.end)]).map_err(|_| Fault::PeerNotSip)?;
    if let Some(rest) = strip_version(line) {
        return response(rest, span.end);
    }
    if line.starts_with("SIP/") {
        return Err(Fault::PeerVersion);
    }
    let (method, rest) = line.split_once(' ').ok_or(Fault::PeerNotSip)?;
    let (_, last) = grammar::trim(rest).rsplit_once(' ').ok_or(Fault::PeerNotSip)?;
    if !grammar::is_token(method) || !last.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SIP/")) {
        return Err(Fault::PeerNotSip);
    }
    if strip_version(last) != Some("") {
        return Err(Fault::PeerVersion);
    }
    // Exactly one blank on each side: anything looser lets two readers see two URIs (RFC 4475 §3.1.2.8).
    let uri = rest.strip_suffix(last).and_then(|rest| rest.strip_suffix(' ')).ok_or(Fault::PeerStartLine)?;
    if uri.is_empty() || uri.contains(grammar::BLANKS) {
        return Err(Fault::PeerStartLine);
    }
    let method = Span { start: 0, end: offset(method.len()) };
    let start = method.end + 1;
    Ok(StartLine::Request { method, uri: Span { start, end: start + offset(uri.len()) } })
}

fn response(rest: &str, end: u16) -> Result<StartLine, Fault> {
    let rest = rest.strip_prefix(' ').ok_or(Fault::PeerStartLine)?;
    // Some stacks leave out the blank before an empty phrase.
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let code = if code.len() == 3 { grammar::number(code) } else { None };
    let code = code.and_then(|code| Status::new(code as u16)).ok_or(Fault::PeerStartLine)?;
    Ok(StartLine::Response { status: code, reason: Span { start: end - offset(reason.len()), end } })
}

/// What follows `SIP/2.0`, in any case (RFC 3261 §7.1).
fn strip_version(text: &str) -> Option<&str> {
    let (version, rest) = text.split_at_checked(7)?;
    version.eq_ignore_ascii_case("SIP/2.0").then_some(rest)
}
