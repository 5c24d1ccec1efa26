//! Writing messages: start line, headers in the order given, body, Content-Length (RFC 3261 §7).
//!
//! Nothing that is written can end its line: CR, LF and NUL in a value become blanks, so text from a peer or the
//! config never makes a header of its own.

use std::fmt::{self, Display, Write};

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr3;

use super::Message;
use crate::{
    Method, Name, Status, decimal,
    grammar::{self, Class},
};

/// One message being written in a buffer that is used over and over. The message itself gets bytes of its own, so one
/// that is kept for a call holds nothing else in memory; or, where it lives for a moment, a piece of the buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut BytesMut,
    body: Option<(&'a str, &'a [u8])>,
}

impl<'a> Writer<'a> {
    /// Starts a request; what the buffer held is dropped. Blanks and line ends in the URI are written as escapes.
    pub fn request(out: &'a mut BytesMut, method: &Method, uri: impl Display) -> Self {
        out.clear();
        out.put_slice(method.as_str().as_bytes());
        out.put_u8(b' ');
        write!(Unbroken(out), "{uri}").expect(ENOUGH);
        out.put_slice(b" SIP/2.0\r\n");
        Self { out, body: None }
    }

    /// Starts a response; what the buffer held is dropped. The phrase is the usual one where none is given.
    pub fn response(out: &'a mut BytesMut, status: Status, reason: Option<&str>) -> Self {
        out.clear();
        out.put_slice(b"SIP/2.0 ");
        decimal(out, status.code());
        out.put_u8(b' ');
        clean(out, |out| out.put_slice(reason.unwrap_or(status.reason()).as_bytes()));
        out.put_slice(b"\r\n");
        Self { out, body: None }
    }

    /// A header line.
    pub fn header(self, name: Name, value: impl Display) -> Self {
        self.line(name.as_str(), &value)
    }

    /// A header line whose value is there as text: cheaper, with no formatter in between.
    pub fn text(self, name: Name, value: &str) -> Self {
        self.header_by(name, |out| out.write_str(value))
    }

    /// The same of a value that is there in parts.
    pub fn parts(self, name: Name, parts: &[&str]) -> Self {
        self.header_by(name, |out| parts.iter().try_for_each(|part| out.write_str(part)))
    }

    /// A header line whose value is written by `write`, which can't fail otherwise than by its buffer.
    pub(super) fn header_by(self, name: Name, write: impl FnOnce(&mut Plain<'_>) -> fmt::Result) -> Self {
        self.line_by(name.as_str(), write)
    }

    /// A header line of a name that this switch doesn't know; what can't be in a name is left out.
    pub fn other(self, name: &str, value: impl Display) -> Self {
        if grammar::is_token(name) {
            return self.line(name, &value);
        }
        let name: String =
            name.chars().filter(|c| c.is_ascii() && grammar::is(*c as u8, Class::Token)).collect();
        self.line(if name.is_empty() { "X" } else { &name }, &value)
    }

    /// Every line of this name that the message has, verbatim and in order.
    pub fn copy(mut self, message: &Message, name: Name) -> Self {
        for value in message.headers(name) {
            self = self.text(name, value);
        }
        self
    }

    /// The body and its type; Content-Type and Content-Length follow the last header.
    pub fn body(mut self, content_type: &'a str, body: &'a [u8]) -> Self {
        self.body = Some((content_type, body));
        self
    }

    /// Ends the message and copies it out of the buffer.
    pub fn end(self) -> Bytes {
        Bytes::copy_from_slice(self.ended())
    }

    /// Ends the message and cuts it off the buffer, which is cheaper: for many that live for a moment, since each holds
    /// the whole page that it was written into.
    pub fn cut(self) -> Bytes {
        self.ended().split().freeze()
    }

    fn ended(self) -> &'a mut BytesMut {
        let Self { out, body } = match self.body {
            Some((content_type, _)) => self.text(Name::ContentType, content_type),
            None => self,
        };
        let (_, body) = body.unwrap_or_default();
        out.put_slice(b"Content-Length: ");
        decimal(out, body.len());
        out.put_slice(b"\r\n\r\n");
        out.put_slice(body);
        out
    }

    fn line(self, name: &str, value: &dyn Display) -> Self {
        self.line_by(name, |out| write!(out, "{value}"))
    }

    fn line_by(self, name: &str, write: impl FnOnce(&mut Plain<'_>) -> fmt::Result) -> Self {
        self.out.put_slice(name.as_bytes());
        self.out.put_slice(b": ");
        clean(self.out, |out| write(&mut Plain(out)).expect(ENOUGH));
        self.out.put_slice(b"\r\n");
        self
    }
}

const ENOUGH: &str = "a buffer in memory takes everything";

fn decimal(out: &mut BytesMut, number: impl itoa::Integer) {
    decimal::number(&mut Plain(out), number).expect(ENOUGH);
}

/// Makes blanks of the CR, LF and NUL in what is written meanwhile.
fn clean(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    write(out);
    let mut rest = &mut out[start..];
    while let Some(at) = memchr3(b'\r', b'\n', 0, rest) {
        rest[at] = b' ';
        rest = &mut rest[at + 1..];
    }
}

/// Takes text as it is.
pub(super) struct Plain<'a>(&'a mut BytesMut);

impl Write for Plain<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.put_slice(text.as_bytes());
        Ok(())
    }
}

/// Takes text for one word: blanks and control characters become escapes.
struct Unbroken<'a>(&'a mut BytesMut);

impl Write for Unbroken<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // What nearly all are, without a loop over pieces.
        if text.bytes().all(|byte| byte > b' ') {
            return Plain(self.0).write_str(text);
        }
        for chunk in text.as_bytes().chunk_by(|&a, &b| (a > b' ') == (b > b' ')) {
            if chunk[0] > b' ' {
                self.0.put_slice(chunk);
            } else {
                chunk.iter().try_for_each(|byte| write!(Plain(self.0), "%{byte:02X}"))?;
            }
        }
        Ok(())
    }
}
