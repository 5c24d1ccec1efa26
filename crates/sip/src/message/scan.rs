//! The one pass over a message: where its lines are and what their names mean (RFC 3261 §7).
//!
//! It knows lines and names, no values. What can't be read in place, folded lines and heads that are no UTF-8, is
//! rewritten once and read again, so that everything above sees plain lines of text.

use std::{ops::Range, str};

use bytes::{Buf, Bytes};
use memchr::{memchr2, memmem, memrchr};
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

impl Span {
    pub(super) fn range(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }
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
        str::from_utf8(&self.raw[span.range()]).expect(IS_TEXT)
    }

    /// The head as one text, for who reads many stretches of it: checking short ones one by one costs more.
    pub(super) fn whole(&self) -> &str {
        str::from_utf8(&self.raw[..usize::from(self.body)]).expect(IS_TEXT)
    }

    /// Where a piece of this head lies in it.
    pub(super) fn span_of(&self, piece: &str) -> Span {
        let start = piece.as_ptr() as usize - self.raw.as_ptr() as usize;
        span(start, start + piece.len())
    }

    /// The lines of this name, in order.
    pub(super) fn lines(&self, name: Name) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.name == Some(name)).map(|line| self.text(line.value))
    }

    /// The last line of this name as a whole, as it was spelled.
    pub(super) fn last_line(&self, name: Name) -> Option<&str> {
        let line = self.lines.iter().rev().find(|line| line.name == Some(name))?;
        Some(self.text(Span { start: line.spelling.start, end: line.value.end }))
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

const IS_TEXT: &str = "the scan leaves heads in UTF-8 and cuts them at ASCII";

struct Scan {
    start: Span,
    lines: SmallVec<[Line; 24]>,
    body: usize,
    fault: Option<Fault>,
    needs_repair: bool,
}

impl Scan {
    fn of(raw: &[u8], limits: &Limits) -> Self {
        assert!(raw.len() <= usize::from(u16::MAX), "sixteen bits carry every offset");
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
        let mut start = 0;
        while let Some(length) = memchr2(b'\r', b'\n', &raw[start..]) {
            let end = start + length;
            let is_paired = raw[end..].starts_with(b"\r\n");
            let next = end + 1 + usize::from(is_paired);
            if !is_paired {
                // Ends a line for some readers and not for others: a way to smuggle headers.
                self.note(Fault::PeerLine);
            } else if length == 0 {
                self.body = next;
                return;
            }
            if raw.get(next).is_some_and(|&b| grammar::is_blank(b)) {
                self.needs_repair = true;
                return;
            }
            if start == 0 {
                self.start = span(0, end);
            } else if self.lines.len() == usize::from(limits.lines) {
                return self.note(Fault::LimitLines);
            } else if length > usize::from(limits.line) {
                self.note(Fault::LimitLine);
            } else {
                self.line(raw, start, end);
            }
            start = next;
        }
        self.note(Fault::PeerHeadEnd);
    }

    fn line(&mut self, raw: &[u8], start: usize, end: usize) {
        let line = &raw[start..end];
        let name = grammar::span(line, Class::Token);
        let value = match line[name..] {
            // What nearly all lines look like, without a loop over blanks.
            [b':', b' ', first, ..] if !grammar::is_blank(first) => name + 2,
            _ => match name + blanks(line[name..].iter()) {
                colon if line.get(colon) == Some(&b':') => colon + 1 + blanks(line[colon + 1..].iter()),
                _ => return self.note(Fault::PeerLine),
            },
        };
        if name == 0 {
            return self.note(Fault::PeerLine);
        }
        let tail = blanks(line[value..].iter().rev());
        self.lines.push(Line {
            name: Name::spelled(&line[..name]),
            spelling: span(start, start + name),
            value: span(start + value, end - tail),
        });
    }

    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

fn blanks<'a>(text: impl Iterator<Item = &'a u8>) -> usize {
    text.take_while(|&&b| grammar::is_blank(b)).count()
}

fn span(start: usize, end: usize) -> Span {
    Span { start: offset(start), end: offset(end) }
}

/// `Scan::of` has seen to it that this fits.
const fn offset(at: usize) -> u16 {
    at as u16
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
        if line.bytes().next().is_some_and(grammar::is_blank) {
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
fn start_line(raw: &Bytes, at: Span) -> Result<StartLine, Fault> {
    let line = str::from_utf8(&raw[at.range()]).map_err(|_| Fault::PeerNotSip)?;
    if let Some(rest) = strip_version(line) {
        return response(rest, line.len());
    }
    if line.starts_with("SIP/") {
        return Err(Fault::PeerVersion);
    }
    let method = grammar::span(line.as_bytes(), Class::Token);
    let last = memrchr(b' ', grammar::trim_end(line).as_bytes()).ok_or(Fault::PeerNotSip)?;
    let version = &line[last + 1..];
    if method == 0 || !version.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SIP/")) {
        return Err(Fault::PeerNotSip);
    }
    match strip_version(version) {
        Some("") => {}
        Some(tail) if tail.bytes().all(grammar::is_blank) => return Err(Fault::PeerStartLine),
        Some(_) | None => return Err(Fault::PeerVersion),
    }
    // Exactly one blank on each side: anything looser lets two readers see two URIs (RFC 4475 §3.1.2.8).
    let uri = line.get(method + 1..last).ok_or(Fault::PeerStartLine)?;
    if line.as_bytes()[method] != b' ' || uri.is_empty() || memchr2(b' ', b'\t', uri.as_bytes()).is_some() {
        return Err(Fault::PeerStartLine);
    }
    Ok(StartLine::Request { method: span(0, method), uri: span(method + 1, last) })
}

fn response(rest: &str, end: usize) -> Result<StartLine, Fault> {
    let rest = rest.strip_prefix(' ').ok_or(Fault::PeerStartLine)?;
    // Some stacks leave out the blank before an empty phrase.
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let code = if code.len() == 3 { grammar::number(code) } else { None };
    let code = code.and_then(|code| Status::new(code as u16)).ok_or(Fault::PeerStartLine)?;
    Ok(StartLine::Response { status: code, reason: span(end - reason.len(), end) })
}

/// What follows `SIP/2.0`, in any case (RFC 3261 §7.1).
fn strip_version(text: &str) -> Option<&str> {
    let (version, rest) = text.split_at_checked(7)?;
    version.eq_ignore_ascii_case("SIP/2.0").then_some(rest)
}
