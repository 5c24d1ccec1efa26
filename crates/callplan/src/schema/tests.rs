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
