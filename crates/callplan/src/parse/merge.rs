//! Several texts into one config, merged by table.
//!
//! A table may be spread over texts, a thing may not: what `rosa` is stands in one place.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    nearest::{nearest, one_of},
    place::{Findings, Place},
    syntax,
    table::{Entry, Table, Value, entries},
};
use crate::{finding::Code, source::Source};

/// Every table a config may have.
pub(crate) const TABLES: [&str; 37] = [
    "site",
    "listen",
    "tls",
    "lists",
    "emergency",
    "trunks",
    "agents",
    "people",
    "people_defaults",
    "phones",
    "groups",
    "queues",
    "hours",
    "rota",
    "prompts",
    "hooks",
    "music",
    "mailboxes",
    "menus",
    "plans",
    "campaigns",
    "inbound",
    "inboxes",
    "numbers",
    "text_back",
    "dial",
    "codes",
    "park",
    "limits",
    "money",
    "stir",
    "store",
    "api",
    "wallet",
    "probe",
    "tests",
    "always",
];

/// Those that are lists, `[[tests]]`: each text adds to them.
pub(crate) const LISTS: [&str; 2] = ["tests", "always"];

/// More places of one text that are no TOML nobody reads, and each is looked for from its beginning.
const FAULTS_MAX: usize = 50;

/// How to mend text in another encoding.
pub(super) const SAVE_AS_UTF8: &str =
    "save it as UTF-8: every editor offers that beside the name of the file";

/// One text and the tree it was read to, from which everything else borrows.
pub(crate) struct Tree<'t> {
    text: usize,
    root: Spanned<DeTable<'t>>,
}

/// The tables of all texts together.
pub(crate) struct Sections<'a>(BTreeMap<&'static str, Section<'a>>);

struct Section<'a> {
    place: Place,
    entries: Vec<Entry<'a>>,
    first: BTreeMap<&'a str, Place>,
}

/// Reads the texts as TOML, reporting what is not.
///
/// `rests` are the texts without the lines that are none, for those that have such lines.
pub(crate) fn trees<'t>(
    sources: &'t [Source],
    rests: &'t [Option<String>],
    found: &mut Findings,
) -> Vec<Tree<'t>> {
    sources.iter().zip(rests).map(|(source, rest)| tree(source, rest.as_deref(), found)).collect()
}

/// The text with spaces in place of the lines that are no TOML, if it is TOML then: where the parser stumbles it may
/// lose the tables that follow, whose own faults would be told only later. Every place stays what it was.
pub(crate) fn rest(source: &Source) -> Option<String> {
    let text = &*source.text;
    let stumbles = |text: &str| -> Vec<_> {
        let errors = DeTable::parse_recoverable(text).1;
        errors.into_iter().filter(|error| !is_duplicate(error)).collect()
    };
    let errors = stumbles(text);
    if source.misread.is_some() || errors.is_empty() || errors.len() > FAULTS_MAX {
        return None;
    }
    let mut rest = text.as_bytes().to_vec();
    for error in errors {
        let span = error.span()?;
        let fault = syntax::fault(text, span.clone(), error.message());
        if fault.hides.is_some() {
            return None;
        }
        for at in [span.start, fault.span.start] {
            let begins = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let ends = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
            rest[begins..ends].fill(b' ');
        }
    }
    let rest = String::from_utf8(rest).ok()?;
    stumbles(&rest).is_empty().then_some(rest)
}

fn is_duplicate(error: &toml::de::Error) -> bool {
    error.message().starts_with("duplicate key")
}

fn tree<'t>(source: &'t Source, rest: Option<&'t str>, found: &mut Findings) -> Tree<'t> {
    let text = found.add_text(source.name.clone(), source.text.clone());
    if let Some(misread) = source.misread {
        // What it says is not looked at, nor what is missed elsewhere because of it.
        found.syntax_failed();
        let place = Place::new(text, misread.at..misread.at + 1);
        found.report(
            Code::NotUtf8,
            place,
            format!("this file is not UTF-8 but {}", misread.is),
            SAVE_AS_UTF8,
        );
        return Tree { text, root: DeTable::parse_recoverable("").0 };
    }
    let (root, mut errors) = DeTable::parse_recoverable(&source.text);
    // What is there twice in the rest is not told: both sides of a merge would be.
    let root = rest.map_or(root, |rest| DeTable::parse_recoverable(rest).0);
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut faults = 0;
    for error in errors {
        let span = error.span().unwrap_or_else(|| deepest_key(&source.text));
        let place = Place::new(text, span.clone());
        if is_duplicate(&error) {
            let key = source.text.get(span.clone()).unwrap_or_default();
            let first = first_header(&source.text, span.start)
                .or_else(|| first_key(&source.text, root.get_ref(), key, span.start));
            report_twice(
                key.trim_matches(['"', '\'']),
                place,
                first.map(|span| Place::new(text, span)),
                found,
            );
        } else {
            found.syntax_failed();
            faults += 1;
            if faults > FAULTS_MAX {
                break;
            }
            let fault = syntax::fault(&source.text, span, error.message());
            let begins = fault.span.start;
            found.report(Code::Syntax, Place::new(text, fault.span), fault.message, fault.mend);
            if let Some(end) = fault.hides {
                found.lose(Place::new(text, begins..end));
            }
        }
    }
    Tree { text, root }
}

