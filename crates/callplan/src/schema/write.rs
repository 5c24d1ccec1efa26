//! The table as JSON.

use std::fmt::Write as _;

use super::{Key, Shape};

/// A value of JSON, its fields in the order of writing.
enum Json {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// The whole schema.
pub(super) fn document(tables: &[Key], definitions: &[Key]) -> String {
    let mut fields = vec![
        ("$schema".to_owned(), text("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), text("ringplan")),
        ("description".to_owned(), text("A file of a ringplan config; files are merged by table.")),
    ];
    fields.extend(table(tables, None));
    let definitions = definitions.iter().map(|key| (key.name.to_owned(), described(key)));
    fields.push(("$defs".to_owned(), Json::Object(definitions.collect())));
    let mut document = String::new();
    Json::Object(fields).write(&mut document, 0);
    document.push('\n');
    document
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A shape with what it is for.
fn described(key: &Key) -> Json {
    let Json::Object(mut fields) = shape(&key.shape) else { return shape(&key.shape) };
    fields.insert(0, ("description".to_owned(), text(key.about)));
    Json::Object(fields)
}

/// The fields of a table; `others` are names that it may have besides.
fn table(keys: &[Key], others: Option<(&str, &Shape)>) -> Vec<(String, Json)> {
    let properties = keys.iter().map(|key| (key.name.to_owned(), described(key)));
    let needed: Vec<_> = keys.iter().filter(|key| key.is_needed).map(|key| text(key.name)).collect();
    let mut fields = vec![("type".to_owned(), text("object"))];
    if !keys.is_empty() {
        fields.push(("properties".to_owned(), Json::Object(properties.collect())));
    }
    if let Some((pattern, other)) = others {
        fields.push(("patternProperties".to_owned(), object([(pattern, shape(other))])));
    }
    if !needed.is_empty() {
        fields.push(("required".to_owned(), Json::List(needed)));
    }
    fields.push(("additionalProperties".to_owned(), Json::Flag(false)));
    fields
}

fn shape(of: &Shape) -> Json {
    match of {
        Shape::Text(None) => object([("type", text("string"))]),
        Shape::Text(Some(pattern)) => object([("type", text("string")), ("pattern", text(pattern))]),
        Shape::Words(words) => object([("enum", Json::List(words.iter().map(|word| text(word)).collect()))]),
        Shape::Integer(least, most) => object([
            ("type", text("integer")),
            ("minimum", Json::Number(*least)),
            ("maximum", Json::Number(*most)),
        ]),
        Shape::Flag => object([("type", text("boolean"))]),
        Shape::True => object([("const", Json::Flag(true))]),
        // Language servers hand a date of TOML to the schema as a text.
        Shape::Date => object([("type", text("string")), ("format", text("date"))]),
        Shape::List(item) => object([("type", text("array")), ("items", shape(item))]),
        Shape::Table(keys) => Json::Object(table(keys, None)),
        Shape::Named(pattern, each) => Json::Object(table(&[], Some((*pattern, &**each)))),
        Shape::Open(keys, pattern, other) => Json::Object(table(keys, Some((*pattern, &**other)))),
        Shape::Either(shapes) => object([("anyOf", Json::List(shapes.iter().map(shape).collect()))]),
        Shape::Defined(name) => object([("$ref", Json::Text(format!("#/$defs/{name}")))]),
    }
}

impl Json {
    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Text(text) => quoted(text, out),
            Self::Number(number) => {
                write!(out, "{number}").expect("a text takes whatever is written to it");
            }
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    item.write(out, depth + 1);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (at, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if at > 0 { ",\n" } else { "\n" });
                    out.push_str(&"  ".repeat(depth + 1));
                    quoted(name, out);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                }
                out.push('\n');
                out.push_str(&"  ".repeat(depth));
                out.push('}');
            }
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}
