//! `"Ana" <sip:ana@example.com>;tag=1`: From, To, Contact, Route and their like (RFC 3261 §20.10, §25.1).

use std::{borrow::Cow, fmt};

use memchr::{memchr, memchr2};

use super::Params;
use crate::{
    Fault,
    grammar::{self, Class},
    uri::Uri,
};

/// An address with the display name before it and the header's parameters behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// As written, quotes included; empty when there is none.
    display: &'a str,
    /// The address.
    pub uri: Uri<'a>,
    /// The parameters of the header; those of the URI are in the URI.
    pub params: Params<'a>,
    tag: Option<&'a str>,
}

impl<'a> NameAddr<'a> {
    /// Reads one address. Without angle brackets all parameters are the header's (RFC 3261 §20).
    ///
    /// # Errors
    /// The peer's fault: an open quote or bracket, a display name that had to be quoted, a bad URI or parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let text = grammar::trim(text);
        match text.as_bytes() {
            [b'<', ..] => return Self::bracketed("", text),
            [b'"', ..] => {
                let end = grammar::quoted(text).ok_or(Fault::PeerAddress)?;
                return Self::bracketed(&text[..end], grammar::trim_start(&text[end..]));
            }
            _ => {}
        }
        match memchr(b'<', text.as_bytes()) {
            // A colon before the bracket is the one of a bare URI, the bracket then lies in a quoted parameter.
            Some(at) if grammar::is_all(&text[..at], Class::Display) => {
                Self::bracketed(grammar::trim_end(&text[..at]), &text[at..])
            }
            Some(_) | None => Self::bare(text),
        }
    }

    fn bracketed(display: &'a str, rest: &'a str) -> Result<Self, Fault> {
        let inner = rest.strip_prefix('<').ok_or(Fault::PeerAddress)?;
        let end = memchr(b'>', inner.as_bytes()).ok_or(Fault::PeerAddress)?;
        Self::joined(display, &inner[..end], grammar::trim_start(&inner[end + 1..]))
    }

    fn bare(text: &'a str) -> Result<Self, Fault> {
        let end = memchr(b';', text.as_bytes()).unwrap_or(text.len());
        let uri = grammar::trim_end(&text[..end]);
        // MUST stand in brackets when it holds a comma, question mark or semicolon.
        if memchr2(b'?', b',', uri.as_bytes()).is_some() {
            return Err(Fault::PeerAddress);
        }
        Self::joined("", uri, &text[end..])
    }

    fn joined(display: &'a str, uri: &'a str, params: &'a str) -> Result<Self, Fault> {
        let uri = Uri::parse(uri)?;
        let (params, tag) = Params::parse_for(params, "tag")?;
        Ok(Self { display, uri, params, tag })
    }

    /// The name to show, quotes and escapes taken away; `None` when there is none or an empty one.
    pub fn display(&self) -> Option<Cow<'a, str>> {
        let Some(inner) = self.display.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) else {
            return (!self.display.is_empty()).then_some(Cow::Borrowed(self.display));
        };
        if !inner.contains('\\') {
            return (!inner.is_empty()).then_some(Cow::Borrowed(inner));
        }
        let mut plain = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(char) = chars.next() {
            plain.extend(if char == '\\' { chars.next() } else { Some(char) });
        }
        Some(Cow::Owned(plain))
    }

    /// The tag of a From or To; an empty one is none.
    pub const fn tag(&self) -> Option<&'a str> {
        self.tag
    }
}

impl fmt::Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blank = if self.display.is_empty() { "" } else { " " };
        write!(f, "{}{blank}<{}>{}", self.display, self.uri, self.params.as_str())
    }
}

/// A display name as it has to be written: in quotes, with escapes where needed.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for piece in self.0.split_inclusive(['"', '\\']) {
            match piece.strip_suffix(['"', '\\']) {
                Some(plain) => write!(f, "{plain}\\{}", &piece[plain.len()..])?,
                None => f.write_str(piece)?,
            }
        }
        f.write_str("\"")
    }
}
