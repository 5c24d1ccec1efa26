//! Reading tables and values: what is asked for is known, whatever remains is not.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    nearest::{nearest, one_of},
    place::{Findings, Place},
};
use crate::finding::Code;

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) place: Place,
    pub(crate) is: &'a DeValue<'a>,
}

/// A key, where it stands, and its value.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    pub(crate) place: Place,
    pub(crate) value: Value<'a>,
}

/// A table being read. Every key that is asked for is thereby known; [`Table::finish`] reports the rest.
pub(crate) struct Table<'a> {
    /// How findings call it: `[site]`, `person "ana"`.
    pub(crate) what: String,
    /// Where it is declared.
    pub(crate) place: Place,
    entries: Vec<Entry<'a>>,
    asked: Vec<&'static str>,
}

/// The entries of a TOML table in the order in which they are written.
pub(crate) fn entries<'a>(text: usize, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> = table.iter().map(|(key, value)| entry(text, key, value)).collect();
    entries.sort_by_key(|entry| entry.place);
    entries
}

fn entry<'a>(
    text: usize,
    key: &'a Spanned<std::borrow::Cow<'a, str>>,
    value: &'a Spanned<DeValue<'a>>,
) -> Entry<'a> {
    let place = Place::new(text, value.span());
    Entry {
        key: key.get_ref(),
        place: Place::new(text, key.span()),
        value: Value { place, is: value.get_ref() },
    }
}

impl<'a> Table<'a> {
    pub(crate) const fn new(what: String, place: Place, entries: Vec<Entry<'a>>) -> Self {
        Self { what, place, entries, asked: Vec::new() }
    }

    /// The entry of `key`, if written.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.asked.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    /// The value of `key`, if written.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// Whether `key` is written and was not read yet.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// The value of `key`; its absence is a finding with this mend.
    pub(crate) fn need(&mut self, key: &'static str, mend: &str, found: &mut Findings) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            found.report(Code::MissingKey, self.place, format!("{} has no `{key}`", self.what), mend);
        }
        value
    }

    /// Every entry that was not asked for yet, which makes it known: for tables whose keys are names.
    pub(crate) fn rest(&mut self) -> Vec<Entry<'a>> {
        std::mem::take(&mut self.entries)
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self, found: &mut Findings) {
        self.report_unknown(found);
    }

    /// The same of a table that is somebody else's.
    pub(crate) fn report_unknown(&self, found: &mut Findings) {
        for entry in &self.entries {
            let mend = nearest(entry.key, self.asked.iter().copied()).map_or_else(
                || format!("its keys are {}", one_of(self.asked.iter().copied())),
                |near| format!("write `{near}`"),
            );
            found.report(
                Code::UnknownKey,
                entry.place,
                format!("{} has no key `{}`", self.what, entry.key),
                mend,
            );
        }
    }
}

impl<'a> Value<'a> {
    /// Reports that the value is not `wanted`.
    pub(crate) fn wrong<T>(self, wanted: &str, found: &mut Findings) -> Option<T> {
        let is = match self.is {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        found.report(Code::WrongType, self.place, format!("this is {is}"), format!("write {wanted}"));
        None
    }

    /// A text.
    pub(crate) fn text(self, wanted: &str, found: &mut Findings) -> Option<&'a str> {
        self.as_text().or_else(|| self.wrong(wanted, found))
    }

    /// The text, if it is one.
    pub(crate) fn as_text(self) -> Option<&'a str> {
        if let DeValue::String(text) = self.is { Some(text) } else { None }
    }

    /// The whole number, if it is one that fits.
    pub(crate) fn as_integer(self) -> Option<i64> {
        let DeValue::Integer(number) = self.is else { return None };
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// `true` or `false`.
    pub(crate) fn flag(self, found: &mut Findings) -> Option<bool> {
        let DeValue::Boolean(flag) = self.is else { return self.wrong("true or false", found) };
        Some(*flag)
    }

    /// True or false, if it is.
    pub(crate) const fn as_flag(self) -> Option<bool> {
        if let DeValue::Boolean(flag) = self.is { Some(*flag) } else { None }
    }

    /// Whether it is `true`.
    pub(crate) const fn is_true(self) -> bool {
        matches!(self.is, DeValue::Boolean(true))
    }

    /// The date or time as written, if it is one.
    pub(crate) fn as_date(self) -> Option<String> {
        if let DeValue::Datetime(date) = self.is { Some(date.to_string()) } else { None }
    }

    /// The table, if it is one.
    pub(crate) fn as_table(self, what: &str) -> Option<Table<'a>> {
        let DeValue::Table(table) = self.is else { return None };
        Some(Table::new(what.to_owned(), self.place, entries(self.place.text as usize, table)))
    }

    /// A table.
    pub(crate) fn table(self, what: &str, wanted: &str, found: &mut Findings) -> Option<Table<'a>> {
        self.as_table(what).or_else(|| self.wrong(wanted, found))
    }

    /// The items of a list.
    pub(crate) fn list(self, wanted: &str, found: &mut Findings) -> Option<Vec<Self>> {
        if matches!(self.is, DeValue::Array(_)) { Some(self.as_list()) } else { self.wrong(wanted, found) }
    }

    /// The items, none if it is no list.
    pub(crate) fn as_list(self) -> Vec<Self> {
        let DeValue::Array(items) = self.is else { return Vec::new() };
        let text = self.place.text as usize;
        let item = |item: &'a Spanned<DeValue<'a>>| Self {
            place: Place::new(text, item.span()),
            is: item.get_ref(),
        };
        items.iter().map(item).collect()
    }

    /// Where the characters of a text stand, without its quotes.
    pub(crate) fn inside(self) -> Place {
        let Place { start, end, .. } = self.place;
        match self.is {
            DeValue::String(_) if end - start >= 2 => Place { start: start + 1, end: end - 1, ..self.place },
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => self.place,
        }
    }
}
