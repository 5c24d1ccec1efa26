//! `cargo xtask rows`: what is promised, what shows it, and that it would show the opposite.
//!
//! A test counts if it fails when the behaviour it shows is turned off. Each row of the table says how that is done:
//! by small changes of the source, made in a copy of the tree below `target`, where the row's tests are run.

mod edit;
mod negate;
mod table;

use std::process::ExitCode;

use xtask::shell::top;

use self::table::Row;

/// Prints the rows that were asked for, or all: id, promise, and all that shows it.
pub(crate) fn list(ids: &[&str]) -> Result<ExitCode, String> {
    for row in chosen(ids)? {
        println!("{:<4} {}", row.id, row.promise);
        row.tests().iter().for_each(|test| println!("       {test}"));
        row.also.iter().for_each(|task| println!("       {task}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Turns the rows that were asked for off, or all, part by part; each test of the part has to fail.
pub(crate) fn negate(ids: &[&str]) -> Result<ExitCode, String> {
    negate::run(&chosen(ids)?)
}

fn chosen(ids: &[&str]) -> Result<Vec<Row>, String> {
    let rows = table::read()?;
    if let Some(unknown) = ids.iter().find(|id| rows.iter().all(|row| row.id != **id)) {
        return Err(format!("there is no row {unknown}"));
    }
    let faults: Vec<String> = rows.iter().flat_map(|row| row.faults(top())).collect();
    if !faults.is_empty() {
        return Err(format!("the table of rows does not fit the tree:\n{}", faults.join("\n")));
    }
    Ok(rows.into_iter().filter(|row| ids.is_empty() || ids.contains(&&*row.id)).collect())
}
