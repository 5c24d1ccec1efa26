//! The CSV file of a rate deck. Its first line names the columns, in any order; `#` begins a line that says nothing.
//!
//! | column | says | if it is absent, or a cell empty |
//! |---|---|---|
//! | `prefix` | what the numbers begin with, `any` for all | has to be there |
//! | `per_minute` | what a minute costs | has to be there |
//! | `direction` | `outbound` or `inbound` | `outbound` |
//! | `number_type` | `local`, `any`, or a kind as in dial rules: `mobile`, `toll-free` and so on | `any` |
//! | `connect_fee` | what the answer costs | nothing |
//! | `first_increment` | seconds charged at least | 60 |
//! | `next_increment` | seconds in which it is charged from then on | as the first |
//! | `valid_from` | first day on which the row holds | from ever |
//! | `destination` | what people call it; for the reader | |

use std::{collections::HashMap, ops::RangeInclusive};

use csv::StringRecord;
use jiff::civil::Date;

use super::{
    dial,
    nearest::{nearest, one_of},
    place::{Findings, Place},
    spelling, week,
};
use crate::{
    finding::Code,
    model::NumberKind,
    money::{Amount, Deck, Kind, Rate, Row, Way},
};

/// Seconds of an increment.
const INCREMENT: RangeInclusive<u16> = 1..=3600;
/// What is charged for at least, and in what steps, unless a row says otherwise.
const MINUTE: u16 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Prefix,
    Direction,
    NumberType,
    PerMinute,
    ConnectFee,
    FirstIncrement,
    NextIncrement,
    ValidFrom,
    Destination,
}

const COLUMNS: [(&str, Column); 9] = [
    ("prefix", Column::Prefix),
    ("direction", Column::Direction),
    ("number_type", Column::NumberType),
    ("per_minute", Column::PerMinute),
    ("connect_fee", Column::ConnectFee),
    ("first_increment", Column::FirstIncrement),
    ("next_increment", Column::NextIncrement),
    ("valid_from", Column::ValidFrom),
    ("destination", Column::Destination),
];
const WAYS: [(&str, Way); 2] = [("outbound", Way::Out), ("inbound", Way::In)];

/// What no two rows have in common.
type Name = (Way, u64, Kind, Option<Date>);

/// A deck being read.
struct Reading<'r> {
    found: &'r mut Findings,
    /// Its number among the texts.
    text: usize,
    whole: &'r str,
    columns: Vec<Column>,
    rows: Vec<(Way, Row)>,
    named: HashMap<Name, Place>,
}

/// One line of it.
struct Line<'l> {
    cells: &'l StringRecord,
    /// Where it stands in the text.
    place: Place,
    raw: &'l str,
    number: u32,
}

/// Reads a deck, and reports what can't be read of it.
pub(super) fn read(text: usize, whole: &str, found: &mut Findings) -> Deck {
    let mut reading =
        Reading { found, text, whole, columns: Vec::new(), rows: Vec::new(), named: HashMap::new() };
    reading.lines();
    Deck::new(reading.rows)
}

