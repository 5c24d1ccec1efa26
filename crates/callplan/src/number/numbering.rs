//! A numbering plan: how numbers are dialled within a country and what stands before them. The countries themselves
//! are data, in `countries`.

use super::{
    Digits,
    countries::{NANP_PREMIUM, NANP_TOLL_FREE, NUMBERINGS},
    e164,
};
use crate::{Country, E164};

/// How calls within and out of one country are dialled.
#[derive(Debug, PartialEq, Eq)]
pub struct Numbering {
    /// ISO 3166-1 two-letter name.
    pub iso: &'static str,
    /// Country code.
    pub code: &'static str,
    /// What stands before a national number.
    pub trunk: TrunkPrefix,
    /// How national numbers begin that are dialled without what stands before the others: 1800, 13.
    pub bare: &'static [&'static str],
    /// What stands before an international one instead of `+`; the first is the usual one.
    pub international: &'static [&'static str],
    /// Fewest and most digits of a national number, the trunk prefix not counted.
    pub national: (u8, u8),
    /// Emergency numbers, used unless the site names its own.
    pub emergency: &'static [&'static str],
    /// How national numbers begin that cost the caller nothing.
    pub toll_free: &'static [&'static str],
    /// How national numbers begin that cost more than a call.
    pub premium: &'static [&'static str],
    /// How national numbers begin whose cost both sides share, where the caller's is above a call's.
    pub shared: &'static [&'static str],
    /// How national numbers of mobile networks begin; none where nothing tells them from others.
    pub mobile: &'static [&'static str],
    /// The area codes that are this country's, where several share a country code.
    pub areas: Areas,
}

/// The trunk prefix of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkPrefix {
    /// There is none: a national number is dialled as it is.
    Absent,
    /// It has to be dialled before a national number.
    Needed(&'static str),
    /// It may be dialled or left out.
    Optional(&'static str),
}

/// Which area codes of a shared country code are a country's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Areas {
    /// The country code is not shared.
    All,
    /// These.
    Only(&'static [u16]),
    /// Those that no other country of the code lists.
    Rest,
}

impl Numbering {
    /// The numbering plan of a country, if it has a row.
    pub fn of(country: Country) -> Option<&'static Self> {
        NUMBERINGS.iter().find(|row| row.iso == country.as_str())
    }

    /// The numbering plan a number belongs to; `None` outside this table and for numbers of no country.
    pub fn of_number(number: E164) -> Option<&'static Self> {
        NUMBERINGS.iter().find(|row| row.holds(number))
    }

    /// Whether `number` lies in this country. A freephone or premium number of a shared country code
    /// lies in each country of the code.
    pub fn holds(&self, number: E164) -> bool {
        let number = Digits::from(number);
        let Some(national) = self.national_part(&number) else { return false };
        let is_one_of = |areas: &[u16]| area(national).is_some_and(|area| areas.contains(&area));
        match self.areas {
            Areas::All => true,
            Areas::Only(areas) => of_all_countries(national) || is_one_of(areas),
            Areas::Rest => !NUMBERINGS.iter().any(
                |other| matches!(other.areas, Areas::Only(areas) if other.code == self.code && is_one_of(areas)),
            ),
        }
    }

    /// The number that somebody in this country means by what was dialled, if it is a public one.
    pub fn read(&self, dialled: &Digits) -> Option<E164> {
        if let Some(digits) = dialled.strip_prefix('+') {
            return international(digits);
        }
        let abroad = self.international.iter().filter_map(|prefix| dialled.strip_prefix(prefix));
        if let Some(digits) = abroad.min_by_key(|digits| digits.len()) {
            return international(digits);
        }
        match self.trunk {
            TrunkPrefix::Absent => self.of_national(dialled),
            TrunkPrefix::Needed(_) if self.is_bare(dialled) => self.of_national(dialled),
            TrunkPrefix::Needed(prefix) => self.of_national(dialled.strip_prefix(prefix)?),
            TrunkPrefix::Optional(prefix) => {
                self.of_national(dialled.strip_prefix(prefix).unwrap_or(dialled))
            }
        }
    }

    /// The number that national digits without their trunk prefix stand for.
    pub fn of_national(&self, digits: &str) -> Option<E164> {
        let (fewest, most) = self.national;
        let fits = (fewest.into()..=most.into()).contains(&digits.len());
        if fits && self.well_formed(digits) { e164(&[self.code, digits]) } else { None }
    }

    /// How `number` is dialled within this country, a foreign one with the international prefix.
    pub fn write(&self, number: E164) -> Digits {
        let number = Digits::from(number);
        let parts = match (self.national_part(&number), self.trunk) {
            (Some(national), TrunkPrefix::Needed(prefix)) if !self.is_bare(national) => [prefix, national],
            (Some(national), TrunkPrefix::Needed(_) | TrunkPrefix::Absent | TrunkPrefix::Optional(_)) => {
                ["", national]
            }
            (None, _) => [self.international[0], &number[1..]],
        };
        Digits::join(&parts).expect("a prefix and 15 digits fit")
    }

    fn is_bare(&self, national: &str) -> bool {
        self.bare.iter().any(|begin| national.starts_with(begin))
    }

    /// The digits behind `+` and the country code.
    pub(super) fn national_part<'n>(&self, number: &'n Digits) -> Option<&'n str> {
        number[1..].strip_prefix(self.code)
    }

    /// North American numbers are `[2-9]xx [2-9]xx xxxx`; elsewhere length is all that is known.
    fn well_formed(&self, national: &str) -> bool {
        let digits = national.as_bytes();
        let plain = digits.iter().all(u8::is_ascii_digit);
        plain && (self.areas == Areas::All || (digits[0] >= b'2' && digits[3] >= b'2'))
    }
}

