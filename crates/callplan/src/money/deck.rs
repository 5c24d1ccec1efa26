//! The rate deck: of all rows that are for a number, the longest prefix, and of its rows the newest in force.
//!
//! Prefixes lie in the order of the numbers that they begin, each with the next shorter one that holds it as well. A
//! number is found by one search and a climb of at most fifteen steps, whatever the deck's size.

use jiff::civil::Date;

use super::Rate;
use crate::{E164, NumberKind, number::kind_of};

/// Most digits of a number, to which prefixes are filled up to be compared (ITU-T E.164 §6).
const DIGITS: u32 = 15;

/// Which way a call goes, seen from the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// Out over a trunk: rated by the number that is called.
    Out,
    /// In over a trunk: rated by the number of ours that is called.
    In,
}

/// Which numbers of a prefix a row is for. One that names a kind says more than one that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All of them.
    Any,
    /// Those of no other kind: `local`.
    Local,
    /// Those of one kind, by the numbering plan's data.
    Of(NumberKind),
}

/// One row of a deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Digits that its numbers begin with; 0 for all numbers.
    pub prefix: u64,
    /// Which of these numbers.
    pub kind: Kind,
    /// The first day on which it holds; from ever if it says none.
    pub valid_from: Option<Date>,
    /// What they cost.
    pub rate: Rate,
    /// Where it stands in the file, counted from 1.
    pub line: u32,
}

/// The price of a number, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// The row that holds.
    pub row: Row,
    /// From when on another row of the same prefix holds, if one is to.
    pub until: Option<Date>,
}

/// Every price of a site.
#[derive(Clone, Debug, Default)]
pub struct Deck {
    out: Prefixes,
    r#in: Prefixes,
}

/// The rows of one way.
#[derive(Clone, Debug, Default)]
struct Prefixes {
    entries: Box<[Entry]>,
    /// In the order of the entries; within one, those that name a kind first, then the newest.
    rows: Box<[Row]>,
}

/// One prefix.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Its first number, filled up with zeros.
    low: u64,
    prefix: u64,
    /// Where the rows of the next shorter prefix stand that holds its numbers too.
    above: Option<u32>,
    /// Its rows.
    from: u32,
    to: u32,
}

