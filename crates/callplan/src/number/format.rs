//! How trunks write numbers, both ways.

use super::{Digits, Numbering, e164};
use crate::{E164, Format};

impl Format {
    /// Writes `number` for a trunk of a site in `home`.
    pub fn write(self, number: E164, home: &Numbering) -> Digits {
        let international = Digits::from(number);
        match self {
            Self::E164 => international,
            Self::National => home.write(number),
            Self::DoubleZero => Digits::join(&["00", &international[1..]]).expect("17 digits fit"),
        }
    }

    /// Every number that `text` may stand for when it comes from a trunk of a site in `home`, the
    /// likeliest first. Carriers leave out `+`, trunk prefixes and country codes at will, so whoever
    /// knows which number is meant tries them in order.
    pub fn readings(self, text: &Digits, home: &Numbering) -> impl Iterator<Item = E164> {
        let dialled = home.read(text);
        let without_plus = text.strip_prefix(home.code).and_then(|national| home.of_national(national));
        let foreign_without_plus = e164(&[text.as_str()]);
        let without_trunk_prefix = home.of_national(text);
        let readings = match self {
            Self::E164 => [without_plus, dialled, foreign_without_plus, without_trunk_prefix],
            Self::National => [dialled, without_plus, without_trunk_prefix, foreign_without_plus],
            Self::DoubleZero => {
                let stripped = text.strip_prefix("00").and_then(|digits| e164(&[digits]));
                [stripped.or(dialled), without_plus, without_trunk_prefix, foreign_without_plus]
            }
        };
        readings.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Country;

    #[test]
    fn a_number_reads_back_from_every_format() {
        for (home, number) in [("US", "+12025550100"), ("GB", "+442079460000"), ("GB", "+12025550100")] {
            let home = Numbering::of(Country::parse(home).unwrap()).unwrap();
            let number = E164::parse(number).unwrap();
            for format in [Format::E164, Format::National, Format::DoubleZero] {
                let written = format.write(number, home);
                assert_eq!(format.readings(&written, home).next(), Some(number), "{format:?} {written}");
            }
        }
    }

    /// Two digits of a national number may look like a foreign country's code.
    #[test]
    fn a_national_number_is_read_before_a_foreign_one() {
        let home = |iso| Numbering::of(Country::parse(iso).unwrap()).unwrap();
        let first = |format: Format, text, iso| {
            format.readings(&Digits::read(text).unwrap(), home(iso)).next().map(|number| number.to_string())
        };
        assert_eq!(first(Format::E164, "2025550142", "US").as_deref(), Some("+12025550142"));
        assert_eq!(first(Format::E164, "442079460000", "US").as_deref(), Some("+442079460000"));
        assert_eq!(first(Format::E164, "39061234567", "IT").as_deref(), Some("+39061234567"));
        assert_eq!(first(Format::National, "2079460000", "GB").as_deref(), Some("+442079460000"));
    }

    /// What carriers really send for one and the same number.
    #[test]
    fn sloppy_forms_are_among_the_readings() {
        let home = Numbering::of(Country::parse("GB").unwrap()).unwrap();
        let number = E164::parse("+442079460000").unwrap();
        for text in ["+442079460000", "442079460000", "00442079460000", "02079460000", "2079460000"] {
            let text = Digits::read(text).unwrap();
            for format in [Format::E164, Format::National, Format::DoubleZero] {
                assert!(format.readings(&text, home).any(|read| read == number), "{format:?} {text}");
            }
        }
    }
}
