//! The config as it is in force: all texts as one, tables in one order, and what nobody wrote beside what was.
//!
//! What it prints can be loaded again and is the same site. Comments are lost: those of the writer stand in
//! their own files. It reads no files, so a secret stays where it is and only its path is printed.

mod defaults;

use std::fmt::{self, Write};

use toml::de::DeValue;

use crate::{
    describe,
    model::{NumberId, Site},
    parse::{Entry, Findings, LISTS, Place, Sections, TABLES, Value, merge, trees},
    source::Source,
};

/// Tables whose keys are names, each of something that is a table itself.
const NAMED: [&str; 16] = [
    "trunks",
    "agents",
    "people",
    "phones",
    "groups",
    "queues",
    "hours",
    "rota",
    "music",
    "mailboxes",
    "menus",
    "plans",
    "campaigns",
    "inboxes",
    "numbers",
    "dial",
];

/// Longest line of a list or a table in a line; beyond it each item has a line of its own.
const LINE_MAX: usize = 100;

/// What is said of a value that nobody wrote.
const UNWRITTEN: &str = "# default";

/// A config in force, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Effective<'s> {
    sources: &'s [Source],
    site: &'s Site,
}

/// The config that `site` was loaded from, with what nobody wrote; `sources` are its texts.
pub const fn effective<'s>(sources: &'s [Source], site: &'s Site) -> Effective<'s> {
    Effective { sources, site }
}

impl fmt::Display for Effective<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut found = Findings::default();
        let rests = vec![None; self.sources.len()];
        let trees = trees(self.sources, &rests, &mut found);
        let page = Page { sources: self.sources, site: self.site };
        let mut sections = merge(&trees, &mut found);
        let mut is_first = true;
        for table in TABLES {
            let text = page.section(table, &mut sections)?;
            if !text.is_empty() {
                f.write_str(if std::mem::take(&mut is_first) { "" } else { "\n" })?;
                f.write_str(&text)?;
            }
        }
        Ok(())
    }
}

struct Page<'s> {
    sources: &'s [Source],
    site: &'s Site,
}

impl Page<'_> {
    fn section(&self, table: &'static str, sections: &mut Sections<'_>) -> Result<String, fmt::Error> {
        let mut text = String::new();
        if LISTS.contains(&table) {
            for (index, item) in sections.items(table).into_iter().enumerate() {
                let inner = item.as_table("").map(|mut table| table.rest()).unwrap_or_default();
                text.push_str(if index > 0 { "\n" } else { "" });
                self.table(&mut text, &format!("[{table}]"), &inner, Vec::new())?;
            }
            return Ok(text);
        }
        let written = sections.find(table);
        let is_written = written.is_some();
        let entries = written.map(|mut table| table.rest()).unwrap_or_default();
        if !NAMED.contains(&table) {
            let unwritten = defaults::of_table(self.site, table, is_written);
            self.table(&mut text, table, &entries, unwritten)?;
            if table == "hooks" && !is_written {
                text.push_str(&defaults::speech(&self.site.speech));
            }
            return Ok(text);
        }
        for (index, entry) in entries.into_iter().enumerate() {
            let name = format!("{table}.{}", self.raw(entry.place));
            let inner = entry.value.as_table("").map(|mut table| table.rest()).unwrap_or_default();
            text.push_str(if index > 0 { "\n" } else { "" });
            self.table(&mut text, &name, &inner, defaults::of_named(self.site, table, index))?;
            if table == "numbers" {
                self.comes_to(&mut text, index.into())?;
            }
        }
        Ok(text)
    }

    /// One table: what was written, then what was not.
    fn table(
        &self,
        text: &mut String,
        name: &str,
        entries: &[Entry<'_>],
        unwritten: Vec<(&'static str, String)>,
    ) -> fmt::Result {
        let is_unwritten = |(key, _): &(&str, String)| entries.iter().all(|entry| entry.key != *key);
        let unwritten: Vec<_> = unwritten.into_iter().filter(is_unwritten).collect();
        if entries.is_empty() && unwritten.is_empty() {
            return Ok(());
        }
        writeln!(text, "[{name}]")?;
        for entry in entries {
            writeln!(text, "{} = {}", self.raw(entry.place), self.value(entry.value, true))?;
        }
        unwritten.iter().try_for_each(|(key, value)| writeln!(text, "{key} = {value}  {UNWRITTEN}"))
    }

    /// What the shorthand of a number comes to, which is nowhere written.
    fn comes_to(&self, text: &mut String, number: NumberId) -> fmt::Result {
        let plan = self.site[number].plan;
        if !self.site[plan].name.contains(':') {
            return Ok(());
        }
        describe(self.site, plan).to_string().lines().try_for_each(|line| writeln!(text, "# {line}"))
    }

    /// A value in the words of its writer, tables in one line and long lists in several.
    fn value(&self, value: Value<'_>, is_whole_line: bool) -> String {
        match value.is {
            DeValue::Table(_) => {
                let entries = value.as_table("").map(|mut table| table.rest()).unwrap_or_default();
                let entry = |entry: &Entry<'_>| {
                    format!("{} = {}", self.raw(entry.place), self.value(entry.value, false))
                };
                let inner: Vec<_> = entries.iter().map(entry).collect();
                if inner.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", inner.join(", ")) }
            }
            DeValue::Array(_) => {
                let items: Vec<_> = value.as_list().iter().map(|item| self.value(*item, false)).collect();
                let line = format!("[{}]", items.join(", "));
                if !is_whole_line || line.len() <= LINE_MAX {
                    return line;
                }
                let items: String = items.iter().flat_map(|item| ["  ", item, ",\n"]).collect();
                format!("[\n{items}]")
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => self.raw(value.place).to_owned(),
        }
    }

    fn raw(&self, place: Place) -> &str {
        &self.sources[place.text as usize].text[place.start as usize..place.end as usize]
    }
}
