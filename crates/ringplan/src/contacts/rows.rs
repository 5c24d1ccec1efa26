//! A table of contacts, row by row: CSV with a header, never whole in memory. Every fault has its row and its
//! column; a row with one is no contact.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use callplan::{E164, Site, number::Digits, resolve::home};
use csv::StringRecord;
use store::Contact;

/// Rows of one table.
pub(crate) const ROWS_MAX: u64 = 1_000_000;

/// Numbers, or tags, of one contact.
const EACH_MAX: usize = 16;

/// The longest name or tag, in bytes.
const TEXT_MAX: usize = 200;

/// What a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Numbers,
    Name,
    Owner,
    Campaign,
    Tags,
    LastAgent,
    LastTexter,
    Group,
    Language,
}

const COLUMNS: [(&str, Column); 10] = [
    ("numbers", Column::Numbers),
    ("number", Column::Numbers),
    ("name", Column::Name),
    ("owner", Column::Owner),
    ("campaign", Column::Campaign),
    ("tags", Column::Tags),
    ("last_agent", Column::LastAgent),
    ("last_texter", Column::LastTexter),
    ("group", Column::Group),
    ("language", Column::Language),
];

/// The file can't be read as a table at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// The system says why.
    #[error("{0}")]
    LocalFile(#[from] io::Error),
    /// It is no table, or its header is none.
    #[error("{0}")]
    LocalTable(Fault),
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The row as a spreadsheet counts them: the header is 1.
    row: u64,
    /// The column from 1, and its name.
    column: Option<(usize, String)>,
    message: String,
    mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        if let Some((at, name)) = &self.column {
            write!(f, ", column {at} ({name})")?;
        }
        write!(f, ": {}\n  = mend: {}", self.message, self.mend)
    }
}

/// A table that is read from its beginning to its end.
pub(crate) struct Rows<'s> {
    site: &'s Site,
    reader: csv::Reader<io::Chain<File, &'static [u8]>>,
    columns: Vec<(Column, String)>,
    cells: StringRecord,
    /// Rows that were read, the header among them.
    read: u64,
    /// The row as a spreadsheet counts them: one that is blank is one, and one with line breaks in its cells is no more.
    row: u64,
    /// Line breaks in cells so far.
    breaks: u64,
    /// In which row each number was.
    numbers: HashMap<E164, u64>,
}

impl<'s> Rows<'s> {
    /// Opens a table and reads its header.
    ///
    /// # Errors
    /// It can't be read, has no header, or one with a column that nobody knows.
    pub(crate) fn open(site: &'s Site, path: &Path) -> Result<Self, Unreadable> {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true);
        // A row ends where its line does, so lines can be counted; cells are trimmed.
        builder.terminator(csv::Terminator::Any(b'\n'));
        let reader = builder.from_reader(File::open(path)?.chain(&b"\n"[..]));
        let mut rows = Self {
            site,
            reader,
            columns: Vec::new(),
            cells: StringRecord::new(),
            read: 0,
            row: 0,
            breaks: 0,
            numbers: HashMap::new(),
        };
        let header = match rows.record() {
            Some(Ok(())) => rows.header(),
            Some(Err(fault)) => Err(fault),
            None => Err(rows.fault(
                None,
                "the table is empty".to_owned(),
                "begin with a header: numbers,name,owner",
            )),
        };
        rows.columns = header.map_err(Unreadable::LocalTable)?;
        Ok(rows)
    }

