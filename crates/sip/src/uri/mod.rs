//! URIs: sip and sips (RFC 3261 §19.1), tel (RFC 3966), others kept as they are.
//!
//! A URI borrows the text it was read from; escapes stay until somebody asks for the plain user part.

mod compare;
mod host;
mod tel;

use std::{borrow::Cow, fmt};

use memchr::memchr;

pub use host::Host;
pub(crate) use host::port;

use crate::{
    Fault,
    grammar::{self, Class},
    header::Params,
};

/// What a URI starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Anything else; such a URI is legal but nothing this switch can call.
    Other,
}

/// A URI, split into its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: Scheme,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Option<Host<'a>>,
    port: Option<u16>,
    params: Params<'a>,
    headers: &'a str,
}

impl<'a> Uri<'a> {
    /// Reads a URI.
    ///
    /// # Errors
    /// The peer's fault: no scheme, a character that can't be, a bad host, port or parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let (scheme, rest) = scheme(text).ok_or(Fault::PeerUri)?;
        let bare = Self {
            text,
            scheme,
            user: None,
            password: None,
            host: None,
            port: None,
            params: Params::default(),
            headers: "",
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => bare.sip(rest),
            Scheme::Tel => bare.tel(rest),
            Scheme::Other if grammar::is_all(rest, Class::Uri) => Ok(bare),
            Scheme::Other => Err(Fault::PeerUri),
        }
    }

    /// `user:password@host:port;params?headers`
    fn sip(mut self, rest: &'a str) -> Result<Self, Fault> {
        let rest = self.cut_user(rest);
        let (host, rest) = Host::first(rest).ok_or(Fault::PeerUri)?;
        self.host = Some(host);
        let rest = match rest.strip_prefix(':') {
            Some(rest) => {
                let (port, rest) = port(rest).ok_or(Fault::PeerUri)?;
                self.port = Some(port);
                rest
            }
            None => rest,
        };
        if rest.is_empty() {
            return Ok(self);
        }
        // Unlike parameters of a header, these know neither blanks nor quotes.
        if !grammar::is_all(rest, Class::Uri) {
            return Err(Fault::PeerUri);
        }
        let end = memchr(b'?', rest.as_bytes()).unwrap_or(rest.len());
        self.params = Params::parse(&rest[..end])?;
        self.headers = rest.get(end + 1..).unwrap_or("");
        Ok(self)
    }

    /// Takes the user part and its `@` off, if there is one; what is malformed is left for the host to stumble on.
    fn cut_user(&mut self, rest: &'a str) -> &'a str {
        // The user part may hold `;`, `?` and `/` (RFC 4475 §3.1.1.9), so an `@` rules, not they.
        let (user, tail) = rest.split_at(grammar::span(rest.as_bytes(), Class::User));
        if let Some(host) = tail.strip_prefix('@').filter(|_| !user.is_empty()) {
            self.user = Some(user);
            return host;
        }
        // A colon is that of a password if an `@` follows, else that of a port.
        let Some(at) = memchr(b'@', tail.as_bytes()).filter(|_| !user.is_empty()) else { return rest };
        let password = tail[..at].strip_prefix(':').filter(|word| word.is_empty() || is_user(word));
        if password.is_none() {
            return rest;
        }
        (self.user, self.password) = (Some(user), password);
        &tail[at + 1..]
    }

    /// `number;params`
    fn tel(mut self, rest: &'a str) -> Result<Self, Fault> {
        let end = memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
        let number = &rest[..end];
        let is_number = number.bytes().any(|b| b.is_ascii_hexdigit() || b == b'*' || b == b'#')
            && number.bytes().all(|b| b.is_ascii_hexdigit() || b"+*#-.()".contains(&b));
        if !is_number {
            return Err(Fault::PeerUri);
        }
        self.user = Some(number);
        if end < rest.len() && !grammar::is_all(&rest[end..], Class::Uri) {
            return Err(Fault::PeerUri);
        }
        self.params = Params::parse(&rest[end..])?;
        Ok(self)
    }

    /// What it starts with.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user part of a sip URI or the number of a tel URI, escapes and separators kept.
    pub const fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// The user part with its escapes taken away; what then is no UTF-8 is replaced by U+FFFD.
    pub fn user_unescaped(&self) -> Option<Cow<'a, str>> {
        self.user.map(compare::unescape)
    }

    /// The password, which nobody should send.
    pub const fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host; there is one in every sip and sips URI.
    pub const fn host(&self) -> Option<Host<'a>> {
        self.host
    }

    /// The port, if written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters.
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The value of a parameter; empty for a bare name.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.value(name)
    }

    /// Headers for a request to this URI, as written behind `?`; empty when there are none.
    pub const fn headers(&self) -> &'a str {
        self.headers
    }

    /// Whether this is a loose route (RFC 3261 §16.12).
    pub fn is_loose(&self) -> bool {
        self.params.has("lr")
    }

    /// Whether both name the same resource (RFC 3261 §19.1.4; RFC 3966 §5 for tel).
    pub fn same_as(&self, other: &Uri<'_>) -> bool {
        compare::same(self, other)
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Cuts the scheme and its colon off.
fn scheme(text: &str) -> Option<(Scheme, &str)> {
    if let Some(rest) = text.strip_prefix("sip:") {
        return Some((Scheme::Sip, rest));
    }
    let (word, rest) = text.split_once(':')?;
    let known = [("sip", Scheme::Sip), ("sips", Scheme::Sips), ("tel", Scheme::Tel)];
    if let Some((_, scheme)) = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
        return Some((*scheme, rest));
    }
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_scheme = starts && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme.then_some((Scheme::Other, rest))
}

fn is_user(text: &str) -> bool {
    grammar::is_all(text, Class::User)
}

/// A user part as it has to be written: escaped but for what RFC 3261 §25.1 calls unreserved and user-unreserved.
#[derive(Clone, Copy, Debug)]
pub struct EscapedUser<'a>(pub &'a str);

impl fmt::Display for EscapedUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&b);
        for chunk in self.0.as_bytes().chunk_by(|&a, &b| is_plain(a) == is_plain(b)) {
            match std::str::from_utf8(chunk) {
                Ok(text) if is_plain(chunk[0]) => f.write_str(text)?,
                _ => chunk.iter().try_for_each(|byte| write!(f, "%{byte:02X}"))?,
            }
        }
        Ok(())
    }
}