impl Reading<'_> {
    fn lines(&mut self) {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).trim(csv::Trim::All).comment(Some(b'#'));
        let mut reader = builder.from_reader(self.whole.as_bytes());
        let mut cells = StringRecord::new();
        let (mut counted, mut number) = (0, 1);
        let before = self.found.count();
        let mut is_first = true;
        // The text is UTF-8 and rows may be of any length, so there is nothing that could not be read.
        while reader.read_record(&mut cells).unwrap_or(false) {
            let end = position(reader.position().byte());
            let begin = begin(self.whole, cells.position().map_or(0, |at| position(at.byte())));
            let raw = self.whole[begin..end].trim_end();
            number += self.whole[counted..begin].matches('\n').count();
            counted = begin;
            let place = Place::new(self.text, begin..begin + raw.len());
            let line = Line { cells: &cells, place, raw, number: u32::try_from(number).unwrap_or(u32::MAX) };
            if !std::mem::take(&mut is_first) {
                self.row(&line);
            } else if !self.header(&line) {
                return;
            }
        }
        if self.rows.is_empty() && self.found.count() == before {
            let place = Place::new(self.text, 0..0);
            let mend = "write a line for each price below the names of the columns: 4420,0.0085";
            self.found.report(Code::Empty, place, "this deck has no prices", mend);
        }
    }

    /// Reads what the columns are; false if rows can't be read by it.
    fn header(&mut self, line: &Line<'_>) -> bool {
        let before = self.found.count();
        for (at, cell) in line.cells.iter().enumerate() {
            let name = cell.to_lowercase().replace([' ', '-'], "_");
            let names = || COLUMNS.iter().map(|(name, _)| *name);
            let Some((_, column)) = COLUMNS.iter().find(|(known, _)| *known == name) else {
                let mend = nearest(&name, names()).map_or_else(
                    || format!("its columns are {}, with a comma between", one_of(names())),
                    |near| format!("write `{near}`"),
                );
                let message = format!("a rate deck has no column `{cell}`");
                self.found.report(Code::UnknownColumn, line.cell(at), message, mend);
                continue;
            };
            if let Some(first) = self.columns.iter().position(|known| known == column) {
                let message = format!("the column `{name}` is there twice");
                self.found.again(Code::UnknownColumn, line.cell(at), line.cell(first), message, "keep one");
            }
            self.columns.push(*column);
        }
        let is_known = self.found.count() == before;
        for (name, column) in [("prefix", Column::Prefix), ("per_minute", Column::PerMinute)] {
            if is_known && !self.columns.contains(&column) {
                let mend = "let the first line name the columns: prefix,per_minute";
                let message = format!("this deck has no column `{name}`");
                self.found.report(Code::MissingColumn, line.place, message, mend);
            }
        }
        self.found.count() == before
    }

    fn row(&mut self, line: &Line<'_>) {
        if line.cells.len() > self.columns.len() {
            let message =
                format!("this row has {} cells for {} columns", line.cells.len(), self.columns.len());
            let mend = "put a cell that holds a comma into quotes";
            return self.found.report(Code::BadRate, line.cell(self.columns.len()), message, mend);
        }
        let before = self.found.count();
        let prefix = self.needed(line, Column::Prefix, "prefix", prefix);
        let per_minute = self.needed(line, Column::PerMinute, "per_minute", amount);
        let way = self.cell(line, Column::Direction, |text| word(text, &WAYS)).unwrap_or(Way::Out);
        let kind = self.cell(line, Column::NumberType, kind).unwrap_or(Kind::Any);
        let connect_fee = self.cell(line, Column::ConnectFee, amount).unwrap_or_default();
        let first = self.cell(line, Column::FirstIncrement, increment).unwrap_or(MINUTE);
        let next = self.cell(line, Column::NextIncrement, increment).unwrap_or(first);
        let valid_from = self.cell(line, Column::ValidFrom, day);
        let (Some(prefix), Some(per_minute)) = (prefix, per_minute) else { return };
        if self.found.count() > before {
            return;
        }
        let rate = Rate { per_minute, connect_fee, first, next };
        let name = (way, prefix, kind, valid_from);
        match self.named.get(&name) {
            Some(first) => {
                let mend = "keep one, or write from when on the other holds: valid_from";
                let message = "another row is for the same calls from the same day";
                self.found.again(Code::DoubledRate, line.place, *first, message, mend);
            }
            None => {
                self.named.insert(name, line.place);
                self.rows.push((way, Row { prefix, kind, valid_from, rate, line: line.number }));
            }
        }
    }

    /// The cell of a column that has to be there.
    fn needed<T>(
        &mut self,
        line: &Line<'_>,
        column: Column,
        name: &str,
        read: impl Fn(&str) -> Result<T, Bad>,
    ) -> Option<T> {
        let is_there = self.text_of(line, column).is_some();
        if !is_there {
            let mend = "write it, or remove the row";
            self.found.report(Code::BadRate, line.place, format!("this row has no {name}"), mend);
        }
        self.cell(line, column, read)
    }

    fn cell<T>(
        &mut self,
        line: &Line<'_>,
        column: Column,
        read: impl Fn(&str) -> Result<T, Bad>,
    ) -> Option<T> {
        let (at, text) = self.text_of(line, column)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(Bad { is, mend }) => {
                self.found.report(Code::BadRate, line.cell(at), format!("\"{text}\" is {is}"), mend);
                None
            }
        }
    }

    fn text_of<'l>(&self, line: &Line<'l>, column: Column) -> Option<(usize, &'l str)> {
        let at = self.columns.iter().position(|known| *known == column)?;
        line.cells.get(at).filter(|text| !text.is_empty()).map(|text| (at, text))
    }
}