/// Merges the trees by table. Tables nobody knows and entries written twice are findings.
pub(crate) fn merge<'a>(trees: &'a [Tree<'a>], found: &mut Findings) -> Sections<'a> {
    let mut sections = BTreeMap::new();
    for tree in trees {
        for entry in entries(tree.text, tree.root.get_ref()) {
            let Some(name) = TABLES.into_iter().find(|known| *known == entry.key) else {
                report_unknown(entry, found);
                continue;
            };
            if LISTS.contains(&name) {
                let wanted = format!("a list of tables: [[{name}]]");
                let items = entry.value.list(&wanted, found).unwrap_or_default();
                let section = sections.entry(name).or_insert_with(|| Section::new(entry.place));
                section.entries.extend(items.into_iter().map(|value| Entry {
                    place: value.place,
                    value,
                    ..entry
                }));
                continue;
            }
            let DeValue::Table(table) = entry.value.is else {
                entry.value.wrong::<()>(&format!("a table: [{name}]"), found);
                continue;
            };
            let section = sections.entry(name).or_insert_with(|| Section::new(entry.place));
            for entry in entries(tree.text, table) {
                section.add(entry, found);
            }
        }
    }
    Sections(sections)
}

impl<'a> Sections<'a> {
    /// Takes the table `name`, empty if nobody wrote it.
    pub(crate) fn take(&mut self, name: &'static str) -> Table<'a> {
        self.find(name).unwrap_or_else(|| Table::new(format!("[{name}]"), Place::new(0, 0..0), Vec::new()))
    }

    /// Takes the table `name` if somebody wrote it.
    pub(crate) fn find(&mut self, name: &'static str) -> Option<Table<'a>> {
        let section = self.0.remove(name)?;
        Some(Table::new(format!("[{name}]"), section.place, section.entries))
    }
}

impl<'a> Sections<'a> {
    /// Takes the items of the list `name`, in order of the texts.
    pub(crate) fn items(&mut self, name: &'static str) -> Vec<Value<'a>> {
        self.0
            .remove(name)
            .map_or_else(Vec::new, |section| section.entries.into_iter().map(|it| it.value).collect())
    }
}

impl<'a> Section<'a> {
    const fn new(place: Place) -> Self {
        Self { place, entries: Vec::new(), first: BTreeMap::new() }
    }

    fn add(&mut self, entry: Entry<'a>, found: &mut Findings) {
        match self.first.get(entry.key) {
            Some(first) => report_twice(entry.key, entry.place, Some(*first), found),
            None => {
                self.first.insert(entry.key, entry.place);
                self.entries.push(entry);
            }
        }
    }
}

fn report_unknown(entry: Entry<'_>, found: &mut Findings) {
    let mend = nearest(entry.key, TABLES).map_or_else(
        || format!("a config's tables are {}", one_of(TABLES)),
        |near| format!("write [{near}]"),
    );
    found.report(Code::UnknownTable, entry.place, format!("there is no table [{}]", entry.key), mend);
}

fn report_twice(key: &str, place: Place, first: Option<Place>, found: &mut Findings) {
    let code = if key.starts_with('+') { Code::DuplicateNumber } else { Code::DuplicateKey };
    let message = format!("`{key}` is written twice");
    match first {
        Some(first) => found.again(code, place, first, message, "keep one of the two"),
        None => found.report(code, place, message, "keep one of the two"),
    }
}

/// The key or header with the most parts: the one fault that the parser gives no place is that there are too
/// many.
fn deepest_key(text: &str) -> Range<usize> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let key = line.split(['=', '#']).next().unwrap_or_default().trim();
        (key.matches('.').count(), start..start + key.len())
    });
    // The first of those that are equally deep.
    lines
        .reduce(|deepest, line| if line.0 > deepest.0 { line } else { deepest })
        .map_or(0..0, |(_, span)| span)
}

/// Where the header that holds byte `at` was written before: the tree keeps only the last.
fn first_header(text: &str, at: usize) -> Option<Range<usize>> {
    let begins = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let header = text[begins..].lines().next().filter(|line| line.trim_start().starts_with('['))?;
    let header = header.split('#').next()?.trim();
    let mut line_at = 0;
    for line in text[..begins].split_inclusive('\n') {
        if line.split('#').next().is_some_and(|line| line.trim() == header) {
            return Some(line_at..line_at + line.trim_end().len());
        }
        line_at += line.len();
    }
    None
}

/// Where `key` stands first in the table that holds byte `at`: the last that began before it and, if it is
/// an inline one, has not ended yet.
fn first_key(text: &str, root: &DeTable<'_>, key: &str, at: usize) -> Option<Range<usize>> {
    let key = key.trim_matches(['"', '\'']);
    let mut innermost: Option<(usize, Range<usize>)> = None;
    let mut open = vec![(0, root)];
    while let Some((begins, table)) = open.pop() {
        let own = table.keys().find(|own| own.get_ref() == key).map(Spanned::span);
        if let Some(own) = own.filter(|own| own.start < at)
            && innermost.as_ref().is_none_or(|(begun, _)| *begun <= begins)
        {
            innermost = Some((begins, own));
        }
        open.extend(table.values().flat_map(inner_tables).filter_map(|(span, table)| {
            let ended = text[span.start..].starts_with('{') && span.end <= at;
            (span.start <= at && !ended).then_some((span.start, table))
        }));
    }
    innermost.map(|(_, span)| span)
}

fn inner_tables<'v, 't>(value: &'v Spanned<DeValue<'t>>) -> Vec<(Range<usize>, &'v DeTable<'t>)> {
    match value.get_ref() {
        DeValue::Table(table) => vec![(value.span(), table)],
        DeValue::Array(items) => items.iter().flat_map(inner_tables).collect(),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => Vec::new(),
    }
}
