//! What `phone add` has to know of a tree before it checks: a new site has phones without secrets, which
//! the checker refuses.

use std::path::PathBuf;

use toml::{Table, Value};

use super::Tree;

/// A few values of a tree, read without checking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// `[site] domain`, the digest realm.
    pub(crate) domain: Option<String>,
    /// `[site] phone_secrets`, below the config directory.
    pub(crate) secrets: Option<PathBuf>,
    /// `[phones]`.
    pub(crate) phones: Vec<String>,
    /// `[people]`.
    pub(crate) people: Vec<String>,
}

impl Outline {
    /// Reads what can be read.
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut outline = Self::default();
        for table in tree.texts().filter_map(|text| text.parse::<Table>().ok()) {
            let site = table.get("site");
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            outline.domain = outline.domain.or_else(|| text(site.and_then(|site| site.get("domain"))));
            let file = site.and_then(|site| site.get("phone_secrets")?.get("file"));
            outline.secrets = outline.secrets.or_else(|| text(file).map(PathBuf::from));
            outline.phones.extend(names(&table, "phones"));
            outline.people.extend(names(&table, "people"));
        }
        outline
    }
}

fn names(table: &Table, of: &str) -> Vec<String> {
    table.get(of).and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned().collect()
}
