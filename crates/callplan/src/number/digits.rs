//! The dial string: what a telephone can send, checked once.

use std::{
    fmt::{self, Write as _},
    ops::Deref,
    str::FromStr,
};

use crate::E164;

/// Longest dial string, in characters.
pub const DIGITS_MAX: usize = 32;

/// What was dialled: 1 to 32 of `0-9 * # A-D`, with `+` allowed in front, and once behind a code as in
/// `*72+12025550177`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits {
    text: [u8; DIGITS_MAX],
    len: u8,
}

/// Why a text cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// Nothing is left once separators are gone.
    #[error("it holds no digit")]
    Empty,
    /// More than [`DIGITS_MAX`] characters.
    #[error("it is longer than {DIGITS_MAX} characters")]
    TooLong,
    /// A character no telephone has.
    #[error("{0:?} is not part of a number")]
    Character(char),
    /// A `%` that no two hexadecimal digits of ASCII follow.
    #[error("it holds a broken % escape")]
    Escape,
}

impl DigitsError {
    /// The SIP status that tells a caller about it (RFC 3261 §21.4).
    pub const fn status(self) -> u16 {
        match self {
            Self::Empty => 484,
            Self::TooLong | Self::Character(_) => 404,
            Self::Escape => 400,
        }
    }
}

impl Digits {
    /// Reads a number the way people, phones and carriers write it: `tel:` in front, `%2B` for `+`,
    /// visual separators (RFC 3966 §5.1.1) between the digits.
    ///
    /// # Errors
    /// The writer's fault. Whatever is left over is refused, so that nothing of a text that is more than
    /// a number (`1002&9001`, `1002;x=y`) is ever dialled.
    pub fn read(text: &str) -> Result<Self, DigitsError> {
        let text = match text.split_at_checked(4) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
            Some(_) | None => text,
        };
        let mut digits = Self { text: [0; DIGITS_MAX], len: 0 };
        let mut rest = text.chars();
        while let Some(mut character) = rest.next() {
            if character == '%' {
                character = unescape(&mut rest).ok_or(DigitsError::Escape)?;
            }
            match character {
                '-' | '.' | '(' | ')' | ' ' => {}
                '0'..='9' | '*' | '#' | 'A'..='D' => digits.push(character as u8)?,
                'a'..='d' => digits.push(character.to_ascii_uppercase() as u8)?,
                '+' if digits.len == 0 || digits.is_code() => digits.push(b'+')?,
                other => return Err(DigitsError::Character(other)),
            }
        }
        if digits.trim_start_matches('+').is_empty() {
            return Err(DigitsError::Empty);
        }
        Ok(digits)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..usize::from(self.len)]).expect("only ASCII was pushed")
    }

    /// Pieces of dial strings written behind one another; `None` if that is empty or too long.
    pub(super) fn join(pieces: &[&str]) -> Option<Self> {
        let mut digits = Self { text: [0; DIGITS_MAX], len: 0 };
        for byte in pieces.iter().flat_map(|piece| piece.bytes()) {
            digits.push(byte).ok()?;
        }
        (digits.len > 0).then_some(digits)
    }

    /// Whether these are the keys of a code behind which a number may begin.
    fn is_code(&self) -> bool {
        self.starts_with(['*', '#']) && !self.contains('+')
    }

    fn push(&mut self, digit: u8) -> Result<(), DigitsError> {
        let place = self.text.get_mut(usize::from(self.len)).ok_or(DigitsError::TooLong)?;
        *place = digit;
        self.len += 1;
        Ok(())
    }
}

/// The ASCII character whose two hexadecimal digits come next.
fn unescape(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let high = rest.next()?.to_digit(16)?;
    let low = rest.next()?.to_digit(16)?;
    char::from_u32(high * 16 + low).filter(char::is_ascii)
}

impl From<E164> for Digits {
    /// `+` and the digits.
    fn from(number: E164) -> Self {
        let mut digits = Self { text: [0; DIGITS_MAX], len: 0 };
        write!(digits, "{number}").expect("a number has at most 15 digits");
        digits
    }
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().try_for_each(|byte| self.push(byte).map_err(|_| fmt::Error))
    }
}

impl Deref for Digits {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Digits {
    type Err = DigitsError;

    fn from_str(text: &str) -> Result<Self, DigitsError> {
        Self::read(text)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, DigitsError> {
        Digits::read(text).map(|digits| digits.to_string())
    }

    /// RELIABILITY A9: the permission check sees one spelling, whatever was sent.
    #[test]
    fn every_way_of_writing_reads_as_the_same_digits() {
        for text in ["+1-900-555-0100", "tel:+19005550100", "TEL:+1 (900) 555.0100", "%2B19005550100"] {
            assert_eq!(read(text), Ok("+19005550100".into()), "{text}");
        }
        assert_eq!(read("%2a97"), Ok("*97".into()));
        assert_eq!(read("12#a"), Ok("12#A".into()));
        for text in ["*72+12025550177", "*72%2B12025550177", "%2a72+1-202-555-0177"] {
            assert_eq!(read(text), Ok("*72+12025550177".into()), "{text}");
        }
    }

    /// RELIABILITY I1: whatever is more than a number is refused whole.
    #[test]
    fn injected_text_is_no_number() {
        assert_eq!(read("1002&9001"), Err(DigitsError::Character('&')));
        assert_eq!(read("1002;x=y"), Err(DigitsError::Character(';')));
        assert_eq!(read("1002%0d%0aX: 1"), Err(DigitsError::Character('\r')));
        assert_eq!(read("1002,1003"), Err(DigitsError::Character(',')));
        assert_eq!(read("١٠٠٢"), Err(DigitsError::Character('١')));
        assert_eq!(read("12+34"), Err(DigitsError::Character('+')));
        assert_eq!(read("*72+1+2"), Err(DigitsError::Character('+')));
        assert_eq!(read("12%zz"), Err(DigitsError::Escape));
        assert_eq!(read("12%e9"), Err(DigitsError::Escape));
        assert_eq!(read(&"1".repeat(300)), Err(DigitsError::TooLong));
        assert_eq!(read(&"1".repeat(32)), Ok("1".repeat(32)));
        for empty in ["+", "", "tel:", "()"] {
            assert_eq!(read(empty), Err(DigitsError::Empty), "{empty}");
        }
    }
}