    fn header(&self) -> Result<Vec<(Column, String)>, Fault> {
        let mut columns: Vec<(Column, String)> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let cell = cell.trim_start_matches('\u{feff}');
            let name = cell.to_lowercase().replace([' ', '-'], "_");
            let known = COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
            let place = Some((at + 1, cell.to_owned()));
            let Some(column) = known else {
                let mend = if cell.contains(';') {
                    "save the table with commas between its columns".to_owned()
                } else {
                    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
                    format!("columns are {}", names.join(", "))
                };
                return Err(self.fault(place, format!("there is no column `{cell}`"), &mend));
            };
            if columns.iter().any(|(other, _)| *other == column) {
                return Err(self.fault(place, format!("`{cell}` is there twice"), "leave one of them out"));
            }
            columns.push((column, cell.to_owned()));
        }
        if columns.iter().all(|(column, _)| *column != Column::Numbers) {
            let mend = "a column `numbers` says whom a row is about, with `;` between several";
            return Err(self.fault(None, "there is no column `numbers`".to_owned(), mend));
        }
        Ok(columns)
    }

    /// The next row: a contact, or everything that is wrong with it. `None` after the last.
    pub(crate) fn next(&mut self) -> Option<Result<Contact, Vec<Fault>>> {
        match self.record()? {
            Err(fault) => Some(Err(vec![fault])),
            Ok(()) if self.read > ROWS_MAX + 1 => {
                let mend = "take it apart into several";
                Some(Err(vec![self.fault(None, format!("a table has at most {ROWS_MAX} rows"), mend)]))
            }
            Ok(()) => Some(self.contact()),
        }
    }

    /// Rows that were read, the header aside.
    pub(crate) const fn count(&self) -> u64 {
        self.read.saturating_sub(1)
    }

    /// Reads the next row's cells.
    fn record(&mut self) -> Option<Result<(), Fault>> {
        if self.read > ROWS_MAX + 1 {
            return None;
        }
        loop {
            let is_row = self.reader.read_record(&mut self.cells);
            if let Ok(false) = is_row {
                return None;
            }
            let breaks = self.cells.iter().map(|cell| cell.matches('\n').count() as u64);
            self.breaks += breaks.sum::<u64>();
            // A quote that nobody closes takes the end of its line into the cell.
            self.row = self.reader.position().line().saturating_sub(1 + self.breaks).max(self.row + 1);
            self.cells.trim();
            if is_row.is_err() || self.cells.iter().any(|cell| !cell.is_empty()) {
                self.read += 1;
                return Some(is_row.map(|_| ()).map_err(|error| self.unread(&error)));
            }
        }
    }

    fn unread(&self, error: &csv::Error) -> Fault {
        let is_misread = matches!(error.kind(), csv::ErrorKind::Utf8 { .. });
        let (what, mend) = match is_misread {
            true => ("this is not UTF-8".to_owned(), "save the table as UTF-8"),
            false => (error.to_string(), "see that the file is a whole CSV table"),
        };
        self.fault(None, what, mend)
    }

    fn contact(&mut self) -> Result<Contact, Vec<Fault>> {
        let mut contact = Contact::default();
        let mut faults = Vec::new();
        let cells = self.cells.clone();
        for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let Some((column, name)) = self.columns.get(at).cloned() else {
                faults.push(self.fault(
                    None,
                    format!("there is no column for {cell:?}"),
                    "put a cell with a comma in it in quotes",
                ));
                break;
            };
            if let Err((message, mend)) = self.cell(column, cell, &mut contact) {
                faults.push(self.fault(Some((at + 1, name)), message, &mend));
            }
        }
        if contact.numbers.is_empty() && faults.is_empty() {
            faults.push(self.fault(
                None,
                "nobody has no number".to_owned(),
                "write one, or leave the row out",
            ));
        }
        if faults.is_empty() { Ok(contact) } else { Err(faults) }
    }

    fn cell(&mut self, column: Column, cell: &str, contact: &mut Contact) -> Result<(), (String, String)> {
        if cell.len() > TEXT_MAX * EACH_MAX || cell.chars().any(char::is_control) {
            return Err((
                "this is too long, or has a line break".to_owned(),
                "shorten it to a line".to_owned(),
            ));
        }
        let site = self.site;
        match column {
            Column::Numbers => contact.numbers = self.numbers(cell)?,
            Column::Name => contact.name = text(cell)?,
            Column::Owner => contact.owner = named("person", "people", cell, site.person(cell).is_some())?,
            Column::LastAgent => {
                contact.last_agent = named("person", "people", cell, site.person(cell).is_some())?;
            }
            Column::LastTexter => {
                contact.last_texter = named("person", "people", cell, site.person(cell).is_some())?;
            }
            Column::Campaign => {
                contact.campaign = named("campaign", "campaigns", cell, site.campaign(cell).is_some())?;
            }
            Column::Group => contact.group = named("group", "groups", cell, site.group(cell).is_some())?,
            Column::Language => {
                if site.language(cell).is_none() {
                    let known: Vec<_> = site.languages.iter().map(|language| &*language.name).collect();
                    return Err((
                        format!("nobody is spoken to in {cell:?}"),
                        format!("write one of {}, or leave it empty", known.join(", ")),
                    ));
                }
                contact.language = cell.into();
            }
            Column::Tags => contact.tags = parts(cell, "tags")?.map(text).collect::<Result<_, _>>()?,
        }
        Ok(())
    }

    /// Numbers as the site's country writes them, or with a plus.
    fn numbers(&mut self, cell: &str) -> Result<Box<[Arc<str>]>, (String, String)> {
        let mut numbers = Vec::new();
        for part in parts(cell, "numbers")? {
            let read = Digits::read(part).ok().and_then(|digits| home(self.site).read(&digits));
            let Some(number) = read else {
                let mend = "write it as in +12025550142, with `;` between several";
                return Err((format!("{part:?} is no telephone number"), mend.to_owned()));
            };
            if self.site.number(number).is_some() {
                return Err((format!("{number} is a number of ours"), "leave it out".to_owned()));
            }
            if numbers.iter().any(|other: &Arc<str>| **other == *number.to_string()) {
                continue;
            }
            let row = self.row;
            if *self.numbers.entry(number).or_insert(row) != row {
                let before = self.numbers[&number];
                return Err((
                    format!("{number} is in row {before} already"),
                    "keep one of the two".to_owned(),
                ));
            }
            numbers.push(number.to_string().into());
        }
        Ok(numbers.into())
    }

    fn fault(&self, column: Option<(usize, String)>, message: String, mend: &str) -> Fault {
        Fault { row: self.row.max(1), column, message, mend: mend.to_owned() }
    }
}

fn parts<'c>(cell: &'c str, what: &str) -> Result<impl Iterator<Item = &'c str> + use<'c>, (String, String)> {
    let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty());
    if parts.clone().count() > EACH_MAX {
        return Err((format!("these are more than {EACH_MAX} {what}"), "keep those that matter".to_owned()));
    }
    Ok(parts)
}

fn text(cell: &str) -> Result<Arc<str>, (String, String)> {
    if cell.len() > TEXT_MAX {
        return Err((format!("this is longer than {TEXT_MAX} bytes"), "shorten it".to_owned()));
    }
    Ok(cell.into())
}

fn named(what: &str, table: &str, cell: &str, is_known: bool) -> Result<Arc<str>, (String, String)> {
    if is_known {
        return Ok(cell.into());
    }
    Err((format!("there is no {what} {cell:?}"), format!("write a name of [{table}], or leave it empty")))
}
