//! What an outbound rule's `to` and `not` say about a number, and which of two says more.

use std::collections::BTreeSet;

use super::{
    Areas, Digits, Numbering,
    countries::{NANP_PREMIUM, NANP_TOLL_FREE, NUMBERINGS},
};
use crate::{E164, NumberKind, Pattern};

impl Pattern {
    /// Whether `number` belongs to the set.
    pub fn holds(&self, number: E164) -> bool {
        match *self {
            Self::Any => true,
            Self::Country(country) => Numbering::of(country).is_some_and(|row| row.holds(number)),
            Self::Kind(kind) => kind_of(number) == Some(kind),
            Self::Prefix(prefix) => number.starts_with(prefix),
            Self::Shorts | Self::Short(_) => false,
        }
    }

    /// Whether a short number belongs to the set: only one that names such does not merely hold everything.
    pub fn holds_short(&self, number: &Digits) -> bool {
        match self {
            Self::Shorts => true,
            Self::Short(begin) => number.starts_with(&**begin),
            Self::Any | Self::Country(_) | Self::Kind(_) | Self::Prefix(_) => false,
        }
    }

    /// Whether it means the kind that `number` is of, and does not merely hold it: by the word, or by digits that
    /// tell the kind already.
    pub fn names(&self, number: E164) -> bool {
        match *self {
            Self::Any | Self::Country(_) | Self::Shorts | Self::Short(_) => false,
            Self::Kind(_) => self.holds(number),
            Self::Prefix(prefix) => {
                self.holds(number) && judged(number).is_some_and(|(_, told)| digits_of(prefix) >= told)
            }
        }
    }

    /// How much it says: of two rules that hold, the one whose pattern says more wins. A longer prefix
    /// says more than a shorter one, any prefix more than a kind, a kind more than a country.
    pub fn weight(&self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Country(_) => 1,
            Self::Kind(_) | Self::Shorts => 2,
            Self::Prefix(prefix) => {
                2 + u8::try_from(digits_of(*prefix)).expect("an integer of 64 bits has at most 20 digits")
            }
            Self::Short(begin) => 2 + u8::try_from(begin.len()).expect("a dial string is short"),
        }
    }
}

fn digits_of(prefix: u64) -> usize {
    prefix.checked_ilog10().map_or(0, |log| log as usize + 1)
}

/// What kind of number it is; `None` for lines, and for kinds that its country does not tell apart or has no row for.
pub fn kind_of(number: E164) -> Option<NumberKind> {
    judged(number).map(|(kind, _)| kind)
}

/// Everything that a number may begin with on which its country or its kind hangs.
pub(crate) fn prefixes() -> BTreeSet<String> {
    let of_no_country = ["870", "881", "882", "883", "800", "808", "979"].map(str::to_owned);
    let of_countries = NUMBERINGS.iter().flat_map(|row| {
        let areas = match row.areas {
            Areas::Only(areas) => areas.iter().map(u16::to_string).collect(),
            Areas::All | Areas::Rest => Vec::new(),
        };
        let kinds = [row.premium, row.shared, row.toll_free, row.mobile].into_iter().flatten();
        let behind = kinds.map(|it| (*it).to_owned()).chain(areas).chain([String::new()]);
        behind.map(|behind| format!("{}{behind}", row.code)).collect::<Vec<_>>()
    });
    let shared = NANP_PREMIUM.iter().chain(NANP_TOLL_FREE).map(|it| format!("1{it}"));
    of_countries.chain(of_no_country).chain(shared).collect()
}

/// What kind of number it is, and how many of its digits tell so.
fn judged(number: E164) -> Option<(NumberKind, usize)> {
    let digits = Digits::from(number);
    let of_no_country = match digits.get(1..4) {
        Some("870" | "881" | "882" | "883") => Some(NumberKind::Satellite),
        Some("800") => Some(NumberKind::TollFree),
        Some("808") => Some(NumberKind::SharedCost),
        Some("979") => Some(NumberKind::Premium),
        Some(_) | None => None,
    };
    if let Some(kind) = of_no_country {
        return Some((kind, 3));
    }
    let row = Numbering::of_number(number)?;
    let national = row.national_part(&digits)?;
    let kinds = [
        (NumberKind::Premium, row.premium),
        (NumberKind::SharedCost, row.shared),
        (NumberKind::TollFree, row.toll_free),
        (NumberKind::Mobile, row.mobile),
    ];
    kinds.into_iter().find_map(|(kind, prefixes)| {
        let prefix = prefixes.iter().find(|prefix| national.starts_with(**prefix))?;
        Some((kind, row.code.len() + prefix.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Country;

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    #[test]
    fn kinds_follow_the_numbering_plans() {
        let table = [
            ("+12025550100", None),
            ("+18005550100", Some(NumberKind::TollFree)),
            ("+19005550100", Some(NumberKind::Premium)),
            ("+448081570000", Some(NumberKind::TollFree)),
            ("+449098790000", Some(NumberKind::Premium)),
            ("+493012345", None),
            ("+4915112345678", Some(NumberKind::Mobile)),
            ("+447700900123", Some(NumberKind::Mobile)),
            ("+442079460000", None),
            ("+33612345678", Some(NumberKind::Mobile)),
            ("+33899700000", Some(NumberKind::Premium)),
            ("+80012345678", Some(NumberKind::TollFree)),
            ("+979123456789", Some(NumberKind::Premium)),
            ("+443001234567", None),
            ("+448451234567", Some(NumberKind::SharedCost)),
            ("+448701234567", Some(NumberKind::SharedCost)),
            ("+448711234567", Some(NumberKind::Premium)),
            ("+491805123456", Some(NumberKind::SharedCost)),
            ("+80812345678", Some(NumberKind::SharedCost)),
            ("+870773000000", Some(NumberKind::Satellite)),
            ("+8816123456", Some(NumberKind::Satellite)),
            ("+9603001234", None),
        ];
        for (text, kind) in table {
            assert_eq!(kind_of(number(text)), kind, "{text}");
        }
    }

    #[test]
    fn patterns_hold_what_they_name() {
        let uk = number("+442079460000");
        let country = |iso| Pattern::Country(Country::parse(iso).unwrap());
        assert!(Pattern::Any.holds(uk) && country("GB").holds(uk) && Pattern::Prefix(4420).holds(uk));
        assert!(!country("US").holds(uk) && !country("ZZ").holds(uk) && !Pattern::Prefix(1).holds(uk));
        assert!(!Pattern::Kind(NumberKind::Premium).holds(uk));
    }

    #[test]
    fn a_kind_is_named_by_its_word_or_by_digits_that_tell_it() {
        let premium = number("+19005550100");
        let country = Pattern::Country(Country::parse("US").unwrap());
        assert!(Pattern::Kind(NumberKind::Premium).names(premium));
        assert!(Pattern::Prefix(1900).names(premium) && Pattern::Prefix(190_055).names(premium));
        assert!(country.holds(premium) && Pattern::Prefix(190).holds(premium));
        assert!(
            !country.names(premium) && !Pattern::Any.names(premium) && !Pattern::Prefix(190).names(premium)
        );
    }

    #[test]
    fn a_narrower_pattern_weighs_more() {
        let by_weight = [
            Pattern::Any,
            Pattern::Country(Country::parse("US").unwrap()),
            Pattern::Kind(NumberKind::Premium),
            Pattern::Prefix(4),
            Pattern::Prefix(44),
            Pattern::Prefix(4420),
        ];
        assert!(by_weight.iter().is_sorted_by(|a, b| a.weight() < b.weight()));
    }
}