impl Deck {
    /// A deck of these rows, no two of which are for the same calls.
    pub(crate) fn new(rows: impl IntoIterator<Item = (Way, Row)>) -> Self {
        let (out, r#in): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(way, _)| *way == Way::Out);
        Self { out: Prefixes::new(out), r#in: Prefixes::new(r#in) }
    }

    /// The price of a call that begins on this day of the site's calendar; `None` if the deck has none.
    pub fn price(&self, way: Way, number: E164, on: Date) -> Option<Price> {
        let prefixes = self.prefixes(way);
        let mut kind = None;
        let mut kind = || *kind.get_or_insert_with(|| kind_of(number));
        prefixes.up_from(number).find_map(|entry| prefixes.in_force(entry, &mut kind, on))
    }

    /// The same of a number whose kind its digits do not tell.
    pub fn price_of_kind(&self, way: Way, number: E164, kind: Option<NumberKind>, on: Date) -> Option<Price> {
        let prefixes = self.prefixes(way);
        prefixes.up_from(number).find_map(|entry| prefixes.in_force(entry, &mut || kind, on))
    }

    /// The rows that are for calls of one way, those of longer prefixes behind the shorter ones that hold them.
    pub fn rows(&self, way: Way) -> &[Row] {
        &self.prefixes(way).rows
    }

    /// Whether any number that begins with `prefix` has a price, today or later.
    pub fn prices_any(&self, way: Way, prefix: u64) -> bool {
        let entries = &self.prefixes(way).entries;
        let at = entries.partition_point(|entry| entry.low < filled(prefix));
        let is_within = entries.get(at).is_some_and(|entry| begins(entry.prefix, prefix));
        is_within || !self.rows_of(way, prefix).is_empty()
    }

    /// The rows of the longest prefix that holds all numbers that begin with `prefix`.
    pub fn rows_of(&self, way: Way, prefix: u64) -> &[Row] {
        let Prefixes { entries, rows } = self.prefixes(way);
        let before = entries.partition_point(|entry| entry.low <= filled(prefix));
        let longest = holding(&entries[..before], prefix).map(|at| &entries[at]);
        longest.map_or(&[], |entry| &rows[entry.from as usize..entry.to as usize])
    }

    const fn prefixes(&self, way: Way) -> &Prefixes {
        match way {
            Way::Out => &self.out,
            Way::In => &self.r#in,
        }
    }
}

impl Prefixes {
    fn new(rows: Vec<(Way, Row)>) -> Self {
        let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        rows.sort_by_key(|row| {
            let newest_first = std::cmp::Reverse(row.valid_from);
            (filled(row.prefix), length(row.prefix), row.kind == Kind::Any, newest_first)
        });
        let mut entries: Vec<Entry> = Vec::new();
        for (at, row) in (0_u32..).zip(&rows) {
            match entries.last_mut() {
                Some(entry) if entry.prefix == row.prefix => entry.to = at + 1,
                Some(_) | None => {
                    let above = holding(&entries, row.prefix).and_then(|at| u32::try_from(at).ok());
                    let low = filled(row.prefix);
                    entries.push(Entry { low, prefix: row.prefix, above, from: at, to: at + 1 });
                }
            }
        }
        Self { entries: entries.into(), rows: rows.into() }
    }

    /// The prefixes that a number begins with, the longest first.
    fn up_from(&self, number: E164) -> impl Iterator<Item = &Entry> {
        let asked = filled(number.digits());
        let nearest = self.entries.partition_point(|entry| entry.low <= asked).checked_sub(1);
        let up = |entry: &&Entry| entry.above.map(|at| &self.entries[at as usize]);
        std::iter::successors(nearest.map(|at| &self.entries[at]), up)
            .filter(move |entry| number.starts_with(entry.prefix))
    }

    /// The row of a prefix that holds on a day for numbers of a kind.
    fn in_force(
        &self,
        entry: &Entry,
        kind: &mut impl FnMut() -> Option<NumberKind>,
        on: Date,
    ) -> Option<Price> {
        let rows = &self.rows[entry.from as usize..entry.to as usize];
        let mut until = None;
        for row in rows {
            if !row.kind.holds(kind) {
                continue;
            }
            match row.valid_from.filter(|from| *from > on) {
                // The one before it, in the order of days, is the next to come.
                Some(later) => until = Some(later),
                None => return Some(Price { row: *row, until }),
            }
        }
        None
    }
}

impl Kind {
    /// Whether a number is of it; its own kind is only looked for where a row asks.
    fn holds(self, kind: &mut impl FnMut() -> Option<NumberKind>) -> bool {
        match self {
            Self::Any => true,
            Self::Local => kind().is_none(),
            Self::Of(asked) => kind() == Some(asked),
        }
    }
}

/// The longest prefix that holds all numbers of this one, if those given are all that begin no later.
fn holding(entries: &[Entry], prefix: u64) -> Option<usize> {
    let above = |at: &usize| entries[*at].above.map(|at| at as usize);
    std::iter::successors(entries.len().checked_sub(1), above).find(|at| begins(prefix, entries[*at].prefix))
}

/// Whether `longer` begins with the digits of `shorter`; everything begins with those of 0, which are none.
const fn begins(longer: u64, shorter: u64) -> bool {
    let (own, asked) = (length(longer), length(shorter));
    shorter == 0 || (asked <= own && longer / 10u64.pow(own - asked) == shorter)
}

/// Digits filled up with zeros.
const fn filled(digits: u64) -> u64 {
    digits * 10u64.pow(DIGITS - length(digits))
}

const fn length(digits: u64) -> u32 {
    match digits.checked_ilog10() {
        Some(log) => log + 1,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Amount;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn row(prefix: u64, line: u32) -> Row {
        let rate = Rate { per_minute: Amount::ZERO, connect_fee: Amount::ZERO, first: 60, next: 60 };
        Row { prefix, kind: Kind::Any, valid_from: None, rate, line }
    }

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    /// The line of the row that holds.
    fn line(deck: &Deck, text: &str) -> Option<u32> {
        deck.price(Way::Out, number(text), TODAY).map(|price| price.row.line)
    }

    fn deck(rows: impl IntoIterator<Item = Row>) -> Deck {
        Deck::new(rows.into_iter().map(|row| (Way::Out, row)))
    }

    #[test]
    fn the_longest_prefix_wins() {
        let deck = deck([row(44, 1), row(4420, 2), row(447, 3), row(1, 4), row(44207946, 5)]);
        let table = [
            ("+442079460000", Some(5)),
            ("+442079470000", Some(2)),
            ("+447700900123", Some(3)),
            ("+441632960000", Some(1)),
            ("+12025550100", Some(4)),
            ("+4930123456", None),
        ];
        for (text, expected) in table {
            assert_eq!(line(&deck, text), expected, "{text}");
        }
    }

    #[test]
    fn a_prefix_longer_than_the_number_is_not_its() {
        let deck = deck([row(1, 1), row(120_255_501_000, 2)]);
        assert_eq!(line(&deck, "+12025550100"), Some(1));
        assert_eq!(line(&deck, "+120255501000"), Some(2));
    }

    #[test]
    fn any_holds_what_no_prefix_does() {
        let deck = deck([row(0, 1), row(44, 2)]);
        assert_eq!([line(&deck, "+442079460000"), line(&deck, "+4930123456")], [Some(2), Some(1)]);
        assert_eq!(deck.price(Way::In, number("+442079460000"), TODAY), None);
    }

    #[test]
    fn the_newest_row_in_force_wins_and_says_until_when() {
        let from = |line, day| Row { valid_from: Some(day), ..row(44, line) };
        let [before, later] = [jiff::civil::date(2026, 6, 1), jiff::civil::date(2026, 12, 1)];
        let deck = deck([row(44, 1), from(3, later), from(2, before)]);
        let on = |day| deck.price(Way::Out, number("+442079460000"), day).unwrap();
        let told = |day| (on(day).row.line, on(day).until);
        assert_eq!(told(jiff::civil::date(2026, 5, 31)), (1, Some(before)));
        assert_eq!(told(before), (2, Some(later)));
        assert_eq!(told(TODAY), (2, Some(later)));
        assert_eq!(told(later), (3, None));
    }

    #[test]
    fn a_prefix_whose_rows_all_lie_ahead_leaves_it_to_the_shorter() {
        let later = Row { valid_from: Some(jiff::civil::date(2026, 11, 23)), ..row(4420, 2) };
        assert_eq!(line(&deck([row(44, 1), later]), "+442079460000"), Some(1));
    }

    #[test]
    fn a_row_of_a_kind_is_for_that_kind_and_says_more() {
        let of = |line, kind| Row { kind, ..row(44, line) };
        let rows = [row(44, 1), of(2, Kind::Of(NumberKind::Mobile)), of(3, Kind::Local)];
        let deck = deck(rows);
        let table = [("+447700900123", Some(2)), ("+442079460000", Some(3)), ("+448081570000", Some(1))];
        for (text, expected) in table {
            assert_eq!(line(&deck, text), expected, "{text}");
        }
    }

    #[test]
    fn whether_a_prefix_has_any_price_is_seen_from_both_sides() {
        let deck = deck([row(44, 1), row(1202, 2)]);
        let table =
            [(4420, true), (1, true), (1202, true), (12025, true), (1203, false), (49, false), (0, true)];
        for (prefix, expected) in table {
            assert_eq!(deck.prices_any(Way::Out, prefix), expected, "{prefix}");
        }
        assert!(!deck.prices_any(Way::In, 44));
        assert_eq!(deck.rows_of(Way::Out, 4420)[0].line, 1);
        assert!(deck.rows_of(Way::Out, 1).is_empty());
    }

    proptest! {
        /// The search finds what looking at every row does.
        #[test]
        fn the_search_equals_looking_at_every_row(
            prefixes in prop::collection::btree_set(1u64..3000, 1..60),
            asked in 1_000_000u64..400_000_000,
        ) {
            let deck = deck(prefixes.iter().zip(1..).map(|(prefix, line)| row(*prefix, line)));
            let asked = E164::from_digits(&asked.to_string()).unwrap();
            let longest = prefixes.iter().filter(|prefix| asked.starts_with(**prefix)).max();
            let found = deck.price(Way::Out, asked, TODAY).map(|price| price.row.prefix);
            prop_assert_eq!(found, longest.copied());
        }
    }
}
