//! The characters and separators of RFC 3261 §25.1, as every parser here needs them.

use memchr::{memchr, memchr3};

/// One bit a class of bytes.
#[derive(Clone, Copy)]
pub(crate) enum Class {
    /// `token`.
    Token = 1,
    /// A host name. `_` is none by RFC 1123, but in use.
    HostName = 2,
    /// A display name without quotes. Wider than RFC 3261 §25.1: all that can't be mistaken for an address.
    Display = 4,
    /// What may stand in a URI at all.
    Uri = 8,
    /// The user part of a URI. Wider than RFC 3261 §25.1 by what phones send unescaped, such as `#`.
    User = 16,
    /// The name of a parameter. Wider than RFC 3261 §25.1: all that can't end it.
    Parameter = 32,
    /// The value of a parameter: bare IPv6 addresses are in use, and `=`, which ends base64.
    Value = 64,
    /// A value in a list of Digest fields: nonces stand there without their quotes.
    Unquoted = 128,
}

/// By value, so that each user has it at hand without a detour over the linker's table.
const CLASSES: &[u8; 256] = &classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let mut class = 0;
        if !is_one_of(b, b":;,\"<>") {
            class |= Class::Display as u8;
        }
        if b.is_ascii_alphanumeric() || is_one_of(b, b"-.!%*_+`'~") {
            class |= Class::Token as u8;
        }
        if b.is_ascii_alphanumeric() || is_one_of(b, b"-._") {
            class |= Class::HostName as u8;
        }
        if b > b' ' && b != 0x7f && !is_one_of(b, b"\"<>") {
            class |= Class::Uri as u8;
            if !is_one_of(b, b",\\") {
                class |= Class::Unquoted as u8;
            }
            if !is_one_of(b, b"@:") {
                class |= Class::User as u8;
            }
            if !is_one_of(b, b";,?") {
                class |= Class::Value as u8;
                if b != b'=' {
                    class |= Class::Parameter as u8;
                }
            }
        }
        classes[byte] = class;
        byte += 1;
    }
    classes
}

const fn is_one_of(byte: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether this byte is of the class.
pub(crate) fn is(byte: u8, class: Class) -> bool {
    CLASSES[usize::from(byte)] & class as u8 != 0
}

/// How many bytes from the start are of the class.
pub(crate) fn span(text: &[u8], class: Class) -> usize {
    text.iter().position(|&b| !is(b, class)).unwrap_or(text.len())
}

/// Whether all of it is of the class, and there is some of it.
pub(crate) fn is_all(text: &str, class: Class) -> bool {
    !text.is_empty() && span(text.as_bytes(), class) == text.len()
}

/// A `token` (RFC 3261 §25.1).
pub(crate) fn is_token(text: &str) -> bool {
    is_all(text, Class::Token)
}

/// A blank within a line; folds are gone once a message is scanned.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without the blanks around it.
pub(crate) fn trim(text: &str) -> &str {
    trim_end(trim_start(text))
}

/// Without the blanks before it.
pub(crate) fn trim_start(text: &str) -> &str {
    let blanks = text.bytes().take_while(|&b| is_blank(b)).count();
    &text[blanks..]
}

/// Without the blanks behind it.
pub(crate) fn trim_end(text: &str) -> &str {
    let blanks = text.bytes().rev().take_while(|&b| is_blank(b)).count();
    &text[..text.len() - blanks]
}

/// The word before the first blank and what follows the blanks; `None` when there is no blank.
pub(crate) fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(is_blank)?;
    Some((&text[..end], trim_start(&text[end..])))
}

/// The length of the quoted string that `text` starts with, both quotes counted; `None` when it doesn't end.
pub(crate) fn quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The number that `text` starts with, saturated, and how many digits it has.
pub(crate) fn digits(text: &str) -> (u64, usize) {
    let mut number = 0_u64;
    for (index, byte) in text.bytes().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (number, index);
        }
        number = number.saturating_mul(10).saturating_add(digit.into());
    }
    (number, text.len())
}

/// Digits and nothing else; `None` above `u32::MAX` too.
pub(crate) fn number(text: &str) -> Option<u32> {
    let (number, length) = digits(text);
    if length > 0 && length == text.len() { u32::try_from(number).ok() } else { None }
}

/// Digits and nothing else; what is above `u32::MAX` is read as that.
pub(crate) fn clamped(text: &str) -> Option<u32> {
    let (number, length) = digits(text);
    (length > 0 && length == text.len()).then(|| u32::try_from(number).unwrap_or(u32::MAX))
}

/// The values of a comma list, blanks trimmed and empty ones left out; commas in quotes and angle brackets
/// separate nothing (RFC 3261 §7.3.1).
#[derive(Clone, Debug)]
pub struct Values<'a> {
    rest: &'a str,
}

impl<'a> Values<'a> {
    /// The values of one header line.
    pub const fn new(list: &'a str) -> Self {
        Self { rest: list }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let end = value_end(self.rest);
            let value = trim(&self.rest[..end]);
            self.rest = self.rest.get(end + 1..).unwrap_or("");
            if !value.is_empty() {
                return Some(value);
            }
        }
        None
    }
}

/// Where the first value of a list ends. A quote or bracket that never closes runs to the end of the line.
fn value_end(list: &str) -> usize {
    let mut at = 0;
    while let Some(found) = memchr3(b',', b'"', b'<', &list.as_bytes()[at..]) {
        at += found;
        at += match list.as_bytes()[at] {
            b',' => return at,
            b'"' => quoted(&list[at..]),
            _ => memchr(b'>', &list.as_bytes()[at..]).map(|end| end + 1),
        }
        .unwrap_or(list.len() - at);
    }
    list.len()
}
