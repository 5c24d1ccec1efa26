//! Numbers of the world's telephones, and countries by their ISO letters (ITU-T E.164, ISO 3166-1).

use std::{fmt, str::FromStr};

/// A telephone number in E.164: a country code and up to 15 digits in all, held as one integer.
///
/// No country code begins with 0, so the integer loses nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(u64);

impl E164 {
    /// Stands for a number that could not be read, in a config that is refused for it.
    pub(crate) const NOBODY: Self = Self(1);

    /// The shortest number worth dialling abroad: a one-digit country code never has a shorter one.
    const DIGITS_MIN: usize = 7;
    /// ITU-T E.164 §6.
    const DIGITS_MAX: usize = 15;

    /// Reads `+` and 7 to 15 digits of which the first is not 0; nothing else, no separators.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_digits(text.strip_prefix('+')?)
    }

    /// Reads the digits without their `+`.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let length_is_right = (Self::DIGITS_MIN..=Self::DIGITS_MAX).contains(&digits.len());
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if length_is_right && plain { digits.parse().ok().map(Self) } else { None }
    }

    /// The number without `+`, as an integer of 7 to 15 digits.
    pub const fn digits(self) -> u64 {
        self.0
    }

    /// How many digits follow the `+`.
    pub const fn length(self) -> u32 {
        self.0.ilog10() + 1
    }

    /// Whether the digits begin with those of `prefix`, an integer that does not begin with 0.
    pub const fn starts_with(self, prefix: u64) -> bool {
        if prefix == 0 {
            return true;
        }
        let (own, asked) = (self.length(), prefix.ilog10() + 1);
        asked <= own && self.0 / 10u64.pow(own - asked) == prefix
    }
}

impl FromStr for E164 {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

/// A country by its two ISO 3166-1 letters; what its numbers look like is data of `number`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The United States.
    pub const US: Self = Self(*b"US");

    /// Reads two capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plus_and_seven_to_fifteen_digits_are_a_number() {
        for good in ["+12025550100", "+4930123", "+123456789012345"] {
            assert_eq!(E164::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "+",
            "12025550100",
            "+012025550100",
            "+123456",
            "+1234567890123456",
            "+1 202 555",
            "+1٢٠٢٥٥٥٠١٠٠",
        ] {
            assert_eq!(E164::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prefix_is_compared_digit_by_digit() {
        let number = E164::parse("+442071234567").unwrap();
        for yes in [0, 4, 44, 442, 442071234567] {
            assert!(number.starts_with(yes), "{yes}");
        }
        for no in [1, 43, 4421, 4420712345678] {
            assert!(!number.starts_with(no), "{no}");
        }
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        assert_eq!(Country::parse("US").unwrap().as_str(), "US");
        for bad in ["us", "USA", "U", "Ü", "1A"] {
            assert_eq!(Country::parse(bad), None, "{bad}");
        }
    }
}
