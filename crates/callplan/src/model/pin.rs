//! What a person proves themselves with by keys, where no phone does it for them.

use std::{fmt, hint, ops::RangeInclusive};

/// Digits of a PIN.
pub const PIN_LEN: RangeInclusive<usize> = 4..=12;

/// A person's PIN: compared, and never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; *PIN_LEN.end()]);

impl Pin {
    /// 4 to 12 digits and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let is_pin = PIN_LEN.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        is_pin.then(|| Self::padded(text))
    }

    /// Whether somebody who pressed `keys` knows it. It takes as long for a near miss as for a far one, so that
    /// nobody finds it digit by digit.
    pub fn is(&self, keys: &str) -> bool {
        let differs = self.0.iter().zip(Self::padded(keys).0).fold(0, |all, (own, key)| all | (own ^ key));
        hint::black_box(differs) == 0 && keys.len() <= *PIN_LEN.end()
    }

    fn padded(text: &str) -> Self {
        let mut digits = [0; *PIN_LEN.end()];
        digits.iter_mut().zip(text.bytes()).for_each(|(to, digit)| *to = digit);
        Self(digits)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_itself_and_nothing_near_it() {
        for pin in ["0000", "4711", "123456789012"] {
            let read = Pin::read(pin).unwrap();
            assert!(read.is(pin), "{pin}");
            let others =
                [&pin[1..], &format!("{pin}0"), &format!("1{}", &pin[1..]), &pin.replace('0', "5"), "", "0"];
            for other in others.into_iter().filter(|other| *other != pin) {
                assert!(!read.is(other), "{other} is not {pin}");
            }
            assert_eq!(format!("{read:?}"), "Pin");
        }
        for bad in ["", "123", "1234567890123", "12a4", "12 34", "+1234", "١٢٣٤"] {
            assert_eq!(Pin::read(bad), None, "{bad}");
        }
    }
}
