//! An amount of money, never less than nothing.

use std::fmt;

/// Billionths in one unit.
const UNIT: u64 = 1_000_000_000;
/// Digits behind the point that are read and kept.
const PLACES: usize = 9;
/// Digits behind the point that are always shown.
const SHOWN: usize = 2;

/// An amount of the site's currency, in billionths of its unit: rates go down to a few millionths a minute, and a
/// sixtieth of one has to add up. At most [`Amount::MAX`]; sums stay there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Nine thousand million units, as many as a signed integer of a database holds.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// So many billionths; what is beyond [`Amount::MAX`] is not there.
    pub const fn from_billionths(billionths: u64) -> Self {
        if billionths > Self::MAX.0 { Self::MAX } else { Self(billionths) }
    }

    /// The billionths it has.
    pub const fn billionths(self) -> u64 {
        self.0
    }

    /// Reads digits with or without a point, up to nine on each side of it: `25`, `0.0085`.
    pub fn parse(text: &str) -> Option<Self> {
        let (units, parts) = text.split_once('.').unwrap_or((text, "0"));
        let fits = |digits: &str| {
            (1..=PLACES).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !fits(units) || !fits(parts) {
            return None;
        }
        let scale = 10u64.pow(u32::try_from(PLACES - parts.len()).ok()?);
        let (units, parts): (u64, u64) = (units.parse().ok()?, parts.parse().ok()?);
        Some(Self(units * UNIT + parts * scale))
    }

    /// Both together; [`Amount::MAX`] if that is more.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::from_billionths(self.0.saturating_add(other.0))
    }

    /// What is left of it; `None` if there is not so much.
    pub const fn less(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(left) => Some(Self(left)),
            None => None,
        }
    }

    /// So many times as much; [`Amount::MAX`] if that is more.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self::from_billionths(self.0.saturating_mul(count))
    }

    /// What so many seconds cost of which a minute costs this much, rounded up to a billionth.
    #[must_use]
    pub fn of_seconds(self, seconds: u64) -> Self {
        let billionths = (u128::from(self.0) * u128::from(seconds)).div_ceil(60);
        Self::from_billionths(u64::try_from(billionths).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Amount {
    /// With two digits behind the point, or as many more as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = format!("{:09}", self.0 % UNIT);
        let kept = parts.trim_end_matches('0').len().max(SHOWN);
        write!(f, "{}.{}", self.0 / UNIT, &parts[..kept])
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn what_is_read_is_shown_with_two_places_or_more() {
        let table = [
            ("25", "25.00"),
            ("25.00", "25.00"),
            ("0.0085", "0.0085"),
            ("0.1", "0.10"),
            ("0", "0.00"),
            ("007.5", "7.50"),
            ("0.000000001", "0.000000001"),
            ("999999999.999999999", "999999999.999999999"),
        ];
        for (text, shown) in table {
            assert_eq!(amount(text).to_string(), shown);
        }
    }

    #[test]
    fn nothing_but_digits_and_one_point_is_an_amount() {
        let bad =
            ["", ".", "1.", ".5", "-1", "+1", "1,5", "1.2.3", "1e3", " 1", "1 ", "$1", "٣", "1234567890"];
        for bad in bad.into_iter().chain(["0.0000000001", "nan"]) {
            assert_eq!(Amount::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn sixty_seconds_cost_a_minute_and_a_part_of_one_is_rounded_up() {
        assert_eq!(amount("0.0085").of_seconds(60), amount("0.0085"));
        assert_eq!(amount("0.0085").of_seconds(6), amount("0.00085"));
        assert_eq!(amount("0.0001").of_seconds(1), amount("0.000001667"));
        assert_eq!(amount("0.01").of_seconds(0), Amount::ZERO);
    }

    #[test]
    fn no_sum_runs_over_and_no_difference_under() {
        assert_eq!(Amount::MAX.plus(amount("1")), Amount::MAX);
        assert_eq!(Amount::MAX.times(2), Amount::MAX);
        assert_eq!(Amount::MAX.of_seconds(u64::MAX), Amount::MAX);
        assert_eq!(amount("1").less(amount("1.000000001")), None);
        assert_eq!(amount("1").less(amount("0.25")), Some(amount("0.75")));
    }

    proptest! {
        /// Reading what is shown gives the same amount.
        #[test]
        fn shown_and_read_are_inverse(billionths in 0..=999_999_999_999_999_999u64) {
            let amount = Amount::from_billionths(billionths);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
        }
    }
}
