//! `"Ana" <sip:ana@example.com>;tag=1`: From, To, Contact, Route and their like (RFC 3261 §20.10, §25.1).

use std::{borrow::Cow, fmt};

use memchr::memchr;

use super::Params;
use crate::{Fault, grammar, uri::Uri};

/// An address with the display name before it and the header's parameters behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// As written, quotes included; empty when there is none.
    display: &'a str,
    /// The address.
    pub uri: Uri<'a>,
    /// The parameters of the header; those of the URI are in the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one address. Without angle brackets all parameters are the header's (RFC 3261 §20).
    ///
    /// # Errors
    /// The peer's fault: an open quote or bracket, a display name that had to be quoted, a bad URI or parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let text = grammar::trim(text);
        if text.starts_with('"') {
            let end = grammar::quoted(text).ok_or(Fault::PeerAddress)?;
            return Self::bracketed(&text[..end], grammar::trim_start(&text[end..]));
        }
        match memchr(b'<', text.as_bytes()) {
            // A colon before the bracket is the one of a bare URI, the bracket then lies in a quoted parameter.
            Some(at) if !text[..at].contains([':', ';', ',', '"', '>']) => {
                Self::bracketed(grammar::trim(&text[..at]), &text[at..])
            }
            Some(_) | None => Self::bare(text),
        }
    }

    fn bracketed(display: &'a str, rest: &'a str) -> Result<Self, Fault> {
        let inner = rest.strip_prefix('<').ok_or(Fault::PeerAddress)?;
        let end = memchr(b'>', inner.as_bytes()).ok_or(Fault::PeerAddress)?;
        Ok(Self { display, uri: Uri::parse(&inner[..end])?, params: Params::parse(&inner[end + 1..])? })
    }

    fn bare(text: &'a str) -> Result<Self, Fault> {
        let end = memchr(b';', text.as_bytes()).unwrap_or(text.len());
        let uri = text[..end].trim_end_matches(grammar::BLANKS);
        // MUST stand in brackets when it holds a comma, question mark or semicolon.
        if uri.contains(['?', ',']) {
            return Err(Fault::PeerAddress);
        }
        Ok(Self { display: "", uri: Uri::parse(uri)?, params: Params::parse(&text[end..])? })
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
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag").filter(|tag| !tag.is_empty())
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
