use std::collections::BTreeSet;

use super::{tables::*, *};
use crate::{Code, Memory, Source, load};

/// What no table has.
const NOBODY: &str = "zzzzzzzzzzzzzzzzzzzzzzzz";

/// Every table within a shape: the config that holds just that table, with a key that no table has, and the keys that
/// the schema gives it. `around` writes what it is part of.
fn walk(shape: &Shape, around: &dyn Fn(&str) -> String, depth: usize, seen: &mut dyn FnMut(String, &[Key])) {
    match shape {
        Shape::Table(keys) | Shape::Open(keys, ..) => {
            seen(around(&format!("{{ {NOBODY} = 1 }}")), keys);
            for key in keys {
                walk(&key.shape, &|inner| around(&format!("{{ {} = {inner} }}", key.name)), depth, seen);
            }
        }
        Shape::Named(pattern, each) => {
            // A name of the kind: a number, a key of a telephone, or any.
            let name = match &pattern[..3] {
                "^\\+" => "+12025550100",
                "^[0" => "1",
                _ => "x",
            };
            walk(each, &|inner| around(&format!("{{ \"{name}\" = {inner} }}")), depth, seen);
        }
        Shape::List(item) => walk(item, &|inner| around(&format!("[{inner}]")), depth, seen),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| walk(shape, around, depth, seen)),
        Shape::Defined(name) if depth < 2 => {
            let definitions = definitions();
            let defined = definitions.iter().find(|key| key.name == *name).expect("it is defined");
            walk(&defined.shape, around, depth + 1, seen);
        }
        Shape::Defined(_)
        | Shape::Text(_)
        | Shape::Words(_)
        | Shape::Integer(..)
        | Shape::Flag
        | Shape::True
        | Shape::Date => {}
    }
}

/// The keys that the reader knows where it meets one that nobody has.
fn known(config: &str) -> BTreeSet<String> {
    let files = Memory::default().with("f", b"");
    let findings = match load(&[Source::new("probe.toml", config)], &files) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    let unknown = findings.iter().find(|it| it.code == Code::UnknownKey && it.message.contains(NOBODY));
    let unknown = unknown.unwrap_or_else(|| panic!("nobody complains of {NOBODY} in {config}: {findings:?}"));
    let keys = unknown.mend.strip_prefix("its keys are ").unwrap_or_default();
    keys.split([',', ' ']).filter(|word| !word.is_empty() && *word != "or").map(str::to_owned).collect()
}

/// Goal: the schema gives each table just the keys that the reader takes there. The reader says which it takes where it
/// meets one that it does not know.
#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let mut tables_seen = 0;
    for table in tables() {
        let around = |inner: &str| format!("{} = {inner}\n", table.name);
        walk(&table.shape, &around, 0, &mut |config, keys| {
            tables_seen += 1;
            let ours: BTreeSet<String> = keys.iter().map(|key| key.name.to_owned()).collect();
            // A key alone signs nothing and is not read.
            let config = config.replace("{ key = {", "{ cert_url = \"https://c.example/a.pem\", key = {");
            // Nobody is asked who is not rung.
            let rung =
                if table.name.starts_with("people") { "mobile = true" } else { "forward = \"+12025550160\"" };
            let config = config.replace("{ screen = {", &format!("{{ {rung}, screen = {{"));
            let theirs = known(&config);
            // Beside days of the week a schedule names none of its keys.
            if !theirs.is_empty() || table.name != "hours" {
                assert_eq!(ours, theirs, "in {config}");
            }
        });
    }
    assert!(tables_seen > 40, "{tables_seen}");
}

/// The other way round, for tables that take names of their own beside keys.
#[test]
fn the_reader_takes_every_key_of_a_schedule() {
    let config = "[hours.x]\ntimezone = \"UTC\"\nholidays = [\"2026-12-25\", { date = 2026-12-26, name = \"x\" }]\n\
                  toggle = \"*28\"\nmon-fri = [\"09:00-17:00\"]\n";
    let findings = load(&[Source::new("probe.toml", config)], &Memory::default()).expect_err("no site");
    assert!(findings.iter().all(|it| it.code != Code::UnknownKey), "{findings:?}");
}

#[test]
fn every_table_of_a_config_has_a_schema() {
    let ours: BTreeSet<_> = tables().iter().map(|key| key.name).collect();
    assert_eq!(ours, crate::parse::TABLES.into_iter().collect());
}

/// Whether a value may stand where the schema says, as far as that can be told without patterns.
fn fits(shape: &Shape, value: &toml::Value) -> bool {
    match (shape, value) {
        (Shape::Text(_), value) => value.is_str(),
        (Shape::Words(words), toml::Value::String(text)) => words.contains(&text.as_str()),
        (Shape::Integer(least, most), toml::Value::Integer(number)) => (least..=most).contains(&number),
        (Shape::Flag, value) => value.is_bool(),
        (Shape::True, value) => value.as_bool() == Some(true),
        (Shape::Date, value) => value.is_datetime(),
        (Shape::List(item), toml::Value::Array(items)) => items.iter().all(|value| fits(item, value)),
        (Shape::Table(keys), toml::Value::Table(table)) => {
            let known = |name: &str| keys.iter().find(|key| key.name == name);
            table.iter().all(|(name, value)| known(name).is_some_and(|key| fits(&key.shape, value)))
                && keys.iter().filter(|key| key.is_needed).all(|key| table.contains_key(key.name))
        }
        (Shape::Open(keys, _, other), toml::Value::Table(table)) => table.iter().all(|(name, value)| {
            fits(keys.iter().find(|key| key.name == name).map_or(other, |key| &key.shape), value)
        }),
        (Shape::Named(_, each), toml::Value::Table(table)) => table.values().all(|value| fits(each, value)),
        (Shape::Either(shapes), value) => shapes.iter().any(|shape| fits(shape, value)),
        (Shape::Defined(name), value) => {
            definitions().iter().any(|key| key.name == *name && fits(&key.shape, value))
        }
        _ => false,
    }
}

/// Goal: an editor marks nothing in what ships.
#[test]
fn what_ships_fits_the_schema() {
    let etc = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"));
    let mut files = 0;
    for folder in [etc.to_owned(), etc.join("samples")] {
        for entry in std::fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if !path.to_string_lossy().contains(".toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("it is a text");
            let root: toml::Table = text.parse().expect("it is TOML");
            for (name, value) in root {
                let table = tables().into_iter().find(|key| key.name == name).expect("it is a table");
                assert!(fits(&table.shape, &value), "{}: [{name}]", path.display());
            }
            files += 1;
        }
    }
    assert!(files >= 8, "{files}");
    let bad: toml::Value = "ring = \"alll\"\nmembers = []".parse::<toml::Table>().expect("it is TOML").into();
    let groups = tables().into_iter().find(|key| key.name == "groups").expect("it is a table");
    assert!(!fits(&groups.shape, &toml::Value::Table([("x".to_owned(), bad)].into_iter().collect())));
}
