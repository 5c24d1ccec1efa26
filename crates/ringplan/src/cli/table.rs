//! Columns for a reader, drawn from the JSON that a script would get.

use serde_json::Value;

use crate::plain;

/// Prints `body` as it is if a script asked, else as a table: a heading and the
/// field of each column. A field of a field is `channels.used`; of a list, that of each of its items.
pub(crate) fn show(body: &Value, json: bool, columns: &[(&str, &str)], empty: &str) {
    if json {
        println!("{}", plain::json(body));
        return;
    }
    let rows: Vec<Vec<String>> = match body.as_array() {
        Some(rows) => rows
            .iter()
            .map(|row| columns.iter().map(|(_, field)| cell(&find(row, field))).collect())
            .collect(),
        None => Vec::new(),
    };
    if rows.is_empty() {
        println!("{empty}");
        return;
    }
    let heading: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    print(&heading, &rows);
}

fn print(heading: &[String], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]).chain([&heading[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    for row in [heading].into_iter().chain(rows.iter().map(Vec::as_slice)) {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", line.join("  ").trim_end());
    }
}

/// What stands at `path`.
fn find(value: &Value, path: &str) -> Value {
    match (value, path.split_once('.')) {
        (Value::Array(items), _) => items.iter().map(|item| find(item, path)).collect(),
        (_, Some((field, rest))) => find(&value[field], rest),
        (_, None) => value[path].clone(),
    }
}

/// One value as text. What came from the network may hold anything.
pub(super) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    plain::line(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_and_lists() {
        let phone =
            json!({ "name": "a", "bindings": [{ "flow": "x" }, { "flow": "y" }], "ports": { "used": 2 } });
        assert_eq!(cell(&find(&phone, "name")), "a");
        assert_eq!(cell(&find(&phone, "bindings.flow")), "x, y");
        assert_eq!(cell(&find(&phone, "ports.used")), "2");
        assert_eq!(cell(&find(&phone, "nothing.here")), "-");
    }
}
