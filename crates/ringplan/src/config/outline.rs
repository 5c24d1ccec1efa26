//! What `phone add` has to know of a tree before it checks: a new site has phones without secrets, which
//! the checker refuses.

use callplan::Source;
use toml::de::{DeTable, DeValue};

use super::Tree;

/// A few values of a tree, read without checking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// `[site] domain`, the digest realm.
    pub(crate) domain: Option<String>,
    /// `[site] phone_secrets`, below the config directory.
    pub(crate) secrets: Option<String>,
    /// `[phones]`, and where each stands.
    pub(crate) phones: Vec<(String, String)>,
    /// `[people]`.
    pub(crate) people: Vec<String>,
}

impl Outline {
    /// Reads what can be read.
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut outline = Self::default();
        for source in tree.sources() {
            let root = DeTable::parse_recoverable(&source.text).0.into_inner();
            let site = table(&root, "site");
            let text = |table: Option<&DeTable<'_>>, key: &str| {
                Some(table?.get(key)?.get_ref().as_str()?.to_owned())
            };
            outline.domain = outline.domain.or_else(|| text(site, "domain"));
            let secrets = site.and_then(|site| table(site, "phone_secrets"));
            outline.secrets = outline.secrets.or_else(|| text(secrets, "file"));
            let place = |at: usize| format!("{}:{}", source.name, line(source, at));
            let phones = table(&root, "phones").into_iter().flatten();
            outline
                .phones
                .extend(phones.map(|(name, _)| (name.get_ref().to_string(), place(name.span().start))));
            let people = table(&root, "people").into_iter().flatten();
            outline.people.extend(people.map(|(name, _)| name.get_ref().to_string()));
        }
        outline
    }
}

/// The names in the table `key` of a tree, read without checking.
pub(crate) fn names(tree: &Tree, key: &str) -> Vec<String> {
    let names = |source: &Source| {
        let root = DeTable::parse_recoverable(&source.text).0.into_inner();
        let names = table(&root, key).into_iter().flatten();
        names.map(|(name, _)| name.get_ref().to_string()).collect::<Vec<_>>()
    };
    tree.sources().iter().flat_map(names).collect()
}

/// The names that `[[tests]]` and the like have in a tree, read without checking.
pub(crate) fn names_of_items(tree: &Tree, key: &str) -> Vec<String> {
    let names = |source: &Source| {
        let root = DeTable::parse_recoverable(&source.text).0.into_inner();
        let items = root.get(key).and_then(|value| value.get_ref().as_array()).into_iter().flatten();
        let name = |item: &toml::Spanned<DeValue<'_>>| {
            Some(item.get_ref().as_table()?.get("name")?.get_ref().as_str()?.to_owned())
        };
        items.filter_map(name).collect::<Vec<_>>()
    };
    tree.sources().iter().flat_map(names).collect()
}

fn table<'a, 't>(of: &'a DeTable<'t>, key: &str) -> Option<&'a DeTable<'t>> {
    of.get(key).map(|value| value.get_ref()).and_then(DeValue::as_table)
}

/// The line, counted from 1, of the byte at `at`.
fn line(source: &Source, at: usize) -> usize {
    1 + source.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
