//! When two URIs name the same resource (RFC 3261 §19.1.4, RFC 3966 §5).

use std::{borrow::Cow, iter};

use super::{Scheme, Uri};
use crate::header::PARAMETERS_MAX;

/// Parameters that never match a URI without them; the others count only where both have them.
const TELLING: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

pub(super) fn same(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    if a.scheme != b.scheme {
        return false;
    }
    match a.scheme {
        Scheme::Sip | Scheme::Sips => same_sip(a, b),
        Scheme::Tel => same_tel(a, b),
        Scheme::Other => a.text == b.text,
    }
}

fn same_sip(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    same_part(a.user, b.user)
        && same_part(a.password, b.password)
        && a.host == b.host
        && a.port == b.port
        && params_agree(a, b)
        && TELLING.iter().all(|name| a.params.has(name) == b.params.has(name))
        && same_headers(a.headers, b.headers)
}

/// Whether the parameters that both have are the same; of two with one name the first counts.
fn params_agree(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    a.params.iter().all(|param| match (a.params.get(param.name), b.params.get(param.name)) {
        (Some(one), Some(other)) => folded(one.value()).eq(folded(other.value())),
        (Some(_) | None, None) | (None, Some(_)) => true,
    })
}

/// Every header of one stands in the other; their order says nothing. Pairing is quadratic, so it has a bound.
fn same_headers(a: &str, b: &str) -> bool {
    let within = |a: &str, b: &str| a.split('&').all(|x| b.split('&').any(|y| same_header(x, y)));
    let count = a.split('&').count();
    a == b || (count <= PARAMETERS_MAX && count == b.split('&').count() && within(a, b) && within(b, a))
}

fn same_header(a: &str, b: &str) -> bool {
    let (name_a, value_a) = a.split_once('=').unwrap_or((a, ""));
    let (name_b, value_b) = b.split_once('=').unwrap_or((b, ""));
    folded(name_a).eq(folded(name_b)) && letters(value_a).eq(letters(value_b))
}

/// Numbers without their visual separators; parameters must be the same on both sides (RFC 3966 §5).
fn same_tel(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    fn digits<'a>(uri: &Uri<'a>) -> impl Iterator<Item = u8> + use<'a> {
        let number = uri.user.unwrap_or("");
        number.bytes().filter(|b| !b"-.()".contains(b)).map(|b| b.to_ascii_lowercase())
    }
    digits(a).eq(digits(b))
        && params_agree(a, b)
        && a.params.iter().all(|param| b.params.has(param.name))
        && b.params.iter().all(|param| a.params.has(param.name))
}

fn same_part(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => letters(a).eq(letters(b)),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A letter, plain or escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    /// Stands for itself.
    Plain(u8),
    /// A reserved character in its escaped form, which is not the same as the plain one.
    Escaped(u8),
}

/// The letters of a part; an escape is the same as the character, unless that is reserved.
fn letters(text: &str) -> impl Iterator<Item = Letter> {
    pairs(text).map(|(byte, escaped)| {
        if escaped && b";/?:@&=+$,".contains(&byte) { Letter::Escaped(byte) } else { Letter::Plain(byte) }
    })
}

/// The same where case says nothing: parameters and header names.
fn folded(text: &str) -> impl Iterator<Item = Letter> {
    letters(text).map(|letter| match letter {
        Letter::Plain(byte) => Letter::Plain(byte.to_ascii_lowercase()),
        Letter::Escaped(byte) => Letter::Escaped(byte),
    })
}

/// The bytes with `%HH` read; a `%` without two digits stands for itself.
fn pairs(text: &str) -> impl Iterator<Item = (u8, bool)> {
    let mut rest = text.as_bytes();
    iter::from_fn(move || {
        let (pair, after) = match rest {
            [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                ((nibble(*high) << 4 | nibble(*low), true), after)
            }
            [byte, after @ ..] => ((*byte, false), after),
            [] => return None,
        };
        rest = after;
        Some(pair)
    })
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes: Vec<u8> = pairs(text).map(|(byte, _)| byte).collect();
    Cow::Owned(
        String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
    )
}