impl Line<'_> {
    /// Where a cell stands; the line's end if it has none.
    fn cell(&self, index: usize) -> Place {
        let mut quoted = false;
        let commas = self.raw.match_indices([',', '"']).filter(|(_, mark)| {
            quoted ^= *mark == "\"";
            *mark == "," && !quoted
        });
        let bounds: Vec<usize> = commas.map(|(at, _)| at).chain([self.raw.len()]).collect();
        let begin = index.checked_sub(1).and_then(|before| bounds.get(before)).map_or(0, |at| at + 1);
        let end = bounds.get(index).copied().unwrap_or(self.raw.len());
        let cell = self.raw.get(begin..end).unwrap_or_default();
        let from = begin.min(end) + (cell.len() - cell.trim_start().len());
        self.place.part(from..from + cell.trim().len())
    }
}

/// Why a cell can't be read, and how to mend it.
struct Bad {
    is: &'static str,
    mend: String,
}

impl Bad {
    fn new<T>(is: &'static str, mend: impl Into<String>) -> Result<T, Self> {
        Err(Self { is, mend: mend.into() })
    }
}

fn prefix(text: &str) -> Result<u64, Bad> {
    if text == "any" {
        return Ok(0);
    }
    dial::prefix(text.strip_prefix('+').unwrap_or(text)).map_or_else(
        || Bad::new("no prefix", "write the country code and what follows, 1 to 15 digits: 4420; or `any`"),
        Ok,
    )
}

fn amount(text: &str) -> Result<Amount, Bad> {
    let mend = "write digits and a point, without a currency: 0.0085";
    Amount::parse(text).map_or_else(|| Bad::new("no amount of money", mend), Ok)
}

fn increment(text: &str) -> Result<u16, Bad> {
    let seconds = text.parse().ok().filter(|seconds| INCREMENT.contains(seconds));
    let mend = "write whole seconds from 1 to 3600";
    seconds.map_or_else(|| Bad::new("no length of an increment", mend), Ok)
}

fn day(text: &str) -> Result<Date, Bad> {
    week::plain_date(text).map_or_else(|| Bad::new("no date", spelling::date(text)), Ok)
}

fn kind(text: &str) -> Result<Kind, Bad> {
    let plain = [("any", Kind::Any), ("local", Kind::Local)];
    let kinds = NumberKind::ALL.map(|kind| (kind.word(), Kind::Of(kind)));
    let kinds: Vec<_> = plain.into_iter().chain(kinds).collect();
    word(text, &kinds)
}

fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Bad> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let near = nearest(text, words.iter().map(|(word, _)| *word));
    let mend = near.map_or_else(
        || format!("write {}", one_of(words.iter().map(|(word, _)| *word))),
        |near| format!("write `{near}`"),
    );
    Bad::new("no word that this column knows", mend)
}

/// Where the record begins that was read from `at` on: behind empty lines and lines that say nothing.
fn begin(text: &str, at: usize) -> usize {
    let says_nothing = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let lines = text[at..].split_inclusive('\n');
    at + lines.take_while(says_nothing).map(str::len).sum::<usize>()
}

/// A text is no longer than memory.
fn position(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}
