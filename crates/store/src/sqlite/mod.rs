//! The store in one SQLite file: write-ahead log, one writer thread, group commit.
//!
//! A group that holds a record or a voicemail is flushed to the disk before its tickets are answered and its
//! records count (`synchronous=FULL`): it survives power loss. One of bindings and pointers alone is only
//! written (`NORMAL`): it survives a killed process, reaches the disk with the next flush, and a phone that
//! lost its binding with the power registers again. A flush costs as much as fifty rows.
//!
//! The caller never waits: [`Handle::send`] appends to a bounded queue, and a group's replies come back
//! through one call of the callback given to [`spawn`].

mod contacts;
mod inbox;
mod merge;
mod query;
mod read;
mod schema;
mod write;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

pub use query::{CallRow, Filter, NamedValue, Reader};

use crate::{Reply, Request, sqlite::inbox::Inbox};

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is damaged. It is left as it is.
    #[error(
        "the database {path} is damaged ({detail}); it was left untouched. Move it aside, with the files \
         beside it that end in -wal and -shm, and restore a copy or start with an empty one",
        path = path.display()
    )]
    LocalDamaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// The file belongs to some other program.
    #[error("{path} is an SQLite database, but not ringplan's", path = path.display())]
    LocalForeign {
        /// Which file.
        path: PathBuf,
    },
    /// A later version of ringplan wrote the file.
    #[error(
        "the database {path} has schema {found}, this ringplan knows up to {known}: a later version wrote it",
        path = path.display()
    )]
    LocalNewer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// It cannot be opened or read.
    #[error("the database {path} cannot be opened: {cause}", path = path.display())]
    LocalOpen {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
}

/// How the store fares, for the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Rows that wait to be written.
    pub waiting: usize,
    /// Rows written since the start.
    pub written: u64,
    /// Rows refused: too many waited, or the row itself was at fault. Each is a loss.
    pub refused: u64,
    /// Why the last commit failed, while commits fail.
    pub trouble: Option<Arc<str>>,
}

/// Counters the writer shares with the handle.
#[derive(Debug, Default)]
struct Counters {
    written: AtomicU64,
    refused: AtomicU64,
}

/// The store, from the caller's side. Dropped without [`Handle::close`], it writes what it can at once.
#[derive(Debug)]
pub struct Handle {
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    writer: Option<JoinHandle<()>>,
}

/// Opens or creates the database at `path` and starts its writer. `answer` is called on the writer's
/// thread, once a group, and is expected to hand the replies on and wake whoever waits for them.
///
/// # Errors
/// The file is damaged, foreign, of a later schema, or cannot be opened; it is left as it was.
pub fn spawn(path: &Path, answer: impl FnMut(Vec<Reply>) + Send + 'static) -> Result<Handle, StoreError> {
    let (connection, floor) = schema::open(path)?;
    let inbox = Arc::new(Inbox::default());
    let counters = Arc::new(Counters::default());
    let writer = writer::Writer::new(connection, floor, Arc::clone(&inbox), Arc::clone(&counters), answer);
    let writer = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || writer.run())
        .expect("a start has threads to spare");
    Ok(Handle { inbox, counters, writer: Some(writer) })
}

/// A way to the store for other threads.
#[derive(Clone, Debug)]
pub struct Sender {
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
}

impl Sender {
    /// As [`Handle::send`]. Once the store is closed nothing is taken any more.
    pub fn send(&self, request: Request) {
        queue(&self.inbox, &self.counters, request);
    }
}

fn queue(inbox: &Inbox, counters: &Counters, request: Request) {
    if !inbox.push(request) {
        counters.refused.fetch_add(1, Ordering::Relaxed);
    }
}

impl Handle {
    /// Queues a request; never waits. When too many rows wait the request is refused: its ticket is told,
    /// and [`Health::refused`] counts it.
    pub fn send(&self, request: Request) {
        queue(&self.inbox, &self.counters, request);
    }

    /// For threads that have something to be kept.
    pub fn sender(&self) -> Sender {
        Sender { inbox: Arc::clone(&self.inbox), counters: Arc::clone(&self.counters) }
    }

    /// How the store fares.
    pub fn health(&self) -> Health {
        let (waiting, trouble) = self.inbox.state();
        Health {
            waiting,
            written: self.counters.written.load(Ordering::Relaxed),
            refused: self.counters.refused.load(Ordering::Relaxed),
            trouble,
        }
    }

    /// Writes what waits, for at most `patience` if the disk refuses, and ends the writer. Returns how many
    /// rows could not be written.
    pub fn close(mut self, patience: Duration) -> usize {
        self.end(patience);
        self.inbox.state().0
    }

    fn end(&mut self, patience: Duration) {
        self.inbox.close(patience);
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so on its own; its rows still count as waiting.
            let _ = writer.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}