/// Checks digits behind a `+`, and mends `+44(0)20…`, where a trunk prefix slipped in.
fn international(digits: &str) -> Option<E164> {
    let Some(row) = NUMBERINGS.iter().find(|row| digits.starts_with(row.code)) else {
        return e164(&[digits]);
    };
    let national = digits.strip_prefix(row.code)?;
    match row.trunk {
        TrunkPrefix::Needed(prefix) => row.of_national(national.strip_prefix(prefix).unwrap_or(national)),
        TrunkPrefix::Absent | TrunkPrefix::Optional(_) => row.of_national(national),
    }
}

/// Whether a North American number belongs to every country of the plan.
fn of_all_countries(national: &str) -> bool {
    NANP_TOLL_FREE.iter().chain(NANP_PREMIUM).any(|prefix| national.starts_with(prefix))
}

/// The three digits of the area code.
fn area(national: &str) -> Option<u16> {
    national.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(iso: &str) -> &'static Numbering {
        Numbering::of(Country::parse(iso).unwrap()).unwrap()
    }

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    /// Each line: where it is dialled, what is dialled, what it means.
    #[test]
    fn dialled_numbers_read_as_their_country_does() {
        let table = [
            ("US", "+12025550100", Some("+12025550100")),
            ("US", "12025550100", Some("+12025550100")),
            ("US", "2025550100", Some("+12025550100")),
            ("US", "(202) 555-0100", Some("+12025550100")),
            ("US", "%2B12025550100", Some("+12025550100")),
            ("US", "011442079460000", Some("+442079460000")),
            ("US", "00442079460000", None),
            ("US", "5550100", None),
            ("US", "1120255501", None),
            ("US", "2021550100", None),
            ("US", "+19005550100", Some("+19005550100")),
            ("GB", "02079460000", Some("+442079460000")),
            ("GB", "+44(0)20 7946 0000", Some("+442079460000")),
            ("GB", "0044 20 7946 0000", Some("+442079460000")),
            ("GB", "2079460000", None),
            ("GB", "0012025550100", Some("+12025550100")),
            ("DE", "030 123456", Some("+4930123456")),
            ("DE", "0049030123456", Some("+4930123456")),
            ("FR", "01 99 00 12 34", Some("+33199001234")),
            ("FR", "199001234", None),
            ("IT", "06 1234567", Some("+39061234567")),
            ("IT", "+39061234567", Some("+39061234567")),
            ("NL", "0201234567", Some("+31201234567")),
            ("DK", "32123456", Some("+4532123456")),
            ("AU", "0011442079460000", Some("+442079460000")),
            ("AU", "0291234567", Some("+61291234567")),
            ("AU", "1800 123 456", Some("+611800123456")),
            ("AU", "1300123456", Some("+611300123456")),
            ("AU", "131234", Some("+61131234")),
            ("AU", "291234567", None),
            ("IE", "1800123456", Some("+3531800123456")),
            ("IN", "1800 123 4567", Some("+9118001234567")),
            ("FI", "990442079460000", Some("+442079460000")),
            ("JP", "010442079460000", Some("+442079460000")),
            ("DE", "00960 300 1234", Some("+9603001234")),
            ("DE", "+96012", None),
            ("DE", "112", None),
            ("DE", "*97", None),
            ("DE", "0*123456", None),
        ];
        for (home, dialled, expected) in table {
            let read = of(home).read(&Digits::read(dialled).unwrap());
            assert_eq!(read, expected.map(number), "{home} {dialled}");
        }
    }

    #[test]
    fn a_shared_country_code_is_split_by_area() {
        let table = [
            ("+12025550100", Some("US")),
            ("+14165550100", Some("CA")),
            ("+18765550100", Some("JM")),
            ("+18095550100", Some("DO")),
            ("+442079460000", Some("GB")),
            ("+9603001234", None),
            ("+870773000000", None),
        ];
        for (text, expected) in table {
            assert_eq!(Numbering::of_number(number(text)).map(|row| row.iso), expected, "{text}");
        }
        let freephone = number("+18005550100");
        assert!(of("US").holds(freephone) && of("CA").holds(freephone));
    }

    #[test]
    fn national_form_and_its_reading_are_inverse() {
        for (home, text) in [
            ("US", "+12025550100"),
            ("GB", "+442079460000"),
            ("IT", "+39061234567"),
            ("DE", "+12025550100"),
            ("AU", "+442079460000"),
            ("AU", "+611800123456"),
            ("AU", "+61131234"),
        ] {
            assert_eq!(of(home).read(&of(home).write(number(text))), Some(number(text)));
        }
    }

    #[test]
    fn rows_are_distinct_and_no_code_begins_another() {
        for (at, row) in NUMBERINGS.iter().enumerate() {
            assert!(row.national.0 >= 4 && row.national.0 <= row.national.1, "{}", row.iso);
            assert!(!row.international.is_empty() && !row.emergency.is_empty(), "{}", row.iso);
            for other in &NUMBERINGS[at + 1..] {
                assert_ne!(row.iso, other.iso);
                let same = row.code == other.code;
                assert!(!same || (row.areas != Areas::All && other.areas != Areas::All), "{}", row.iso);
                assert!(same || !row.code.starts_with(other.code) && !other.code.starts_with(row.code));
            }
        }
    }
}
