//! Digits that a caller dials at a menu, one by one.

use std::fmt;

/// Digits of the longest extension.
const DIGITS_MAX: usize = 6;

/// What was dialled so far: as many digits as an extension has, or too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    digits: [u8; DIGITS_MAX],
    /// Digits beyond the longest are counted and not kept.
    len: u8,
}

impl Typed {
    /// With one digit more.
    pub(super) fn and(mut self, digit: char) -> Self {
        if let (Some(place), true) = (self.digits.get_mut(usize::from(self.len)), digit.is_ascii_digit()) {
            *place = digit as u8;
        }
        self.len = self.len.saturating_add(1);
        self
    }

    /// Whether nothing was dialled yet.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The digits, if there are no more than an extension may have.
    pub fn digits(&self) -> Option<&str> {
        (usize::from(self.len) <= DIGITS_MAX).then(|| self.kept())
    }

    /// The digits that are kept: of too many the first, as many as an extension may have.
    pub(crate) fn kept(&self) -> &str {
        let kept = usize::from(self.len).min(DIGITS_MAX);
        str::from_utf8(&self.digits[..kept]).expect("only digits are kept")
    }

    /// The key, if it is but one.
    pub(super) fn only(&self) -> Option<char> {
        (self.len == 1).then(|| char::from(self.digits[0]))
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        let more = if usize::from(self.len) > kept.len() { "..." } else { "" };
        write!(f, "{kept}{more}")
    }
}
