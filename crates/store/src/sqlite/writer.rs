//! The one thread that writes.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use clock::Wall;
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    Asker, CallId, Reply, Request, commit,
    sqlite::{Counters, contacts, inbox::Inbox, merge::Changes, read, write},
};

/// The writer's side: takes groups, commits them, answers.
pub(super) struct Writer<F> {
    connection: Connection,
    changes: Changes,
    /// What its commits survive at present.
    survives: Survives,
    /// The last call of the process before; those up to it without a record are lost.
    floor: Option<CallId>,
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    answer: F,
}

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survives {
    /// The end of the process.
    Kill,
    /// The end of the power too: it waits for the disk.
    PowerLoss,
}

/// Rows that could not be written, and why.
struct Unwritten(VecDeque<Request>, Arc<str>);

impl<F: FnMut(Vec<Reply>)> Writer<F> {
    pub(super) fn new(
        connection: Connection,
        floor: Option<CallId>,
        inbox: Arc<Inbox>,
        counters: Arc<Counters>,
        answer: F,
    ) -> Self {
        Self {
            connection,
            changes: Changes::of_before(),
            survives: Survives::PowerLoss,
            floor,
            inbox,
            counters,
            answer,
        }
    }

    /// Runs until the inbox is closed and empty, or patience is over.
    pub(super) fn run(mut self) {
        while let Some(work) = self.inbox.take() {
            let full: Arc<str> = "too many rows wait to be written".into();
            let turned_away = work.turned_away.into_iter();
            self.say(turned_away.map(|ticket| Reply::Failed(ticket, Arc::clone(&full))).collect());
            let (asked, rows) = apart(work.rows);
            self.answer_all(asked);
            match self.group(rows) {
                Ok(()) => self.inbox.settle(),
                Err(Unwritten(rows, why)) => {
                    let told = self.inbox.put_back(rows, why);
                    self.say(told);
                    if !self.inbox.rest() {
                        return;
                    }
                }
            }
        }
    }

    /// Answers questions that somebody waits for. One that can't be answered is left open: whoever asked
    /// has a limit of its own.
    fn answer_all(&mut self, asked: Vec<(Asker, Arc<str>)>) {
        let known = |(asker, number): (Asker, Arc<str>)| {
            let known = contacts::known(&self.connection, &number).ok()?;
            Some(Reply::Caller(asker, Box::new(known)))
        };
        let replies = asked.into_iter().filter_map(known).collect();
        self.say(replies);
    }

    /// Commits a group. A `Load` in it reads what was asked before it, and is answered even when that
    /// cannot be written: a start must not hang on a full disk.
    fn group(&mut self, mut rows: VecDeque<Request>) -> Result<(), Unwritten> {
        let mut unwritten = None;
        while let Some(at) = rows.iter().position(|row| matches!(row, Request::Load)) {
            let mut later = rows.split_off(at);
            if let Err(Unwritten(kept, why)) = self.commit(rows) {
                unwritten.get_or_insert((VecDeque::new(), why)).0.extend(kept);
            }
            match read::load(&self.connection, self.floor, wall()) {
                Ok((state, lost)) => {
                    later.pop_front();
                    self.say(vec![Reply::Loaded(Box::new(state))]);
                    later.extend(lost.into_iter().map(|record| Request::Record(Box::new(record))));
                }
                Err(cause) => {
                    let (mut kept, why) = unwritten.unwrap_or_else(|| (VecDeque::new(), reason(&cause)));
                    kept.append(&mut later);
                    return Err(Unwritten(kept, why));
                }
            }
            rows = later;
        }
        match (unwritten, self.commit(rows)) {
            (None, result) => result,
            (Some((kept, why)), Ok(())) => Err(Unwritten(kept, why)),
            (Some((mut kept, _)), Err(Unwritten(rows, why))) => {
                kept.extend(rows);
                Err(Unwritten(kept, why))
            }
        }
    }

    fn commit(&mut self, mut rows: VecDeque<Request>) -> Result<(), Unwritten> {
        if rows.is_empty() {
            return Ok(());
        }
        match self.write(&rows) {
            Ok(refused) => {
                let mut replies = Vec::new();
                for (at, why) in &refused {
                    replies
                        .extend(rows[*at].take_ticket().map(|ticket| Reply::Failed(ticket, Arc::clone(why))));
                }
                replies.extend(commit::committed(rows.iter_mut()));
                self.counters.written.fetch_add((rows.len() - refused.len()) as u64, Ordering::Relaxed);
                self.counters.refused.fetch_add(refused.len() as u64, Ordering::Relaxed);
                self.say(replies);
                let bindings = rows.iter().filter(|row| changes_a_binding(row)).count();
                self.changes.committed(&mut self.connection, bindings);
                Ok(())
            }
            Err(cause) => Err(Unwritten(rows, reason(&cause))),
        }
    }

    /// Writes the rows in one transaction. A row that is itself at fault is left out and named.
    fn write(&mut self, rows: &VecDeque<Request>) -> rusqlite::Result<Vec<(usize, Arc<str>)>> {
        self.secure(rows)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut refused = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            match write::row(&transaction, row) {
                Ok(()) => {}
                Err(cause) if write::row_at_fault(&cause) => refused.push((at, reason(&cause))),
                Err(cause) => return Err(cause),
            }
        }
        transaction.commit()?;
        Ok(refused)
    }

    /// Has the coming commit survive what its rows have to.
    fn secure(&mut self, rows: &VecDeque<Request>) -> rusqlite::Result<()> {
        let (needed, word) = match rows.iter().any(outlives_power) {
            true => (Survives::PowerLoss, "FULL"),
            false => (Survives::Kill, "NORMAL"),
        };
        if needed != self.survives {
            self.connection.pragma_update(None, "synchronous", word)?;
            self.survives = needed;
        }
        Ok(())
    }

    fn say(&mut self, replies: Vec<Reply>) {
        if !replies.is_empty() {
            (self.answer)(replies);
        }
    }
}

/// Whether a row has to outlive the power, not only the process. Phones register again by themselves, a pointer
/// that stands where it stood is fair enough, and contacts are flushed with the end of their import.
fn outlives_power(row: &Request) -> bool {
    match row {
        Request::PutBinding(..)
        | Request::DropBinding(..)
        | Request::PutSubscription(..)
        | Request::DropSubscription(_)
        | Request::Pointer(..)
        | Request::PutContacts(..)
        | Request::Load
        | Request::AskCaller(..) => false,
        Request::Began(..)
        | Request::Record(_)
        | Request::Voicemail(_)
        | Request::HeardVoicemail(..)
        | Request::DropVoicemail(..)
        | Request::FinishContacts(..)
        | Request::EraseContact(..)
        | Request::Put(..) => true,
    }
}

fn changes_a_binding(row: &Request) -> bool {
    matches!(row, Request::PutBinding(..) | Request::DropBinding(..))
}

/// Questions and rows apart.
fn apart(all: VecDeque<Request>) -> (Vec<(Asker, Arc<str>)>, VecDeque<Request>) {
    let (mut asked, mut rows) = (Vec::new(), VecDeque::with_capacity(all.len()));
    for request in all {
        if let Request::AskCaller(asker, number) = request {
            asked.push((asker, number));
        } else {
            rows.push_back(request);
        }
    }
    (asked, rows)
}

fn reason(cause: &rusqlite::Error) -> Arc<str> {
    cause.to_string().into()
}

#[expect(clippy::disallowed_methods, reason = "the writer thread is an I/O room")]
fn wall() -> Wall {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Wall::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
