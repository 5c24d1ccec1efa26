//! Opening the database: is it ours, is it sound, is its schema current.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior};

use crate::{
    CallId,
    sqlite::{StoreError, read},
};

/// Marks the file as ours: "RPLN".
const APPLICATION_ID: i32 = 0x5250_4c4e;

/// One step each from one schema to the next; `user_version` counts those taken.
const MIGRATIONS: [&str; 11] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
    include_str!("schema_10.sql"),
    include_str!("schema_11.sql"),
];

/// Databases up to this size are checked whole at a start (about 0.4 s); of larger ones the small tables
/// that a start reads.
const CHECKED_WHOLE_MAX: u64 = 256 << 20;

/// How long a statement waits for another process's lock before the group is told it failed.
const BUSY_WAIT_MS: u32 = 100;

/// Opens or creates the database and brings it to the current schema. Returns the highest call id the
/// process before used.
pub(super) fn open(path: &Path) -> Result<(Connection, Option<CallId>), StoreError> {
    let fault = |cause| refusal(path, cause);
    let mut connection = Connection::open(path).map_err(fault)?;
    configure(&connection).map_err(fault)?;
    belongs_to_us(&connection, path)?;
    check(&connection, path)?;
    migrate(&mut connection, path)?;
    let floor = read::last_call(&connection).map_err(fault)?;
    Ok((connection, floor))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_WAIT_MS.into()))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A checkpoint writes each changed page once however often it changed, so a longer log is less work.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

fn belongs_to_us(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |cause| refusal(path, cause);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fault)?;
    if id == APPLICATION_ID || (id == 0 && tables == 0) {
        Ok(())
    } else {
        Err(StoreError::LocalForeign { path: path.into() })
    }
}

fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let scopes: &[&str] = if size <= CHECKED_WHOLE_MAX {
        &["PRAGMA quick_check(1)"]
    } else {
        &[
            "PRAGMA quick_check(bindings)",
            "PRAGMA quick_check(binding_changes)",
            "PRAGMA quick_check(pointers)",
            "PRAGMA quick_check(named_values)",
        ]
    };
    for scope in scopes {
        let finding: Option<String> = connection
            .query_row(scope, [], |row| row.get(0))
            .optional()
            .map_err(|cause| refusal(path, cause))?;
        if let Some(detail) = finding.filter(|finding| finding != "ok") {
            return Err(StoreError::LocalDamaged { path: path.into(), detail });
        }
    }
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |cause| refusal(path, cause);
    let known = u32::try_from(MIGRATIONS.len()).expect("a handful of migrations");
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    if found > known {
        return Err(StoreError::LocalNewer { path: path.into(), found, known });
    }
    for (version, step) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        transaction.execute_batch(step).map_err(fault)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(fault)?;
        transaction.pragma_update(None, "user_version", version).map_err(fault)?;
        transaction.commit().map_err(fault)?;
    }
    Ok(())
}

/// Tells a damaged file from one that cannot be opened.
pub(super) fn refusal(path: &Path, cause: rusqlite::Error) -> StoreError {
    let path = path.into();
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::LocalDamaged { path, detail: cause.to_string() }
        }
        Some(_) | None => StoreError::LocalOpen { path, cause },
    }
}
