//! What an outbound rule's `to` and `not` say about a number, and which of two says more.

use super::{Digits, Numbering};
use crate::{E164, NumberKind, Pattern};

impl Pattern {
    /// Whether `number` belongs to the set.
    pub fn holds(&self, number: E164) -> bool {
        match *self {
            Self::Any => true,
            Self::Country(country) => Numbering::of(country).is_some_and(|row| row.holds(number)),
            Self::Kind(kind) => kind_of(number) == Some(kind),
            Self::Prefix(prefix) => number.starts_with(prefix),
        }
    }

    /// How much it says: of two rules that hold, the one whose pattern says more wins. A longer prefix
    /// says more than a shorter one, any prefix more than a kind, a kind more than a country.
    pub fn weight(&self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Country(_) => 1,
            Self::Kind(_) => 2,
            Self::Prefix(prefix) => {
                let digits = prefix.checked_ilog10().map_or(0, |log| log + 1);
                2 + u8::try_from(digits).expect("an integer of 64 bits has at most 20 digits")
            }
        }
    }
}

/// What kind of number it is; `None` for lines, and for kinds that its country does not tell apart or has no row for.
pub fn kind_of(number: E164) -> Option<NumberKind> {
    let digits = Digits::from(number);
    match digits.get(1..4) {
        Some("870" | "881" | "882" | "883") => return Some(NumberKind::Satellite),
        Some("800") => return Some(NumberKind::TollFree),
        Some("979") => return Some(NumberKind::Premium),
        Some(_) | None => {}
    }
    let row = Numbering::of_number(number)?;
    let national = row.national_part(&digits)?;
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| national.starts_with(prefix));
    if begins(row.premium) {
        Some(NumberKind::Premium)
    } else if begins(row.toll_free) {
        Some(NumberKind::TollFree)
    } else if begins(row.mobile) {
        Some(NumberKind::Mobile)
    } else {
        None
    }
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
