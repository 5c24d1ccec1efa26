//! What the command line asks of the database, on a read-only connection of its own.
//!
//! A reader never blocks the writer (write-ahead log) and sees what was committed when it asked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clock::Wall;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, named_params};
use smallvec::SmallVec;

use crate::{
    Began, Binding, CallId, Contact, End, Erased, ImportId, Known, LegRecord, Voicemail,
    sqlite::{StoreError, contacts, read, schema},
};

/// A value that the switch keeps by name.
pub type NamedValue = (Arc<str>, Arc<[u8]>);

/// A read-only view of the database, of a daemon that runs or not.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

/// Which calls are asked for; the newest come first.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// Arrived at this moment or later.
    pub from: Wall,
    /// Arrived before this moment.
    pub to: Wall,
    /// Caller, callee, person or a leg's party is this, if given.
    pub party: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
}

/// A [`Record`](crate::Record) as the database has it, with the words of its closed sets as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// Which call.
    pub call: CallId,
    /// What was known on arrival.
    pub began: Began,
    /// Person or phone that placed it; empty for trunks.
    pub person: Arc<str>,
    /// When a party or a service answered.
    pub answered: Option<Wall>,
    /// Its end; `None` if the process died before it.
    pub end: Option<End>,
    /// How the caller fared.
    pub outcome: Arc<str>,
    /// Why it ended.
    pub cause: Arc<str>,
    /// Who ended it.
    pub ended_by: Arc<str>,
    /// The A leg, then the B legs.
    pub legs: SmallVec<[LegRecord; 3]>,
    /// Event log.
    pub events: Arc<[u8]>,
    /// What its plans were told (`callplan::journal`); empty if it ran through none, or was recorded before it was kept.
    pub journal: Arc<[u8]>,
    /// Plan nodes passed.
    pub path: Arc<str>,
}

impl Default for Filter<'_> {
    /// The last hundred calls of all time.
    fn default() -> Self {
        let (from, to) = (Wall::from_unix_micros(i64::MIN), Wall::from_unix_micros(i64::MAX));
        Self { from, to, party: None, limit: 100 }
    }
}

impl Reader {
    /// Opens the database for reading.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fault = |cause| schema::refusal(path, cause);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
        connection.busy_timeout(std::time::Duration::from_secs(2)).map_err(fault)?;
        Ok(Self { connection, path: path.into() })
    }

    /// Calls that have ended and match, the newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn records(&self, filter: &Filter<'_>) -> Result<Vec<CallRow>, StoreError> {
        let sql = "SELECT * FROM calls WHERE at >= :from AND at < :to AND (:party IS NULL
            OR :party IN (caller, called, person)
            OR EXISTS (SELECT 1 FROM legs WHERE legs.call = calls.id AND legs.party = :party))
            ORDER BY id DESC LIMIT :limit";
        let values = named_params! {
            ":from": filter.from.unix_micros(),
            ":to": filter.to.unix_micros(),
            ":party": filter.party,
            ":limit": filter.limit,
        };
        self.ask(|connection| connection.prepare(sql)?.query_map(values, |row| self.call_row(row))?.collect())
    }

    /// Calls that have ended and came at this moment or later, the oldest first, until `each` wants no more. Only their
    /// ids are held at once, and the writer is kept from nothing in between.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn each_record(&self, from: Wall, mut each: impl FnMut(CallRow) -> bool) -> Result<(), StoreError> {
        let sql = "SELECT id FROM calls WHERE at >= ?1 ORDER BY id";
        let ids: Vec<i64> = self.ask(|connection| {
            connection.prepare(sql)?.query_map([from.unix_micros()], |row| row.get(0))?.collect()
        })?;
        for id in ids {
            // One that is gone by now was forgotten meanwhile.
            if self.call(CallId(id.cast_unsigned()))?.is_some_and(|call| !each(call)) {
                break;
            }
        }
        Ok(())
    }

    /// One call that has ended.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn call(&self, call: CallId) -> Result<Option<CallRow>, StoreError> {
        let sql = "SELECT * FROM calls WHERE id = ?1";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row([call.0.cast_signed()], |row| self.call_row(row)).optional()
        })
    }

    /// What is known of whoever has this number, E.164 with `+`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn known(&self, number: &str) -> Result<Known, StoreError> {
        self.ask(|connection| contacts::known(connection, number))
    }

    /// Every number of every contact, in order of the numbers, until `each` wants no more.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn contacts(&self, each: impl FnMut(&str, Contact) -> bool) -> Result<(), StoreError> {
        self.ask(|connection| contacts::each(connection, each))
    }

    /// Whether an import has brought this number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn has_brought(&self, import: ImportId, number: &str) -> Result<bool, StoreError> {
        self.ask(|connection| contacts::has_brought(connection, import, number))
    }

    /// The last import that is whole.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_import(&self) -> Result<Option<ImportId>, StoreError> {
        self.ask(contacts::last_import)
    }

    /// Who was forgotten, the first of them first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn erased(&self) -> Result<Vec<Erased>, StoreError> {
        self.ask(contacts::erased)
    }

    /// Every named value, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn values(&self) -> Result<Vec<NamedValue>, StoreError> {
        self.ask(read::values)
    }

    /// How many calls have a record.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn recorded(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM calls";
        self.ask(|connection| connection.query_row(sql, [], |row| row.get(0)).map(i64::cast_unsigned))
    }

    /// Voicemails of one mailbox, or of all, the oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn voicemails(&self, mailbox: Option<&str>) -> Result<Vec<Voicemail>, StoreError> {
        let sql = "SELECT * FROM voicemails WHERE ?1 IS NULL OR mailbox = ?1 ORDER BY at, file";
        self.ask(|connection| connection.prepare(sql)?.query_map([mailbox], read::voicemail)?.collect())
    }

    /// Every binding, expired ones too, by phone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn bindings(&self) -> Result<Vec<Binding>, StoreError> {
        self.ask(read::bindings)
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        question(&self.connection).map_err(|cause| schema::refusal(&self.path, cause))
    }

    fn call_row(&self, row: &Row<'_>) -> rusqlite::Result<CallRow> {
        let call = read::call(row, "id")?;
        let legs = "SELECT * FROM legs WHERE call = ?1 ORDER BY number";
        let mut legs = self.connection.prepare_cached(legs)?;
        Ok(CallRow {
            call,
            began: read::began(row)?,
            person: read::text(row, "person")?,
            answered: row.get::<_, Option<i64>>("answered")?.map(Wall::from_unix_micros),
            end: read::end(row)?,
            outcome: read::text(row, "outcome")?,
            cause: read::text(row, "cause")?,
            ended_by: read::text(row, "ended_by")?,
            legs: legs.query_map([call.0.cast_signed()], read::leg)?.collect::<Result<_, _>>()?,
            events: read::blob(row, "events")?,
            journal: read::blob(row, "journal")?,
            path: read::text(row, "path")?,
        })
    }
}
