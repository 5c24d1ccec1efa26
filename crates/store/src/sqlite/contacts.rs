//! Contacts as rows: one for each number and import, of which the latest that is whole counts.

use std::sync::Arc;

use clock::Wall;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{
    read::{self, text, wall},
    write::run,
};
use crate::{Contact, Erased, ImportId, Known, Last, commit};

/// The row that counts of a number.
const COUNTS: &str = "SELECT contacts.*, contact_imports.at FROM contacts JOIN contact_imports
    ON contact_imports.id = contacts.import WHERE number = ?1 ORDER BY import DESC LIMIT 1";

/// What is known of whoever has this number.
pub(super) fn known(connection: &Connection, number: &str) -> rusqlite::Result<Known> {
    let sql = "SELECT agent, at FROM talked WHERE number = ?1";
    let last = |row: &Row<'_>| Ok(Last { person: text(row, "agent")?, at: wall(row, "at")? });
    let talked = connection.prepare_cached(sql)?.query_row([number], last).optional()?;
    let told = told(connection, number)?;
    let by_contact =
        |person: fn(&Contact) -> &Arc<str>| told.as_ref().map(|(contact, at)| (person(contact), *at));
    Ok(Known {
        talked: talked.is_some(),
        last_agent: commit::last(talked, by_contact(|it| &it.last_agent)),
        last_texter: commit::last(None, by_contact(|it| &it.last_texter)),
        contact: told.map(|(contact, _)| contact),
    })
}

/// What counts of a number, and since when.
fn told(connection: &Connection, number: &str) -> rusqlite::Result<Option<(Contact, Wall)>> {
    let row = |row: &Row<'_>| Ok((from_row(row)?, wall(row, "at")?));
    connection.prepare_cached(COUNTS)?.query_row([number], row).optional()
}

fn contact(connection: &Connection, number: &str) -> rusqlite::Result<Option<Contact>> {
    Ok(told(connection, number)?.map(|(contact, _)| contact))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Contact> {
    let list = |column: &str, joint: char| -> rusqlite::Result<Box<[Arc<str>]>> {
        let joined = text(row, column)?;
        Ok(joined.split(joint).filter(|part| !part.is_empty()).map(Arc::from).collect())
    };
    Ok(Contact {
        numbers: list("numbers", ' ')?,
        name: text(row, "name")?,
        owner: text(row, "owner")?,
        campaign: text(row, "campaign")?,
        tags: list("tags", '\n')?,
        last_agent: text(row, "last_agent")?,
        last_texter: text(row, "last_texter")?,
        group: text(row, "conversation")?,
        language: text(row, "language")?,
    })
}

/// What counts of a number stays beside what the import says, until it is whole; all else goes.
pub(super) fn put(connection: &Connection, import: ImportId, contact: &Contact) -> rusqlite::Result<()> {
    let tidy = "DELETE FROM contacts WHERE number = ?1 AND import < ?2 AND import IS NOT
        (SELECT max(import) FROM contacts WHERE number = ?1 AND import IN (SELECT id FROM contact_imports))";
    let put =
        "INSERT OR REPLACE INTO contacts (number, import, numbers, name, owner, campaign, tags, last_agent,
        last_texter, conversation, language) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let (numbers, tags) = (contact.numbers.join(" "), contact.tags.join("\n"));
    for number in &contact.numbers {
        run(connection, tidy, params![&**number, import.0.cast_signed()])?;
        let values = params![
            &**number,
            import.0.cast_signed(),
            numbers,
            &*contact.name,
            &*contact.owner,
            &*contact.campaign,
            tags,
            &*contact.last_agent,
            &*contact.last_texter,
            &*contact.group,
            &*contact.language
        ];
        run(connection, put, values)?;
    }
    Ok(())
}

/// From now on it counts.
pub(super) fn finish(connection: &Connection, import: ImportId, at: Wall) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO contact_imports (id, at) VALUES (?1, ?2)";
    run(connection, sql, params![import.0.cast_signed(), at.unix_micros()])
}

/// Forgets whoever has this number. A number of theirs that somebody else has by now stays.
pub(super) fn erase(connection: &Connection, number: &str, it: &Erased) -> rusqlite::Result<()> {
    let gone = contact(connection, number)?;
    let mut own = vec![Arc::from(number)];
    for other in gone.iter().flat_map(|gone| gone.numbers.iter()) {
        if contact(connection, other)? == gone {
            own.push(Arc::clone(other));
        }
    }
    for number in own {
        run(connection, "DELETE FROM contacts WHERE number = ?1", [&*number])?;
        run(connection, "DELETE FROM talked WHERE number = ?1", [&*number])?;
    }
    let sql = "INSERT INTO erased (at, line) VALUES (?1, ?2)";
    run(connection, sql, params![it.at.unix_micros(), &*it.line])
}

/// Every number of every contact, until `each` wants no more.
pub(super) fn each(
    connection: &Connection,
    mut each: impl FnMut(&str, Contact) -> bool,
) -> rusqlite::Result<()> {
    let sql = "SELECT * FROM contacts AS own WHERE import =
        (SELECT max(import) FROM contacts AS said
         WHERE said.number = own.number AND said.import IN (SELECT id FROM contact_imports)) ORDER BY number";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !each(&text(row, "number")?, from_row(row)?) {
            break;
        }
    }
    Ok(())
}

/// Whether an import has brought this number.
pub(super) fn has_brought(connection: &Connection, import: ImportId, number: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM contacts WHERE number = ?1 AND import = ?2";
    connection.prepare_cached(sql)?.exists(params![number, import.0.cast_signed()])
}

/// The last import that is whole.
pub(super) fn last_import(connection: &Connection) -> rusqlite::Result<Option<ImportId>> {
    let sql = "SELECT max(id) FROM contact_imports";
    let id: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(id.map(|id| ImportId(id.cast_unsigned())))
}

/// Who was forgotten, the first of them first.
pub(super) fn erased(connection: &Connection) -> rusqlite::Result<Vec<Erased>> {
    read::all(connection, "SELECT at, line FROM erased ORDER BY id", [], |row| {
        Ok(Erased { at: wall(row, "at")?, line: text(row, "line")? })
    })
}
