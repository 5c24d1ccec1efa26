//! Columns for a reader, drawn from the JSON that a script would get.

use serde_json::Value;

/// Prints `body` as it is if a script asked, else as a table: a heading and the field of each column.
pub(crate) fn show(body: &Value, json: bool, columns: &[(&str, &str)], empty: &str) {
    if json {
        println!("{body:#}");
        return;
    }
    let rows: Vec<Vec<String>> = match body.as_array() {
        Some(rows) => {
            rows.iter().map(|row| columns.iter().map(|(_, field)| cell(&row[field])).collect()).collect()
        }
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

/// One value as text. What came from the network may hold anything: nothing below a blank reaches the terminal.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
