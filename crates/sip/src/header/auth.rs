//! Challenges and credentials of the Digest scheme (RFC 7616 §3.3 and §3.4, RFC 8760, RFC 3261 §22.4).
//!
//! Values are kept as written between their quotes, which is also how they go into the hash.

use crate::{
    Fault,
    digest::{Algorithm, Qop},
    grammar::{self, Class},
};

/// What a server asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// Whose accounts these are.
    pub realm: &'a str,
    /// What makes this challenge differ from all others.
    pub nonce: &'a str,
    /// To be sent back as it is.
    pub opaque: Option<&'a str>,
    /// The hash; `None` for one that this switch doesn't know.
    pub algorithm: Option<Algorithm>,
    /// Whether the algorithm is a `-sess` one.
    pub session: bool,
    /// The best kind of protection offered that this switch knows; `None` without `qop`, as in RFC 2069.
    pub qop: Option<Qop>,
    /// The credentials were right, but for a nonce that is too old.
    pub stale: bool,
}

impl<'a> Challenge<'a> {
    /// Reads a WWW-Authenticate or Proxy-Authenticate line.
    ///
    /// # Errors
    /// The peer's fault: another scheme, no realm or nonce, or a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let fields = Fields::parse(text)?;
        let (algorithm, session) = fields.algorithm();
        let offered = fields
            .get(Field::Qop)
            .map(|list| list.split(',').filter_map(|word| Qop::of(grammar::trim(word))));
        Ok(Self {
            realm: fields.need(Field::Realm)?,
            nonce: fields.need(Field::Nonce)?,
            opaque: fields.get(Field::Opaque),
            algorithm,
            session,
            // A list of words none of which is known is not the same as no list: there is no way to answer it.
            qop: offered.map(|words| words.min().ok_or(Fault::PeerValue)).transpose()?,
            stale: fields.get(Field::Stale).is_some_and(|word| word.eq_ignore_ascii_case("true")),
        })
    }

    /// The first challenge that can be answered: a server puts the one it likes best on top (RFC 8760 §2.4).
    pub fn choose(lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        lines.filter_map(|line| Self::parse(line).ok()).find(|challenge| challenge.algorithm.is_some())
    }
}

/// What a client proves itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The account.
    pub username: &'a str,
    /// Whose account.
    pub realm: &'a str,
    /// The nonce of the challenge.
    pub nonce: &'a str,
    /// The Request-URI as the client wrote it.
    pub uri: &'a str,
    /// The proof.
    pub response: &'a str,
    /// The hash; `None` for one that this switch doesn't know.
    pub algorithm: Option<Algorithm>,
    /// Whether the algorithm is a `-sess` one.
    pub session: bool,
    /// The client's own nonce.
    pub cnonce: Option<&'a str>,
    /// As sent in the challenge.
    pub opaque: Option<&'a str>,
    /// The kind of protection chosen; `None` in the form of RFC 2069.
    pub qop: Option<Qop>,
    /// How often the client has used this nonce: eight hexadecimal digits.
    pub nc: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Reads an Authorization or Proxy-Authorization line.
    ///
    /// # Errors
    /// The peer's fault: another scheme, something missing (with `qop`: `cnonce` and `nc` too), or a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let fields = Fields::parse(text)?;
        let (algorithm, session) = fields.algorithm();
        let qop = fields.get(Field::Qop).map(|word| Qop::of(word).ok_or(Fault::PeerValue)).transpose()?;
        let nc = fields.get(Field::Nc);
        let nc_is_fine = nc.is_none_or(|nc| nc.len() == 8 && nc.bytes().all(|b| b.is_ascii_hexdigit()));
        let cnonce = fields.get(Field::Cnonce);
        if !nc_is_fine || (qop.is_some() && (nc.is_none() || cnonce.is_none())) {
            return Err(Fault::PeerValue);
        }
        Ok(Self {
            username: fields.need(Field::Username)?,
            realm: fields.need(Field::Realm)?,
            nonce: fields.need(Field::Nonce)?,
            uri: fields.need(Field::Uri)?,
            response: fields.need(Field::Response)?,
            algorithm,
            session,
            cnonce,
            opaque: fields.get(Field::Opaque),
            qop,
            nc,
        })
    }

    /// Whether a line is of this scheme, readable or not: what another scheme says proves nothing here, and is no
    /// fault either (RFC 4475 §3.3.7).
    pub fn are_in(text: &str) -> bool {
        of_digest(text).is_some()
    }

    /// The count in `nc`; 0 in the form of RFC 2069.
    pub fn count(&self) -> u32 {
        self.nc.and_then(|nc| u32::from_str_radix(nc, 16).ok()).unwrap_or(0)
    }
}

