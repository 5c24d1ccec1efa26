//! The rules of group commit that every backend keeps (DESIGN §7).
//!
//! A row waits at most [`HOLD`] for company, a question not at all; at most [`ROWS_MAX`] rows share a
//! transaction. A commit that fails through no fault of its rows (disk full, database locked) tells its waiting tickets at once
//! and keeps every row, in order, for the next try after [`RETRY`]: a record is late, never lost, until
//! [`BACKLOG_MAX`] rows wait.

use std::{sync::Arc, time::Duration};

use clock::Wall;

use crate::{Began, Binding, CallId, Direction, Last, Record, Reply, Request, Ticket};

/// Longest time a row waits for others to share its commit. A commit costs as much as forty rows (two
/// threads woken, its pages written), so the rows of a busy switch travel together; a phone doesn't mind
/// when its REGISTER is answered a tenth of T1 later.
pub const HOLD: Duration = Duration::from_millis(50);

/// Most rows in one transaction.
pub const ROWS_MAX: usize = 256;

/// Pause before rows are tried again that could not be written.
pub const RETRY: Duration = Duration::from_millis(250);

/// Most rows that wait; beyond it a row is refused and counted. Two minutes of 250 calls a second.
pub const BACKLOG_MAX: usize = 65_536;

impl Request {
    /// The ticket somebody waits on.
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::PutBinding(ticket, _)
            | Self::DropBinding(ticket, _)
            | Self::PutSubscription(ticket, _)
            | Self::Put(ticket, ..) => *ticket,
            Self::Load
            | Self::AskCaller(..)
            | Self::DropSubscription(_)
            | Self::Began(..)
            | Self::Record(_)
            | Self::Voicemail(_)
            | Self::HeardVoicemail(..)
            | Self::DropVoicemail(..)
            | Self::Pointer(..)
            | Self::PutContacts(..)
            | Self::FinishContacts(..)
            | Self::EraseContact(..) => None,
        }
    }

    /// Takes the ticket out, so that a row which is tried again answers only once.
    pub(crate) fn take_ticket(&mut self) -> Option<Ticket> {
        let taken = self.ticket();
        if let Self::PutBinding(ticket, _)
        | Self::DropBinding(ticket, _)
        | Self::PutSubscription(ticket, _)
        | Self::Put(ticket, ..) = self
        {
            *ticket = None;
        }
        taken
    }
}

/// The number outside that one of us talked with in this call.
pub(crate) fn talked_with(record: &Record) -> Option<&str> {
    let number = match (record.outcome, record.began.direction) {
        ("answered", Direction::Inbound) => Some(&*record.began.from),
        ("answered", Direction::Outbound) => Some(&*record.began.to),
        _ => None,
    };
    number.filter(|number| number.starts_with('+'))
}

/// When they talked last.
pub(crate) fn talked_at(record: &Record) -> Wall {
    record.end.map_or(record.began.at, |end| end.at)
}

/// Who did it last: by the records of calls, else by a contact's word, which counts from its import on.
pub(crate) fn last(by_record: Option<Last>, by_contact: Option<(&Arc<str>, Wall)>) -> Option<Last> {
    let told = by_contact.filter(|(person, _)| !person.is_empty());
    let told = || told.map(|(person, at)| Last { person: Arc::clone(person), at });
    by_record.filter(|last| !last.person.is_empty()).or_else(told)
}

/// What the tickets of `rows` are told after a commit that worked.
pub(crate) fn committed<'a>(rows: impl Iterator<Item = &'a mut Request>) -> Vec<Reply> {
    rows.filter_map(Request::take_ticket).map(Reply::Committed).collect()
}

/// What they are told after one that did not.
pub(crate) fn failed<'a>(rows: impl Iterator<Item = &'a mut Request>, why: &Arc<str>) -> Vec<Reply> {
    rows.filter_map(Request::take_ticket).map(|ticket| Reply::Failed(ticket, Arc::clone(why))).collect()
}

/// Whether a start still honours `binding`: half an interval longer than granted, because pure refreshes
/// are not all written.
pub(crate) fn honoured(binding: &Binding, now: Wall) -> bool {
    let grace = Duration::from_millis(u64::from(binding.interval_s) * 500);
    now < binding.expires + grace
}

/// The record of a call that died with the process: nothing is known of it but how it began.
pub(crate) fn lost(call: CallId, began: Began) -> Record {
    Record {
        call,
        began,
        person: "".into(),
        answered: None,
        end: None,
        outcome: "lost",
        cause: "lost",
        ended_by: "switch",
        agent: "".into(),
        legs: smallvec::SmallVec::new(),
        events: [].into(),
        journal: [].into(),
        path: "".into(),
    }
}
