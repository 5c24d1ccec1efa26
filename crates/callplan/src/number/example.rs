//! Numbers that somebody could have, for calls that nobody makes.

use super::{Numbering, countries::NUMBERINGS, e164, kind_of, numbering::Areas};
use crate::{Country, E164};

/// How national numbers begin that are looked at for one that is nothing but a line.
const BEGINNINGS: [&str; 9] = ["2", "3", "4", "6", "7", "5", "8", "9", "1"];

/// Digits of a national number, where a country leaves it open.
const USUAL: u8 = 8;

/// Lines of this country, or one of each country in turn.
pub(crate) fn numbers(country: Option<Country>) -> impl Iterator<Item = E164> {
    let rows = NUMBERINGS.iter().filter(move |row| country.is_none_or(|country| row.iso == country.as_str()));
    rows.flat_map(move |row| lines(row).take(if country.is_some() { usize::MAX } else { 1 }))
}

fn lines(row: &'static Numbering) -> impl Iterator<Item = E164> {
    let areas: Vec<String> = match row.areas {
        Areas::All => BEGINNINGS.map(str::to_owned).into(),
        Areas::Only(areas) => areas.iter().map(u16::to_string).collect(),
        Areas::Rest => vec!["202".to_owned()],
    };
    let (fewest, most) = row.national;
    let length = usize::from(fewest.max(USUAL).min(most));
    let numbers = areas.into_iter().flat_map(move |area| {
        // The last digits of numbers that are kept for fiction, behind as many fives as there is room for.
        (142..242_u32).filter_map(move |last| {
            let fives = length.checked_sub(area.len() + 4)?;
            e164(&[row.code, &area, &"5".repeat(fives), &format!("{last:04}")])
        })
    });
    numbers.filter(|number| row.holds(*number) && kind_of(*number).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever country a condition asks about, somebody calls from there on paper.
    #[test]
    fn every_country_has_a_line() {
        let without: Vec<_> = NUMBERINGS
            .iter()
            .filter(|row| {
                let country = Country::parse(row.iso);
                country.and_then(|country| numbers(Some(country)).next()).is_none()
            })
            .map(|row| row.iso)
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
