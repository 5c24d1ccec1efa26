//! Short numbers as data: those that mean something within one country alone and help nobody in an emergency.
//!
//! They are dialled and sent as they are: no country code stands before them, so no rule for countries or prefixes
//! holds one, and no rate deck has a price for it. `x` is any digit.
//!
//! From what the keepers of the numbering plans publish: NANPA's N11 codes and FCC 20-100 (988); Ofcom's National
//! Telephone Numbering Plan (type A access codes, 116 and 118); the Bundesnetzagentur's plans for 115, 116 and 118;
//! ARCEP's for France, and the national plans that the ITU lists (E.129) for the others; Decision 2007/116/EC for
//! 116 in the countries of the European Union.

use super::Digits;
use crate::Country;

/// Countries that share a plan, and what is dialled there.
type Row = (&'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    (&["US", "CA"], &["211", "311", "411", "511", "611", "711", "811", "988"]),
    (&["GB"], &["101", "105", "111", "116xxx", "118xxx", "123", "159"]),
    (&["DE"], &["115", "116xxx", "118xx", "1180xx"]),
    (&["AT"], &["116xxx", "118xxx", "142", "147", "1450"]),
    (&["BE"], &["103", "105", "106", "107", "116xxx"]),
    (&["CH"], &["116xxx", "143", "147", "1811"]),
    (&["CZ"], &["116xxx", "1180", "1181", "1188"]),
    (&["DK"], &["114", "116xxx", "118", "1813"]),
    (&["ES"], &["010", "012", "016", "024", "060", "116xxx", "118xx"]),
    (&["FI"], &["116xxx", "118xxx"]),
    (&["FR"], &["115", "119", "116xxx", "118xxx", "3xxx"]),
    (&["IE"], &["116xxx", "118xx"]),
    (&["IT"], &["114", "117", "1500", "1522", "1530"]),
    (&["NL"], &["113", "116xxx", "144", "18xx"]),
    (&["NO"], &["1881"]),
    (&["PL"], &["116xxx", "118xxx"]),
    (&["PT"], &["116xxx", "118xx"]),
    (&["SE"], &["11313", "11414", "116xxx", "1177", "118xxx"]),
    (&["AU"], &["1223", "1225"]),
    (&["IN"], &["1091", "1098", "139", "14416", "181"]),
    (&["JP"], &["104", "115", "117", "171", "177", "188", "189"]),
    (&["NZ"], &["018", "105", "1737"]),
    (&["ZA"], &["116"]),
];

/// Whether `dialled` is a short number of a country, its emergency numbers aside.
pub fn is_short(country: Country, dialled: &str) -> bool {
    of(country).any(|pattern| fits(pattern, dialled))
}

/// Whether an extension that is written so hides a short number that somebody may miss: one that the plan names, or
/// one of a range that is not wider than what it begins with.
pub(crate) fn is_hidden_by(country: Country, ext: &str) -> bool {
    let open = |pattern: &str| pattern.bytes().filter(|byte| *byte == b'x').count();
    of(country).any(|pattern| fits(pattern, ext) && open(pattern) * 2 <= pattern.len())
}

/// Every short number of a country, as its plan writes them.
pub(crate) fn listed(country: Country) -> Vec<&'static str> {
    of(country).collect()
}

fn of(country: Country) -> impl Iterator<Item = &'static str> {
    let rows = ROWS.iter().filter(move |(countries, _)| countries.contains(&country.as_str()));
    rows.flat_map(|(_, patterns)| patterns.iter().copied())
}

fn fits(pattern: &str, dialled: &str) -> bool {
    let same = |(wanted, digit): (u8, u8)| wanted == digit || wanted == b'x' && digit.is_ascii_digit();
    pattern.len() == dialled.len() && pattern.bytes().zip(dialled.bytes()).all(same)
}

/// These digits, as a dial rule names the short numbers of a country that begin so; `None` if none does.
pub(crate) fn beginning(country: Country, digits: &str) -> Option<Digits> {
    let begins = |pattern: &str| pattern.get(..digits.len()).is_some_and(|begin| fits(begin, digits));
    digits.parse().ok().filter(|_| digits.len() > 1 && of(country).any(begins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{NUMBERINGS, Numbering};

    fn country(iso: &str) -> Country {
        Country::parse(iso).unwrap()
    }

    /// Each line: where it is dialled, what is dialled, whether it is short, whether an extension hides it.
    #[test]
    fn short_numbers_are_their_country_s_own() {
        for (iso, dialled, short, hidden) in [
            ("US", "988", true, true),
            ("CA", "411", true, true),
            ("GB", "988", false, false),
            ("GB", "101", true, true),
            ("US", "101", false, false),
            ("GB", "118500", true, true),
            ("GB", "11850", false, false),
            ("DE", "115", true, true),
            ("DE", "116117", true, true),
            ("DE", "11833", true, true),
            ("DE", "1161170", false, false),
            ("FR", "3919", true, false),
            ("IE", "116000", true, true),
            ("US", "+988", false, false),
            ("DE", "11611a", false, false),
        ] {
            let is = (is_short(country(iso), dialled), is_hidden_by(country(iso), dialled));
            assert_eq!(is, (short, hidden), "{iso} {dialled}");
        }
    }

    #[test]
    fn rows_are_of_known_countries_and_no_short_number_is_one_for_help() {
        for (countries, patterns) in ROWS {
            for iso in *countries {
                let numbering = Numbering::of(country(iso)).unwrap();
                let help = numbering.emergency.iter().find(|help| patterns.iter().any(|it| fits(it, help)));
                assert_eq!(help, None, "{iso}");
                let read = |pattern: &&str| numbering.read(&pattern.replace('x', "5").parse().unwrap());
                assert!(patterns.iter().all(|it| read(it).is_none()), "{iso}: one reads as a public number");
            }
        }
        let isos = ROWS.iter().flat_map(|(countries, _)| countries.iter());
        assert!(isos.clone().all(|iso| NUMBERINGS.iter().any(|row| row.iso == *iso)));
        assert!(isos.clone().all(|iso| isos.clone().filter(|other| *other == iso).count() == 1));
    }
}
