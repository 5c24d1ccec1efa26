//! The schema as an editor reads it, against what ships.

use std::{fs, path::Path};

use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(&callplan::schema()).expect("it is JSON")
}

/// Whether a value fits a part of a schema, as far as that can be told without patterns.
fn fits(schema: &Value, part: &Value, value: &toml::Value) -> bool {
    let keywords = part.as_object().expect("a schema is an object");
    keywords.iter().all(|(keyword, said)| match keyword.as_str() {
        "$ref" => {
            let path = said.as_str().and_then(|said| said.strip_prefix('#')).expect("it is in the same file");
            fits(schema, schema.pointer(path).expect("it is defined"), value)
        }
        "anyOf" => said.as_array().expect("a list").iter().any(|part| fits(schema, part, value)),
        "type" => match said.as_str() {
            Some("string") => value.is_str() || part.get("format").is_some() && value.is_datetime(),
            Some("integer") => value.is_integer(),
            Some("boolean") => value.is_bool(),
            Some("array") => value.is_array(),
            Some("object") => value.is_table(),
            other => panic!("nobody judges the type {other:?}"),
        },
        "enum" => said.as_array().expect("a list").iter().any(|word| word.as_str() == value.as_str()),
        "const" => said.as_bool() == value.as_bool(),
        "minimum" => said.as_i64() <= value.as_integer(),
        "maximum" => value.as_integer() <= said.as_i64(),
        "items" => value.as_array().into_iter().flatten().all(|item| fits(schema, said, item)),
        "required" => {
            let mut needed = said.as_array().expect("a list").iter().filter_map(Value::as_str);
            needed.all(|name| value.get(name).is_some())
        }
        "additionalProperties" => {
            value.as_table().into_iter().flatten().all(|(name, value)| {
                // Of keys that go by a pattern there is one kind a table.
                let others = part["patternProperties"].as_object().and_then(|others| others.values().next());
                let known = part["properties"].get(name).or(others);
                known.is_some_and(|part| fits(schema, part, value))
            })
        }
        "$schema" | "$defs" | "title" | "description" | "properties" | "patternProperties" | "pattern"
        | "format" => true,
        other => panic!("nobody judges {other}"),
    })
}

/// Goal: an editor marks nothing in what ships.
#[test]
fn what_ships_fits_the_schema() {
    let (schema, mut files) = (schema(), 0);
    let etc = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"));
    for folder in [etc.to_owned(), etc.join("samples")] {
        for entry in fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if !path.to_string_lossy().contains(".toml") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("it is a text");
            let root: toml::Table = text.parse().expect("it is TOML");
            for (name, value) in root {
                let part = schema["properties"].get(&name).expect("it is a table");
                assert!(fits(&schema, part, &value), "{}: [{name}]", path.display());
            }
            files += 1;
        }
    }
    assert!(files >= 8, "{files}");
}

#[test]
fn an_editor_marks_what_is_wrong() {
    let schema = schema();
    for (text, is_good) in [
        ("groups.x = { ring = \"all\", members = [\"ana\"] }", true),
        ("groups.x = { ring = \"alll\", members = [\"ana\"] }", false),
        ("groups.x = { ring = \"all\", membres = [\"ana\"] }", false),
        ("groups.x = { ring = \"all\" }", false),
        ("group.x = { ring = \"all\", members = [\"ana\"] }", false),
        ("people.ana = { ext = 101 }", true),
        ("people.ana = 101", false),
    ] {
        let root: toml::Table = text.parse().expect("it is TOML");
        assert_eq!(fits(&schema, &schema, &root.into()), is_good, "{text}");
    }
}