/// The parameters that Digest gives a meaning.
#[derive(Clone, Copy)]
enum Field {
    Username,
    Realm,
    Nonce,
    Uri,
    Response,
    Algorithm,
    Cnonce,
    Opaque,
    Qop,
    Nc,
    Stale,
}

const FIELDS: [(&str, Field); 11] = [
    ("username", Field::Username),
    ("realm", Field::Realm),
    ("nonce", Field::Nonce),
    ("uri", Field::Uri),
    ("response", Field::Response),
    ("algorithm", Field::Algorithm),
    ("cnonce", Field::Cnonce),
    ("opaque", Field::Opaque),
    ("qop", Field::Qop),
    ("nc", Field::Nc),
    ("stale", Field::Stale),
];

/// At most so many parameters stand in one line.
const FIELDS_MAX: usize = 32;

/// The values of one line, by field.
struct Fields<'a>([Option<&'a str>; FIELDS.len()]);

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut rest = of_digest(text).ok_or(Fault::PeerValue)?;
        let mut fields = Self([None; FIELDS.len()]);
        for _ in 0..FIELDS_MAX {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return Ok(fields);
            }
            let (name, value, after) = first(rest).ok_or(Fault::PeerParameter)?;
            if let Some(&(_, field)) = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                // Two values for one field would let two readers see two different proofs.
                if fields.0[field as usize].replace(value).is_some() {
                    return Err(Fault::PeerParameter);
                }
            }
            rest = after;
        }
        Err(Fault::LimitParameters)
    }

    fn get(&self, field: Field) -> Option<&'a str> {
        self.0[field as usize]
    }

    fn need(&self, field: Field) -> Result<&'a str, Fault> {
        self.get(field).ok_or(Fault::PeerValue)
    }

    /// MD5 where nothing is said (RFC 7616 §3.3).
    fn algorithm(&self) -> (Option<Algorithm>, bool) {
        let word = self.get(Field::Algorithm).unwrap_or("MD5");
        let at = word.len().saturating_sub(5);
        match (word.get(..at), word.get(at..)) {
            (Some(hash), Some(tail)) if tail.eq_ignore_ascii_case("-sess") => (Algorithm::of(hash), true),
            _ => (Algorithm::of(word), false),
        }
    }
}

/// What stands behind the word Digest, if that is the scheme.
fn of_digest(text: &str) -> Option<&str> {
    let text = grammar::trim(text);
    let (scheme, rest) = grammar::word(text).unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("Digest").then_some(rest)
}

/// Cuts `name=value` off, the value without its quotes.
fn first(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_at(grammar::span(text.as_bytes(), Class::Token));
    let value = grammar::trim_start(grammar::trim_start(rest).strip_prefix('=')?);
    let (value, rest) = if value.starts_with('"') {
        let end = grammar::quoted(value)?;
        (&value[1..end - 1], &value[end..])
    } else {
        value.split_at(grammar::span(value.as_bytes(), Class::Unquoted))
    };
    let rest = grammar::trim_start(rest);
    let is_whole = rest.is_empty() || rest.starts_with(',');
    (!name.is_empty() && is_whole).then_some((name, value, rest))
}
